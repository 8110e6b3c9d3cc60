//! A refusal, in the service's or the gateway's form.

use serde::Serialize;

use super::response::{Length, Scripted};
use crate::types::ErrorBody;

pub(super) struct ErrorResponse {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

impl ErrorResponse {
    pub(super) fn respond(&self, request_id: &str) -> Scripted {
        // The gateway's form has the request id in the body too.
        let request_id = self.code.starts_with("APIG").then(|| request_id.to_owned());
        let body =
            ErrorBody { error_code: Some(self.code.to_owned()), error_msg: Some(self.message.to_owned()), request_id };
        json(self.status, &body)
    }
}

pub(super) fn json(status: u16, body: &impl Serialize) -> Scripted {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    // The document's types have nothing that JSON can't hold.
    let body = serde_json::to_vec(body).unwrap_or_default();
    Scripted { status, headers, body, length: Length::Exact }
}
