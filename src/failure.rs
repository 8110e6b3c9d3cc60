//! The link to a server, and what becomes of an answer that is not the documented one, and of none at all.

use std::error::Error as StdError;
use std::time::{Duration, Instant, SystemTime};

use reqwest::Response;
use reqwest::header::{AsHeaderName, HeaderMap};

use crate::body;
use crate::error::{Error, ErrorKind, ErrorText, one_line};
use crate::rate_limit::RateLimit;
use crate::retry_after;

/// The most that is read of an error's body: more than the longest token that it could send back.
const LARGEST_ERROR_BODY: usize = 64 * 1024;

/// The HTTP client, with the limits that it was given.
pub(crate) struct Link {
    pub(crate) http: reqwest::Client,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Link {
    /// What failures over this link are told with; `redact` takes the secrets out of what a server sends back.
    pub(crate) fn telling<'a>(&'a self, redact: &'a (dyn Fn(&str) -> String + Sync)) -> Telling<'a> {
        Telling { link: self, started: Instant::now(), redact }
    }

    /// Waits until one more request may go out.
    pub(crate) async fn permit(&self) {
        if let Some(limit) = &self.rate_limit {
            limit.permit().await;
        }
    }
}

/// Tells what became of one exchange.
#[derive(Clone, Copy)]
pub(crate) struct Telling<'a> {
    link: &'a Link,
    started: Instant,
    /// Takes the secrets out of what a server sends back.
    redact: &'a (dyn Fn(&str) -> String + Sync),
}

impl Telling<'_> {
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
    pub(crate) async fn refused(&self, response: Response) -> Error {
        let status = response.status();
        let asked = retry_after::by_header(response.headers(), SystemTime::now());
        let body = body::begin(response, LARGEST_ERROR_BODY).await;
        match status.is_success() {
            true => self.not_documented(&body, "this success is not documented"),
            false => {
                let text = ErrorText::read(&body, self.redact);
                let asked = asked.or_else(|| retry_after::by_message(&text.message));
                Error::service(status, text).with_retry_after(asked)
            }
        }
    }

    /// A success whose body is not the documented JSON; it may hold an error all the same.
    pub(crate) fn not_documented(&self, body: &[u8], why: &str) -> Error {
        let text = ErrorText::read(&body[..body.len().min(LARGEST_ERROR_BODY)], self.redact);
        Error::unexpected_answer("").with_text(text).with_note(&one_line((self.redact)(why)))
    }

    /// No answer, or not all of it.
    pub(crate) fn no_answer(&self, error: reqwest::Error) -> Error {
        // URLs hold the ids of projects and certificates.
        let error = error.without_url();
        let elapsed = self.elapsed();
        let limit = if error.is_connect() { self.link.connect_timeout } else { self.link.attempt_timeout };
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
        let told = if error.is_connect() { told } else { told.unanswered() };
        told.with_source(error)
    }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
