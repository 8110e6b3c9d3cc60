//! Reads the OpenAPI document, and finds values in it.

use std::fs;
use std::path::Path;

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::{DOCUMENT_PATH, Result};

/// The keys of a path item that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The OpenAPI document: its text and its value, both unchanged.
pub(crate) struct Document {
    text: String,
    pub(crate) root: Value,
}

/// An operation, and its location.
pub(crate) struct Operation<'a> {
    /// The `operationId`; empty if it is missing.
    pub(crate) id: &'a str,
    pub(crate) path: &'a str,
    /// The path item; its parameters apply to every operation of the path.
    pub(crate) path_item: &'a Value,
    /// The JSON pointer of the operation.
    pub(crate) pointer: String,
    pub(crate) value: &'a Value,
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
        serde_json::from_value(self.root.clone())
            .map_err(|error| format!("{DOCUMENT_PATH}: not an OpenAPI 3.0 document: {error}"))
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.root).map_err(|error| format!("{DOCUMENT_PATH}: {error}"))
    }

    /// Returns the value at a JSON pointer. `needed_for` completes the error message.
    pub(crate) fn at(&self, pointer: &str, needed_for: &str) -> Result<&Value> {
        self.root.pointer(pointer).ok_or_else(|| {
            format!("{DOCUMENT_PATH}: #{pointer} is missing; add it, because it is needed for {needed_for}")
        })
    }

    /// Returns the target of a reference, or the value itself if it is not a reference.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(value)
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, path_item)| {
            METHODS.into_iter().filter_map(move |method| {
                let value = path_item.get(method)?;
                let id = value["operationId"].as_str().unwrap_or_default();
                Some(Operation { id, path, path_item, pointer: format!("/paths/{}/{method}", escape(path)), value })
            })
        })
    }

    /// Returns the operation with this ID.
    pub(crate) fn operation(&self, id: &str) -> Result<Operation<'_>> {
        self.operations().find(|operation| operation.id == id).ok_or_else(|| {
            format!(
                "{DOCUMENT_PATH}: #/paths has no operation with operationId `{id}`; if it was renamed, also rename it \
                 in build/checks.rs and src/operations.rs (it is public API)"
            )
        })
    }

    /// Returns the file and the first line that contains this reference.
    pub(crate) fn reference_location(&self, target: &str) -> String {
        match self.text.lines().position(|line| is_reference(line, target)) {
            Some(index) => format!("{DOCUMENT_PATH}, line {}", index + 1),
            None => DOCUMENT_PATH.to_owned(),
        }
    }
}

fn is_reference(line: &str, target: &str) -> bool {
    let value = line.split_once("$ref:").map(|(_, value)| value.trim().trim_matches(['\'', '"', '}', ' ']));
    value == Some(target)
}

/// Escapes a key as a segment of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
