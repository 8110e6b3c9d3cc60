//! Records on standard output, in one of four forms, as soon as they are there.

use std::io::{self, IsTerminal, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::arguments::Format;
use crate::screen::{Screen, coloured};

mod delimited;
mod table;

use table::Table;

/// A column, the same in every form.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// What a table that is too wide leaves out first: the highest; 0 is never left out.
    pub(crate) spare: u8,
}

pub(crate) const fn column(name: &'static str, spare: u8) -> Column {
    Column { name, spare }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(Option<String>),
    Number(u64),
}

impl From<&Option<String>> for Cell {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone().unwrap_or_default(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
        }
    }
}

/// One value a column.
pub(crate) type Row = Vec<Cell>;

struct Object<'a>(&'a [Column], &'a Row);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.name, cell)?;
        }
        map.end()
    }
}

impl Format {
    pub(crate) fn or_default(chosen: Option<Self>) -> Self {
        let default = || if io::stdout().is_terminal() { Self::Table } else { Self::Jsonl };
        chosen.unwrap_or_else(default)
    }
}

/// Prints the records of one run.
pub(crate) struct Printer<'a> {
    format: Format,
    columns: &'static [Column],
    screen: &'a Screen,
    table: Table,
    begun: bool,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(format: Format, columns: &'static [Column], screen: &'a Screen) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let width = is_terminal.then(|| usize::from(console::Term::stdout().size().1));
        let table = Table::new(columns, width, coloured(is_terminal));
        Self { format, columns, screen, table, begun: false }
    }

    /// Leaves this column out of a table, for it says the same in every row.
    pub(crate) fn without(mut self, column: &str) -> Self {
        self.table.leave_out(column);
        self
    }

    /// Prints these, before anything else is waited for. No rows are no beginning: an array that began has a record, and
    /// the first page that has any chooses a table's columns.
    pub(crate) fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        if rows.is_empty() { Ok(()) } else { self.begin(rows) }
    }

    /// Prints all rows there are; in a table that is too wide, the first column's values stand above their rows.
    pub(crate) fn all(&mut self, rows: &[Row]) -> io::Result<()> {
        if self.format != Format::Table || rows.is_empty() {
            return self.rows(rows);
        }
        self.begun = true;
        let text = self.table.render_all(rows);
        self.print(text.as_bytes())
    }

    fn begin(&mut self, rows: &[Row]) -> io::Result<()> {
        let mut text = Vec::new();
        self.write(&mut text, rows)?;
        self.begun = true;
        self.print(&text)
    }

    /// Prints what belongs behind the last record; the heading too, if there was none.
    pub(crate) fn end(mut self) -> io::Result<()> {
        if !self.begun && self.format != Format::Json {
            self.begin(&[])?;
        }
        match (self.format, self.begun) {
            (Format::Json, true) => self.print(b"\n]\n")?,
            (Format::Json, false) => self.print(b"[]\n")?,
            _ => {}
        }
        let hidden = self.table.hidden();
        if !hidden.is_empty() {
            let hidden = hidden.join(", ");
            self.screen.note(&format!("not shown, for the terminal is too narrow: {hidden} (--output csv has them)"));
        }
        Ok(())
    }

    fn write(&mut self, out: &mut Vec<u8>, rows: &[Row]) -> io::Result<()> {
        match self.format {
            Format::Table => out.extend(self.table.render(rows).into_bytes()),
            Format::Csv => delimited::write(out, (!self.begun).then_some(self.columns), rows)?,
            Format::Jsonl => {
                for row in rows {
                    serde_json::to_writer(&mut *out, &Object(self.columns, row))?;
                    out.push(b'\n');
                }
            }
            Format::Json => {
                for (number, row) in rows.iter().enumerate() {
                    let first = number == 0 && !self.begun;
                    out.extend(if first { b"[\n  " } else { b",\n  " });
                    serde_json::to_writer(&mut *out, &Object(self.columns, row))?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, text: &[u8]) -> io::Result<()> {
        self.screen.aside(|| write(text))
    }
}

/// Writes to standard output at once.
pub(crate) fn write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
