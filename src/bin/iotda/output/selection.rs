//! The printed columns, the order of the rows, and the header.

use super::row::{Column, Row};
use crate::failure::Failure;

/// The options, before they are compared with the columns of a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectionOptions {
    /// All columns, if it is empty.
    pub(crate) columns: Vec<String>,
    pub(crate) sort: Option<String>,
    pub(crate) no_header: bool,
}

/// The selected columns of a command.
pub(super) struct Selection {
    /// The indexes of the columns.
    indexes: Vec<usize>,
    sort: Option<usize>,
}

impl Selection {
    pub(super) fn new(options: &SelectionOptions, all: &[Column]) -> Result<Self, Failure> {
        let index = |option: &str, name: &String| {
            let names: Vec<_> = all.iter().map(|column| column.name).collect();
            let position = names.iter().position(|column| column == name);
            position.ok_or_else(|| {
                Failure::Usage(format!("{option}: there is no column {name}; the columns are: {}", names.join(", ")))
            })
        };
        let indexes: Vec<_> = options.columns.iter().map(|name| index("--columns", name)).collect::<Result<_, _>>()?;
        if let Some((_, repeated)) =
            indexes.iter().enumerate().find(|(number, index)| indexes[..*number].contains(index))
        {
            return Err(Failure::Usage(format!("--columns: the column {} is listed twice", all[*repeated].name)));
        }
        let sort = options.sort.as_ref().map(|name| index("--sort", name)).transpose()?;
        let indexes = if indexes.is_empty() { (0..all.len()).collect() } else { indexes };
        Ok(Self { indexes, sort })
    }

    pub(super) fn columns(&self, all: &[Column]) -> Vec<Column> {
        self.indexes.iter().map(|index| all[*index]).collect()
    }

    pub(super) fn row(&self, row: &Row) -> Row {
        self.indexes.iter().map(|index| row[*index].clone()).collect()
    }

    /// Returns true if the rows are sorted, so that all must be read before the first one is printed.
    pub(super) fn is_sorted(&self) -> bool {
        self.sort.is_some()
    }

    /// Sorts the rows. Missing values are first; the order of equal values does not change.
    pub(super) fn sort(&self, rows: &mut [Row]) {
        if let Some(column) = self.sort {
            rows.sort_by(|row, other| row[column].cmp(&other[column]));
        }
    }
}
