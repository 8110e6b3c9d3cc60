//! Comma-separated values: RFC 4180, but with LF line endings.

use std::io;

use super::row::{Cell, Column, Row};

pub(super) fn write(out: &mut Vec<u8>, header: Option<&[Column]>, rows: &[Row]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    if let Some(columns) = header {
        writer.write_record(columns.iter().map(|column| column.name))?;
    }
    for row in rows {
        writer.write_record(row.iter().map(Cell::text))?;
    }
    writer.flush()
}
