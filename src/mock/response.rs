//! Scripted answers: whatever a service, a gateway or a network may do.

use std::time::Duration;

/// An answer that is given instead of the records' own. See [`MockServer::enqueue`](super::MockServer::enqueue).
///
/// ```
/// use std::time::Duration;
///
/// use huaweicloud_iotda::mock::{MockResponse, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await?;
/// let body = serde_json::json!({"error_code": "APIGW.0308", "error_msg": "too many"});
/// server.enqueue(MockResponse::new(429).header("Retry-After", "1").json(&body));
/// server.enqueue(MockResponse::disconnect());
/// server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(20)));
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
pub struct MockResponse {
    pub(super) behavior: Behavior,
    pub(super) delay: Duration,
    /// The wait before each byte of the body.
    pub(super) pause: Duration,
    /// A connection that is cut ends by a reset.
    pub(super) reset: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Behavior {
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
    Chunked,
    /// More than is sent before the connection is closed.
    Overstated,
}

impl MockResponse {
    /// An answer of this status without a body. `X-Request-Id` is added unless a header of this name is set.
    ///
    /// When HTTP can't hold it, the connection is closed without an answer: a status outside 200 to 999 (those from 100
    /// to 199 are no final answer), a header with a line break, two lengths that contradict each other, tens of thousands of headers. A status that
    /// has no body, 204 or 304, goes out without one and without its length, whatever is set here.
    pub fn new(status: u16) -> Self {
        let scripted = Scripted { status, headers: Vec::new(), body: Vec::new(), length: Length::Exact };
        Self::of(Behavior::Scripted(scripted))
    }

    /// The records' own answer, to let a request pass in the middle of a script, or to [delay](Self::delay) it.
    pub fn pass_through() -> Self {
        Self::of(Behavior::Records)
    }

    /// No answer at all: the connection is closed when the request was read.
    pub fn disconnect() -> Self {
        Self::of(Behavior::Cut)
    }

    fn of(behavior: Behavior) -> Self {
        Self { behavior, delay: Duration::ZERO, pause: Duration::ZERO, reset: false }
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
    pub fn truncate_body(self) -> Self {
        self.scripted(|answer| answer.length = Length::Overstated)
    }

    /// Sends the body without a `Content-Length`.
    pub fn chunked(self) -> Self {
        self.scripted(|answer| answer.length = Length::Chunked)
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

    /// Resets the connection (TCP `RST`) where [`cut`](Self::cut) and [`truncate_body`](Self::truncate_body) close it.
    pub fn with_reset(mut self) -> Self {
        self.reset = true;
        self
    }

    fn scripted(mut self, change: impl FnOnce(&mut Scripted)) -> Self {
        if let Behavior::Scripted(answer) = &mut self.behavior {
            change(answer);
        }
        self
    }
}
