//! A JSON array that is written in whole lines while its records arrive.

/// The last record is written when its successor is known, because of the comma between them.
#[derive(Debug, Default)]
pub(super) struct JsonArray {
    last: Option<Vec<u8>>,
}

impl JsonArray {
    /// Adds a record, and appends the lines before it to `out`.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, record: Vec<u8>) {
        match self.last.replace(record) {
            Some(previous) => out.extend([b"  ", previous.as_slice(), b",\n"].concat()),
            None => out.extend(b"[\n"),
        }
    }

    /// Returns the rest of the array, which completes it. Without records, it is an empty array.
    pub(super) fn closing(&self) -> Vec<u8> {
        match &self.last {
            Some(last) => [b"  ", last.as_slice(), b"\n]\n"].concat(),
            None => b"[]\n".to_vec(),
        }
    }
}
