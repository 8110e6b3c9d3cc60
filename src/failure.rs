//! The link to a server, and what becomes of an answer that is not the documented one, and of none at all.

use std::error::Error as StdError;
use std::time::{Duration, Instant, SystemTime};

use reqwest::Response;
use reqwest::header::{AsHeaderName, HeaderMap};

use crate::body;
use crate::error::{Error, ErrorKind, ErrorText, one_line};
use crate::http::HttpTransport;
use crate::retry_after;

/// The most that is read of an error's body: more than the longest token that it could send back.
const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;

/// Tells what became of one exchange.
#[derive(Clone, Copy)]
pub(crate) struct ErrorContext<'a> {
    transport: &'a HttpTransport,
    started: Instant,
    /// Takes the secrets out of what a server sends back.
    redact: &'a (dyn Fn(&str) -> String + Sync),
}

impl<'a> ErrorContext<'a> {
    pub(crate) fn new(transport: &'a HttpTransport, redact: &'a (dyn Fn(&str) -> String + Sync)) -> Self {
        Self { transport, started: Instant::now(), redact }
    }
}

impl ErrorContext<'_> {
    /// How long the exchange has taken until now.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The first of these headers that says something.
    pub(crate) fn header(&self, headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
        let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        texts.map(|text| one_line((self.redact)(text))).find(|text| !text.is_empty())
    }

    /// A status that is not the documented success.
    pub(crate) async fn error_response(&self, response: Response) -> Error {
        let status = response.status();
        let asked = retry_after::from_header(response.headers(), SystemTime::now());
        let body = body::read_prefix(response, MAX_ERROR_BODY_BYTES).await;
        match status.is_success() {
            true => self.undocumented_body(&body, "this success is not documented"),
            false => {
                let text = ErrorText::read(&body, self.redact);
                let asked = asked.or_else(|| retry_after::from_message(&text.message));
                Error::service(status, text).with_retry_after(asked)
            }
        }
    }

    /// A success whose body is not the documented JSON; it may hold an error all the same.
    pub(crate) fn undocumented_body(&self, body: &[u8], why: &str) -> Error {
        let text = ErrorText::read(&body[..body.len().min(MAX_ERROR_BODY_BYTES)], self.redact);
        Error::unexpected_response("").with_text(text).with_note(&one_line((self.redact)(why)))
    }

    /// No answer, or not all of it.
    pub(crate) fn no_response(&self, error: reqwest::Error) -> Error {
        // URLs hold the ids of projects and certificates.
        let error = error.without_url();
        let elapsed = self.elapsed();
        let limit = if error.is_connect() { self.transport.connect_timeout } else { self.transport.attempt_timeout };
        let told = match (error.is_timeout(), error.is_connect()) {
            (true, connecting) if elapsed < limit => {
                // The system's, or one that the caller has set in the HTTP client.
                let what = if connecting { "no connection" } else { "no whole answer" };
                Error::new(
                    ErrorKind::Timeout,
                    format!("{what} after {elapsed:.1?}, by a timeout that is not the client's own"),
                )
            }
            (true, true) => {
                return Error::new(ErrorKind::Timeout, format!("no connection within {limit:?} (the connect timeout)"))
                    .with_source(error);
            }
            (true, false) => {
                Error::new(ErrorKind::Timeout, format!("no whole answer within {limit:?} (the attempt timeout)"))
            }
            (false, connecting) => {
                let cause = causes(&error).last().map(ToString::to_string).unwrap_or_default();
                let what = match (connecting, error.is_body() || error.is_decode()) {
                    (true, _) => "no connection",
                    (_, true) => "the answer ended early",
                    _ => "no answer",
                };
                Error::new(ErrorKind::Connection, format!("{what}: {cause}"))
            }
        };
        let told = if error.is_connect() { told } else { told.mark_unanswered() };
        told.with_source(error)
    }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
