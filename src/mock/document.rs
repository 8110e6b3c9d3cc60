//! The document, for whoever wants to know what this server answers: no credential is needed to read it.

use super::recording::RecordedRequest;
use super::response::{Length, Scripted};
use crate::spec::{OPENAPI_JSON, OPENAPI_YAML};

/// The answer, if the request is for the document.
pub(super) fn respond(request: &RecordedRequest) -> Option<Scripted> {
    let path = request.target.split('?').next().unwrap_or_default();
    let (media_type, text) = match (request.method.as_str(), path) {
        ("GET", "/openapi.yaml") => ("application/yaml", OPENAPI_YAML),
        ("GET", "/openapi.json") => ("application/json", OPENAPI_JSON),
        _ => return None,
    };
    let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
    Some(Scripted { status: 200, headers, body: text.into(), length: Length::Exact })
}
