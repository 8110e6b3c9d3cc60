//! The output formats.

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Human-readable table; columns that do not fit the terminal are hidden, and a note names them
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
}

impl Format {
    /// Returns the default format of a file.
    pub(crate) fn of_file(file: &Path) -> Self {
        let is_csv = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if is_csv { Self::Csv } else { Self::Jsonl }
    }
}

impl Default for Format {
    fn default() -> Self {
        if io::stdout().is_terminal() { Self::Table } else { Self::Jsonl }
    }
}
