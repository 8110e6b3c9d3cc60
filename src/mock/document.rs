//! The routes that serve the OpenAPI document. They require no credential.

use super::recording::RecordedRequest;
use super::response::{Length, RawResponse};
use crate::spec::{OPENAPI_JSON, OPENAPI_YAML};

/// Returns the response if the request is for the OpenAPI document.
pub(super) fn respond(request: &RecordedRequest) -> Option<RawResponse> {
    let path = request.target.split('?').next().unwrap_or_default();
    let (media_type, text) = match (request.method.as_str(), path) {
        ("GET", "/openapi.yaml") => ("application/yaml", OPENAPI_YAML),
        ("GET", "/openapi.json") => ("application/json", OPENAPI_JSON),
        _ => return None,
    };
    let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
    Some(RawResponse { status: 200, headers, body: text.into(), length: Length::Exact })
}
