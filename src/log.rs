//! The spans and events of the crate `tracing`, with the names of their fields.
//!
//! Fields have the names of OpenTelemetry's semantic conventions for HTTP clients where these fit, and otherwise the prefix
//! `iotda.`. The crate tracing-opentelemetry reads those with the prefix `otel.`. `docs/logging.md` lists them. Numbers are
//! `i64`, because tracing-opentelemetry exports other integers as text. No field contains an ID of a device, a certificate
//! or a project, or a secret.

use std::time::Duration;

use tracing::field::{Empty, display};
use tracing::{Span, debug, debug_span, info, warn};

use crate::auth::credential::IamCredential;
use crate::calendar;
use crate::constraints::OperationMeta;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};

const ATTEMPT_SPAN: &str = "iotda.attempt";

/// The span of a call: one page with all its attempts.
pub(crate) fn call_span(operation: &OperationMeta) -> Span {
    debug_span!("iotda.call", iotda.operation = operation.id)
}

/// The span of one request after this number of requests of the same call. `attempt_finished` sets the other fields.
pub(crate) fn attempt_span(method: &str, resent: u32) -> Span {
    debug_span!(
        ATTEMPT_SPAN,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        // By the conventions, only if the request was sent before.
        http.request.resend_count = Some(i64::from(resent)).filter(|resent| *resent > 0),
        server.address = Empty,
        server.port = Empty,
        http.response.status_code = Empty,
        "error.type" = Empty,
        iotda.request_id = Empty
    )
}

/// Describes the attempt of the current span, and adds an event.
pub(crate) fn attempt_finished(
    operation: &str,
    method: &str,
    endpoint: &Endpoint,
    status: Option<u16>,
    request_id: Option<&str>,
    error: Option<&Error>,
    elapsed: Duration,
) {
    let span = Span::current();
    // If the subscriber disables the span of the attempt, the current one is the caller's.
    if span.metadata().is_some_and(|metadata| metadata.name() == ATTEMPT_SPAN) {
        span.record("server.address", endpoint.host.as_str());
        span.record("server.port", i64::from(endpoint.port));
        span.record("http.response.status_code", status.map(i64::from));
        span.record("iotda.request_id", request_id);
        if let Some(error) = error {
            span.record("error.type", display(ErrorType(error)));
            span.record("otel.status_code", "ERROR");
        }
    }
    debug!(
        iotda.operation = operation,
        http.request.method = method,
        server.address = endpoint.host.as_str(),
        server.port = i64::from(endpoint.port),
        http.response.status_code = status.map(i64::from),
        "error.type" = error.map(ErrorType).map(display),
        iotda.code = error.and_then(Error::code),
        iotda.request_id = request_id,
        iotda.duration_ms = elapsed.as_millis() as i64,
        "attempt finished"
    );
}

/// A failed attempt is retried after this time.
pub(crate) fn retrying(operation: &OperationMeta, error: &Error, attempt: u32, max_attempts: u32, wait: Duration) {
    let server = error.host().and_then(|authority| authority.rsplit_once(':'));
    info!(
        iotda.operation = operation.id,
        server.address = server.map(|(host, _)| host),
        server.port = server.and_then(|(_, port)| port.parse::<i64>().ok()),
        http.response.status_code = error.status().map(i64::from),
        "error.type" = %ErrorType(error),
        iotda.code = error.code(),
        iotda.request_id = error.request_id(),
        iotda.cause = without_ids(error.message()),
        iotda.attempt = i64::from(attempt),
        iotda.max_attempts = i64::from(max_attempts),
        iotda.wait_ms = wait.as_millis() as i64,
        "retrying"
    );
}

/// A provider returned a credential; `source` is the name of the provider.
pub(crate) fn credential_obtained(credential: &IamCredential, source: &str) {
    info!(
        iotda.credential.source = source,
        iotda.credential.kind = if credential.is_access_key() { "access key" } else { "token" },
        iotda.credential.expires_at = credential.expires_at.map(calendar::format_rfc3339),
        "credential obtained"
    );
}

/// The service throttled, so all clones of the client reduce their rate. `rate` is in requests per second.
pub(crate) fn rate_reduced(rate: Option<f64>) {
    info!(iotda.rate = rate, "request rate reduced, because the service throttles");
}

pub(crate) fn rate_raised(rate: Option<f64>) {
    debug!(iotda.rate = rate, "request rate raised");
}

/// No connection could be made to an endpoint, so the next one is used.
pub(crate) fn endpoint_changed(from: &Endpoint, to: &Endpoint) {
    info!(
        server.address = from.host.as_str(),
        server.port = i64::from(from.port),
        iotda.next_address = to.host.as_str(),
        "no connection to this endpoint; using the next one"
    );
}

/// A listing ended with fewer records than the service counts.
pub(crate) fn listing_incomplete(operation: &OperationMeta, read: u64, counted: Option<u64>) {
    warn!(
        iotda.operation = operation.id,
        iotda.read = read as i64,
        iotda.counted = counted.and_then(|counted| i64::try_from(counted).ok()),
        "records came or went meanwhile, or the listing is incomplete"
    );
}

/// A password is probably not the one that was meant.
pub(crate) fn odd_password(setting: &str, warning: &str) {
    warn!(iotda.setting = setting, "the password {warning}");
}

/// Replaces words that look like the ID of a device, a certificate or a project in the message of a service: 20 or more
/// letters, digits, `_` and `-`, with at least one digit.
fn without_ids(message: &str) -> String {
    const MIN_ID_CHARS: usize = 20;
    let is_id_char = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let is_id = |word: &str| word.len() >= MIN_ID_CHARS && word.contains(|letter: char| letter.is_ascii_digit());
    let mut rest = message;
    let mut clean = String::with_capacity(message.len());
    while let Some(start) = rest.find(is_id_char) {
        let (between, from_word) = rest.split_at(start);
        let end = from_word.find(|letter| !is_id_char(letter)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        clean += between;
        clean += if is_id(word) { "[ID]" } else { word };
        rest = after;
    }
    clean + rest
}

/// The class of an error: the status of the service, or the kind.
struct ErrorType<'a>(&'a Error);

impl std::fmt::Display for ErrorType<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0.kind(), self.0.status()) {
            (ErrorKind::Service, Some(status)) => write!(f, "{status}"),
            (kind, _) => f.write_str(kind.as_str()),
        }
    }
}
