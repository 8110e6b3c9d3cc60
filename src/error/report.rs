//! The parts of an error as data, for structured logs.

use serde::{Deserialize, Serialize};

use super::{Error, ErrorKind};

/// The parts of an [`Error`] in a form that can be serialized, returned by [`Error::report`].
///
/// It contains no secret. A part that is unknown is not serialized.
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::mock::{MockResponse, MockServer};
///
/// let server = MockServer::start().await?;
/// server.enqueue(MockResponse::new(503).header("X-Request-Id", "r-1"));
/// let error = server.client()?.list_device_authentication_templates().await.unwrap_err();
///
/// let report = serde_json::to_value(error.report())?;
/// assert_eq!(report["kind"], "service");
/// assert_eq!(report["status"], 503);
/// assert_eq!(report["request_id"], "r-1");
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ErrorReport {
    /// The kind, see [`ErrorKind::as_str`].
    pub kind: String,
    /// The message without operation, status and code.
    pub message: String,
    /// The likely cause and what to do, see [`Error::help`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
    /// The operation's name in the API reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<String>,
    /// Host and port, see [`Error::host`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub host: Option<String>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The error code of the service, its gateway or IAM.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The request ID.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// The number of attempts.
    pub attempts: u32,
    /// The duration of the call, in milliseconds.
    pub elapsed_ms: u64,
    /// The call may succeed later, see [`Error::is_retryable`].
    pub retryable: bool,
}

impl ErrorKind {
    /// Returns the name of the kind for logs and metrics: `invalid_input`, `configuration`, `credentials`, `connection`,
    /// `timeout`, `service` or `unexpected_response`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Configuration => "configuration",
            Self::Credentials => "credentials",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Service => "service",
            Self::UnexpectedResponse => "unexpected_response",
        }
    }
}

impl Error {
    /// Returns the parts of the error, for structured logs.
    pub fn report(&self) -> ErrorReport {
        ErrorReport {
            kind: self.kind().as_str().to_owned(),
            message: self.message().to_owned(),
            help: self.help(),
            operation: self.operation().map(str::to_owned),
            host: self.host().map(str::to_owned),
            status: self.status(),
            code: self.code().map(str::to_owned),
            request_id: self.request_id().map(str::to_owned),
            attempts: self.attempts(),
            elapsed_ms: self.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
            retryable: self.is_retryable(),
        }
    }
}
