//! Bars of blocks that show percentages.

use super::row::Cell;

/// The width of 100 percent, if the terminal is wide enough.
const MAX_WIDTH: usize = 20;
/// Narrower bars are not shown.
pub(super) const MIN_WIDTH: usize = 8;

/// The blocks that fill eighths of a column.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Bars {
    is_ascii: bool,
    width: usize,
}

impl Bars {
    /// Returns bars for this free width; `None` means unlimited.
    pub(super) fn fitting(free_width: Option<usize>, is_ascii: bool) -> Option<Self> {
        let width = free_width.unwrap_or(MAX_WIDTH).min(MAX_WIDTH);
        (width >= MIN_WIDTH).then_some(Self { is_ascii, width })
    }

    /// Returns the bar of a percentage. A percentage above 0 has at least the smallest bar.
    pub(super) fn bar(self, value: &Cell) -> String {
        let Cell::Percent(tenths) = *value else { return String::new() };
        let tenths = usize::try_from(tenths).unwrap_or(usize::MAX).min(1000);
        let steps_per_column = if self.is_ascii { 1 } else { EIGHTHS.len() };
        let steps = (tenths * self.width * steps_per_column + 500) / 1000;
        let steps = if tenths > 0 { steps.max(1) } else { 0 };
        if self.is_ascii {
            return "#".repeat(steps);
        }
        "█".repeat(steps / EIGHTHS.len()) + EIGHTHS[steps % EIGHTHS.len()]
    }
}
