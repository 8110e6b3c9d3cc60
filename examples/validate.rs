//! Whether a payload is what the document says: one from a log, from a test's fixture, or of a program of one's own.
//!
//! ```sh
//! echo '{"limit": 51}' > payload.json
//! cargo run --example validate -- ListDeviceRequest payload.json
//! ```
//!
//! The first argument names a schema of the document. Each fault is printed with its place in the payload.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

use huaweicloud_iotda::spec::OPENAPI_JSON;
use serde_json::{Map, Value, json};

fn main() -> ExitCode {
    match faults() {
        Ok(faults) if faults.is_empty() => {
            println!("valid");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            faults.iter().for_each(|fault| println!("{fault}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn faults() -> Result<Vec<String>, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [name, file] = arguments.as_slice() else { return Err("the arguments are a schema's name and a file".into()) };
    let payload: Value = serde_json::from_str(&fs::read_to_string(file)?)?;

    let document: Value = serde_json::from_str(OPENAPI_JSON)?;
    let schemas = &document["components"]["schemas"];
    if schemas.get(name).is_none() {
        let names: Vec<_> = schemas.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        return Err(format!("the document has no schema {name}, but {}", names.join(", ")).into());
    }
    // The schemas refer to each other, so that all of them come along, where the references lead.
    let schema = json!({
        "$ref": format!("#/components/schemas/{name}"),
        "components": { "schemas": json_schema(schemas) },
    });
    let validator = jsonschema::draft202012::new(&schema)?;
    let faults = validator.iter_errors(&payload);
    Ok(faults.map(|fault| format!("{}: {fault}", fault.instance_path())).collect())
}

/// A schema of OpenAPI 3.0 as one of JSON Schema: `nullable` is a type there. Nothing else of the document differs.
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
