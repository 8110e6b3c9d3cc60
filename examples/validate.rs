//! Validates a JSON payload, for example from a log or a test fixture, against a schema of the OpenAPI document.
//!
//! ```sh
//! echo '{"limit": 51}' > payload.json
//! cargo run --example validate -- ListDeviceRequest payload.json
//! ```
//!
//! The first argument is the name of a schema. Each violation is printed with its JSON pointer in the payload.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use huaweicloud_iotda::spec::OPENAPI_JSON;
use serde_json::{Map, Value, json};

fn main() -> ExitCode {
    match violations() {
        Ok(violations) if violations.is_empty() => {
            println!("valid");
            ExitCode::SUCCESS
        }
        Ok(violations) => {
            violations.iter().for_each(|violation| println!("{violation}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn violations() -> Result<Vec<String>, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [name, file] = arguments.as_slice() else { return Err("usage: validate SCHEMA FILE".into()) };
    let payload: Value = serde_json::from_str(&fs::read_to_string(file)?)?;

    let document: Value = serde_json::from_str(OPENAPI_JSON)?;
    let schemas = &document["components"]["schemas"];
    if schemas.get(name).is_none() {
        let names: Vec<_> = schemas.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        return Err(format!("the OpenAPI document has no schema {name}; its schemas are {}", names.join(", ")).into());
    }
    // Include all schemas, because they refer to each other.
    let schema = json!({
        "$ref": format!("#/components/schemas/{name}"),
        "components": { "schemas": json_schema(schemas) },
    });
    let validator = jsonschema::draft202012::new(&schema)?;
    let violations = validator.iter_errors(&payload);
    Ok(violations.map(|violation| format!("{}: {violation}", violation.instance_path())).collect())
}

/// Converts a schema of OpenAPI 3.0 to JSON Schema, where `nullable` is a type. The OpenAPI document has no other
/// difference.
fn json_schema(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Map<_, _> = fields.iter().map(|(key, value)| (key.clone(), json_schema(value))).collect();
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let kind = fields["type"].take();
                fields.insert("type".to_owned(), json!([kind, "null"]));
            }
            fields.into()
        }
        Value::Array(items) => items.iter().map(json_schema).collect(),
        other => other.clone(),
    }
}
