//! The one error type: what failed, with everything the service said about it, and what to do.

mod advice;
mod body;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use reqwest::StatusCode;

use crate::facts::OperationFacts;
pub(crate) use body::{ErrorText, one_line};

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// Why a client could not be built, or a call did not succeed.
///
/// Its text is made for whoever reads it in a log: the operation, the status, the service's code and message,
/// the request id, the likely cause and what to do. Programs ask [`kind`](Self::kind), the predicates
/// (`is_not_found` and so on) and [`code`](Self::code). No text and no part of it holds a credential.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    operation: Option<&'static OperationFacts>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    source: Option<Source>,
    /// A request went out, and no whole answer came.
    unanswered: bool,
}

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value that the caller gave is refused; nothing was sent.
    InvalidInput,
    /// The client can't be built, or can't work, as it is configured; nothing was sent.
    Configuration,
    /// No credential could be had: none was found, its source failed, or IAM refused the login.
    Credentials,
    /// No whole answer arrived: no connection could be made, or it ended early.
    Connection,
    /// The time for connecting or for the attempt was over.
    Timeout,
    /// The service answered with a status that is not a success (or a redirect, which is never followed).
    Service,
    /// The service answered with success, but not with what it documents: another body, one over the size
    /// bound, or a marker that does not go on downwards.
    UnexpectedAnswer,
}

/// Codes that other vendor pages give with a status 403 though they mean something else.
const INVALID_ACCESS_TOKEN: &str = "IOTDA.000004";
const UNKNOWN_USER: &str = "IOTDA.000021";
const NO_RESOURCE_SPACE: &str = "IOTDA.001000";
const RATE_LIMITS: &str = "IOTDA.02110";

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Parts {
            kind,
            operation: None,
            status: None,
            code: None,
            message,
            request_id: None,
            source: None,
            unanswered: false,
        }))
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    pub(crate) fn credentials(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Credentials, message)
    }

    pub(crate) fn unexpected_answer(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::UnexpectedAnswer, message)
    }

    pub(crate) fn service(status: StatusCode, text: ErrorText) -> Self {
        Self::new(ErrorKind::Service, "").with_text(text).with_status(status)
    }

    /// What the service said.
    pub(crate) fn with_text(mut self, text: ErrorText) -> Self {
        self.0.code = text.code;
        self.0.message = text.message;
        self.0.request_id = text.request_id;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What was being done, in front of the message.
    pub(crate) fn with_context(mut self, context: &str) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }

    /// What is known of this case beyond the service's words, behind the message.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.0.message = format!("{} ({note})", self.0.message);
        self
    }

    pub(crate) fn unanswered(mut self) -> Self {
        self.0.unanswered = true;
        self
    }

    /// Whether a request went out and no whole answer came: the server may have taken it.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.0.unanswered
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static OperationFacts) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The header's request id; it wins over one in a body.
    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        if request_id.is_some() {
            self.0.request_id = request_id;
        }
        self
    }

    /// What sort of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the answer, when there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The service's or the gateway's own code, for example `IOTDA.015500` or `APIG.0301`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What the service said, or, when it said nothing, what went wrong. Bounded in length, on one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id of the request at the service (header `X-Request-Id`): quote it when asking the vendor.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The vendor's name of the operation, for example `ListDeviceByDeviceCertificate`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// Whether the service knows no such thing: status 404, or 403 with `IOTDA.001000` (resource space).
    ///
    /// # Troubleshooting
    ///
    /// Of [`list_device_by_device_certificate`](crate::Client::list_device_by_device_certificate), code
    /// `IOTDA.015500` means that there is no such certificate **in this project and instance**; it does not
    /// mean that no device uses it elsewhere. Compare the certificate id, the project id, the region and the
    /// instance id. Code `APIGW.0101` means that the host knows no such path: the endpoint is another service's.
    pub fn is_not_found(&self) -> bool {
        self.has_status(404) || (self.has_status(403) && self.has_code(NO_RESOURCE_SPACE))
    }

    /// Whether the credential was refused: status 401, or 403 with `IOTDA.000004` (invalid access token).
    ///
    /// # Troubleshooting
    ///
    /// A token lives for 24 hours, and one of a regional IAM endpoint is valid in its own region only. Get a new
    /// one from the region of the endpoint.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(401) || (self.has_status(403) && self.has_code(INVALID_ACCESS_TOKEN))
    }

    /// Whether the credential is known but not permitted: status 403, except for the codes that mean something
    /// else (an invalid token, a missing resource space, a rate limit).
    ///
    /// # Troubleshooting
    ///
    /// The error's text names the IAM action that the operation needs; ask the account's administrator to grant
    /// it. With `IOTDA.000021` the user is not known at this host: the service is not subscribed in this
    /// region, or an instance's account calls the shared domain.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(403) && !self.is_unauthorized() && !self.is_not_found() && !self.is_throttled()
    }

    /// Whether the service asks to come back later: status 429, or 403 with a rate-limit code (`IOTDA.021101`,
    /// `IOTDA.021102`).
    ///
    /// # Troubleshooting
    ///
    /// The message names limit and window where the gateway throttles. Read with fewer calls (`limit(50)`), or
    /// fewer at a time; an enterprise instance's quota grows with the TPS bought.
    pub fn is_throttled(&self) -> bool {
        let rate_limit = self.code().is_some_and(|code| code.starts_with(RATE_LIMITS));
        self.has_status(429) || (self.has_status(403) && rate_limit)
    }

    /// Whether the time for connecting or for the attempt was over.
    ///
    /// # Troubleshooting
    ///
    /// If connecting took too long, look at the network path: proxy, firewall, endpoint. If the answer did, raise
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout) or ask for smaller pages.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the same call may succeed later: no connection, a timeout, an answer that ended early, throttling,
    /// or status 408, 500, 502, 503, 504. Both operations only read, so resending them is safe.
    ///
    /// # Troubleshooting
    ///
    /// Wait, longer each time, and call again; a listing goes on from the last page's
    /// [`next`](crate::Page::next). When it never succeeds, quote the request id to the vendor.
    pub fn is_retryable(&self) -> bool {
        let answered = matches!(self.0.kind, ErrorKind::Service | ErrorKind::Credentials);
        let status = answered && matches!(self.status(), Some(408 | 500 | 502 | 503 | 504));
        matches!(self.0.kind, ErrorKind::Connection | ErrorKind::Timeout) || status || self.is_throttled()
    }

    fn has_status(&self, status: u16) -> bool {
        self.status() == Some(status)
    }

    fn has_code(&self, code: &str) -> bool {
        self.code() == Some(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{}: ", operation.id)?;
        }
        if let Some(status) = self.0.status {
            write!(f, "HTTP {status}: ")?;
        }
        if let Some(code) = &self.0.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(request_id) = &self.0.request_id {
            write!(f, " [request id {request_id}]")?;
        }
        match advice::advice(self) {
            Some(advice) => write!(f, ". {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.0;
        f.debug_struct("Error")
            .field("kind", &parts.kind)
            .field("operation", &self.operation())
            .field("status", &self.status())
            .field("code", &parts.code)
            .field("message", &parts.message)
            .field("request_id", &parts.request_id)
            .field("source", &parts.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
