//! The OpenAPI document, and validators of its schemas.

use huaweicloud_iotda::spec::OPENAPI_JSON;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The OpenAPI document as JSON.
pub fn document() -> Value {
    serde_json::from_str(OPENAPI_JSON).expect("the OpenAPI document is valid JSON")
}

/// The value at a JSON pointer, with references resolved.
pub fn at<'a>(document: &'a Value, pointer: &str) -> &'a Value {
    follow(document, document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not in the OpenAPI document")))
}

/// Resolves a reference. Returns any other value unchanged.
pub fn follow<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(target) => at(document, target.strip_prefix('#').expect("a reference within the OpenAPI document")),
        None => value,
    }
}

/// Each operation with its path and method.
pub fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("a path item");
            methods.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

/// A validator of this schema, which may contain references into the OpenAPI document.
pub fn validator(document: &Value, schema: &Value) -> Validator {
    let mut root = Map::new();
    root.insert("components".to_owned(), json_schema(&document["components"]));
    root.insert("allOf".to_owned(), json!([json_schema(schema)]));
    jsonschema::draft202012::new(&Value::Object(root)).expect("a schema")
}

/// A validator of a named schema.
pub fn validator_of(document: &Value, name: &str) -> Validator {
    validator(document, &json!({"$ref": format!("#/components/schemas/{name}")}))
}

/// Translates OpenAPI 3.0's `nullable` to JSON Schema; everything else is the same in both.
fn json_schema(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Map<_, _> = fields.iter().map(|(key, value)| (key.clone(), json_schema(value))).collect();
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let schema_type = fields["type"].clone();
                fields.insert("type".to_owned(), json!([schema_type, "null"]));
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(json_schema).collect(),
        other => other.clone(),
    }
}

/// Asserts that the validator accepts the instance.
pub fn assert_valid(validator: &Validator, instance: &Value, context: &str) {
    let errors: Vec<_> = validator.iter_errors(instance).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{context}: {errors:?} in {instance}");
}
