//! The progress bar: position, total of all listings, overall rate and remaining time, or why the run waits.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huaweicloud_iotda::Client;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::locale::is_utf_8;
use crate::progress_line::{ProgressLine, truncated};
use crate::retries::Retries;

mod terminal;

use terminal::BarTerminal;

const TEMPLATE: &str = "{spinner} {line}";
/// The width of the spinner, and of the last column, in which some terminals already wrap the line.
const RESERVED_WIDTH: usize = 3;
/// For terminals without UTF-8. The last character is for a bar that ended.
const ASCII_SPINNER: &str = "-\\|/ ";
const REDRAWS_PER_SECOND: u8 = 20;
/// Shorter delays are not shown.
const MIN_SHOWN_DELAY: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(crate) struct Bar {
    bar: ProgressBar,
    /// The total of each listing, as far as it is known.
    totals: Arc<Mutex<Vec<Option<u64>>>>,
    content: Arc<Mutex<Content>>,
}

/// The parts of the line that are not numbers of records. While it is locked, the bar is not changed, because that draws it.
#[derive(Default)]
struct Content {
    /// For example, devices.
    unit: &'static str,
    /// The number of the current certificate, and of all.
    certificate: Option<(usize, usize)>,
    /// A text instead of the progress.
    text: Option<String>,
    /// The number of records that earlier runs read.
    resumed: u64,
}

impl Bar {
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), totals: Arc::default(), content: Arc::default() }
    }

    /// Shows the progress of this number of listings in this unit, for example devices.
    pub(crate) fn start(unit: &'static str, listings: usize, client: &Client, retries: Retries) -> Self {
        let totals = Arc::new(Mutex::new(vec![None; listings]));
        let content = Arc::new(Mutex::new(Content { unit, ..Content::default() }));
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(BarTerminal::new()), REDRAWS_PER_SECOND);
        let bar = Self { bar: ProgressBar::with_draw_target(Some(0), target), totals, content };
        bar.set_style(Waits { client: client.clone(), retries });
        bar.bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows this text instead of the progress.
    pub(crate) fn set_text(&self, text: String) {
        self.content().text = Some(text);
    }

    fn set_style(&self, waits: Waits) {
        let Ok(style) = ProgressStyle::with_template(TEMPLATE) else { return };
        let style = if is_utf_8() { style } else { style.tick_chars(ASCII_SPINNER) };
        let content = Arc::clone(&self.content);
        let line = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let content = content.lock().unwrap_or_else(PoisonError::into_inner);
            // A failure to write progress is ignored.
            let _ = out.write_str(&line(state, &content, waits.reason()));
        };
        self.bar.set_style(style.with_key("line", line));
    }

    /// Sets the total of a listing, if it is not known yet. If all are known, the sum is shown.
    pub(crate) fn set_total(&self, listing: usize, count: u64) {
        self.update(listing, |total| *total = total.or(Some(count)));
    }

    /// Corrects the total of a listing that ended: this is the number of records that were read.
    pub(crate) fn end_listing(&self, listing: usize, read: u64) {
        self.update(listing, |total| *total = Some(read));
    }

    fn update(&self, listing: usize, update: impl FnOnce(&mut Option<u64>)) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(total) = totals.get_mut(listing) else { return };
        update(total);
        let Some(sum) = totals.iter().copied().sum::<Option<u64>>() else { return };
        // A total is only a hint and may be too low.
        self.bar.set_length(sum.max(self.bar.position()));
    }

    /// Starts after this number of records, which do not count as the speed of this run.
    pub(crate) fn resume(&self, read: u64) {
        self.content().resumed = read;
        self.bar.inc(read);
    }

    /// Shows which of several certificates is printed.
    pub(crate) fn set_certificate(&self, number: usize, count: usize) {
        if count > 1 {
            self.content().certificate = Some((number, count));
        }
    }

    pub(crate) fn advance(&self, count: u64) {
        self.bar.inc(count);
        if self.bar.length().is_some_and(|length| length > 0 && length < self.bar.position()) {
            self.bar.set_length(self.bar.position());
        }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Hides the bar while `write` writes to the terminal.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

/// The reasons why a run waits.
#[derive(Clone)]
struct Waits {
    client: Client,
    retries: Retries,
}

impl Waits {
    /// Returns the delay of all requests, if the service throttled them, or the retry of a call.
    fn reason(&self) -> Option<String> {
        match self.client.throttled_for().filter(|delay| *delay >= MIN_SHOWN_DELAY) {
            Some(delay) => {
                let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
                Some(format!("throttled, going on in {seconds} s"))
            }
            None => self.retries.current(),
        }
    }
}

/// Returns the line for the current width of the terminal.
fn line(state: &ProgressState, content: &Content, reason: Option<String>) -> String {
    let width = usize::from(console::Term::stderr().size().1).saturating_sub(RESERVED_WIDTH);
    if let Some(text) = &content.text {
        return truncated(&format!("{text} {}", reason.unwrap_or_default()), width);
    }
    let Content { unit, certificate, .. } = *content;
    let total = state.len().filter(|total| *total > 0);
    let speed = if total.is_some() { speed(state, content.resumed) } else { String::new() };
    ProgressLine { position: state.pos(), total, unit, certificate, reason, speed }.fitted(width)
}

/// Returns the rate and the remaining time of the whole run.
fn speed(state: &ProgressState, resumed: u64) -> String {
    let (position, elapsed) = (state.pos().saturating_sub(resumed) as f64, state.elapsed().as_secs_f64());
    let remaining = state.len().unwrap_or_default().saturating_sub(state.pos()) as f64;
    match Duration::try_from_secs_f64(remaining * elapsed / position) {
        Ok(left) => format!("{:.0}/s, {:#} left", position / elapsed, HumanDuration(left)),
        Err(_) => String::new(),
    }
}
