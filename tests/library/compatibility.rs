//! Names and defaults that generated clients rely on: they do not change before the next major version of the OpenAPI
//! document. `tests/document/compare/run` compares everything else with the released OpenAPI document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::document::{document, follow, operations};

/// The released OpenAPI document: a copy of `openapi/iotda.yaml` that is replaced at each release.
fn released() -> Value {
    yaml_serde::from_str(include_str!("../document/released.yaml")).expect("the released OpenAPI document is YAML")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is not a string in {value}"))
}

fn text_or_none(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}

/// Lists the names and defaults that code generated from an OpenAPI document relies on, one per line.
fn promises(document: &Value) -> BTreeSet<String> {
    let mut promises = BTreeSet::from([format!("security {}", document["security"])]);
    let components = &document["components"];
    for (name, schema) in components["schemas"].as_object().expect("an object") {
        promises.insert(format!("schema {name}"));
        promises.extend(schema.get("default").map(|default| format!("schema {name} with default {default}")));
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let default = property.get("default").map(|default| format!("field {name}.{field} with default {default}"));
            promises.extend(default);
        }
    }
    for (name, scheme) in components["securitySchemes"].as_object().expect("an object") {
        let (kind, place, header) = (text(scheme, "type"), text(scheme, "in"), text(scheme, "name"));
        promises.insert(format!("security scheme {name}: {kind} in {place} {header}"));
    }
    promises.insert(format!("title {}", document["info"]["title"]));
    for (path, method, operation) in operations(document) {
        let id = text(operation, "operationId");
        // The security at the top applies to operations without it.
        let security = operation.get("security").unwrap_or(&document["security"]);
        promises.insert(format!("operation {id} at {method} {path}, security {security}"));
        for parameter in operation["parameters"].as_array().expect("a list") {
            let parameter = follow(document, parameter);
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
            let default = follow(document, &parameter["schema"]).get("default");
            promises.insert(format!("parameter {place} {name} of {id} with default {}", text_or_none(default)));
        }
        let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
        promises.extend(body.map(|schema| format!("body of {id}: {schema}")));
        for (status, response) in operation["responses"].as_object().expect("an object") {
            let schema = follow(document, response).pointer("/content/application~1json/schema/$ref");
            promises.insert(format!("response {status} of {id}: {}", text_or_none(schema)));
        }
    }
    promises
}

/// Lists the released promises that are missing in the new OpenAPI document. A new major version may break all of them.
fn broken(released: &Value, new: &Value) -> Vec<String> {
    let major = |document: &Value| text(&document["info"], "version").split('.').next().map(str::to_owned);
    if major(released) != major(new) {
        return Vec::new();
    }
    promises(released).difference(&promises(new)).cloned().collect()
}

#[test]
fn changelog_starts_with_the_version_of_the_openapi_document() {
    let changelog = include_str!("../../openapi/CHANGELOG.md");
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
    assert_eq!(newest, Some(text(&document()["info"], "version")));
}

#[test]
fn released_names_and_defaults_are_unchanged() {
    assert_eq!(broken(&released(), &document()), [""; 0]);
}

/// Returns the released OpenAPI document with a replaced text.
fn changed(from: &str, to: &str) -> Value {
    let text = released().to_string();
    assert!(text.contains(from), "{from} is not in the OpenAPI document");
    serde_json::from_str(&text.replace(from, to)).expect("the changed text is JSON")
}

#[test]
fn renamed_items_and_changed_defaults_are_reported() {
    for (from, to, expected) in [
        ("\"ListDeviceByDeviceCertificate\"", "\"ListDevices\"", "operation ListDeviceByDeviceCertificate at post"),
        ("DeviceSimple", "Device", "schema DeviceSimple"),
        (
            "schemas/DeviceList\"",
            "schemas/AuthenticationTemplateList\"",
            "response 200 of ListDeviceByDeviceCertificate",
        ),
        ("\"Huawei Cloud IoTDA\"", "\"IoTDA\"", "title"),
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
fn additions_break_no_promise() {
    let field = changed("\"device_name\":", "\"more\":{\"type\":\"string\",\"nullable\":true},\"device_name\":");
    let parameter = changed("\"parameters\":[", "\"parameters\":[{\"in\":\"query\",\"name\":\"more\",\"schema\":{}},");
    let schema = changed("\"DeviceSimple\":", "\"More\":{\"type\":\"string\"},\"DeviceSimple\":");
    for (addition, new) in [("field", field), ("parameter", parameter), ("schema", schema)] {
        assert_ne!(new, released(), "{addition}");
        assert_eq!(broken(&released(), &new), [""; 0], "{addition}");
    }
}

#[test]
fn new_major_version_may_break_promises() {
    let mut renamed = changed("DeviceSimple", "Device");
    let major: u64 = text(&renamed["info"], "version").split('.').next().unwrap().parse().unwrap();
    renamed["info"]["version"] = format!("{}.0.0", major + 1).into();
    assert_eq!(broken(&released(), &renamed), [""; 0]);
}
