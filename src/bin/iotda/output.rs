//! Prints records to standard output in one of four formats, as soon as they arrive.

use std::io::{self, IsTerminal};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::status_line::{StatusLine, colored};

mod delimited;
mod escape;
#[cfg(test)]
mod every_field;
mod format;
mod json_array;
mod row;
mod stdout;
mod table;

pub(crate) use delimited::CsvOptions;
#[cfg(test)]
pub(crate) use every_field::assert_every_field_is_printed;
pub(crate) use format::Format;
use json_array::JsonArray;
pub(crate) use row::{Cell, Column, Row, column};
pub(crate) use stdout::{Stdout, write};
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

/// The format of the records, and standard output.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) format: Format,
    pub(crate) csv: CsvOptions,
    pub(crate) stdout: Stdout,
}

/// Prints the records of one run.
pub(crate) struct Printer<'a> {
    destination: &'a Destination,
    columns: &'static [Column],
    status_line: &'a StatusLine,
    table: Table,
    array: JsonArray,
    started: bool,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(destination: &'a Destination, columns: &'static [Column], status_line: &'a StatusLine) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let width = is_terminal.then(|| usize::from(console::Term::stdout().size().1));
        let table = Table::new(columns, width, colored(&console::Term::stdout()));
        Self { destination, columns, status_line, table, array: JsonArray::default(), started: false }
    }

    /// Omits this column from a table, because all rows have the same value.
    pub(crate) fn without(mut self, column: &str) -> Self {
        self.table.omit(column);
        self
    }

    /// Prints these rows immediately, except that the last record of a JSON array follows with the next one. An empty page
    /// prints nothing: the first page with records determines the columns of a table.
    pub(crate) fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        self.page(rows, || ())
    }

    /// Prints these rows, then runs `printed`, before a signal can end the run.
    pub(crate) fn page(&mut self, rows: &[Row], printed: impl FnOnce()) -> io::Result<()> {
        if !rows.is_empty() {
            return self.print_rows(rows, printed);
        }
        printed();
        Ok(())
    }

    /// Prints the rows of a complete result. In a table that is too wide, each value of the first column is printed once,
    /// above its rows.
    pub(crate) fn all(&mut self, rows: &[Row]) -> io::Result<()> {
        if self.destination.format != Format::Table || rows.is_empty() {
            return self.rows(rows);
        }
        self.started = true;
        let text = self.table.render_all(rows);
        self.print(text.as_bytes(), Vec::new(), || ())
    }

    fn print_rows(&mut self, rows: &[Row], printed: impl FnOnce()) -> io::Result<()> {
        let mut text = Vec::new();
        self.write(&mut text, rows)?;
        self.started = true;
        let is_array = self.destination.format == Format::Json;
        self.print(&text, if is_array { self.array.closing() } else { Vec::new() }, printed)
    }

    /// Completes the output after the last record. Without records, prints the header or an empty array.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if self.destination.format == Format::Json {
            self.print(&self.array.closing(), Vec::new(), || ())?;
        } else if !self.started {
            self.print_rows(&[], || ())?;
        }
        let hidden = self.table.hidden();
        if !hidden.is_empty() {
            let hidden = hidden.join(", ");
            self.status_line.note(&format!("hidden columns (terminal too narrow): {hidden}; use --output csv"));
        }
        Ok(())
    }

    fn write(&mut self, out: &mut Vec<u8>, rows: &[Row]) -> io::Result<()> {
        match self.destination.format {
            Format::Table => out.extend(self.table.render(rows).into_bytes()),
            Format::Csv => {
                let header = (!self.started).then_some(self.columns);
                delimited::write(out, self.destination.csv, header, rows)?;
            }
            Format::Jsonl => {
                for row in rows {
                    serde_json::to_writer(&mut *out, &RowObject(self.columns, row))?;
                    out.push(b'\n');
                }
            }
            Format::Json => {
                for row in rows {
                    self.array.push(out, serde_json::to_vec(&RowObject(self.columns, row))?);
                }
            }
        }
        Ok(())
    }

    fn print(&self, text: &[u8], closing: Vec<u8>, printed: impl FnOnce()) -> io::Result<()> {
        let write = || self.status_line.suspend(|| write(text));
        self.destination.stdout.write(closing, write, printed)
    }
}
