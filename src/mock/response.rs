//! Queued responses: anything that a service, a gateway or a network may do.

use std::time::Duration;

use bytes::Bytes;

/// A response that the server sends instead of one from its records. See
/// [`MockServer::enqueue`](super::MockServer::enqueue).
///
/// ```
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use std::time::Duration;
///
/// use huaweicloud_iotda::mock::{MockResponse, MockServer};
///
/// let server = MockServer::start().await?;
/// let body = serde_json::json!({"error_code": "APIGW.0308", "error_msg": "too many"});
/// server.enqueue(MockResponse::new(429).header("Retry-After", "1").json(&body));
/// server.enqueue(MockResponse::disconnect());
/// server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(20)));
///
/// let templates = server.client()?.list_device_authentication_templates();
/// let error = templates.clone().await.unwrap_err();
/// assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
/// assert!(templates.clone().await.unwrap_err().is_retryable());
/// assert!(templates.await.is_ok());
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "a response has no effect until it is passed to `MockServer::enqueue`"]
pub struct MockResponse {
    pub(super) behavior: Behavior,
    pub(super) delay: Duration,
    /// The pause before each byte of the body.
    pub(super) pause: Duration,
    /// Whether a connection that is closed early is reset.
    pub(super) reset: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Behavior {
    /// Responds from the records.
    PassThrough,
    /// Closes the connection without a response.
    Disconnect,
    Respond(RawResponse),
}

#[derive(Clone, Debug)]
pub(super) struct RawResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// Clones share it.
    pub(super) body: Bytes,
    pub(super) length: Length,
}

/// The declared length of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// `Content-Length` with the length of the body.
    Exact,
    /// No `Content-Length`: the body is sent in chunks.
    Chunked,
    /// `Content-Length` with more bytes than are sent before the connection is closed.
    Overstated,
}

impl MockResponse {
    /// Creates a response with this status, without a body. `X-Request-Id` is added if it is not set.
    ///
    /// The connection is closed without a response if HTTP cannot represent it: a status outside 200 to 999 (100 to 199
    /// are not final responses), a header with a line break, two contradicting lengths, or tens of thousands of
    /// headers. The statuses 204 and 304 are always sent without a body and its length.
    pub fn new(status: u16) -> Self {
        let response = RawResponse { status, headers: Vec::new(), body: Bytes::new(), length: Length::Exact };
        Self::with_behavior(Behavior::Respond(response))
    }

    /// Responds from the records: for one request in the middle of the queue, or with a [delay](Self::delay).
    pub fn pass_through() -> Self {
        Self::with_behavior(Behavior::PassThrough)
    }

    /// Reads the request, and closes the connection without a response.
    pub fn disconnect() -> Self {
        Self::with_behavior(Behavior::Disconnect)
    }

    fn with_behavior(behavior: Behavior) -> Self {
        Self { behavior, delay: Duration::ZERO, pause: Duration::ZERO, reset: false }
    }

    /// Adds a header. Like the methods for the body, it only has an effect on a response of [`new`](Self::new).
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.change(|response| response.headers.push((name.into(), value.into())))
    }

    /// Sets the body, without a `Content-Type`.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.change(|response| response.body = Bytes::from(body.into()))
    }

    /// Sets a JSON body and adds its `Content-Type`.
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    /// Declares a longer body than is sent, and closes the connection after the body.
    pub fn truncate_body(self) -> Self {
        self.change(|response| response.length = Length::Overstated)
    }

    /// Sends the body without `Content-Length`, in chunks.
    pub fn chunked(self) -> Self {
        self.change(|response| response.length = Length::Chunked)
    }

    /// Sets the delay before the response. Default: none.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the body byte by byte, with this pause before each byte. Default: sends the whole body without a pause.
    pub fn trickle(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Resets the connection (TCP `RST`) where [`disconnect`](Self::disconnect) and
    /// [`truncate_body`](Self::truncate_body) close it.
    pub fn with_reset(mut self) -> Self {
        self.reset = true;
        self
    }

    fn change(mut self, change: impl FnOnce(&mut RawResponse)) -> Self {
        if let Behavior::Respond(response) = &mut self.behavior {
            change(response);
        }
        self
    }
}
