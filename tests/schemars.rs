//! The schemas that `schemars` derives from the Rust types, against the document's: they take and refuse the same
//! instances.
//!
//! A nullable schema of the document is an `Option` in Rust (every field that holds one is), so it is compared with that.

#![cfg(feature = "schemars")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "support/document.rs"]
mod document;

use document::{document, validator_of};
use huaweicloud_iotda::types::{
    AuthenticationTemplateList, AuthenticationTemplateSimple, DeviceList, DeviceSimple, ErrorBody, ListDeviceRequest,
    Marker, PageInfo, PageLimit, PageOffset, TemplateName, TemplateStatus, Timestamp,
};
use schemars::{JsonSchema, schema_for};
use serde_json::{Value, json};

/// What is put in every place of the table, beside the place's own instances.
fn anything() -> Vec<Value> {
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

/// Each instance of the place, with each of its fields left out, replaced by anything, and with a field more.
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
        for replacement in anything().into_iter().chain(inner) {
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

fn assert_same<T: JsonSchema>(name: &str, instances: Vec<Value>) {
    let of_document = validator_of(&document(), name);
    let of_rust = jsonschema::draft202012::new(schema_for!(T).as_value()).expect("a schema");
    let (mut taken, mut refused) = (0, 0);
    for instance in instances.iter().flat_map(variations).chain(anything()) {
        let (expected, found) = (of_document.is_valid(&instance), of_rust.is_valid(&instance));
        assert_eq!(found, expected, "{name}: the document takes it: {expected}, the Rust type: {found}: {instance}");
        *(if found { &mut taken } else { &mut refused }) += 1;
    }
    assert!(taken > 0 && refused > 0, "{name}: {taken} taken and {refused} refused do not tell the schemas apart");
}

/// The response example of the devices' page.
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

/// The response example of the templates' page.
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
fn every_public_type_has_the_documents_schema() {
    assert_same::<DeviceList>("DeviceList", vec![devices()]);
    assert_same::<DeviceSimple>("DeviceSimple", vec![devices()["devices"][0].clone()]);
    assert_same::<AuthenticationTemplateList>("AuthenticationTemplateList", vec![templates()]);
    assert_same::<AuthenticationTemplateSimple>(
        "AuthenticationTemplateSimple",
        vec![templates()["templates"][0].clone()],
    );
    assert_same::<Option<PageInfo>>("Page", vec![devices()["page"].clone(), templates()["page"].clone()]);
    let error = json!({"error_code": "APIG.0301", "error_msg": "decrypt token fail", "request_id": "r-1"});
    assert_same::<ErrorBody>("ErrorBody", vec![error]);
    let request = json!({"limit": 10, "marker": "ffffffffffffffffffffffff", "offset": 0});
    assert_same::<ListDeviceRequest>("ListDeviceRequest", vec![request]);
    assert_same::<PageLimit>("PageLimit", vec![json!(10)]);
    assert_same::<PageOffset>("PageOffset", vec![json!(0)]);
    assert_same::<Marker>("PageMarker", vec![json!("ffffffffffffffffffffffff")]);
    assert_same::<TemplateName>("TemplateName", vec![json!("myTemplate")]);
    assert_same::<Option<TemplateStatus>>("TemplateStatus", vec![json!("INACTIVE")]);
    assert_same::<Option<Timestamp>>("Timestamp", vec![json!("20231031T070547Z")]);
}

#[test]
fn a_requests_optional_fields_do_not_take_null() {
    let schema = schema_for!(ListDeviceRequest);
    let validator = jsonschema::draft202012::new(schema.as_value()).expect("a schema");
    assert!(validator.is_valid(&json!({})));
    for field in ["limit", "marker", "offset"] {
        assert!(!validator.is_valid(&json!({field: null})), "{field}");
    }
}
