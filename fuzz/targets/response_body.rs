//! Fuzzes the decoding of response bodies. A decoded value must contain exactly the fields of the OpenAPI document, and
//! encode to an equal value. Unknown fields must be ignored.

#![no_main]

mod count;

use std::fmt::Debug;

use count::count;
use huaweicloud_iotda::types::{AuthenticationTemplateList, DeviceList, ErrorBody};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, from_slice, from_value, json, to_value, to_vec};

/// An object schema of the OpenAPI document: its fields, and those whose values are objects or lists of objects.
struct Object {
    fields: &'static [&'static str],
    inner: &'static [(&'static str, Object)],
}

const PAGE: Object = Object { fields: &["count", "marker"], inner: &[] };
const DEVICE: Object =
    Object { fields: &["app_id", "device_id", "node_id", "gateway_id", "device_name", "product_id"], inner: &[] };
const TEMPLATE: Object = Object {
    fields: &["template_id", "template_name", "create_time", "update_time", "description", "status"],
    inner: &[],
};
const DEVICES: Object = Object { fields: &["devices", "page"], inner: &[("devices", DEVICE), ("page", PAGE)] };
const TEMPLATES: Object = Object { fields: &["templates", "page"], inner: &[("templates", TEMPLATE), ("page", PAGE)] };
const ERROR: Object = Object { fields: &["error_code", "error_msg", "request_id"], inner: &[] };

fuzz_target!(|body: &[u8]| {
    check::<DeviceList>(body, &DEVICES);
    check::<AuthenticationTemplateList>(body, &TEMPLATES);
    check::<ErrorBody>(body, &ERROR);
    if let Ok(text) = str::from_utf8(body) {
        check_text_is_kept::<DeviceList>("devices", &DEVICE, text);
        check_text_is_kept::<AuthenticationTemplateList>("templates", &TEMPLATE, text);
    }
});

/// Checks a list of one record, with this text as each field and as the marker.
fn check_text_is_kept<T: Serialize + DeserializeOwned>(list: &str, record: &Object, text: &str) {
    let record: Map<_, _> = record.fields.iter().map(|&name| (name.to_owned(), json!(text))).collect();
    let document = json!({list: [record], "page": {"marker": text}});
    assert_eq!(to_value(from_value::<T>(document.clone()).unwrap()).unwrap(), document);
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(body: &[u8], object: &Object) {
    let read: Option<T> = from_slice(body).ok();
    check_unknown_field_is_ignored(body, &read);
    let Some(value) = read else { return };
    assert_eq!(from_slice::<T>(&to_vec(&value).unwrap()).unwrap(), value);
    // serde_json's `Value` rejects deep nesting, invalid UTF-8 and huge numbers even in fields that the types skip.
    let Ok(document) = from_slice::<Value>(body) else { return };
    // The types accept an array for the whole body; the client does not.
    if document.is_array() {
        return;
    }
    let known = object
        .known(&document)
        .unwrap_or_else(|| panic!("{document} does not match the schema, but was decoded as {value:?}"));
    assert_eq!(to_value(&value).unwrap(), known);
    assert_eq!(from_value::<T>(object.with_unknown(&known)).unwrap(), value);
}

/// Checks that the result does not change if an unknown field is inserted before the fields of an object.
fn check_unknown_field_is_ignored<T: DeserializeOwned + PartialEq + Debug>(body: &[u8], read: &Option<T>) {
    let Some(rest) = trim_json_space(body).strip_prefix(b"{") else { return };
    let comma: &[u8] = if trim_json_space(rest).starts_with(b"}") { b"" } else { b"," };
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    let unknown: [&[u8]; 5] = [b"1e999", b"\"\xff\"", deep.as_bytes(), &[b'7'; 400], b"{\"page\":1,\"page\":2}"];
    // Only one per input, because all of them would be slow.
    let unknown = unknown[body.len() % unknown.len()];
    let body = [b"{\"unknown\":", unknown, comma, rest].concat();
    assert_eq!(from_slice::<T>(&body).ok().as_ref(), read.as_ref(), "{}", unknown.escape_ascii());
}

/// Removes leading JSON whitespace.
fn trim_json_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !b" \t\r\n".contains(byte)).unwrap_or(text.len());
    &text[start..]
}

impl Object {
    /// The known fields of this value, without nulls, which mean the same as absent fields.
    fn known(&self, value: &Value) -> Option<Value> {
        let fields = self.fields.iter().filter_map(|&name| Some((name, value.as_object()?.get(name)?)));
        let fields = fields.filter(|&(name, value)| !value.is_null() && (name != "count" || count(value).is_some()));
        let known = fields.map(|(name, value)| Some((name.to_owned(), self.known_value(name, value)?)));
        value.is_object().then(|| known.collect::<Option<Map<_, _>>>().map(Value::Object))?
    }

    fn known_value(&self, name: &str, value: &Value) -> Option<Value> {
        match (self.inner(name), value) {
            (None, _) if name == "count" => Some(json!(count(value))),
            (None, _) => Some(value.clone()),
            (Some(inner), Value::Array(items)) if name != "page" => {
                items.iter().map(|item| inner.known(item)).collect::<Option<Vec<_>>>().map(Value::Array)
            }
            (Some(inner), _) => inner.known(value),
        }
    }

    fn inner(&self, name: &str) -> Option<&Object> {
        self.inner.iter().find(|(inner, _)| *inner == name).map(|(_, object)| object)
    }

    /// The value with an unknown field in each object.
    fn with_unknown(&self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let value = self.inner(name).map_or(value.clone(), |inner| inner.with_unknown(value));
                    (name.clone(), value)
                });
                let unknown = ("unknown".to_owned(), json!({"devices": [1], "count": null}));
                fields.chain([unknown]).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.with_unknown(item)).collect(),
            other => other.clone(),
        }
    }
}
