//! The progress bar: position, total of all listings, overall rate and remaining time, or why the run waits.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huaweicloud_iotda::Client;
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::locale::is_utf_8;
use crate::retries::Retries;

const WITH_TOTAL: &str = "{spinner} {pos} of {len} {msg}{prefix} [{bar:30}] {speed}";
const TEXT: &str = "{spinner} {msg} {delay}";
const WITHOUT_TOTAL: &str = "{spinner} {pos} {msg}{prefix} {delay}";
/// For terminals without UTF-8. The last character is for a bar that ended.
const ASCII_SPINNER: &str = "-\\|/ ";
/// Shorter delays are not shown.
const MIN_SHOWN_DELAY: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(crate) struct Bar {
    bar: ProgressBar,
    /// The total of each listing, as far as it is known.
    totals: Arc<Mutex<Vec<Option<u64>>>>,
    waits: Option<Waits>,
}

impl Bar {
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), totals: Arc::default(), waits: None }
    }

    /// Shows the progress of this number of listings in this unit, for example devices.
    pub(crate) fn start(unit: &'static str, listings: usize, client: &Client, retries: Retries) -> Self {
        let totals = Arc::new(Mutex::new(vec![None; listings]));
        let waits = Some(Waits { client: client.clone(), retries });
        let bar = Self { bar: ProgressBar::new(0).with_message(unit), totals, waits };
        bar.set_style(WITHOUT_TOTAL);
        bar.bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Shows this text instead of the progress.
    pub(crate) fn set_text(&self, text: String) {
        self.set_style(TEXT);
        self.bar.set_message(text);
    }

    fn set_style(&self, template: &str) {
        let Some(waits) = &self.waits else { return };
        let Ok(style) = ProgressStyle::with_template(template) else { return };
        let style = if is_utf_8() { style } else { style.tick_chars(ASCII_SPINNER) };
        let (for_delay, for_speed) = (waits.clone(), waits.clone());
        // A failure to write progress is ignored.
        let delay = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = out.write_str(&for_delay.reason().unwrap_or_default());
        };
        let speed_or_delay = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = out.write_str(&for_speed.reason().unwrap_or_else(|| speed(state)));
        };
        self.bar.set_style(style.with_key("delay", delay).with_key("speed", speed_or_delay).progress_chars("=> "));
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
        if self.bar.length() == Some(0) && sum > 0 {
            self.set_style(WITH_TOTAL);
        }
        // A total is only a hint and may be too low.
        self.bar.set_length(sum.max(self.bar.position()));
    }

    /// Shows which of several certificates is printed.
    pub(crate) fn set_certificate(&self, number: usize, count: usize) {
        if count > 1 {
            self.bar.set_prefix(format!(", certificate {number} of {count}"));
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
                Some(format!("throttled by the service, going on in {seconds} s"))
            }
            None => self.retries.current(),
        }
    }
}

/// Returns the rate and the remaining time of the whole run.
fn speed(state: &ProgressState) -> String {
    let (position, elapsed) = (state.pos() as f64, state.elapsed().as_secs_f64());
    let remaining = state.len().unwrap_or_default().saturating_sub(state.pos()) as f64;
    match Duration::try_from_secs_f64(remaining * elapsed / position) {
        Ok(left) => format!("{:.0}/s, {:#} left", position / elapsed, HumanDuration(left)),
        Err(_) => String::new(),
    }
}
