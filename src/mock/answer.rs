//! Scripted answers: whatever a service, a gateway or a network may do.

use std::time::Duration;

/// An answer that is given instead of the records' own. See [`MockServer::script`](super::MockServer::script).
///
/// ```
/// use std::time::Duration;
///
/// use huaweicloud_iotda::mock::{Answer, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await?;
/// let body = serde_json::json!({"error_code": "APIGW.0308", "error_msg": "too many"});
/// server.script(Answer::new(429).header("Retry-After", "1").json(&body));
/// server.script(Answer::cut());
/// server.script(Answer::from_records().delay(Duration::from_millis(20)));
///
/// let templates = server.client()?.list_device_authentication_templates();
/// let error = templates.clone().send().await.unwrap_err();
/// assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
/// assert!(templates.clone().send().await.unwrap_err().is_retryable());
/// assert!(templates.send().await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an answer is given only when it is scripted"]
pub struct Answer {
    pub(super) what: What,
    pub(super) delay: Duration,
    /// The wait before each byte of the body.
    pub(super) pause: Duration,
    /// A connection that is cut ends by a reset.
    pub(super) reset: bool,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// What the records say.
    Records,
    /// No answer: the connection is closed.
    Cut,
    Scripted(Scripted),
}

#[derive(Clone, Debug)]
pub(super) struct Scripted {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) length: Length,
}

/// What is said of the body's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Its true length.
    Exact,
    /// Nothing: it is sent in chunks.
    Unsaid,
    /// More than is sent before the connection is closed.
    TooLong,
}

impl Answer {
    /// An answer of this status without a body. `X-Request-Id` is added unless a header of this name is set.
    ///
    /// When HTTP can't hold it, the connection is closed without an answer: a status outside 200 to 999 (those from 100
    /// to 199 are no final answer), a header with a line break, two lengths that contradict each other, tens of thousands of headers. A status that
    /// has no body, 204 or 304, goes out without one and without its length, whatever is set here.
    pub fn new(status: u16) -> Self {
        let scripted = Scripted { status, headers: Vec::new(), body: Vec::new(), length: Length::Exact };
        Self::of(What::Scripted(scripted))
    }

    /// The records' own answer, to let a request pass in the middle of a script, or to [delay](Self::delay) it.
    pub fn from_records() -> Self {
        Self::of(What::Records)
    }

    /// No answer at all: the connection is closed when the request was read.
    pub fn cut() -> Self {
        Self::of(What::Cut)
    }

    fn of(what: What) -> Self {
        Self { what, delay: Duration::ZERO, pause: Duration::ZERO, reset: false }
    }

    /// Adds a header. It has an effect on answers of [`new`](Self::new) only, as have the body's methods.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.scripted(|answer| answer.headers.push((name.into(), value.into())))
    }

    /// Sets the body, without saying what it is.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.scripted(|answer| answer.body = body.into())
    }

    /// Sets a JSON body, and adds its `Content-Type`.
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    /// Announces a longer body than is sent, and closes the connection in its middle.
    pub fn cut_in_body(self) -> Self {
        self.scripted(|answer| answer.length = Length::TooLong)
    }

    /// Sends the body without a `Content-Length`.
    pub fn without_length(self) -> Self {
        self.scripted(|answer| answer.length = Length::Unsaid)
    }

    /// Waits so long before the answer: not at all unless it is set.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the body byte by byte, and waits this long before each: at once unless it is set.
    pub fn trickle(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Resets the connection (TCP `RST`) where [`cut`](Self::cut) and [`cut_in_body`](Self::cut_in_body) close it.
    pub fn by_reset(mut self) -> Self {
        self.reset = true;
        self
    }

    fn scripted(mut self, change: impl FnOnce(&mut Scripted)) -> Self {
        if let What::Scripted(answer) = &mut self.what {
            change(answer);
        }
        self
    }
}
