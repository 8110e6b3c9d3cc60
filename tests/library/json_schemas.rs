//! The JSON Schemas and the other forms of the OpenAPI document that `spec` returns.

mod derive;

use std::collections::BTreeMap;
use std::fs;

use expect_test::expect_file;
use hmac_sha256::Hash;
use huaweicloud_iotda::spec::{
    OPENAPI_3_1_JSON, OPENAPI_JSON, OPENAPI_YAML, VERSION, json_schema, schema_names, strict_json_schema,
};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::document::{document, operations};

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn open(name: &str) -> Validator {
    jsonschema::validator_for(&value(json_schema(name).expect(name))).expect(name)
}

fn strict(name: &str) -> Validator {
    jsonschema::validator_for(&value(strict_json_schema(name).expect(name))).expect(name)
}

/// Calls a function with every schema within a JSON Schema.
fn each_schema(schema: &Value, visit: &mut impl FnMut(&Value)) {
    visit(schema);
    let properties = schema["properties"].as_object().into_iter().flat_map(|fields| fields.values());
    properties.chain(schema.get("items")).for_each(|schema| each_schema(schema, visit));
}

/// `UPDATE_EXPECT=1` writes the files. If a schema was added or removed, the next test then asks for a change in
/// `src/spec.rs`.
#[test]
fn derived_files_are_those_of_the_openapi_document() {
    let document = document();
    let mut files = BTreeMap::from([("iotda.openapi-3.1.json".to_owned(), derive::openapi_3_1(&document))]);
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        files.insert(format!("{name}.schema.json"), derive::json_schema(&document, name, false));
        files.insert(format!("{name}.strict.schema.json"), derive::json_schema(&document, name, true));
    }
    for (name, content) in &files {
        expect_file![format!("../../openapi/derived/{name}")].assert_eq(&format!("{content}\n"));
    }
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/derived")).expect("a folder");
    let present = folder.map(|entry| entry.expect("a file").file_name().into_string().expect("a name"));
    let unknown: Vec<_> = present.filter(|name| !files.contains_key(name)).collect();
    assert!(unknown.is_empty(), "remove {unknown:?} from openapi/derived: no schema has this name");
}

#[test]
fn version_is_that_of_the_openapi_document() {
    assert_eq!(document()["info"]["version"], VERSION, "correct VERSION in src/spec.rs");
}

#[test]
fn every_schema_of_the_openapi_document_has_two_json_schemas() {
    let document = document();
    let names: Vec<_> = document["components"]["schemas"].as_object().expect("schemas").keys().collect();
    assert_eq!(schema_names().collect::<Vec<_>>(), names, "correct the names in src/spec.rs");
    assert_eq!(schema_names().filter_map(json_schema).count(), names.len());
    assert_eq!(schema_names().filter_map(strict_json_schema).count(), names.len());
}

#[test]
fn unknown_name_has_no_json_schema() {
    assert_eq!(json_schema("Device"), None);
    assert_eq!(strict_json_schema("Device"), None);
}

/// Strict validators, such as ajv, reject keywords and formats that they do not know.
#[test]
fn json_schemas_have_only_keywords_of_json_schema_and_no_references() {
    let known = [
        "$schema",
        "additionalProperties",
        "default",
        "description",
        "examples",
        "items",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "pattern",
        "properties",
        "title",
        "type",
    ];
    for text in schema_names().flat_map(|name| [json_schema(name), strict_json_schema(name)]).flatten() {
        each_schema(&value(text), &mut |schema| {
            let keys = schema.as_object().expect("a schema").keys();
            let unknown: Vec<_> = keys.filter(|key| !known.contains(&key.as_str())).collect();
            assert!(unknown.is_empty(), "{unknown:?} in {schema}");
        });
    }
}

/// A test of fixtures as users write it.
#[test]
fn fixture_with_a_misspelled_field_is_found_by_the_strict_form() {
    let fixture = json!({"devices": [{"devise_id": "d-1"}], "page": {"count": 1}});
    assert!(open("DeviceList").is_valid(&fixture));
    let errors: Vec<_> = strict("DeviceList").iter_errors(&fixture).map(|error| error.to_string()).collect();
    assert!(errors.len() == 1 && errors[0].contains("devise_id"), "{errors:?}");
}

#[test]
fn null_is_valid_where_the_openapi_document_has_nullable() {
    for fixture in [
        json!({"devices": null, "page": null}),
        json!({"devices": [{"device_id": null}], "page": {"count": null, "marker": null}}),
        json!({}),
    ] {
        assert!(open("DeviceList").is_valid(&fixture), "{fixture}");
        assert!(strict("DeviceList").is_valid(&fixture), "{fixture}");
    }
    assert!(!open("ListDeviceRequest").is_valid(&json!({"limit": null})));
    assert!(!open("DeviceList").is_valid(&json!(null)));
}

#[test]
fn examples_of_the_openapi_document_are_valid_in_the_strict_form() {
    let document = document();
    let mut checked = 0;
    for (_, _, operation) in operations(&document) {
        let content = &operation["responses"]["200"]["content"]["application/json"];
        let name = content["schema"]["$ref"].as_str().and_then(|target| target.rsplit('/').next()).expect("a name");
        for example in content["examples"].as_object().expect("examples").values() {
            assert!(strict(name).is_valid(&example["value"]), "{example}");
            checked += 1;
        }
    }
    assert_eq!(checked, 2);
}

#[test]
fn openapi_3_1_differs_only_in_nullable_and_example() {
    let mut converted = value(OPENAPI_3_1_JSON);
    assert_eq!(converted["openapi"], "3.1.0");
    let page = &converted["components"]["schemas"]["Page"];
    assert_eq!(page["type"], json!(["object", "null"]));
    assert_eq!(page["properties"]["count"]["type"], json!(["integer", "null"]));
    assert_eq!(page["properties"]["count"]["examples"], json!([1]));
    assert!(!OPENAPI_3_1_JSON.contains("\"nullable\""));
    to_3_0(&mut converted);
    converted["openapi"] = json!("3.0.3");
    assert_eq!(converted, value(OPENAPI_JSON));
}

/// Reverses the conversion.
fn to_3_0(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(name) = fields.get("type").and_then(|types| types.get(0)).cloned() {
                fields.insert("type".to_owned(), name);
                fields.insert("nullable".to_owned(), json!(true));
            }
            if let Some(example) = fields.get("examples").and_then(|examples| examples.get(0)).cloned() {
                fields.remove("examples");
                fields.insert("example".to_owned(), example);
            }
            fields.values_mut().for_each(to_3_0);
        }
        Value::Array(items) => items.iter_mut().for_each(to_3_0),
        _ => {}
    }
}

/// The digests of the files that `iotda spec --out` writes, in the format of `sha256sum --check`.
#[test]
fn digests_of_the_released_files_are_published() {
    let mut files = vec![
        (format!("iotda-{VERSION}.yaml"), OPENAPI_YAML.replace("\r\n", "\n")),
        (format!("iotda-{VERSION}.json"), OPENAPI_JSON.to_owned()),
        (format!("iotda-{VERSION}.openapi-3.1.json"), OPENAPI_3_1_JSON.to_owned()),
    ];
    for name in schema_names() {
        let forms = [(json_schema(name), ""), (strict_json_schema(name), ".strict")];
        files.extend(
            forms.map(|(text, form)| {
                (format!("{name}-{VERSION}{form}.schema.json"), text.expect("a schema").to_owned())
            }),
        );
    }
    let digest = |text: &str| Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lines = files.iter().map(|(name, text)| format!("{}  {name}\n", digest(text)));
    expect_file!["../../openapi/SHA256SUMS"].assert_eq(&lines.collect::<String>());
}
