//! A table that is printed page by page. The first page determines the columns; later pages can only widen them.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};

use super::bars::{self, Bars};
use super::escape::escaped;
use super::row::{Cell, Column, Row};

/// Longer values are truncated, because the table library stores widths in 16 bits. A character may be two columns wide.
const MAX_VALUE_CHARS: usize = 4000;
/// Spaces between two columns.
const COLUMN_GAP: u16 = 2;

/// Columns of numbers, which are aligned to the right.
const NUMBERS: [&str; 2] = ["devices", "percent"];
/// The column that is followed by bars.
const PERCENT: &str = "percent";

/// The properties of the terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    /// `None` means unlimited.
    pub(super) width: Option<usize>,
    pub(super) is_colored: bool,
    pub(super) is_utf_8: bool,
}

pub(super) struct Table {
    columns: Vec<Column>,
    screen: Screen,
    omitted: Vec<&'static str>,
    /// The indexes of the visible columns and their current widths; empty before the first page.
    visible: Vec<(usize, usize)>,
    /// The header was printed, or is not requested.
    has_header: bool,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, screen: Screen, with_header: bool) -> Self {
        Self { columns, screen, omitted: Vec::new(), visible: Vec::new(), has_header: !with_header }
    }

    pub(super) fn omit(&mut self, column: &str) {
        self.omitted.extend(self.columns.iter().map(|column| column.name).filter(|name| *name == column));
    }

    /// Returns the names of the columns that do not fit the terminal.
    pub(super) fn hidden(&self) -> Vec<&'static str> {
        let is_visible = |index: &usize| self.visible.iter().any(|(visible, _)| visible == index);
        let hidden = (0..self.columns.len()).filter(|index| !self.visible.is_empty() && !is_visible(index));
        hidden.map(|index| self.columns[index].name).filter(|name| !self.omitted.contains(name)).collect()
    }

    /// Renders the rows, with the header above the first ones.
    pub(super) fn render(&mut self, rows: &[Row]) -> String {
        let texts = texts(rows);
        self.widen(&texts);
        let is_first = !std::mem::replace(&mut self.has_header, true);
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let bars = self.bars();
        let header = self.visible.iter().map(|&(index, _)| header(&self.columns[index]));
        table.set_header(header.chain(bars.map(|_| String::new())));
        for (row, texts) in rows.iter().zip(&texts) {
            let bar = bars.map(|(percent, bars)| bars.bar(&row[percent]));
            table.add_row(self.visible.iter().map(|&(index, _)| texts[index].clone()).chain(bar));
        }
        for (number, &(index, width)) in self.visible.iter().enumerate() {
            let Some(column) = table.column_mut(number) else { continue };
            column.set_padding((0, COLUMN_GAP));
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width as u16 + COLUMN_GAP)));
            if NUMBERS.contains(&self.columns[index].name) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(column) = table.column_mut(self.visible.len()) {
            column.set_padding((0, 0));
        }
        let mut text = String::new();
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match (number, self.screen.is_colored) {
                (0, _) if !is_first => {}
                (0, true) => text.push_str(&format!("\x1b[1m{line}\x1b[0m\n")),
                _ => text.push_str(&format!("{line}\n")),
            }
        }
        text
    }

    /// Renders the rows of a complete result. If they are too wide, omits the first columns and prints each of their values
    /// once, above its rows.
    pub(super) fn render_all(&mut self, rows: &[Row]) -> String {
        let all = texts(rows);
        let headings = self.headings(&all);
        headings.iter().for_each(|column| self.omit(self.columns[*column].name));
        self.widen(&all);
        let header = if headings.is_empty() { String::new() } else { self.render(&[]) };
        header + &self.render_below(&headings, &rows.iter().collect::<Vec<_>>())
    }

    fn render_below(&mut self, headings: &[usize], rows: &[&Row]) -> String {
        let [column, rest @ ..] = headings else {
            return self.render(&rows.iter().copied().cloned().collect::<Vec<_>>());
        };
        let mut values: Vec<&Cell> = Vec::new();
        for row in rows {
            if !values.contains(&&row[*column]) {
                values.push(&row[*column]);
            }
        }
        let mut text = String::new();
        for value in values {
            let matching: Vec<_> = rows.iter().copied().filter(|row| row[*column] == *value).collect();
            text.push_str(&format!("{} {}\n", header(&self.columns[*column]), printable(value)));
            text.push_str(&self.render_below(rest, &matching));
        }
        text
    }

    /// Returns the columns whose values are printed above their rows, so that the others fit. There is space for bars if
    /// that is possible with one such column.
    fn headings(&self, rows: &[Vec<String>]) -> Vec<usize> {
        let visible = self.choose_columns(rows);
        let bars = if self.percent(&visible).is_some() { usize::from(COLUMN_GAP) + bars::MIN_WIDTH } else { 0 };
        let fits = |(count, additional): &(usize, usize)| {
            self.screen.width.is_none_or(|max| width(&visible[*count..]) + additional <= max)
        };
        let without_bars = (1..visible.len()).map(|count| (count, 0));
        let (count, _) = [(0, bars), (1, bars)].into_iter().chain(without_bars).find(fits).unwrap_or_default();
        visible[..count].iter().map(|(index, _)| *index).collect()
    }

    /// Returns the index of the column of percentages, if it is one of these.
    fn percent(&self, columns: &[(usize, usize)]) -> Option<usize> {
        columns.iter().map(|(index, _)| *index).find(|index| self.columns[*index].name == PERCENT)
    }

    /// Returns the column of percentages, and bars in the space that the visible columns leave.
    fn bars(&self) -> Option<(usize, Bars)> {
        let free = self.screen.width.map(|max| max.saturating_sub(width(&self.visible) + usize::from(COLUMN_GAP)));
        self.percent(&self.visible).zip(Bars::fitting(free, !self.screen.is_utf_8))
    }

    fn widen(&mut self, rows: &[Vec<String>]) {
        if self.visible.is_empty() {
            self.visible = self.choose_columns(rows);
        }
        for (index, width) in &mut self.visible {
            *width = rows.iter().map(|row| display_width(&row[*index])).fold(*width, usize::max);
        }
    }

    /// Returns the columns that fit and their widths for these rows. Columns with a low drop priority are kept first.
    fn choose_columns(&self, rows: &[Vec<String>]) -> Vec<(usize, usize)> {
        let natural_width = |index: usize| {
            let widest = rows.iter().map(|row| display_width(&row[index])).max().unwrap_or_default();
            widest.max(display_width(self.columns[index].name))
        };
        let is_included = |index: &usize| !self.omitted.contains(&self.columns[*index].name);
        let indexes = (0..self.columns.len()).filter(is_included);
        let mut columns: Vec<_> = indexes.map(|index| (index, natural_width(index))).collect();
        columns.sort_by_key(|&(index, _)| self.columns[index].drop_priority);
        let mut used = 0;
        columns.retain(|&(index, width)| {
            let total = used + width + if used > 0 { usize::from(COLUMN_GAP) } else { 0 };
            let fits = self.columns[index].drop_priority == 0 || self.screen.width.is_none_or(|max| total <= max);
            used = if fits { total } else { used };
            fits
        });
        columns.sort_unstable();
        columns
    }
}

/// Returns the width of these columns and the gaps between them.
fn width(columns: &[(usize, usize)]) -> usize {
    columns.iter().map(|(_, width)| width).sum::<usize>() + usize::from(COLUMN_GAP) * columns.len().saturating_sub(1)
}

fn texts(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(printable).collect()).collect()
}

fn header(column: &Column) -> String {
    column.name.to_ascii_uppercase()
}

fn display_width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Returns a value as one line without hidden characters, truncated if it is very long; a dash if it is empty.
fn printable(cell: &Cell) -> String {
    let text = cell.text();
    if text.is_empty() {
        return "-".to_owned();
    }
    let text = escaped(&text);
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
