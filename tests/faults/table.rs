//! The faults, each with what follows from it.

use std::time::Duration;

use ErrorKind::{Connection, Service, Timeout, UnexpectedResponse};
use Outcome::{Ends, Fails, Harmless, Renewed, TriedAgain};
use huaweicloud_iotda::ErrorKind;
use huaweicloud_iotda::mock::MockResponse;
use serde_json::{Value, json};

use crate::support::faults::gzip_bomb;

/// What follows from a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// Another attempt; when all attempts meet it, this error.
    TriedAgain(ErrorKind, Option<u16>),
    /// One more request with another credential; when that is refused too, this error.
    Renewed(u16),
    /// This error at once.
    Fails(ErrorKind, u16),
    /// It is the listing's end.
    Ends,
    /// Nothing.
    Harmless,
}

/// A page as the service would answer it, and the marker that it was asked for by.
pub(crate) struct Right {
    pub(crate) list: &'static str,
    pub(crate) body: Value,
    pub(crate) asked: String,
}

impl Right {
    /// The same with another value at this place.
    fn with(&self, pointer: &str, value: Value) -> MockResponse {
        let mut body = self.body.clone();
        // The page after the last has no record that could be changed.
        if let Some(place) = body.pointer_mut(pointer) {
            *place = value;
        }
        MockResponse::new(200).json(&body)
    }
}

pub(crate) type Fault = (&'static str, fn(&Right) -> MockResponse, Outcome);

fn coded(status: u16, code: &str) -> MockResponse {
    MockResponse::new(status).json(&json!({"error_code": code, "error_msg": "Said so."}))
}

pub(crate) fn html(status: u16) -> MockResponse {
    MockResponse::new(status).header("Content-Type", "text/html").body("<html><h1>Something went wrong</h1></html>")
}

pub(crate) const FAULTS: &[Fault] = &[
    ("closed before the headers", |_| MockResponse::disconnect(), TriedAgain(Connection, None)),
    ("reset before the headers", |_| MockResponse::disconnect().with_reset(), TriedAgain(Connection, None)),
    ("closed in mid-body", |page| page.with("", page.body.clone()).truncate_body(), TriedAgain(Connection, Some(200))),
    (
        "reset in mid-body",
        |page| page.with("", page.body.clone()).truncate_body().with_reset(),
        TriedAgain(Connection, Some(200)),
    ),
    ("slow headers", |_| MockResponse::pass_through().delay(Duration::from_secs(3600)), TriedAgain(Timeout, None)),
    ("slow body", |_| MockResponse::pass_through().trickle(Duration::from_secs(1)), TriedAgain(Timeout, Some(200))),
    ("408", |_| MockResponse::new(408), TriedAgain(Service, Some(408))),
    ("429", |_| coded(429, "APIGW.0308"), TriedAgain(Service, Some(429))),
    ("429 with Retry-After", |_| coded(429, "APIGW.0308").header("Retry-After", "0"), TriedAgain(Service, Some(429))),
    ("403 throttle", |_| coded(403, "IOTDA.021101"), TriedAgain(Service, Some(403))),
    ("403 other throttle", |_| coded(403, "IOTDA.021102"), TriedAgain(Service, Some(403))),
    ("empty 500", |_| MockResponse::new(500), TriedAgain(Service, Some(500))),
    ("HTML 502", |_| html(502), TriedAgain(Service, Some(502))),
    ("HTML 503", |_| html(503), TriedAgain(Service, Some(503))),
    ("HTML 504", |_| html(504), TriedAgain(Service, Some(504))),
    ("401", |_| coded(401, "APIG.0301"), Renewed(401)),
    ("invalid access token", |_| coded(403, "IOTDA.000004"), Renewed(403)),
    ("400", |_| coded(400, "IOTDA.000006"), Fails(Service, 400)),
    ("403", |_| coded(403, "PDP5.0003"), Fails(Service, 403)),
    ("404", |_| coded(404, "IOTDA.015500"), Fails(Service, 404)),
    ("501", |_| MockResponse::new(501), Fails(Service, 501)),
    ("302", |_| MockResponse::new(302).header("Location", "http://127.0.0.1:9/"), Fails(Service, 302)),
    ("truncated JSON", |page| cut_short(&page.body), Fails(UnexpectedResponse, 200)),
    ("wrong content type", |_| html(200), Fails(UnexpectedResponse, 200)),
    ("oversize body", |_| MockResponse::new(200).body(vec![b' '; 9 << 20]), Fails(UnexpectedResponse, 200)),
    (
        "oversize body without a length",
        |_| MockResponse::new(200).body(vec![b' '; 9 << 20]).chunked(),
        Fails(UnexpectedResponse, 200),
    ),
    ("gzip bomb", |_| gzip_bomb(), Fails(UnexpectedResponse, 200)),
    // On the page after the last, a marker is looked at no more.
    ("repeated marker", |page| page.with("/page/marker", json!(page.asked)), Fails(UnexpectedResponse, 200)),
    ("growing marker", |page| page.with("/page/marker", json!("f".repeat(24))), Fails(UnexpectedResponse, 200)),
    ("empty page", |page| page.with(&format!("/{}", page.list), json!([])), Ends),
    ("null list", |page| page.with(&format!("/{}", page.list), json!(null)), Ends),
    ("unknown status", |page| page.with(&format!("/{}/0/status", page.list), json!("ARCHIVED")), Harmless),
    ("odd time", |page| page.with(&format!("/{}/0/create_time", page.list), json!("yesterday")), Harmless),
    ("extra fields", |page| page.with("/page", extended(&page.body["page"])), Harmless),
];

fn cut_short(body: &Value) -> MockResponse {
    let text = body.to_string();
    MockResponse::new(200).body(&text.as_bytes()[..text.len() - 1])
}

fn extended(page: &Value) -> Value {
    let mut page = page.clone();
    page["new"] = json!({"deep": [1, 2.5e300, null, {"er": "x"}]});
    page
}
