//! Derives the files in `openapi/derived/` from the OpenAPI 3.0 document: JSON Schemas, and an OpenAPI 3.1 document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Converts a schema of the OpenAPI document to JSON Schema 2020-12, without references, except for those of a schema that
/// contains itself. The strict form rejects unknown fields.
pub(super) fn json_schema(root: &Value, name: &str, is_strict: bool) -> Value {
    let mut fields = Map::from_iter([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!(name)),
    ]);
    fields.extend(Conversion { root, is_strict, path: Vec::new(), recursive: BTreeSet::new() }.named(name));
    fields.into()
}

struct Conversion<'a> {
    root: &'a Value,
    is_strict: bool,
    /// The schemas that contain the current one.
    path: Vec<String>,
    /// The schemas that contain themselves; they become definitions.
    recursive: BTreeSet<String>,
}

impl Conversion<'_> {
    /// Returns a schema with the definitions that it refers to.
    fn named(mut self, name: &str) -> Map<String, Value> {
        let mut fields = self.component(name);
        let mut definitions = Map::new();
        while let Some(name) = self.recursive.iter().find(|name| !definitions.contains_key(*name)).cloned() {
            definitions.insert(name.clone(), self.component(&name).into());
        }
        if !definitions.is_empty() {
            fields.insert("$defs".to_owned(), definitions.into());
        }
        fields
    }

    fn component(&mut self, name: &str) -> Map<String, Value> {
        if self.path.iter().any(|outer| outer == name) {
            self.recursive.insert(name.to_owned());
            return Map::from_iter([("$ref".to_owned(), json!(format!("#/$defs/{name}")))]);
        }
        self.path.push(name.to_owned());
        let root = self.root;
        let converted = self.schema(&root["components"]["schemas"][name]);
        self.path.pop();
        converted
    }

    fn schema(&mut self, schema: &Value) -> Map<String, Value> {
        if let Some(target) = schema["$ref"].as_str() {
            return self.component(target.rsplit('/').next().unwrap_or_default());
        }
        let mut fields = schema.as_object().cloned().unwrap_or_default();
        to_3_1(&mut fields);
        // Strict validators reject unknown keywords and formats.
        fields.retain(|key, _| !key.starts_with("x-") && key != "format");
        for property in
            fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            *property = self.schema(property).into();
        }
        if let Some(items) = fields.get_mut("items") {
            *items = self.schema(items).into();
        }
        if self.is_strict && fields.contains_key("properties") {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        fields
    }
}

/// Converts the OpenAPI document to version 3.1.
pub(super) fn openapi_3_1(root: &Value) -> Value {
    let mut converted = root.clone();
    convert_schemas(&mut converted);
    converted["openapi"] = json!("3.1.0");
    converted
}

/// Converts all schemas within a value. Only they have a `type` with a name of JSON Schema.
fn convert_schemas(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("type").and_then(Value::as_str).is_some_and(|name| TYPES.contains(&name)) {
                to_3_1(fields);
            }
            let is_payload = |key: &str| ["default", "example", "examples"].contains(&key) || key.starts_with("x-");
            fields.iter_mut().filter(|(key, _)| !is_payload(key)).for_each(|(_, value)| convert_schemas(value));
        }
        Value::Array(items) => items.iter_mut().for_each(convert_schemas),
        _ => {}
    }
}

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Converts one schema, without those in it, to OpenAPI 3.1 and JSON Schema.
fn to_3_1(schema: &mut Map<String, Value>) {
    if schema.remove("nullable") == Some(Value::Bool(true)) {
        let name = schema.remove("type");
        schema.insert("type".to_owned(), json!([name, "null"]));
    }
    if let Some(example) = schema.remove("example") {
        schema.insert("examples".to_owned(), json!([example]));
    }
}
