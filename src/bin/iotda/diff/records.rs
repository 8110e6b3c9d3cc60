//! Saved listings: CSV, JSON Lines or a JSON array, in the form that `iotda` prints.

use serde_json::{Map, Value};

/// The fields of a record, in order. An empty text is the same as a missing value, because CSV does not distinguish them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record(Vec<(String, Option<String>)>);

/// The certificate, if any, and the ID.
pub(super) type Key = (Option<String>, String);

impl Record {
    /// Returns the fields of a JSON object and, before them, the certificate.
    pub(super) fn of_object(certificate: Option<&str>, object: Map<String, Value>) -> Self {
        let certificate = certificate.map(|id| ("certificate_id".to_owned(), Some(id.to_owned())));
        let text = |value| match value {
            Value::Null => None,
            Value::String(text) => Some(text).filter(|text| !text.is_empty()),
            other => Some(other.to_string()),
        };
        let fields = object.into_iter().map(|(name, value)| (name, text(value)));
        Self(certificate.into_iter().chain(fields).collect())
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Returns the value of a field; the outer `None` if the record has no such field.
    pub(super) fn get(&self, field: &str) -> Option<Option<&str>> {
        self.fields().find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.get(field).flatten()
    }

    /// Returns the key of a device or a template; `None` if it has no ID.
    pub(super) fn key(&self) -> Option<Key> {
        let id = self.text("device_id").or_else(|| self.text("template_id"))?;
        Some((self.text("certificate_id").map(str::to_owned), id.to_owned()))
    }
}

/// Reads a saved listing.
pub(super) fn parse(text: &str) -> Result<Vec<Record>, String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(
            "it is empty, like the output of a run that failed; a listing without records is complete only as CSV, \
                    with its header, or as a JSON array"
                .to_owned(),
        );
    }
    let is_array = start.starts_with('[');
    if is_array || start.starts_with('{') {
        let objects = if is_array { array(start) } else { lines(text) };
        return Ok(objects?.into_iter().map(|object| Record::of_object(None, object)).collect());
    }
    csv(start)
}

fn array(text: &str) -> Result<Vec<Map<String, Value>>, String> {
    serde_json::from_str(text).map_err(|error| format!("not a complete JSON array of records: {error}"))
}

fn lines(text: &str) -> Result<Vec<Map<String, Value>>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let object = |(number, line)| {
        serde_json::from_str(line).map_err(|error| format!("line {} is not a JSON object: {error}", number + 1))
    };
    lines.map(object).collect()
}

fn csv(text: &str) -> Result<Vec<Record>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let is_listing = header.iter().any(|name| matches!(name, "device_id" | "template_id"));
    if !is_listing {
        return Err("neither JSON nor CSV with a column device_id or template_id".to_owned());
    }
    let mut records = Vec::new();
    for row in reader.into_records() {
        let row = row.map_err(|error| error.to_string())?;
        // The second header of a file that two runs were appended to.
        if row == header {
            continue;
        }
        let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        records.push(Record(header.iter().zip(&row).map(|(name, text)| (name.to_owned(), value(text))).collect()));
    }
    Ok(records)
}
