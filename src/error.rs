//! The one error type: what failed, with everything the service said about it, and what to do.

mod body;
mod help;
mod predicates;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use crate::constraints::OperationMeta;
pub(crate) use body::{ErrorText, one_line};

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// Why a client could not be built, or a call did not succeed.
///
/// Its text is made for whoever reads it in a log: the operation, the status, the service's code and message,
/// the request id, the likely cause and what to do. Programs ask [`kind`](Self::kind), the predicates
/// (`is_not_found` and so on) and [`code`](Self::code). No text and no part of it holds a credential.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # let client = server.client()?;
/// let devices = client.list_device_by_device_certificate("unknown");
/// let error = devices.send().await.unwrap_err();
/// assert!(error.is_not_found() && !error.is_retryable());
/// assert_eq!((error.status(), error.code()), (Some(404), Some("IOTDA.015500")));
/// assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
/// assert_eq!(error.message(), "The certificate does not exist.");
/// println!("{error}"); // all of it, the likely cause and what to do
/// # Ok(())
/// # }
/// ```
///
/// The page [Troubleshooting](crate::_troubleshooting) goes through them by code.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    operation: Option<&'static OperationMeta>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    source: Option<Source>,
    /// A request went out, and no whole answer came.
    unanswered: bool,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Duration,
}

/// What sort of failure an [`Error`] is.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_iotda::ErrorKind;
/// use huaweicloud_iotda::mock::MockResponse;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # let client = server.client()?;
///
/// server.enqueue(MockResponse::new(200).body("<html>Please sign in</html>"));
/// let error = client.list_device_authentication_templates().send().await.unwrap_err();
/// let meaning = match error.kind() {
///     ErrorKind::InvalidInput | ErrorKind::Configuration => "a fault of ours",
///     ErrorKind::Connection | ErrorKind::Timeout => "nobody knows: try later",
///     ErrorKind::UnexpectedResponse => "not the service: conclude nothing",
///     _ => "the service or IAM said no",
/// };
/// assert_eq!(meaning, "not the service: conclude nothing");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value that the caller gave is refused; nothing was sent.
    InvalidInput,
    /// The client can't be built, or can't work, as it is configured; nothing was sent to the service. It is also that IAM
    /// knows no project of the region's name, or several.
    Configuration,
    /// No credential could be had: none was found, its source failed, or IAM refused the login or the look-up of the
    /// project. With a status, it is IAM's.
    Credentials,
    /// No whole answer arrived: no connection could be made, or it ended early.
    Connection,
    /// The time for connecting, for the attempt or for the whole call was over.
    Timeout,
    /// The service answered with a status that is not a success (or a redirect, which is never followed).
    Service,
    /// The service answered with success, but not with what it documents: another body, one over the size
    /// bound, or a marker that does not go on downwards.
    UnexpectedResponse,
}

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
            retry_after: None,
            attempts: 0,
            elapsed: Duration::ZERO,
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

    pub(crate) fn unexpected_response(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::UnexpectedResponse, message)
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

    /// The message as this makes it.
    pub(crate) fn map_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.0.message = change(&self.0.message);
        self
    }

    pub(crate) fn mark_unanswered(mut self) -> Self {
        self.0.unanswered = true;
        self
    }

    /// Whether a request went out and no whole answer came: the server may have taken it.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.0.unanswered
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// What the whole call took.
    pub(crate) fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static OperationMeta) -> Self {
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

    /// The HTTP status of the answer, when there was one: the service's, or IAM's with
    /// [`ErrorKind::Credentials`].
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The code of the service, its gateway or IAM, for example `IOTDA.015500`, `APIG.0301` or `IAM.0101`; `None` when the
    /// answer has none.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What the service said, or, when it said nothing, what went wrong, with notes of this crate in brackets. On one line; of
    /// a server's text 500 characters at most.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id of the request at the service (header `X-Request-Id`; IAM's is `X-IAM-Trace-Id`): quote it when asking the
    /// vendor.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service asks to wait before the next call: by its header `Retry-After` (RFC 9110, section 10.2.3), or by
    /// the window that its gateway's text names (`APIG.0308`, `APIGW.0308`). `None` when it asks for nothing.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many times the call was attempted, as its [`RetryPolicy`](crate::RetryPolicy) allows; 0 when it was not, for
    /// its input or the client's configuration was refused.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took until it failed, with all attempts and the waits between them; nothing when it was not
    /// attempted.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The likely cause and what to do, as at the end of the text; `None` where the [message](Self::message) says it.
    pub fn help(&self) -> Option<String> {
        help::help(self)
    }

    /// The vendor's name of the operation, for example `ListDeviceByDeviceCertificate`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
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
        if self.0.attempts > 1 {
            write!(f, " (after {} attempts in {:.1?})", self.0.attempts, self.0.elapsed)?;
        }
        match help::help(self) {
            Some(advice) => write!(f, ". {advice}"),
            None => Ok(()),
        }
    }
}

/// The same text with its causes, for it is what a `main` that returns an error shows to people; each part by itself with
/// `{:#?}`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            let mut text = self.to_string();
            for cause in std::iter::successors(self.source(), |&cause| cause.source()) {
                let cause = one_line(cause.to_string());
                // As a message says it that names its cause.
                if !text.contains(&cause) {
                    text = format!("{text}; caused by: {cause}");
                }
            }
            return f.write_str(&text);
        }
        let parts = &self.0;
        f.debug_struct("Error")
            .field("kind", &parts.kind)
            .field("operation", &self.operation())
            .field("status", &self.status())
            .field("code", &parts.code)
            .field("message", &parts.message)
            .field("request_id", &parts.request_id)
            .field("attempts", &parts.attempts)
            .field("elapsed", &parts.elapsed)
            .field("source", &parts.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
