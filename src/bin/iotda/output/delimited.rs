//! Comma-separated values: RFC 4180, but with LF line endings.

use std::io;

use super::row::{Cell, Column, Row};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Options for spreadsheet programs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CsvOptions {
    /// Starts the output with a byte order mark, so that Excel reads it as UTF-8.
    pub(crate) byte_order_mark: bool,
    /// Puts an apostrophe before a text that a spreadsheet program would run as a formula.
    pub(crate) guard_formulas: bool,
}

/// Writes the rows, with the header above the first ones.
pub(super) fn write(out: &mut Vec<u8>, options: CsvOptions, header: Option<&[Column]>, rows: &[Row]) -> io::Result<()> {
    if header.is_some() && options.byte_order_mark {
        out.extend(BYTE_ORDER_MARK);
    }
    let mut writer = csv::Writer::from_writer(out);
    if let Some(columns) = header {
        writer.write_record(columns.iter().map(|column| column.name))?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|cell| text(cell, options)))?;
    }
    writer.flush()
}

fn text(cell: &Cell, options: CsvOptions) -> String {
    let text = cell.text();
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && options.guard_formulas { format!("'{text}") } else { text }
}
