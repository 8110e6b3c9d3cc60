//! Reading the document, and finding a place in it.

use std::fs;
use std::path::Path;

use openapiv3::OpenAPI;
use serde_json::Value;

use crate::{DOCUMENT, Result};

/// The keys of a path item that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The document as it stands in the file.
pub(crate) struct Document {
    text: String,
    pub(crate) root: Value,
}

/// An operation and where it stands.
pub(crate) struct Operation<'a> {
    /// Empty where it is missing.
    pub(crate) id: &'a str,
    pub(crate) path: &'a str,
    /// What holds for all operations of the path.
    pub(crate) item: &'a Value,
    /// Its JSON pointer.
    pub(crate) place: String,
    pub(crate) value: &'a Value,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        // YAML's own value first, for it refuses a key that stands twice. The parser's message ends with line and column.
        let yaml: yaml_serde::Value =
            yaml_serde::from_str(&text).map_err(|error| format!("{DOCUMENT}: not valid YAML: {error}"))?;
        let root = serde_json::to_value(yaml).map_err(|error| format!("{DOCUMENT}: not valid as JSON: {error}"))?;
        Ok(Self { text, root })
    }

    /// The document in openapiv3's types.
    pub(crate) fn api(&self) -> Result<OpenAPI> {
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

    /// The value itself, or what it is a reference to.
    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(value)
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let value = item.get(method)?;
                let id = value["operationId"].as_str().unwrap_or_default();
                Some(Operation { id, path, item, place: format!("/paths/{}/{method}", escape(path)), value })
            })
        })
    }

    /// The operation of this id.
    pub(crate) fn operation(&self, id: &str) -> Result<Operation<'_>> {
        self.operations().find(|operation| operation.id == id).ok_or_else(|| {
            format!(
                "{DOCUMENT}: #/paths has no operation with operationId `{id}`; if it was renamed, rename it in \
                 build/checks.rs and src/operations.rs too (it is public API)"
            )
        })
    }

    /// The file, with the first line that holds this reference.
    pub(crate) fn line_of_reference(&self, target: &str) -> String {
        match self.text.lines().position(|line| is_reference(line, target)) {
            Some(index) => format!("{DOCUMENT}, line {}", index + 1),
            None => DOCUMENT.to_owned(),
        }
    }
}

fn is_reference(line: &str, target: &str) -> bool {
    let value = line.split_once("$ref:").map(|(_, value)| value.trim().trim_matches(['\'', '"', '}', ' ']));
    value == Some(target)
}

/// A key as a part of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
