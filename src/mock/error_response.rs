//! Error responses, in the form of the service or of its gateway.

use serde::Serialize;

use super::response::{Length, RawResponse};
use crate::types::ErrorBody;

pub(super) struct ErrorResponse {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

impl ErrorResponse {
    pub(super) fn respond(&self, request_id: &str) -> RawResponse {
        // The gateway's body also contains the request ID.
        let request_id = self.code.starts_with("APIG").then(|| request_id.to_owned());
        let body =
            ErrorBody { error_code: Some(self.code.to_owned()), error_msg: Some(self.message.to_owned()), request_id };
        json(self.status, &body)
    }
}

pub(super) fn json(status: u16, body: &impl Serialize) -> RawResponse {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    // Serialization cannot fail, because the types consist of strings, numbers and lists.
    let body = serde_json::to_vec(body).unwrap_or_default();
    RawResponse { status, headers, body: body.into(), length: Length::Exact }
}
