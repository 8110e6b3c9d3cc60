//! A table that is printed page by page: its columns are chosen by the first page, and only grow.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width};

use super::{Cell, Column, Row};

/// The letters of a value that are shown: the table library counts columns by 16 bits, and a letter may take two.
const LONGEST: usize = 4000;
/// Between two columns.
const GAP: u16 = 2;

pub(super) struct Table {
    columns: &'static [Column],
    /// The terminal's width; none is as wide as it takes.
    width: Option<usize>,
    coloured: bool,
    left_out: Vec<&'static str>,
    /// The columns that are shown, by their places, and how wide they are by now; empty until the first page.
    shown: Vec<(usize, usize)>,
    /// The heading is printed.
    headed: bool,
}

impl Table {
    pub(super) fn new(columns: &'static [Column], width: Option<usize>, coloured: bool) -> Self {
        Self { columns, width, coloured, left_out: Vec::new(), shown: Vec::new(), headed: false }
    }

    pub(super) fn leave_out(&mut self, column: &str) {
        self.left_out.extend(self.columns.iter().map(|column| column.name).filter(|name| *name == column));
    }

    /// What did not fit the terminal.
    pub(super) fn hidden(&self) -> Vec<&'static str> {
        let shown = |place: &usize| self.shown.iter().any(|(shown, _)| shown == place);
        let hidden = (0..self.columns.len()).filter(|place| !self.shown.is_empty() && !shown(place));
        hidden.map(|place| self.columns[place].name).filter(|name| !self.left_out.contains(name)).collect()
    }

    /// The rows as text, with the heading above the first ones.
    pub(super) fn render(&mut self, rows: &[Row]) -> String {
        let rows = texts(rows);
        self.widen(&rows);
        let first = !std::mem::replace(&mut self.headed, true);
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let heading = self.shown.iter().map(|&(place, _)| heading(&self.columns[place]));
        table.set_header(heading);
        for row in &rows {
            table.add_row(self.shown.iter().map(|&(place, _)| &row[place]));
        }
        for (number, &(place, width)) in self.shown.iter().enumerate() {
            let Some(column) = table.column_mut(number) else { continue };
            column.set_padding((0, GAP));
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width as u16 + GAP)));
            if self.columns[place].name == "devices" {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut text = String::new();
        for (number, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match (number, self.coloured) {
                (0, _) if !first => {}
                (0, true) => text.push_str(&format!("\x1b[1m{line}\x1b[0m\n")),
                _ => text.push_str(&format!("{line}\n")),
            }
        }
        text
    }

    /// All rows there are, where the first column is wider than the terminal leaves room for: its values stand above
    /// those rows that have them in common.
    pub(super) fn render_all(&mut self, rows: &[Row]) -> String {
        let all = texts(rows);
        let first = self.columns[0].name;
        if self.left_out.contains(&first) || self.fits(&all) {
            return self.render(rows);
        }
        self.leave_out(first);
        self.widen(&all);
        let mut text = self.render(&[]);
        let mut values: Vec<&Cell> = Vec::new();
        for row in rows {
            if !values.contains(&&row[0]) {
                values.push(&row[0]);
            }
        }
        for value in values {
            let of_value: Vec<Row> = rows.iter().filter(|row| row[0] == *value).cloned().collect();
            text.push_str(&format!("{} {}\n", heading(&self.columns[0]), printable(value)));
            text.push_str(&self.render(&of_value));
        }
        text
    }

    fn fits(&self, rows: &[Vec<String>]) -> bool {
        let shown = self.choose(rows);
        let gaps = usize::from(GAP) * shown.len().saturating_sub(1);
        self.width.is_none_or(|most| shown.iter().map(|(_, width)| width).sum::<usize>() + gaps <= most)
    }

    fn widen(&mut self, rows: &[Vec<String>]) {
        if self.shown.is_empty() {
            self.shown = self.choose(rows);
        }
        for (place, width) in &mut self.shown {
            *width = rows.iter().map(|row| measure(&row[*place])).fold(*width, usize::max);
        }
    }

    /// The columns that fit, the least to spare first; and their width by these rows.
    fn choose(&self, rows: &[Vec<String>]) -> Vec<(usize, usize)> {
        let natural = |place: usize| {
            let widest = rows.iter().map(|row| measure(&row[place])).max().unwrap_or_default();
            widest.max(measure(self.columns[place].name))
        };
        let wanted = |place: &usize| !self.left_out.contains(&self.columns[*place].name);
        let mut places: Vec<_> = (0..self.columns.len()).filter(wanted).map(|place| (place, natural(place))).collect();
        places.sort_by_key(|&(place, _)| self.columns[place].spare);
        let mut taken = 0;
        places.retain(|&(place, width)| {
            let with = taken + width + if taken > 0 { usize::from(GAP) } else { 0 };
            let fits = self.columns[place].spare == 0 || self.width.is_none_or(|most| with <= most);
            taken = if fits { with } else { taken };
            fits
        });
        places.sort_unstable();
        places
    }
}

fn texts(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(printable).collect()).collect()
}

fn heading(column: &Column) -> String {
    column.name.to_ascii_uppercase()
}

fn measure(text: &str) -> usize {
    console::measure_text_width(text)
}

/// A value in one line that can do nothing to the terminal, cut where it is endless; a dash for none.
fn printable(cell: &Cell) -> String {
    let text = cell.text();
    if text.is_empty() {
        return "-".to_owned();
    }
    let shown = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    let text: String = text.chars().map(shown).collect();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
