//! The faults, each with its expected outcome.

use std::time::Duration;

use ErrorKind::{Connection, Service, Timeout, UnexpectedResponse};
use Outcome::{CredentialReplaced, EndsListing, Fails, Harmless, LosesRecords, Retried};
use huaweicloud_iotda::ErrorKind;
use huaweicloud_iotda::mock::MockResponse;
use serde_json::{Value, json};

use super::RECORDS;
use crate::support::faults::gzip_bomb;

/// The expected outcome of a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// The request is retried. If all attempts fail, this error is returned.
    Retried(ErrorKind, Option<u16>),
    /// The request is sent once more with another credential. If that is rejected too, an error with this status is returned.
    CredentialReplaced(u16),
    /// This error is returned without a retry.
    Fails(ErrorKind, u16),
    /// The listing ends.
    EndsListing,
    /// The records of the page are missing, which the summary reports. The listing continues.
    LosesRecords,
    /// The fault has no effect.
    Harmless,
}

/// The page that the service would return.
pub(crate) struct CorrectPage {
    /// The name of the list in the body.
    pub(crate) list_field: &'static str,
    pub(crate) body: Value,
    /// The marker in the request for this page.
    pub(crate) sent_marker: String,
}

impl CorrectPage {
    /// Returns the page with another value at this JSON pointer.
    fn with(&self, pointer: &str, value: Value) -> MockResponse {
        let mut body = self.body.clone();
        // The empty page after the last one has no record to change.
        if let Some(target) = body.pointer_mut(pointer) {
            *target = value;
        }
        MockResponse::new(200).json(&body)
    }

    fn with_record_field(&self, field: &str, value: &str) -> MockResponse {
        self.with(&format!("/{}/0/{field}", self.list_field), json!(value))
    }

    fn with_list(&self, list: Value) -> MockResponse {
        self.with(&format!("/{}", self.list_field), list)
    }
}

/// A name, the response, and the outcome.
pub(crate) type Fault = (&'static str, fn(&CorrectPage) -> MockResponse, Outcome);

fn error_response(status: u16, code: &str) -> MockResponse {
    MockResponse::new(status).json(&json!({"error_code": code, "error_msg": "The service's message."}))
}

pub(crate) fn html(status: u16) -> MockResponse {
    MockResponse::new(status).header("Content-Type", "text/html").body("<html><h1>Something went wrong</h1></html>")
}

pub(crate) const FAULTS: &[Fault] = &[
    ("closed before the headers", |_| MockResponse::disconnect(), Retried(Connection, None)),
    ("reset before the headers", |_| MockResponse::disconnect().with_reset(), Retried(Connection, None)),
    ("closed within the body", |page| page.with("", page.body.clone()).truncate_body(), Retried(Connection, Some(200))),
    (
        "reset within the body",
        |page| page.with("", page.body.clone()).truncate_body().with_reset(),
        Retried(Connection, Some(200)),
    ),
    ("slow headers", |_| MockResponse::pass_through().delay(Duration::from_secs(3600)), Retried(Timeout, None)),
    ("slow body", |_| MockResponse::pass_through().trickle(Duration::from_secs(1)), Retried(Timeout, Some(200))),
    ("408", |_| MockResponse::new(408), Retried(Service, Some(408))),
    ("429", |_| error_response(429, "APIGW.0308"), Retried(Service, Some(429))),
    (
        "429 with Retry-After",
        |_| error_response(429, "APIGW.0308").header("Retry-After", "0"),
        Retried(Service, Some(429)),
    ),
    ("403 IOTDA.021101 (throttled)", |_| error_response(403, "IOTDA.021101"), Retried(Service, Some(403))),
    ("403 IOTDA.021102 (throttled)", |_| error_response(403, "IOTDA.021102"), Retried(Service, Some(403))),
    ("500 without a body", |_| MockResponse::new(500), Retried(Service, Some(500))),
    ("HTML 502", |_| html(502), Retried(Service, Some(502))),
    ("HTML 503", |_| html(503), Retried(Service, Some(503))),
    ("HTML 504", |_| html(504), Retried(Service, Some(504))),
    ("401", |_| error_response(401, "APIG.0301"), CredentialReplaced(401)),
    ("403 IOTDA.000004 (invalid token)", |_| error_response(403, "IOTDA.000004"), CredentialReplaced(403)),
    ("400", |_| error_response(400, "IOTDA.000006"), Fails(Service, 400)),
    ("403", |_| error_response(403, "PDP5.0003"), Fails(Service, 403)),
    ("404", |_| error_response(404, "IOTDA.015500"), Fails(Service, 404)),
    ("HTML 403", |_| html(403), Fails(Service, 403)),
    ("HTML 404", |_| html(404), Fails(Service, 404)),
    ("HTML 418", |_| html(418), Fails(Service, 418)),
    ("501", |_| MockResponse::new(501), Fails(Service, 501)),
    ("302", |_| MockResponse::new(302).header("Location", "http://127.0.0.1:9/"), Fails(Service, 302)),
    ("truncated JSON", |page| truncated_json(&page.body), Fails(UnexpectedResponse, 200)),
    ("truncated JSON without a length", |page| truncated_json(&page.body).chunked(), Retried(Connection, Some(200))),
    ("wrong content type", |_| html(200), Fails(UnexpectedResponse, 200)),
    ("oversized body", |_| MockResponse::new(200).body(vec![b' '; 9 << 20]), Fails(UnexpectedResponse, 200)),
    (
        "oversized chunked body",
        |_| MockResponse::new(200).body(vec![b' '; 9 << 20]).chunked(),
        Fails(UnexpectedResponse, 200),
    ),
    ("gzip bomb", |_| gzip_bomb(), Fails(UnexpectedResponse, 200)),
    // The marker of the empty page after the last one is ignored.
    ("repeated marker", |page| page.with("/page/marker", json!(page.sent_marker)), Fails(UnexpectedResponse, 200)),
    ("increasing marker", |page| page.with("/page/marker", json!("f".repeat(24))), Fails(UnexpectedResponse, 200)),
    ("an error with status 200", |_| MockResponse::new(200).json(&error_page()), Fails(UnexpectedResponse, 200)),
    ("an empty object", |_| MockResponse::new(200).json(&json!({})), Fails(UnexpectedResponse, 200)),
    ("empty page", |page| page.with_list(json!([])), LosesRecords),
    ("null list", |page| page.with_list(json!(null)), LosesRecords),
    ("empty list alone", |page| MockResponse::new(200).json(&json!({page.list_field: []})), EndsListing),
    ("a byte order mark", |page| with_text(page, |text| format!("\u{feff}{text}").into()), Harmless),
    (
        "half a surrogate pair",
        |page| with_text(page, |text| text.replacen("{", r#"{"x\ud83d": 1, "#, 2).into()),
        Harmless,
    ),
    ("bytes that are not UTF-8", |page| with_text(page, not_utf8), Harmless),
    ("a count in quotes", |page| page.with("/page/count", json!(RECORDS.to_string())), Harmless),
    ("a malformed count", |page| page.with("/page/count", json!(["x"])), Harmless),
    ("unknown status", |page| page.with_record_field("status", "ARCHIVED"), Harmless),
    ("malformed time", |page| page.with_record_field("create_time", "yesterday"), Harmless),
    ("unknown fields", |page| page.with("/page", with_unknown_field(&page.body["page"])), Harmless),
];

/// An error in the form of an empty page.
fn error_page() -> Value {
    json!({"code": "500", "message": "backend timeout", "devices": [], "templates": [], "page": null})
}

fn with_text(page: &CorrectPage, change: impl FnOnce(String) -> Vec<u8>) -> MockResponse {
    MockResponse::new(200).body(change(page.body.to_string()))
}

fn not_utf8(text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.splice(1..1, *b"\"x\xff\": \"\xc3\x28\", ");
    bytes
}

fn truncated_json(body: &Value) -> MockResponse {
    let text = body.to_string();
    MockResponse::new(200).body(&text.as_bytes()[..text.len() - 1])
}

fn with_unknown_field(page: &Value) -> Value {
    let mut page = page.clone();
    page["new"] = json!({"deep": [1, 2.5e300, null, {"er": "x"}]});
    page
}
