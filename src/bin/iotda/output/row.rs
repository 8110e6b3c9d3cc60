//! Columns, cells and rows.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A column; its name is the same in all formats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// The column with the highest value is the first to be hidden from a table that is too wide; 0 is never hidden.
    pub(crate) drop_priority: u8,
}

pub(crate) const fn column(name: &'static str, drop_priority: u8) -> Column {
    Column { name, drop_priority }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Text(Option<String>),
    Number(u64),
    /// A percentage in tenths.
    Percent(u64),
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
    /// Returns the share of a part, rounded to a tenth of a percent, but at least that if there is a part; 0 without a total.
    pub(crate) fn percent(part: u64, total: u64) -> Self {
        let tenths = (part.saturating_mul(1000) + total / 2).checked_div(total).unwrap_or_default();
        Self::Percent(tenths.max(u64::from(part > 0)))
    }

    /// Returns the number; 0 for another value.
    pub(crate) fn number(&self) -> u64 {
        if let Self::Number(number) = self { *number } else { 0 }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone().unwrap_or_default(),
            Self::Number(number) => number.to_string(),
            Self::Percent(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Percent(tenths) => (*tenths as f64 / 10.0).serialize(serializer),
        }
    }
}

/// One cell per column.
pub(crate) type Row = Vec<Cell>;

/// A row as a JSON object with one field for each column.
pub(super) struct RowObject<'a>(pub(super) &'a [Column], pub(super) &'a Row);

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.name, cell)?;
        }
        map.end()
    }
}
