//! The spans and events of the crate `tracing`, with the names of their fields.
//!
//! Fields have the names of OpenTelemetry's semantic conventions for HTTP clients where these fit, and otherwise the prefix
//! `iotda.`. `docs/logging.md` lists them. No field contains an ID of a device, a certificate or a project, or a secret.

use std::time::Duration;

use tracing::field::{Empty, display};
use tracing::{Span, debug, debug_span, info, warn};

use crate::auth::credential::IamCredential;
use crate::calendar;
use crate::constraints::OperationMeta;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};

/// The span of a call: one page with all its attempts.
pub(crate) fn call_span(operation: &OperationMeta) -> Span {
    debug_span!("iotda.call", iotda.operation = operation.id)
}

/// The span of an attempt; its number starts at 1. `attempt_finished` sets the other fields.
pub(crate) fn attempt_span(number: u32) -> Span {
    debug_span!(
        "iotda.attempt",
        http.request.resend_count = number - 1,
        server.address = Empty,
        server.port = Empty,
        http.response.status_code = Empty,
        "error.type" = Empty,
        iotda.request_id = Empty
    )
}

/// Describes the attempt of the current span, and adds an event.
pub(crate) fn attempt_finished(
    endpoint: &Endpoint,
    status: Option<u16>,
    request_id: Option<&str>,
    error: Option<&Error>,
    elapsed: Duration,
) {
    let span = Span::current();
    span.record("server.address", endpoint.host.as_str());
    span.record("server.port", endpoint.port);
    span.record("http.response.status_code", status);
    span.record("iotda.request_id", request_id);
    if let Some(error) = error {
        span.record("error.type", display(ErrorType(error)));
    }
    debug!(
        http.response.status_code = status,
        "error.type" = error.map(ErrorType).map(display),
        iotda.code = error.and_then(Error::code),
        iotda.request_id = request_id,
        iotda.duration_ms = elapsed.as_millis() as u64,
        "attempt finished"
    );
}

/// A failed attempt is retried after this time.
pub(crate) fn retrying(operation: &OperationMeta, error: &Error, attempt: u32, max_attempts: u32, wait: Duration) {
    info!(
        iotda.operation = operation.id,
        server.address = error.host(),
        http.response.status_code = error.status(),
        "error.type" = %ErrorType(error),
        iotda.code = error.code(),
        iotda.request_id = error.request_id(),
        iotda.cause = error.message(),
        iotda.attempt = attempt,
        iotda.max_attempts = max_attempts,
        iotda.wait_ms = wait.as_millis() as u64,
        "retrying"
    );
}

/// A provider returned a credential.
pub(crate) fn credential_obtained(credential: &IamCredential) {
    info!(
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
        server.port = from.port,
        iotda.next_address = to.host.as_str(),
        "no connection to this endpoint; using the next one"
    );
}

/// A listing ended with fewer records than the service counts.
pub(crate) fn listing_incomplete(operation: &OperationMeta, read: u64, counted: Option<u64>) {
    warn!(
        iotda.operation = operation.id,
        iotda.read = read,
        iotda.counted = counted,
        "records came or went meanwhile, or the listing is incomplete"
    );
}

/// A password is probably not the one that was meant.
pub(crate) fn odd_password(setting: &str, warning: &str) {
    warn!(iotda.setting = setting, "the password {warning}");
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
