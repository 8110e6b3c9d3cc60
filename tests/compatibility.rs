//! Names and defaults of the last released document, which clients of other languages have in their code: they stay until
//! the document's next major version. `tests/document/compare/run` compares everything else.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "support/document.rs"]
mod document;

use std::collections::BTreeSet;

use document::{document, follow, operations};
use serde_json::Value;

/// A copy of `openapi/iotda.yaml`, replaced at each release.
fn released() -> Value {
    yaml_serde::from_str(include_str!("document/released.yaml")).expect("the released document")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn said(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}

/// What code that was made from the document relies on, a line a fact.
fn promises(document: &Value) -> BTreeSet<String> {
    let mut promises = BTreeSet::from([format!("security {}", document["security"])]);
    let components = &document["components"];
    for (name, schema) in components["schemas"].as_object().expect("schemas") {
        promises.insert(format!("schema {name}"));
        promises.extend(schema.get("default").map(|default| format!("schema {name} with default {default}")));
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let default = property.get("default").map(|default| format!("field {name}.{field} with default {default}"));
            promises.extend(default);
        }
    }
    for (name, scheme) in components["securitySchemes"].as_object().expect("security schemes") {
        let (kind, place, header) = (text(scheme, "type"), text(scheme, "in"), text(scheme, "name"));
        promises.insert(format!("security scheme {name}: {kind} in {place} {header}"));
    }
    for (path, method, operation) in operations(document) {
        let id = text(operation, "operationId");
        promises.insert(format!("operation {id} at {method} {path}, security {}", said(operation.get("security"))));
        for parameter in operation["parameters"].as_array().expect("parameters") {
            let parameter = follow(document, parameter);
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
            let default = follow(document, &parameter["schema"]).get("default");
            promises.insert(format!("parameter {place} {name} of {id} with default {}", said(default)));
        }
        let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        promises.extend(body.map(|schema| format!("body of {id}: {schema}")));
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let schema = follow(document, response).pointer("/content/application~1json/schema/$ref");
            promises.insert(format!("answer {status} of {id}: {}", said(schema)));
        }
    }
    promises
}

/// The promises of the released document that the new one breaks, though its major version is the same.
fn broken(released: &Value, new: &Value) -> Vec<String> {
    let major = |document: &Value| text(&document["info"], "version").split('.').next().map(str::to_owned);
    if major(released) != major(new) {
        return Vec::new();
    }
    promises(released).difference(&promises(new)).cloned().collect()
}

#[test]
fn the_document_keeps_the_names_and_defaults_of_the_released_one() {
    assert_eq!(broken(&released(), &document()), [""; 0]);
}

/// The released document with this text in it replaced.
fn changed(from: &str, to: &str) -> Value {
    let text = released().to_string();
    assert!(text.contains(from), "{from} is not in the document");
    serde_json::from_str(&text.replace(from, to)).expect("JSON")
}

#[test]
fn each_renamed_thing_and_each_changed_default_is_found() {
    for (from, to, expected) in [
        ("\"ListDeviceByDeviceCertificate\"", "\"ListDevices\"", "operation ListDeviceByDeviceCertificate at post"),
        ("DeviceSimple", "Device", "schema DeviceSimple"),
        ("schemas/DeviceList\"", "schemas/AuthenticationTemplateList\"", "answer 200 of ListDeviceByDeviceCertificate"),
        ("\"XAuthToken\"", "\"Token\"", "security scheme XAuthToken: apiKey in header X-Auth-Token"),
        ("\"X-Auth-Token\"", "\"X-Token\"", "security scheme XAuthToken: apiKey in header X-Auth-Token"),
        ("\"security\":[{\"XAuthToken\":[]}]", "\"security\":[]", "security [{\"XAuthToken\":[]}]"),
        ("\"name\":\"template_name\"", "\"name\":\"name\"", "parameter query template_name"),
        ("\"default\":10", "\"default\":20", "schema PageLimit with default 10"),
        ("\"default\":10,", "", "parameter query limit of ListDeviceAuthenticationTemplates with default 10"),
        ("\"default\":\"ffff", "\"default\":\"0fff", "schema PageMarker with default"),
    ] {
        let broken = broken(&released(), &changed(from, to));
        assert!(broken.iter().any(|promise| promise.starts_with(expected)), "{from}: {broken:?}");
    }
}

#[test]
fn what_is_new_breaks_nothing_and_a_new_major_version_may() {
    assert_eq!(broken(&released(), &released()), [""; 0]);
    let field = changed("\"device_name\":", "\"more\":{\"type\":\"string\",\"nullable\":true},\"device_name\":");
    let parameter = changed("\"parameters\":[", "\"parameters\":[{\"in\":\"query\",\"name\":\"more\",\"schema\":{}},");
    let schema = changed("\"DeviceSimple\":", "\"More\":{\"type\":\"string\"},\"DeviceSimple\":");
    for (what, new) in [("field", field), ("parameter", parameter), ("schema", schema)] {
        assert_ne!(new, released(), "{what}");
        assert_eq!(broken(&released(), &new), [""; 0], "{what}");
    }
    let mut renamed = changed("DeviceSimple", "Device");
    let major: u64 = text(&renamed["info"], "version").split('.').next().unwrap().parse().unwrap();
    renamed["info"]["version"] = format!("{}.0.0", major + 1).into();
    assert_eq!(broken(&released(), &renamed), [""; 0]);
}
