//! Converts failed exchanges to errors: undocumented responses, and missing ones.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{AsHeaderName, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};

use tokio::time::Instant;

use super::{HttpTransport, body, headers};
use crate::endpoint::Endpoint;
use crate::error::body::{BodyForm, BodyHeaders, ErrorText, one_line};
use crate::error::connect_failure::ConnectFailure;
use crate::error::{Cause, Error, ErrorKind};

/// The limit for an error's body. It is above the size of any token, so that redaction sees an echoed token as a whole.
const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;

/// The delay of a timer that shows that the caller did not poll it: a runtime that is only busy is faster.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

const INCOMPLETE: &str = "connection closed before the response was complete";

/// The context of one exchange, from which its error is created.
#[derive(Clone, Copy)]
pub(crate) struct ErrorContext<'a> {
    transport: &'a HttpTransport,
    endpoint: &'a Endpoint,
    started: Instant,
    /// Removes secrets from text that the server sends back.
    redact: &'a (dyn Fn(&str) -> String + Sync),
    uses_proxy: bool,
    /// The timeout of the request.
    timeout: Duration,
}

impl<'a> ErrorContext<'a> {
    /// Starts an exchange. `redact` removes the secrets from text that the server sends back.
    pub(crate) fn new(
        transport: &'a HttpTransport,
        endpoint: &'a Endpoint,
        redact: &'a (dyn Fn(&str) -> String + Sync),
    ) -> Self {
        Self {
            transport,
            endpoint,
            started: Instant::now(),
            redact,
            uses_proxy: true,
            timeout: transport.timeouts.attempt,
        }
    }

    /// Sets the request's own timeout, if it has one.
    pub(crate) fn with_timeout(self, timeout: Option<Duration>) -> Self {
        Self { timeout: timeout.unwrap_or(self.timeout), ..self }
    }

    /// Marks that the request is never sent through a proxy.
    pub(crate) fn without_proxy(self) -> Self {
        Self { uses_proxy: false, ..self }
    }
}

impl ErrorContext<'_> {
    /// Returns the time since the exchange started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the first header of this name that is not empty, redacted.
    pub(crate) fn header(&self, headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
        let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        texts.map(|text| one_line((self.redact)(text))).find(|text| !text.is_empty())
    }

    /// Converts a response whose status is not the documented success.
    pub(crate) async fn error_response(&self, mut response: Response) -> Error {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let retry_after = headers::retry_after(&headers, SystemTime::now());
        let body = body::read_prefix(response, MAX_ERROR_BODY_BYTES).await;
        if status.is_success() {
            return self.undocumented_body(&headers, &body, "undocumented success status");
        }
        let text = ErrorText::read(&body, body_headers(&headers), self.redact);
        let retry_after = retry_after.or_else(|| headers::retry_after_of_message(&text.message));
        let error = Error::service(status, text).with_retry_after(retry_after);
        match self.redirect_host(&headers).filter(|_| status.is_redirection()) {
            Some(host) => error.with_note(&format!("redirect to {host}")),
            None => error,
        }
    }

    /// Returns the host of the header `Location`, without the rest of the URL.
    fn redirect_host(&self, headers: &HeaderMap) -> Option<String> {
        let url = reqwest::Url::parse(&self.header(headers, LOCATION)?).ok()?;
        Some(format!("{}://{}", url.scheme(), url.host_str()?))
    }

    /// Converts a success whose body is not the documented JSON. The body may contain an error's code and message.
    pub(crate) fn undocumented_body(&self, headers: &HeaderMap, body: &[u8], why: &str) -> Error {
        let body = &body[..body.len().min(MAX_ERROR_BODY_BYTES)];
        let text = ErrorText::read(body, body_headers(headers), self.redact);
        let is_compressed = text.form == BodyForm::Compressed;
        let error = Error::unexpected_response("").with_text(text);
        // A parser's message about compressed bytes means nothing.
        if is_compressed { error } else { error.with_note(&one_line((self.redact)(why))) }
    }

    /// Converts a failure without a complete response.
    pub(crate) fn no_response(&self, error: reqwest::Error) -> Error {
        // The URL contains project and certificate IDs.
        let error = error.without_url();
        let connecting = error.is_connect();
        let (kind, message, permanent) = if error.is_timeout() {
            (ErrorKind::Timeout, self.timeout_message(connecting), None)
        } else {
            let failure = if connecting {
                "connection failed"
            } else if error.is_body() || error.is_decode() {
                INCOMPLETE
            } else {
                "no response"
            };
            let cause = innermost_cause(&error);
            // With TLS 1.3, a server rejects a certificate only after the connection was made.
            let permanent =
                ConnectFailure::of(&cause).filter(|_| connecting || cause.starts_with("received fatal alert"));
            let text = match permanent {
                Some(permanent) => format!("{} ({cause})", permanent.describe(&cause)),
                None => cause,
            };
            (ErrorKind::Connection, format!("{failure} ({}): {text}", self.peer()), permanent)
        };
        let error_cause = Cause::NoResponse { sent: !connecting, paused: self.is_paused(), permanent };
        Error::new(kind, message).with_cause(error_cause).with_host(self.endpoint.authority()).with_source(error)
    }

    /// Returns the error of a request that was not sent, because the proxy did not accept the login of another one in time.
    pub(crate) fn no_permit(&self) -> Error {
        let attempt = self.transport.timeouts.attempt;
        let message = format!(
            "no request was sent within {attempt:?} ({}): until the proxy accepts the user name and password of its \
             variable, requests are sent one at a time, and an earlier one has not ended; check that the proxy runs and is \
             reachable",
            self.peer()
        );
        let error_cause = Cause::Queued { paused: self.is_paused() };
        Error::new(ErrorKind::Timeout, message).with_cause(error_cause).with_host(self.endpoint.authority())
    }

    /// Converts a success whose JSON ends too early, although nothing announced its length.
    pub(crate) fn truncated(&self, cause: serde_json::Error) -> Error {
        let message = format!("{INCOMPLETE} ({}): {cause}", self.peer());
        let error_cause = Cause::NoResponse { sent: true, paused: false, permanent: None };
        Error::new(ErrorKind::Connection, message).with_cause(error_cause).with_source(cause)
    }

    /// Converts an error of the generated client.
    pub(crate) async fn generated_error(&self, headers: &HeaderMap, error: progenitor_client::Error<()>) -> Error {
        use progenitor_client::Error as Generated;
        match error {
            Generated::UnexpectedResponse(response) => self.error_response(response).await,
            Generated::InvalidResponsePayload(body, error) => {
                self.undocumented_body(headers, &body, &error.to_string())
            }
            Generated::CommunicationError(error)
            | Generated::ResponseBodyError(error)
            | Generated::InvalidUpgrade(error) => self.no_response(error),
            Generated::InvalidRequest(message) => Error::invalid_input(format!("cannot send the request: {message}")),
            // Only `Attempt::read` returns it.
            Generated::Custom(message) => Error::unexpected_response(message),
            // Its body type is `()`: the error responses are not part of the generated client.
            Generated::ErrorResponse(value) => Error::service(value.status(), ErrorText::default()),
        }
    }

    /// Returns `true` if the exchange takes so long because the caller did not poll it.
    fn is_paused(&self) -> bool {
        self.elapsed() > self.timeout.saturating_add(PAUSE)
    }

    /// Returns host and port of the endpoint, and of the proxy between. A URL would show IDs.
    fn peer(&self) -> String {
        let host = self.endpoint.authority();
        match self.transport.proxy.of(&self.endpoint.base_url).filter(|_| self.uses_proxy) {
            Some(proxy) => format!("{host} through the proxy {proxy}"),
            None => host,
        }
    }

    fn timeout_message(&self, connecting: bool) -> String {
        let elapsed = self.elapsed();
        let (connect, attempt) = (self.transport.timeouts.connect, self.timeout);
        let other_timeout = "(operating-system or custom HTTP timeout)";
        let peer = self.peer();
        if connecting && elapsed < connect {
            format!("connection not established within {elapsed:.1?} {other_timeout} ({peer})")
        } else if connecting {
            format!("connect timed out after {connect:?} ({peer})")
        } else if elapsed < attempt {
            format!("response not received within {elapsed:.1?} {other_timeout} ({peer})")
        } else {
            format!("attempt timed out after {attempt:?} ({peer})")
        }
    }
}

fn body_headers(headers: &HeaderMap) -> BodyHeaders<'_> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    BodyHeaders { content_type: text(CONTENT_TYPE), content_encoding: text(CONTENT_ENCODING) }
}

/// Returns the text of the innermost cause, or of one around it that begins with this text and adds to it: with OpenSSL, why
/// a certificate is not trusted.
fn innermost_cause(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    let Some(innermost) = texts.last() else { return String::new() };
    texts.iter().rev().take_while(|text| text.starts_with(innermost)).last().cloned().unwrap_or_default()
}
