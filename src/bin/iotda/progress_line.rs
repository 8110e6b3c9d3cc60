//! The text of the progress bar, fitted to the width of the terminal.

use crate::locale::is_utf_8;

const MAX_BAR: usize = 30;
const MIN_BAR: usize = 8;

/// The parts of the line.
pub(crate) struct ProgressLine<'a> {
    pub(crate) position: u64,
    pub(crate) total: Option<u64>,
    /// For example, devices.
    pub(crate) unit: &'a str,
    /// The number of the current certificate, and of all.
    pub(crate) certificate: Option<(usize, usize)>,
    /// The reason why the run waits.
    pub(crate) reason: Option<String>,
    /// The rate and the remaining time. It is shown if there is no reason.
    pub(crate) speed: String,
}

impl ProgressLine<'_> {
    /// Returns a line of at most this width. The least important parts are omitted first: the bar, then the certificate. A
    /// reason is more important than the position.
    pub(crate) fn fitted(&self, width: usize) -> String {
        let position = match self.total {
            Some(total) => format!("{} of {total} {}", self.position, self.unit),
            None => format!("{} {}", self.position, self.unit),
        };
        let certificate = self.certificate.map(|(number, count)| format!(", certificate {number} of {count}"));
        let with_certificate = format!("{position}{}", certificate.unwrap_or_default());
        let status = self.reason.as_ref().unwrap_or(&self.speed);
        let space = width.saturating_sub(with_certificate.len() + " [] ".len() + status.len());
        let bar = if space < MIN_BAR { None } else { self.bar(space.min(MAX_BAR)) };
        let lines = [
            bar.map(|bar| format!("{with_certificate} [{bar}] {status}")),
            Some(format!("{with_certificate} {status}")),
            Some(format!("{position} {status}")),
            self.reason.clone(),
            Some(position),
        ];
        let lines: Vec<_> = lines.into_iter().flatten().collect();
        let fitting = lines.iter().find(|line| line.chars().count() <= width);
        truncated(fitting.or(lines.last()).map_or("", String::as_str), width)
    }

    fn bar(&self, width: usize) -> Option<String> {
        let total = self.total.filter(|total| *total > 0)?;
        let filled = usize::try_from(self.position.min(total) * width as u64 / total).unwrap_or(width);
        let arrow = if filled < width { ">" } else { "" };
        Some(format!("{:<width$}", "=".repeat(filled) + arrow))
    }
}

/// Truncates a line that is too long.
pub(crate) fn truncated(line: &str, width: usize) -> String {
    console::truncate_str(line.trim_end(), width, if is_utf_8() { "…" } else { "..." }).into_owned()
}
