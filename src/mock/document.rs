//! The routes that serve the OpenAPI document. They require no credential.
//!
//! The first server of the served OpenAPI document is this one, so that pages and clients that read it use the mock.

use serde_json::{Value, json};

use super::recording::RecordedRequest;
use super::response::{Length, RawResponse};
use crate::spec::{OPENAPI_JSON, OPENAPI_YAML};

const DESCRIPTION: &str = "This mock server";

/// Returns the response if the request is for the OpenAPI document.
pub(super) fn respond(request: &RecordedRequest) -> Option<RawResponse> {
    let path = request.target.split('?').next().unwrap_or_default();
    let (media_type, text) = match (request.method.as_str(), path) {
        ("GET" | "HEAD", "/openapi.yaml") => ("application/yaml", yaml(request)),
        ("GET" | "HEAD", "/openapi.json") => ("application/json", json_text(request)),
        _ => return None,
    };
    let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
    Some(RawResponse { status: 200, headers, body: text.into(), length: Length::Exact })
}

/// Returns the base URL that the client used, which may be that of a forwarded port.
fn base_url(request: &RecordedRequest) -> Option<String> {
    let host = request.header("host")?;
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || ".-_:[]".contains(character);
    (!host.is_empty() && host.chars().all(is_allowed)).then(|| format!("http://{host}"))
}

fn yaml(request: &RecordedRequest) -> String {
    let Some(url) = base_url(request) else { return OPENAPI_YAML.to_owned() };
    let server = format!("\nservers:\n  - url: {}\n    description: {DESCRIPTION}\n", json!(url));
    OPENAPI_YAML.replacen("\nservers:\n", &server, 1)
}

fn json_text(request: &RecordedRequest) -> String {
    let Some(url) = base_url(request) else { return OPENAPI_JSON.to_owned() };
    let mut document: Value = serde_json::from_str(OPENAPI_JSON).unwrap_or_default();
    if let Some(servers) = document["servers"].as_array_mut() {
        servers.insert(0, json!({"url": url, "description": DESCRIPTION}));
    }
    document.to_string()
}
