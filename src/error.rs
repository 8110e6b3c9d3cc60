//! The error type: what failed, what the service returned, the likely cause, and what to do.

pub(crate) mod attempt;
pub(crate) mod body;
pub(crate) mod charset;
pub(crate) mod connect_failure;
mod display;
mod help;
pub(crate) mod issuer_help;
mod markup;
mod predicates;
pub(crate) mod report;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use crate::constraints::OperationMeta;
use body::ErrorText;
use connect_failure::ConnectFailure;

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// The error of a call, or of building a client.
///
/// Branch on [`kind`](Self::kind), on the predicates such as [`is_not_found`](Self::is_not_found), and on
/// [`code`](Self::code), not on the text:
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// match client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").total().await {
///     Ok(total) => println!("{total} devices use the certificate"),
///     Err(error) if error.is_not_found() => println!("the certificate does not exist in this project and instance"),
///     Err(error) if error.is_retryable() => println!("unavailable, call again later: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
///
/// The text ([`Display`](std::fmt::Display)) is for logs and users. It is one line with the operation, the status, the code
/// and message of the service, the request ID, the likely cause, and what to do. No part of an error contains a
/// credential. The page [Troubleshooting](crate::guide::troubleshooting) lists the errors by code.
///
/// With feature `mock`, a test can check each part:
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::mock::MockServer;
///
/// let server = MockServer::start().await?;
/// let client = server.client()?;
///
/// let error = client.list_device_by_device_certificate("unknown").await.unwrap_err();
/// assert_eq!(error.status(), Some(404));
/// assert_eq!(error.code(), Some("IOTDA.015500"));
/// assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
/// assert_eq!(error.message(), "The certificate does not exist.");
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Error(Box<ErrorFields>);

#[derive(Clone)]
struct ErrorFields {
    kind: ErrorKind,
    cause: Cause,
    operation: Option<&'static OperationMeta>,
    status: Option<StatusCode>,
    text: ErrorText,
    host: Option<String>,
    source: Option<Source>,
    retry_after: Option<Duration>,
    attempts: u32,
    elapsed: Duration,
}

/// The facts about a failure in addition to its kind. They decide what follows, and what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing else.
    Other,
    /// No complete response was received.
    NoResponse {
        /// A request was sent. The server may have processed it.
        sent: bool,
        /// The caller did not poll the attempt for longer than its timeout.
        paused: bool,
        /// The reason why another attempt would not connect, either.
        permanent: Option<&'static ConnectFailure>,
    },
    /// The request was not sent in time, because others to the same proxy had to end first.
    Queued {
        /// The caller did not poll the attempt for longer than its timeout.
        paused: bool,
    },
    /// The request was not sent, to protect an access key.
    Refused,
    /// The service contradicts itself.
    Contradiction,
    /// A provider's request was rejected, or its response is not the documented one; this is the provider's help.
    Rejected(&'static str),
}

/// The category of an [`Error`], returned by [`Error::kind`].
///
/// ```no_run
/// use huaweicloud_iotda::ErrorKind;
///
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// let Err(error) = client.list_device_authentication_templates().await else { return Ok(()) };
/// match error.kind() {
///     ErrorKind::InvalidInput | ErrorKind::Configuration => println!("correct the value that it names: {error}"),
///     ErrorKind::Credentials => println!("provide a valid credential: {error}"),
///     ErrorKind::Connection | ErrorKind::Timeout if error.is_retryable() => println!("call again later: {error}"),
///     ErrorKind::Connection => println!("correct the endpoint, the proxy or the certificates: {error}"),
///     ErrorKind::UnexpectedResponse => println!("not a response of IoTDA, check the endpoint: {error}"),
///     ErrorKind::Service if error.is_retryable() => println!("call again later: {error}"),
///     ErrorKind::Service => println!("rejected with code {:?}: {error}", error.code()),
///     _ => println!("{error}"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// With feature `mock`, a test can produce each kind:
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::ErrorKind;
/// use huaweicloud_iotda::mock::{MockResponse, MockServer};
///
/// let server = MockServer::start().await?;
/// let client = server.client()?;
///
/// server.enqueue(MockResponse::new(200).body("<html>Please sign in</html>"));
/// let error = client.list_device_authentication_templates().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An invalid value from the caller. Nothing was sent.
    InvalidInput,
    /// An invalid or incomplete client configuration. Nothing was sent to the service. Also: IAM has no project that
    /// has the same name as the region, or several.
    Configuration,
    /// No credential could be obtained: no provider has one, a provider failed, or IAM rejected the login or the
    /// project lookup. If there is a status, it is IAM's, or that of a server in front of it.
    Credentials,
    /// No complete response: the connection failed, or it was closed too early.
    /// [`is_retryable`](Error::is_retryable) is `false` if another attempt would fail, too.
    Connection,
    /// The connect, attempt or call timeout elapsed, or a timeout of the operating system or of a custom HTTP setting;
    /// the message says which.
    Timeout,
    /// An error status from the service, or from a proxy, a firewall or another server at its place; or a redirect.
    /// Redirects are never followed.
    Service,
    /// A success status without the documented content: another body, a body above the size limit, or a marker that
    /// does not decrease.
    UnexpectedResponse,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let text = ErrorText { message: message.into(), ..ErrorText::default() };
        Self(Box::new(ErrorFields {
            kind,
            cause: Cause::Other,
            operation: None,
            status: None,
            text,
            host: None,
            source: None,
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

    /// The service contradicts itself.
    pub(crate) fn contradiction(message: impl Into<String>) -> Self {
        Self::unexpected_response(message).with_cause(Cause::Contradiction)
    }

    pub(crate) fn service(status: StatusCode, text: ErrorText) -> Self {
        Self::new(ErrorKind::Service, "").with_text(text).with_status(status)
    }

    /// Sets code, message, request ID and form from a response body.
    pub(crate) fn with_text(mut self, text: ErrorText) -> Self {
        self.0.text = text;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Prefixes the message with the operation that failed.
    pub(crate) fn with_context(mut self, context: &str) -> Self {
        self.0.text.message = format!("{context}: {}", self.0.text.message);
        self
    }

    /// Appends a note of this crate to the message, in parentheses.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.0.text.message = format!("{} ({note})", self.0.text.message);
        self
    }

    pub(crate) fn map_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.0.text.message = change(&self.0.text.message);
        self
    }

    /// Sets host and port of the endpoint that the request was for.
    pub(crate) fn with_host(mut self, host: String) -> Self {
        self.0.host = Some(host);
        self
    }

    pub(crate) fn with_cause(mut self, cause: Cause) -> Self {
        self.0.cause = cause;
        self
    }

    pub(crate) fn cause(&self) -> Cause {
        self.0.cause
    }

    pub(crate) fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.0.retry_after = delay;
        self
    }

    /// Sets the number of attempts and the duration of the whole call.
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

    pub(crate) fn with_status(mut self, status: impl Into<Option<StatusCode>>) -> Self {
        self.0.status = status.into();
        self
    }

    /// Sets the request ID of the response header, which takes precedence over one in the body.
    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        if request_id.is_some() {
            self.0.text.request_id = request_id;
        }
        self
    }

    /// Returns the category of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the HTTP status of the response; `None` if there was no response.
    ///
    /// It is the service's status, or IAM's if the error is from a request to IAM.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// Returns the error code of the service, its gateway or IAM, for example `IOTDA.015500`, `APIG.0301` or
    /// `IAM.0101`; `None` if the response has no code.
    pub fn code(&self) -> Option<&str> {
        self.0.text.code.as_deref()
    }

    /// Returns the service's message, or a description of the failure if there is none.
    ///
    /// It is one line. Notes of this crate are in parentheses at its end. A server's text is truncated after 500
    /// characters.
    pub fn message(&self) -> &str {
        &self.0.text.message
    }

    /// Returns the request ID (response header `X-Request-Id`; `X-IAM-Trace-Id` of IAM). Quote it to Huawei Cloud
    /// support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.text.request_id.as_deref()
    }

    /// Returns host and port of the endpoint that the request was for, for example
    /// `iam.cn-north-4.myhuaweicloud.com:443`; `None` if no request was made.
    ///
    /// It is the service's endpoint, or IAM's if the error is from a request to IAM. If there is a proxy between, the
    /// message of a connection error or timeout names that, too, except for a proxy that
    /// [`configure_http`](crate::ClientBuilder::configure_http) sets.
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// Returns the delay that the service requests before the next call; `None` if it requests none.
    ///
    /// It is the header `Retry-After` (RFC 9110, section 10.2.3), or the window of the gateway's rate limit in its
    /// message (codes `APIG.0308` and `APIGW.0308`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the number of attempts, which the [`RetryPolicy`](crate::RetryPolicy) limits; 0 if the input or the
    /// client's configuration was rejected before the first attempt.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the duration of the call, including all attempts and the delays between them; zero if there was no
    /// attempt.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Returns the operation's name in the API reference, for example `ListDeviceByDeviceCertificate`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
