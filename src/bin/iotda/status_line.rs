//! Standard error: errors always, progress and notes only on a terminal.

use std::io::{self, IsTerminal};

use console::Term;
use huaweicloud_iotda::Client;

use crate::activity::Lines;
use crate::credential_kind::ConfiguredCredential;
use crate::failure::Failure;
use crate::progress_bar::Bar;
use crate::retries::Retries;
use crate::stderr::eprint_lines;

pub(crate) struct StatusLine {
    pub(crate) bar: Bar,
    is_terminal: bool,
    /// Events of the client, if they are shown.
    lines: Option<Lines>,
    retries: Retries,
    /// The credential of the calls, which the help of failures depends on.
    pub(crate) credential: Option<ConfiguredCredential>,
}

/// Returns true if a stream may be colored, following no-color.org.
pub(crate) fn colored(stream: &Term) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    // In a Windows console, this call also enables escape sequences.
    let supported = || cfg!(not(windows)) || stream.features().colors_supported();
    stream.is_term() && !is_set("NO_COLOR") && !is_dumb && supported()
}

impl StatusLine {
    pub(crate) fn new(lines: Option<Lines>, retries: Retries) -> Self {
        Self { bar: Bar::hidden(), is_terminal: io::stderr().is_terminal(), lines, retries, credential: None }
    }

    /// Starts to show the progress of this number of listings in this unit, for example devices.
    pub(crate) fn start(&mut self, unit: &'static str, listings: usize, client: &Client) {
        if self.is_terminal {
            self.bar = Bar::start(unit, listings, client, self.retries.clone());
            if let Some(lines) = &self.lines {
                lines.set_bar(&self.bar);
            }
        }
    }

    /// Returns the text of the oldest call that is retried now.
    pub(crate) fn current_retry(&self) -> Option<String> {
        self.retries.current()
    }

    /// Returns the progress bar, if it is visible.
    pub(crate) fn visible_bar(&self) -> Option<&Bar> {
        self.is_terminal.then_some(&self.bar)
    }

    pub(crate) fn clear(&self) {
        self.bar.clear();
        self.flush();
    }

    /// Waits until the events of the client are shown.
    fn flush(&self) {
        if let Some(lines) = &self.lines {
            lines.flush();
        }
    }

    /// Hides the progress while `write` writes to standard output.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Prints a note, only on a terminal.
    pub(crate) fn note(&self, text: &str) {
        if self.is_terminal {
            self.print(&[text.to_owned()]);
        }
    }

    /// Prints a warning, also if standard error is not a terminal.
    pub(crate) fn warning(&self, text: &str) {
        self.print(&[format!("{} {text}", prefix("warning:", "\x1b[1;33m"))]);
    }

    /// Prints a failure and additional lines about it.
    pub(crate) fn failure(&self, failure: &Failure, additional: impl IntoIterator<Item = String>) {
        let mut lines = failure.lines(self.credential);
        let Some(first) = lines.first_mut() else { return };
        *first = format!("{} {first}", prefix("error:", "\x1b[1;31m"));
        lines.extend(additional);
        self.print(&lines);
    }

    fn print(&self, lines: &[String]) {
        self.flush();
        self.bar.suspend(|| eprint_lines(lines));
    }
}

/// Returns the text in this color, if standard error may be colored.
fn prefix(text: &str, color: &str) -> String {
    if colored(&Term::stderr()) { format!("{color}{text}\x1b[0m") } else { text.to_owned() }
}
