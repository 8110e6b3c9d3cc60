//! Standard error: errors always, progress and notes only on a terminal.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::failure::Failure;

const WITH_TOTAL: &str = "{spinner} {pos} of {len} {msg} [{bar:30}] {rate}, {eta} left";
const WITHOUT_TOTAL: &str = "{spinner} {pos} {msg}";

pub(crate) struct StatusLine {
    bar: ProgressBar,
    is_terminal: bool,
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
    pub(crate) fn new() -> Self {
        Self { bar: ProgressBar::hidden(), is_terminal: io::stderr().is_terminal() }
    }

    /// Starts to show progress in this unit, for example devices.
    pub(crate) fn start(&mut self, unit: &'static str) {
        if self.is_terminal {
            self.bar = ProgressBar::new(0).with_message(unit);
            self.set_style(WITHOUT_TOTAL);
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn set_style(&self, template: &str) {
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A failure to write progress is ignored.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
        }
    }

    /// Adds a count reported by the service to the total.
    pub(crate) fn add_total(&self, count: u64) {
        if self.bar.length() == Some(0) {
            self.set_style(WITH_TOTAL);
        }
        self.bar.inc_length(count);
    }

    pub(crate) fn advance(&self, count: u64) {
        self.bar.inc(count);
        // The total is only a hint and may be too low.
        if self.bar.length().is_some_and(|length| length < self.bar.position()) {
            self.bar.set_length(self.bar.position());
        }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
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
        let mut lines = failure.lines();
        let Some(first) = lines.first_mut() else { return };
        *first = format!("{} {first}", prefix("error:", "\x1b[1;31m"));
        lines.extend(additional);
        self.print(&lines);
    }

    fn print(&self, lines: &[String]) {
        self.bar.suspend(|| eprint_lines(lines));
    }
}

/// Returns the text in this color, if standard error may be colored.
fn prefix(text: &str, color: &str) -> String {
    if colored(&Term::stderr()) { format!("{color}{text}\x1b[0m") } else { text.to_owned() }
}

/// Writes lines to standard error, all but the first one indented. Errors are ignored, because they can't be reported.
pub(crate) fn eprint_lines(lines: &[String]) {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "  " });
        text.push_str(line);
        text.push('\n');
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
