//! Validates a JSON payload, for example from a log or a test fixture, against a schema of the OpenAPI document.
//!
//! ```sh
//! echo '{"limit": 51}' > payload.json
//! cargo run --example validate -- ListDeviceRequest payload.json
//! ```
//!
//! The first argument is the name of a schema. Each violation is printed with its JSON pointer in the payload.

#![allow(clippy::print_stdout)]

use huaweicloud_iotda::spec;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, name, file] = &std::env::args().collect::<Vec<_>>()[..] else {
        return Err("usage: validate SCHEMA FILE".into());
    };
    let schema = spec::json_schema(name)
        .ok_or_else(|| format!("no schema {name} in {:?}", spec::schema_names().collect::<Vec<_>>()))?;
    let payload = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let validator = jsonschema::validator_for(&serde_json::from_str(schema)?)?;
    let violations: Vec<_> = validator.iter_errors(&payload).map(|e| format!("{}: {e}", e.instance_path())).collect();
    println!("{}", if violations.is_empty() { "valid".to_owned() } else { violations.join("\n") });
    if violations.is_empty() { Ok(()) } else { Err("the payload is not valid".into()) }
}
