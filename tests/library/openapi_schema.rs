//! The OpenAPI document is valid according to the official JSON Schema of OpenAPI 3.0, and composes no schemas.

use huaweicloud_iotda::spec::OPENAPI_JSON;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(OPENAPI_JSON).unwrap()
}

fn openapi_schema() -> Validator {
    let schema = serde_json::from_str(include_str!("../openapi_3_0/schema.json")).unwrap();
    jsonschema::draft4::new(&schema).expect("a schema")
}

/// Validates an OpenAPI document. Returns each problem as a JSON pointer with the cause.
fn problems(document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for error in openapi_schema().iter_errors(document) {
        collect_causes(&error, &mut problems);
    }
    find_compositions(document, "", &mut problems);
    problems
}

/// Collects the errors that are not caused by other errors. An object that can be one of several kinds, for example a
/// reference or a parameter, has errors for each of them.
fn collect_causes(error: &ValidationError<'_>, causes: &mut Vec<String>) {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().flatten().for_each(|cause| collect_causes(cause, causes));
        }
        _ => causes.push(format!("#{}: {error}", error.instance_path())),
    }
}

/// Finds keywords that compose a schema of others. Generators differ most in their support for them, and progenitor follows
/// a circular composition until the stack overflows. `openapi/redocly.yaml` forbids them, too.
fn find_compositions(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        let pointer = format!("{pointer}/{key}");
        if matches!(key.as_str(), "allOf" | "anyOf" | "discriminator" | "not" | "oneOf") {
            found.push(format!("#{pointer}: a schema must not be composed of other schemas"));
        }
        find_compositions(value, &pointer, found);
    }
}

#[test]
fn openapi_document_is_valid() {
    assert_eq!(problems(&document()), Vec::<String>::new());
}

/// Renames a key of the object at a JSON pointer, and asserts that a problem names the object and the new key.
fn assert_misspelling_is_found(pointer: &str, key: &str, misspelled: &str) {
    let mut document = document();
    let object = document.pointer_mut(pointer).expect(pointer).as_object_mut().expect(pointer);
    let value = object.remove(key).expect(key);
    object.insert(misspelled.to_owned(), value);
    let problems = problems(&document);
    let is_named = |problem: &String| problem.starts_with(&format!("#{pointer}: ")) && problem.contains(misspelled);
    assert!(problems.iter().any(is_named), "{misspelled}: {problems:#?}");
}

#[test]
fn misspelled_key_is_found_with_its_json_pointer() {
    let operation = "/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get";
    for (pointer, key, misspelled) in [
        ("", "security", "securities"),
        ("/components", "responses", "response"),
        ("/components/parameters/ProjectId", "required", "requird"),
        ("/components/responses/NotFound", "headers", "header"),
        ("/components/schemas/PageMarker", "maxLength", "maxLenght"),
        ("/components/schemas/DeviceSimple/properties/app_id", "nullable", "nulable"),
        (operation, "parameters", "parametrs"),
        (&format!("{operation}/parameters/1"), "required", "requird"),
        (&format!("{operation}/responses"), "404", "4004"),
    ] {
        assert_misspelling_is_found(pointer, key, misspelled);
    }
}

#[test]
fn composed_schema_is_found_with_its_json_pointer() {
    let mut document = document();
    document["components"]["schemas"]["A"] = json!({"oneOf": [{"$ref": "#/components/schemas/A"}]});
    assert_eq!(problems(&document), ["#/components/schemas/A/oneOf: a schema must not be composed of other schemas"]);
}
