//! The schemas that `schemars` derives from the Rust types accept and reject the same instances as those of the OpenAPI
//! document.
//!
//! A nullable schema of the OpenAPI document is an `Option` in Rust, so it is compared with the schema of that `Option`.

use huaweicloud_iotda::types::{
    AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList, DeviceSimple, ErrorBody, ListDeviceRequest,
    Marker, PageInfo, PageLimit, PageOffset, TemplateName, TemplateStatus, Timestamp,
};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

use crate::support::document::{document, validator_of};

/// Values of all types, which replace each field in turn.
fn arbitrary_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(10),
        json!(1.5),
        json!(50),
        json!(51),
        json!(500),
        json!(501),
        json!(1_u64 << 40),
        json!(""),
        json!("ACTIVE"),
        json!("anything"),
        json!("a b"),
        json!("x".repeat(128)),
        json!("x".repeat(129)),
        json!("66178add3b98944277731d0a"),
        json!("66178add3b98944277731d0a\n"),
        json!("66178add3b98944277731d0g"),
        json!("20151212T121212Z"),
        json!([]),
        json!([null]),
        json!({}),
        json!({"unknown": 1}),
    ]
}

/// The instance, and variants of it: with each field removed, with each field replaced, and with an unknown field.
fn variations(instance: &Value) -> Vec<Value> {
    let Value::Object(fields) = instance else { return vec![instance.clone()] };
    let mut variations = vec![instance.clone()];
    for (name, value) in fields {
        let mut without = fields.clone();
        without.remove(name);
        variations.push(without.into());
        let inner = match value {
            Value::Array(items) => items.iter().flat_map(self::variations).map(|item| json!([item])).collect(),
            inner => self::variations(inner),
        };
        for replacement in arbitrary_values().into_iter().chain(inner) {
            let mut replaced = fields.clone();
            replaced.insert(name.clone(), replacement);
            variations.push(replaced.into());
        }
    }
    let mut more = fields.clone();
    more.insert("unknown".to_owned(), json!(1));
    variations.push(more.into());
    variations
}

fn assert_same_schema<T: JsonSchema>(name: &str, instances: Vec<Value>) {
    let document_validator = validator_of(&document(), name);
    let rust_validator = jsonschema::draft202012::new(schema_for!(T).as_value()).expect("a schema");
    let (mut accepted, mut rejected) = (0, 0);
    for instance in instances.iter().flat_map(variations).chain(arbitrary_values()) {
        let (expected, found) = (document_validator.is_valid(&instance), rust_validator.is_valid(&instance));
        assert_eq!(
            found, expected,
            "{name}: the OpenAPI document accepts {instance}: {expected}, the Rust type: {found}"
        );
        *(if found { &mut accepted } else { &mut rejected }) += 1;
    }
    assert!(accepted > 0, "{name}: too few cases: {accepted} accepted, {rejected} rejected");
    assert!(rejected > 0, "{name}: too few cases: {accepted} accepted, {rejected} rejected");
}

/// The example response of the page about devices.
fn devices() -> Value {
    json!({
        "devices": [{
            "device_id": "04ed32dc1b0025b52fe3c01a27c2babc",
            "app_id": "jeQDJQZltU8iKgFFoW060F5SGZka",
            "node_id": "ABC123456789",
            "gateway_id": "d4922d8a-6c8e-4396-852c-164aefa6638f",
            "device_name": "dianadevice",
            "product_id": "b640f4c203b7910fc3cbd446ed437cbd"
        }],
        "page": {"count": 1, "marker": "66178add3b98944277731d0a"}
    })
}

/// The example response of the page about templates.
fn templates() -> Value {
    json!({
        "templates": [{
            "template_id": "5c90fa7d3c4e4405e8525079",
            "template_name": "myTemplate",
            "description": "myTemplate",
            "status": "ACTIVE",
            "create_time": "20231031T070547Z",
            "update_time": "20231031T070547Z"
        }],
        "page": {"count": 10, "marker": "5c90fa7d3c4e4405e8525079"}
    })
}

#[test]
fn every_public_type_has_the_schema_of_the_openapi_document() {
    assert_same_schema::<DeviceList>("DeviceList", vec![devices()]);
    assert_same_schema::<DeviceSimple>("DeviceSimple", vec![devices()["devices"][0].clone()]);
    assert_same_schema::<AuthenticationTemplateList>("AuthenticationTemplateList", vec![templates()]);
    assert_same_schema::<AuthenticationTemplateSimple>(
        "AuthenticationTemplateSimple",
        vec![templates()["templates"][0].clone()],
    );
    assert_same_schema::<Option<PageInfo>>("Page", vec![devices()["page"].clone(), templates()["page"].clone()]);
    let error = json!({"error_code": "APIG.0301", "error_msg": "decrypt token fail", "request_id": "r-1"});
    assert_same_schema::<ErrorBody>("ErrorBody", vec![error]);
    let request = json!({"limit": 10, "marker": "ffffffffffffffffffffffff", "offset": 0});
    assert_same_schema::<ListDeviceRequest>("ListDeviceRequest", vec![request]);
    assert_same_schema::<PageLimit>("PageLimit", vec![json!(10)]);
    assert_same_schema::<PageOffset>("PageOffset", vec![json!(0)]);
    assert_same_schema::<Marker>("PageMarker", vec![json!("ffffffffffffffffffffffff")]);
    assert_same_schema::<TemplateName>("TemplateName", vec![json!("myTemplate")]);
    assert_same_schema::<Option<TemplateStatus>>("TemplateStatus", vec![json!("INACTIVE")]);
    assert_same_schema::<Option<Timestamp>>("Timestamp", vec![json!("20231031T070547Z")]);
}

#[test]
fn optional_request_fields_reject_null() {
    let schema = schema_for!(ListDeviceRequest);
    let validator = jsonschema::draft202012::new(schema.as_value()).expect("a schema");
    assert!(validator.is_valid(&json!({})));
    for field in ["limit", "marker", "offset"] {
        assert!(!validator.is_valid(&json!({field: null})), "{field}");
    }
}
