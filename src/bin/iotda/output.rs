//! Prints records to standard output in one of four formats, as soon as they arrive.

use std::io::{self, IsTerminal, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::status_line::{StatusLine, colored};

mod delimited;
#[cfg(test)]
mod every_field;
mod format;
mod row;
mod table;

#[cfg(test)]
pub(crate) use every_field::assert_every_field_is_printed;
pub(crate) use format::Format;
pub(crate) use row::{Cell, Column, Row, column};
use table::Table;

struct RowObject<'a>(&'a [Column], &'a Row);

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.name, cell)?;
        }
        map.end()
    }
}

/// Prints the records of one run.
pub(crate) struct Printer<'a> {
    format: Format,
    columns: &'static [Column],
    status_line: &'a StatusLine,
    table: Table,
    started: bool,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(format: Format, columns: &'static [Column], status_line: &'a StatusLine) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let width = is_terminal.then(|| usize::from(console::Term::stdout().size().1));
        let table = Table::new(columns, width, colored(&console::Term::stdout()));
        Self { format, columns, status_line, table, started: false }
    }

    /// Omits this column from a table, because all rows have the same value.
    pub(crate) fn without(mut self, column: &str) -> Self {
        self.table.omit(column);
        self
    }

    /// Prints these rows immediately. An empty page prints nothing: a JSON array is opened with its first record, and the
    /// first page with records determines the columns of a table.
    pub(crate) fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        if rows.is_empty() { Ok(()) } else { self.print_rows(rows) }
    }

    /// Prints the rows of a complete result. In a table that is too wide, each value of the first column is printed once,
    /// above its rows.
    pub(crate) fn all(&mut self, rows: &[Row]) -> io::Result<()> {
        if self.format != Format::Table || rows.is_empty() {
            return self.rows(rows);
        }
        self.started = true;
        let text = self.table.render_all(rows);
        self.print(text.as_bytes())
    }

    fn print_rows(&mut self, rows: &[Row]) -> io::Result<()> {
        let mut text = Vec::new();
        self.write(&mut text, rows)?;
        self.started = true;
        self.print(&text)
    }

    /// Completes the output after the last record. Without records, prints the header or an empty array.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.started && self.format != Format::Json {
            self.print_rows(&[])?;
        }
        match (self.format, self.started) {
            (Format::Json, true) => self.print(b"\n]\n")?,
            (Format::Json, false) => self.print(b"[]\n")?,
            _ => {}
        }
        let hidden = self.table.hidden();
        if !hidden.is_empty() {
            let hidden = hidden.join(", ");
            self.status_line.note(&format!("hidden columns (terminal too narrow): {hidden}; use --output csv"));
        }
        Ok(())
    }

    fn write(&mut self, out: &mut Vec<u8>, rows: &[Row]) -> io::Result<()> {
        match self.format {
            Format::Table => out.extend(self.table.render(rows).into_bytes()),
            Format::Csv => delimited::write(out, (!self.started).then_some(self.columns), rows)?,
            Format::Jsonl => {
                for row in rows {
                    serde_json::to_writer(&mut *out, &RowObject(self.columns, row))?;
                    out.push(b'\n');
                }
            }
            Format::Json => {
                for (number, row) in rows.iter().enumerate() {
                    let first = number == 0 && !self.started;
                    out.extend(if first { b"[\n  " } else { b",\n  " });
                    serde_json::to_writer(&mut *out, &RowObject(self.columns, row))?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, text: &[u8]) -> io::Result<()> {
        self.status_line.suspend(|| write(text))
    }
}

/// Writes to standard output and flushes it.
pub(crate) fn write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
