//! Prints records to standard output in one of four formats, as soon as they arrive.

use std::io::{self, IsTerminal};

use crate::failure::Failure;
use crate::locale::is_utf_8;
use crate::status_line::{StatusLine, colored};

mod bars;
mod delimited;
mod destination;
mod escape;
#[cfg(test)]
mod every_field;
mod format;
mod json_array;
mod row;
mod selection;
mod stdout;
mod table;
mod text_writer;

pub(crate) use delimited::CsvOptions;
pub(crate) use destination::Destination;
#[cfg(test)]
pub(crate) use every_field::assert_every_field_is_printed;
pub(crate) use format::Format;
use json_array::JsonArray;
use row::RowObject;
pub(crate) use row::{Cell, Column, Row, column};
use selection::Selection;
pub(crate) use selection::SelectionOptions;
pub(crate) use stdout::{Stdout, write};
use table::{Screen, Table};
pub(crate) use text_writer::TextWriter;

/// Prints the records of one run.
pub(crate) struct Printer<'a> {
    destination: &'a Destination,
    selection: Selection,
    /// The selected columns.
    columns: Vec<Column>,
    status_line: &'a StatusLine,
    table: Table,
    /// The rows that are sorted at the end.
    unsorted: Vec<Row>,
    array: JsonArray,
    started: bool,
}

impl<'a> Printer<'a> {
    /// Fails if a column that an option names does not exist.
    pub(crate) fn new(
        destination: &'a Destination,
        all: &[Column],
        status_line: &'a StatusLine,
    ) -> Result<Self, Failure> {
        let selection = Selection::new(&destination.selection, all)?;
        let mut columns = selection.columns(all);
        if !destination.selection.columns.is_empty() {
            // Columns that the user selected are never hidden.
            columns.iter_mut().for_each(|column| column.drop_priority = 0);
        }
        let is_terminal = io::stdout().is_terminal();
        let terminal = console::Term::stdout();
        let width = is_terminal.then(|| usize::from(terminal.size().1));
        let screen = Screen { width, is_colored: colored(&terminal), is_utf_8: is_utf_8() };
        let table = Table::new(columns.clone(), screen, !destination.selection.no_header);
        if selection.is_sorted() {
            status_line.note("--sort: all records are read before the first one is printed");
        }
        let (array, unsorted, started) = (JsonArray::default(), Vec::new(), false);
        Ok(Self { destination, selection, columns, status_line, table, unsorted, array, started })
    }

    /// Omits this column from a table, because all rows have the same value, if it was not selected.
    pub(crate) fn without(mut self, column: &str) -> Self {
        if self.destination.selection.columns.is_empty() {
            self.table.omit(column);
        }
        self
    }

    /// Prints these rows immediately, except that the last record of a JSON array follows with the next one. An empty page
    /// prints nothing: the first page with records determines the columns of a table.
    pub(crate) fn rows(&mut self, rows: &[Row]) -> io::Result<()> {
        self.page(rows, || ())
    }

    /// Prints these rows, then runs `printed`, before a signal can end the run.
    pub(crate) fn page(&mut self, rows: &[Row], printed: impl FnOnce()) -> io::Result<()> {
        if self.selection.is_sorted() {
            self.unsorted.extend_from_slice(rows);
            return Ok(());
        }
        if !rows.is_empty() {
            return self.print_rows(&self.selected(rows), printed);
        }
        printed();
        Ok(())
    }

    /// Sorts rows as requested.
    pub(crate) fn sort(&self, rows: &mut [Row]) {
        self.selection.sort(rows);
    }

    /// Prints the rows of a complete result; a table keeps their order. In a table that is too wide, each value of the first
    /// columns is printed once, above its rows.
    pub(crate) fn all(&mut self, rows: &[Row]) -> io::Result<()> {
        if self.destination.format != Format::Table || rows.is_empty() {
            return self.rows(rows);
        }
        self.started = true;
        let text = self.table.render_all(&self.selected(rows));
        self.print(text.as_bytes(), Vec::new(), || ())
    }

    fn selected(&self, rows: &[Row]) -> Vec<Row> {
        rows.iter().map(|row| self.selection.row(row)).collect()
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
        let mut rows = std::mem::take(&mut self.unsorted);
        if !rows.is_empty() {
            self.selection.sort(&mut rows);
            self.print_rows(&self.selected(&rows), || ())?;
        }
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
                let has_header = !self.started && !self.destination.selection.no_header;
                let header = has_header.then_some(self.columns.as_slice());
                delimited::write(out, self.destination.csv, header, rows)?;
            }
            Format::Jsonl => {
                for row in rows {
                    serde_json::to_writer(&mut *out, &RowObject(&self.columns, row))?;
                    out.push(b'\n');
                }
            }
            Format::Json => {
                for row in rows {
                    self.array.push(out, serde_json::to_vec(&RowObject(&self.columns, row))?);
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
