//! The examples that use the OpenAPI document and the JSON schemas of the types from Rust.

use std::fs;
use std::path::Path;

use crate::support::example::{ExampleOutput, example, run};

/// Runs the example `validate` with this schema and payload.
async fn validate(schema: &str, payload: &str) -> ExampleOutput {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{schema}-{}.json", payload.len()));
    fs::write(&file, payload).unwrap();
    let mut command = example("validate");
    command.arg(schema).arg(&file);
    run(command).await
}

#[tokio::test]
async fn valid_payloads_are_accepted() {
    for (schema, payload) in [
        ("ListDeviceRequest", r#"{"limit": 50, "marker": "66178add3b98944277731d0a", "offset": 500}"#),
        ("DeviceList", r#"{"devices": [{"device_id": "d-1", "gateway_id": null, "new": 1}], "page": null}"#),
        ("DeviceList", r#"{"devices": null}"#),
        ("AuthenticationTemplateList", r#"{"templates": [{"status": "NEW"}], "page": {"count": 4294967296}}"#),
    ] {
        let output = validate(schema, payload).await;
        assert!(output.success, "{payload}: {output:?}");
        assert_eq!(output.stdout, "valid\n", "{payload}");
    }
}

#[tokio::test]
async fn each_violation_is_reported_with_its_json_pointer() {
    for (schema, payload, pointers) in [
        ("ListDeviceRequest", r#"{"limit": 51, "offset": -1}"#, &["/limit", "/offset"][..]),
        ("ListDeviceRequest", r#"{"page": 1}"#, &[""]),
        ("ListDeviceRequest", r#"{"limit": null}"#, &["/limit"]),
        ("DeviceList", r#"{"devices": [{}, {"device_id": 5}]}"#, &["/devices/1/device_id"]),
        ("PageMarker", r#""66178add""#, &["", ""]),
    ] {
        let output = validate(schema, payload).await;
        assert!(!output.success, "{payload}: {output:?}");
        let reported: Vec<_> = output.stdout.lines().map(|line| line.split(": ").next().unwrap_or(line)).collect();
        assert_eq!(reported, pointers, "{payload}");
    }
}

#[tokio::test]
async fn unknown_schema_is_reported_with_the_known_ones() {
    let output = validate("Device", "{}").await;
    assert!(!output.success);
    assert_eq!(output.stdout, "");
    for name in ["Device", "DeviceSimple", "DeviceList"] {
        let mut words = output.stderr.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| word == name), "{name}: {output:?}");
    }
}

#[tokio::test]
async fn payload_without_json_is_an_error() {
    assert_fails_without_output(&validate("DeviceSimple", "{").await);
}

#[tokio::test]
async fn missing_arguments_are_an_error() {
    assert_fails_without_output(&run(example("validate")).await);
}

fn assert_fails_without_output(output: &ExampleOutput) {
    assert!(!output.success, "{output:?}");
    assert_eq!(output.stdout, "", "{output:?}");
    assert_ne!(output.stderr, "", "{output:?}");
}

#[cfg(feature = "schemars")]
#[tokio::test]
async fn custom_openapi_document_contains_the_complete_schemas_of_the_types() {
    use huaweicloud_iotda::types::{AuthenticationTemplateList, DeviceSimple, PageLimit};
    use schemars::generate::SchemaSettings;
    use serde_json::{Value, json};

    let output = run(example("custom_openapi_document")).await;
    assert!(output.success, "{}", output.stderr);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let response = "/responses/200/content/application~1json/schema/$ref";
    let reference = |pointer: String| document.pointer(&pointer).and_then(Value::as_str);
    let impact = reference(format!("/paths/~1certificates~1{{certificate_id}}~1impact/get{response}"));
    assert_eq!(impact, Some("#/components/schemas/Impact"));
    let templates = reference(format!("/paths/~1templates/get{response}"));
    assert_eq!(templates, Some("#/components/schemas/AuthenticationTemplateList"));

    let schemas = document["components"]["schemas"].as_object().unwrap();
    let devices = &schemas["Impact"]["properties"]["devices"];
    assert_eq!(devices["items"], json!({"$ref": "#/components/schemas/DeviceSimple"}));
    let draft = SchemaSettings::draft2020_12().with(|draft| draft.definitions_path = "/components/schemas".into());
    let mut generator = draft.into_generator();
    generator.subschema_for::<DeviceSimple>();
    generator.subschema_for::<PageLimit>();
    generator.subschema_for::<AuthenticationTemplateList>();
    let expected = generator.take_definitions(true);
    assert_eq!(schemas.len(), expected.len() + 1, "`Impact` is the only other schema");
    assert!(!output.stdout.contains("```"), "a schema description contains Rust code");
    assert!(!output.stdout.contains("Self::"), "a schema description contains a rustdoc link");
    for (name, schema) in expected {
        assert_eq!(schemas.get(&name), Some(&schema), "{name}");
    }
}
