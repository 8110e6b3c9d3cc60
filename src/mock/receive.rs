//! Receives a request, within the limits of the service.
//!
//! Source: the limits of the API gateway for a URI (414), a header (494) and a body (413).

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, StatusCode};
use tokio::time::timeout;

use super::recording::RecordedRequest;

/// The maximum length of the target, and of a header line.
const MAX_LINE_BYTES: usize = 32 * 1024;
const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;
/// A status of nginx: the request header is too large.
const HEADER_TOO_LARGE: u16 = 494;

/// The reason why a request was not received.
pub(super) enum ReceiveError {
    /// It exceeds a limit. The response has this status.
    TooLarge(StatusCode),
    /// It did not arrive as a whole. The connection is closed without a response.
    Incomplete(io::Error),
}

/// Reads the rest of a request. It takes at most this time.
pub(super) async fn receive(
    request: Request<Incoming>,
    read_timeout: Duration,
) -> Result<RecordedRequest, ReceiveError> {
    let (head, body) = request.into_parts();
    check_head(&head).map_err(ReceiveError::TooLarge)?;
    let body = timeout(read_timeout, read_body(body)).await;
    let body = body.unwrap_or_else(|_| Err(ReceiveError::Incomplete(io::ErrorKind::TimedOut.into())))?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(RecordedRequest {
        method: head.method.to_string(),
        target: target(&head),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    })
}

fn target(head: &Parts) -> String {
    head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string)
}

fn check_head(head: &Parts) -> Result<(), StatusCode> {
    if target(head).len() > MAX_LINE_BYTES {
        return Err(StatusCode::URI_TOO_LONG);
    }
    let line_bytes = |name: &HeaderName, value: &HeaderValue| name.as_str().len() + ": ".len() + value.len();
    if head.headers.iter().any(|(name, value)| line_bytes(name, value) > MAX_LINE_BYTES) {
        let status = StatusCode::from_u16(HEADER_TOO_LARGE);
        return Err(status.unwrap_or(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}

async fn read_body(body: Incoming) -> Result<Vec<u8>, ReceiveError> {
    let too_large = || ReceiveError::TooLarge(StatusCode::PAYLOAD_TOO_LARGE);
    // This is the declared length: the body is rejected before it is read.
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_large());
    }
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(ReceiveError::Incomplete(io::Error::other(error))),
    }
}
