//! The document and the types' schemas in the hands of a Rust program: the examples for both.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "support/example.rs"]
mod example;

use std::fs;
use std::path::Path;

use example::{Ran, example, run};

/// What the example says of this payload.
async fn validate(schema: &str, payload: &str) -> Ran {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{schema}-{}.json", payload.len()));
    fs::write(&file, payload).unwrap();
    let mut command = example("validate");
    command.arg(schema).arg(&file);
    run(command).await
}

#[tokio::test]
async fn payloads_are_validated_against_the_document() {
    for (schema, payload) in [
        ("ListDeviceRequest", r#"{"limit": 50, "marker": "66178add3b98944277731d0a", "offset": 500}"#),
        ("DeviceList", r#"{"devices": [{"device_id": "d-1", "gateway_id": null, "new": 1}], "page": null}"#),
        ("DeviceList", r#"{"devices": null}"#),
        ("AuthenticationTemplateList", r#"{"templates": [{"status": "NEW"}], "page": {"count": 4294967296}}"#),
    ] {
        let ran = validate(schema, payload).await;
        assert!(ran.success && ran.stdout == "valid\n", "{payload}: {ran:?}");
    }
    for (schema, payload, faults) in [
        ("ListDeviceRequest", r#"{"limit": 51, "offset": -1}"#, &["/limit: ", "/offset: "][..]),
        ("ListDeviceRequest", r#"{"page": 1}"#, &[": "]),
        ("ListDeviceRequest", r#"{"limit": null}"#, &["/limit: "]),
        ("DeviceList", r#"{"devices": [{}, {"device_id": 5}]}"#, &["/devices/1/device_id: "]),
        ("PageMarker", r#""66178add""#, &[": ", ": "]),
    ] {
        let ran = validate(schema, payload).await;
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert!(!ran.success && lines.len() == faults.len(), "{payload}: {ran:?}");
        assert!(lines.iter().zip(faults).all(|(line, fault)| line.starts_with(fault)), "{payload}: {lines:?}");
    }
}

#[tokio::test]
async fn what_can_not_be_validated_is_told() {
    let unknown = validate("Device", "{}").await;
    assert!(!unknown.success && unknown.stdout.is_empty());
    assert!(
        unknown.stderr.contains("no schema Device, but ") && unknown.stderr.contains("DeviceSimple"),
        "{unknown:?}"
    );
    let no_json = validate("DeviceSimple", "{").await;
    assert!(!no_json.success && no_json.stdout.is_empty() && !no_json.stderr.is_empty(), "{no_json:?}");
    let no_arguments = run(example("validate")).await;
    assert!(!no_arguments.success && no_arguments.stderr.contains("the arguments are"), "{no_arguments:?}");
}

#[cfg(feature = "schemars")]
#[tokio::test]
async fn an_own_document_has_the_types_schemas_and_loses_nothing_of_them() {
    use huaweicloud_iotda::types::{AuthenticationTemplateList, DeviceSimple, PageLimit};
    use schemars::generate::SchemaSettings;
    use serde_json::{Value, json};

    let ran = run(example("own_document")).await;
    assert!(ran.success, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let answer = "/responses/200/content/application~1json/schema/$ref";
    let at = |pointer: String| document.pointer(&pointer).and_then(Value::as_str);
    let impact = at(format!("/paths/~1certificates~1{{certificate_id}}~1impact/get{answer}"));
    assert_eq!(impact, Some("#/components/schemas/Impact"));
    let templates = at(format!("/paths/~1templates/get{answer}"));
    assert_eq!(templates, Some("#/components/schemas/AuthenticationTemplateList"));

    let schemas = document["components"]["schemas"].as_object().unwrap();
    let devices = &schemas["Impact"]["properties"]["devices"];
    assert_eq!(devices["items"], json!({"$ref": "#/components/schemas/DeviceSimple"}));
    let settings = SchemaSettings::draft2020_12().with(|all| all.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    generator.subschema_for::<DeviceSimple>();
    generator.subschema_for::<PageLimit>();
    generator.subschema_for::<AuthenticationTemplateList>();
    let expected = generator.take_definitions(true);
    assert_eq!(schemas.len(), expected.len() + 1, "Impact is the only other one");
    assert!(!ran.stdout.contains("```") && !ran.stdout.contains("Self::"), "what rustdoc says is for Rust alone");
    for (name, schema) in expected {
        assert_eq!(schemas.get(&name), Some(&schema), "{name}");
    }
}
