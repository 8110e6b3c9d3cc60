//! Reading the document: every fault is told with file, place and cause.

use std::fs;
use std::path::Path;

use openapiv3::{OpenAPI, ReferenceOr, Schema};
use serde_json::Value;

use crate::{DOCUMENT, Result};

/// The document as it stands in the file, checked for references that lead nowhere.
pub(crate) struct Document {
    text: String,
    root: Value,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        // YAML's own value first, for it refuses a key that stands twice. The parser's message ends with line and column.
        let yaml: yaml_serde::Value =
            yaml_serde::from_str(&text).map_err(|error| format!("{DOCUMENT}: not valid YAML: {error}"))?;
        let root = serde_json::to_value(yaml).map_err(|error| format!("{DOCUMENT}: not valid as JSON: {error}"))?;
        let document = Self { text, root };
        document.check_references(&document.root, "#")?;
        Ok(document)
    }

    /// The document in openapiv3's types.
    pub(crate) fn api(&self) -> Result<OpenAPI> {
        self.check_schemas()?;
        serde_json::from_value(self.root.clone())
            .map_err(|error| format!("{DOCUMENT}: not an OpenAPI 3.0 document: {error}"))
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.root).map_err(|error| format!("{DOCUMENT}: {error}"))
    }

    /// The value at a JSON pointer; `what` says what it is needed for.
    pub(crate) fn at(&self, pointer: &str, what: &str) -> Result<&Value> {
        self.root.pointer(pointer).ok_or_else(|| format!("{DOCUMENT}: #{pointer} is missing; it is needed for {what}"))
    }

    /// The operation of this id, with its JSON pointer.
    pub(crate) fn operation(&self, id: &str) -> Result<(String, &Value)> {
        let paths = self.at("/paths", "the operations")?.as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
        });
        for (path, method, operation) in operations {
            if operation["operationId"] == id {
                return Ok((format!("/paths/{}/{method}", escape(path)), operation));
            }
        }
        Err(format!(
            "{DOCUMENT}: #/paths has no operation with operationId `{id}`; if it was renamed, rename it in \
             build/transforms.rs and src/operations.rs too (it is public API)"
        ))
    }

    /// openapiv3 says of a wrong schema only that nothing matched: name the schema.
    fn check_schemas(&self) -> Result<()> {
        let schemas = self.at("/components/schemas", "the types")?.as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            let parsed: std::result::Result<ReferenceOr<Schema>, _> = serde_json::from_value(schema.clone());
            let place = format!("#/components/schemas/{name}");
            parsed.map_err(|error| format!("{DOCUMENT}: {place} is not an OpenAPI 3.0 schema: {error}"))?;
            check_types(schema, &place)?;
        }
        Ok(())
    }

    fn check_references(&self, value: &Value, place: &str) -> Result<()> {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    self.check_reference(target, place)?;
                }
                fields
                    .iter()
                    .try_for_each(|(key, value)| self.check_references(value, &format!("{place}/{}", escape(key))))
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| self.check_references(value, &format!("{place}/{index}"))),
            _ => Ok(()),
        }
    }

    fn check_reference(&self, target: &str, place: &str) -> Result<()> {
        let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        if found.is_some() {
            return Ok(());
        }
        let line = self.text.lines().position(|line| is_reference(line, target)).map_or(0, |index| index + 1);
        Err(format!("{DOCUMENT}, line {line}: {place}/$ref: `{target}` is not in the document"))
    }
}

/// openapiv3 takes a schema of a misspelt type for one of any type.
fn check_types(schema: &Value, place: &str) -> Result<()> {
    match schema.get("type").and_then(Value::as_str) {
        None | Some("array" | "boolean" | "integer" | "number" | "object" | "string") => {}
        Some(other) => return Err(format!("{DOCUMENT}: {place}/type: `{other}` is no type of OpenAPI 3.0")),
    }
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, property) in properties {
        check_types(property, &format!("{place}/properties/{}", escape(name)))?;
    }
    schema.get("items").map_or(Ok(()), |items| check_types(items, &format!("{place}/items")))
}

/// Whether a line of the text holds this reference.
fn is_reference(line: &str, target: &str) -> bool {
    let value = line.split_once("$ref:").map(|(_, value)| value.trim().trim_matches(['\'', '"', '}', ' ']));
    value == Some(target)
}

/// A key as a part of a JSON pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
