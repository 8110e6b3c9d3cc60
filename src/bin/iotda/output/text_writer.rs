//! Rows as CSV or JSON Lines for a file.

use std::io;

use super::delimited;
use super::destination::Destination;
use super::format::Format;
use super::row::{Column, Row, RowObject};
use super::selection::Selection;
use crate::failure::Failure;

/// Converts the rows of a command to text, which does not depend on the rows before it.
pub(crate) struct TextWriter {
    destination: Destination,
    selection: Selection,
    columns: Vec<Column>,
}

impl TextWriter {
    pub(crate) fn new(destination: &Destination, all: &[Column]) -> Result<Self, Failure> {
        let selection = Selection::new(&destination.selection, all)?;
        let columns = selection.columns(all);
        Ok(Self { destination: destination.clone(), selection, columns })
    }

    /// Returns the text above all rows.
    pub(crate) fn header(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if self.destination.format == Format::Csv && !self.destination.selection.no_header {
            delimited::write(&mut text, self.destination.csv, Some(&self.columns), &[])?;
        }
        Ok(text)
    }

    pub(crate) fn rows(&self, rows: &[Row]) -> io::Result<Vec<u8>> {
        let rows: Vec<_> = rows.iter().map(|row| self.selection.row(row)).collect();
        let mut text = Vec::new();
        if self.destination.format == Format::Csv {
            delimited::write(&mut text, self.destination.csv, None, &rows)?;
            return Ok(text);
        }
        for row in &rows {
            serde_json::to_writer(&mut text, &RowObject(&self.columns, row))?;
            text.push(b'\n');
        }
        Ok(text)
    }
}
