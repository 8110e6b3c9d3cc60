//! The OpenAPI document that this crate is generated from, and its schemas as JSON Schema.
//!
//! The texts are for other programs: serve the OpenAPI document, generate a client in another language, or validate
//! payloads, such as the fixtures of tests or the bodies in a log:
//!
//! ```
//! use huaweicloud_iotda::spec;
//!
//! let schema = spec::strict_json_schema("DeviceSimple").expect("a schema of the OpenAPI document");
//! let validator = jsonschema::validator_for(&serde_json::from_str(schema)?)?;
//! assert!(validator.is_valid(&serde_json::json!({"device_id": "d-1", "device_name": null})));
//! assert!(!validator.is_valid(&serde_json::json!({"devise_id": "d-1"})));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// Returns each schema as its name, the JSON Schema, and the strict JSON Schema.
macro_rules! schemas {
    ($($name:literal)*) => {
        [$((
            $name,
            include_str!(concat!("../openapi/derived/", $name, ".schema.json")),
            include_str!(concat!("../openapi/derived/", $name, ".strict.schema.json")),
        )),*]
    };
}

const SCHEMAS: [(&str, &str, &str); 13] = schemas![
    "AuthenticationTemplateList"
    "AuthenticationTemplateSimple"
    "DeviceList"
    "DeviceSimple"
    "ErrorBody"
    "ListDeviceRequest"
    "Page"
    "PageLimit"
    "PageMarker"
    "PageOffset"
    "TemplateName"
    "TemplateStatus"
    "Timestamp"
];

/// The version of the OpenAPI document, `info.version`. It is independent of the crate's version.
pub const VERSION: &str = "2.0.0";

/// The OpenAPI 3.0.3 document in YAML. The mock serves it at `/openapi.yaml`.
pub const OPENAPI_YAML: &str = include_str!("../openapi/iotda.yaml");

/// The OpenAPI 3.0.3 document in JSON, on one line. The mock serves it at `/openapi.json`.
///
/// ```
/// use huaweicloud_iotda::spec::OPENAPI_JSON;
///
/// let document: serde_json::Value = serde_json::from_str(OPENAPI_JSON)?;
/// assert_eq!(document["openapi"], "3.0.3");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub const OPENAPI_JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The OpenAPI document converted to OpenAPI 3.1.0, in JSON, on one line.
///
/// `nullable` is a type, and the `example` of a schema is a list, `examples`. Everything else is the same.
pub const OPENAPI_3_1_JSON: &str = include_str!("../openapi/derived/iotda.openapi-3.1.json");

/// Returns the names of all schemas, in alphabetical order.
pub fn schema_names() -> impl ExactSizeIterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _, _)| *name)
}

/// Returns a schema of the OpenAPI document as JSON Schema 2020-12, on one line.
///
/// The JSON Schema is self-contained, without references, and has only keywords of JSON Schema. Returns `None` if there
/// is no schema of this name; [`schema_names`] lists them.
///
/// Responses may have unknown fields, because the service may add some; so this form accepts them. For data that you
/// write, such as fixtures, use [`strict_json_schema`].
pub fn json_schema(name: &str) -> Option<&'static str> {
    entry(name).map(|(_, open, _)| *open)
}

/// Returns a schema of the OpenAPI document as a JSON Schema that rejects unknown fields, such as misspelled ones.
///
/// Otherwise, it is the same as [`json_schema`]: no field of a response is required, and each can be null.
pub fn strict_json_schema(name: &str) -> Option<&'static str> {
    entry(name).map(|(_, _, strict)| *strict)
}

fn entry(name: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    SCHEMAS.iter().find(|(known, _, _)| *known == name)
}
