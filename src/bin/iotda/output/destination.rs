//! The format of the records, and where they are printed.

use super::delimited::CsvOptions;
use super::format::Format;
use super::selection::SelectionOptions;
use super::stdout::Stdout;

#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) format: Format,
    pub(crate) csv: CsvOptions,
    pub(crate) selection: SelectionOptions,
    pub(crate) stdout: Stdout,
}
