//! Reads the OpenAPI document, checks its references, and locates what openapiv3 rejects.

use std::fs;
use std::path::Path;

use openapiv3::{Header, Info, OpenAPI, Operation, Parameter, RequestBody, Response, Schema, SecurityScheme};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{DOCUMENT_PATH, Result};

/// Keywords that compose a schema of others. progenitor follows a circular composition until the stack overflows.
const COMPOSITIONS: [&str; 4] = ["allOf", "anyOf", "not", "oneOf"];

/// Keys whose values are not part of the structure of the OpenAPI document.
const EXAMPLES: [&str; 3] = ["default", "example", "examples"];

/// The OpenAPI document: its text and its value, both unchanged.
pub(crate) struct Document {
    text: String,
    pub(crate) root: Value,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| format!("{DOCUMENT_PATH}: {error}"))?;
        // Parses into a YAML value first, because that rejects duplicate keys. The parser's message ends with line and
        // column.
        let yaml: yaml_serde::Value =
            yaml_serde::from_str(&text).map_err(|error| format!("{DOCUMENT_PATH}: not valid YAML: {error}"))?;
        let root =
            serde_json::to_value(yaml).map_err(|error| format!("{DOCUMENT_PATH}: not valid as JSON: {error}"))?;
        Ok(Self { text, root })
    }

    /// Returns the OpenAPI document in the types of openapiv3.
    pub(crate) fn to_openapi(&self) -> Result<OpenAPI> {
        walk(&self.root, "#", &mut |fields, pointer| self.check_object(fields, pointer))?;
        serde_json::from_value(self.root.clone()).map_err(|error| {
            // openapiv3's own message does not state where the error is.
            let located = walk(&self.root, "#", &mut |fields, pointer| check_type(fields, pointer));
            located.err().unwrap_or_else(|| format!("{DOCUMENT_PATH}: not an OpenAPI 3.0 document: {error}"))
        })
    }

    fn check_object(&self, fields: &Map<String, Value>, pointer: &str) -> Result<()> {
        if let Some(keyword) = COMPOSITIONS.into_iter().find(|keyword| fields.get(*keyword).is_some_and(is_composition))
        {
            return Err(format!("{DOCUMENT_PATH}: {pointer}/{keyword}: a schema must not be composed; write it out"));
        }
        let Some(target) = fields.get("$ref").and_then(Value::as_str) else { return Ok(()) };
        let component = target.strip_prefix("#/components/").and_then(|_| self.root.pointer(&target[1..]));
        let problem = match component {
            None => "does not exist in #/components; correct the reference, or add its target",
            // progenitor follows a reference to itself until the stack overflows.
            Some(component) if component.get("$ref").is_some() => "is itself a reference; refer to its target directly",
            Some(_) => return Ok(()),
        };
        let line = self.text.lines().position(|line| is_reference(line, target));
        let line = line.map_or(String::new(), |index| format!(", line {}", index + 1));
        Err(format!("{DOCUMENT_PATH}{line}: {pointer}/$ref: `{target}` {problem}"))
    }

    /// Returns the operations as pairs of JSON pointer and ID.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str)> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().filter_map(move |(method, operation)| {
                Some((format!("#/paths/{}/{method}", escape(path)), operation["operationId"].as_str()?))
            })
        })
    }
}

/// Visits every object, inner ones first, until a visit fails.
fn walk(value: &Value, pointer: &str, visit: &mut impl FnMut(&Map<String, Value>, &str) -> Result<()>) -> Result<()> {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !EXAMPLES.contains(&key.as_str())) {
                walk(value, &format!("{pointer}/{}", escape(key)), visit)?;
            }
            visit(fields, pointer)
        }
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, value)| walk(value, &format!("{pointer}/{index}"), visit))
        }
        _ => Ok(()),
    }
}

/// Checks an object whose type follows from the last two segments of its pointer.
fn check_type(fields: &Map<String, Value>, pointer: &str) -> Result<()> {
    let mut segments = pointer.rsplit('/');
    let (key, parent) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let error = match (parent, key) {
        _ if fields.contains_key("$ref") => None,
        ("schemas" | "properties", _) | (_, "schema" | "items") => error::<Schema>(fields),
        ("parameters", _) => error::<Parameter>(fields),
        ("responses", _) => error::<Response>(fields),
        ("headers", _) => error::<Header>(fields),
        ("securitySchemes", _) => error::<SecurityScheme>(fields),
        ("#", "info") => error::<Info>(fields),
        (_, "requestBody") => error::<RequestBody>(fields),
        _ if fields.contains_key("operationId") => error::<Operation>(fields),
        _ => None,
    };
    error.map_or(Ok(()), |error| Err(format!("{DOCUMENT_PATH}: {pointer}: not valid in OpenAPI 3.0: {error}")))
}

fn error<T: DeserializeOwned>(fields: &Map<String, Value>) -> Option<serde_json::Error> {
    serde_json::from_value::<T>(Value::Object(fields.clone())).err()
}

fn is_composition(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

fn is_reference(line: &str, target: &str) -> bool {
    let value = line.split_once("$ref:").map(|(_, value)| value.trim().trim_matches(['\'', '"', '}', ' ']));
    value == Some(target)
}

/// Escapes a key as a segment of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
