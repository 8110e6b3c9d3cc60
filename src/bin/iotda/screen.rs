//! Standard error: progress and notes, on a terminal only, and failures, always.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::failure::Failure;

const BAR: &str = "{spinner} {pos} of {len} {msg} [{bar:30}] {rate}, {eta} left";
const NO_TOTAL: &str = "{spinner} {pos} {msg}";

pub(crate) struct Screen {
    bar: ProgressBar,
    is_terminal: bool,
}

/// Whether this stream may be coloured, as no-color.org asks.
pub(crate) fn coloured(is_terminal: bool) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { bar: ProgressBar::hidden(), is_terminal: io::stderr().is_terminal() }
    }

    /// Shows that something is being read: devices, say.
    pub(crate) fn begin(&mut self, what: &'static str) {
        if self.is_terminal {
            self.bar = ProgressBar::new(0).with_message(what);
            self.style(NO_TOTAL);
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn style(&self, template: &str) {
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            // There is nobody to tell that it failed.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
        }
    }

    /// So many more are to come, as the service counts them.
    pub(crate) fn expect(&self, more: u64) {
        if self.bar.length() == Some(0) {
            self.style(BAR);
        }
        self.bar.inc_length(more);
    }

    pub(crate) fn advance(&self, read: u64) {
        self.bar.inc(read);
        // The service's count is a hint.
        if self.bar.length().is_some_and(|length| length < self.bar.position()) {
            self.bar.set_length(self.bar.position());
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Runs what writes to standard output, with the bar out of its way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// What helps a person and no script.
    pub(crate) fn note(&self, text: &str) {
        if self.is_terminal {
            self.lines(&[text.to_owned()]);
        }
    }

    /// A failure, and what else belongs to it.
    pub(crate) fn failure(&self, failure: &Failure, more: impl IntoIterator<Item = String>) {
        let mut lines = failure.lines();
        let Some(first) = lines.first_mut() else { return };
        let start = if coloured(self.is_terminal) { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
        *first = format!("{start} {first}");
        lines.extend(more);
        self.lines(&lines);
    }

    /// The first line, and the others below it.
    pub(crate) fn lines(&self, lines: &[String]) {
        self.bar.suspend(|| say(lines));
    }
}

/// Writes to standard error. When that is closed, there is nobody to tell.
pub(crate) fn say(lines: &[String]) {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "  " });
        text.push_str(line);
        text.push('\n');
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
