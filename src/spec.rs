//! The OpenAPI document that this crate is generated from, for example to serve it or to validate payloads.

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
