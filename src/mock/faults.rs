//! Reproducible fault injection: latency and transient failures.

use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::json;

use super::response::MockResponse;

/// The latency, the fault rate and the rate limit of a server, set with [`MockServer::set_faults`](super::MockServer::set_faults).
///
/// Each fault is one that a client may retry: a throttled request (429), a server or gateway error (500, 502, 503), or
/// a connection that is closed before or within the response. The choice is random, but the same for the same seed and
/// order of requests. [Queued](super::MockServer::enqueue) responses are not affected.
///
/// ```
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use std::time::Duration;
///
/// use huaweicloud_iotda::mock::{Faults, MockServer};
///
/// let server = MockServer::start().await?;
/// server.set_faults(Faults::default().rate(1.0).seed(7).latency(Duration::from_millis(1)));
///
/// let error = server.client()?.list_device_authentication_templates().await.unwrap_err();
/// assert!(error.is_retryable());
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "faults have no effect until they are passed to `MockServer::set_faults`"]
pub struct Faults {
    rate: f64,
    latency: Duration,
    random: Rng,
    throttle: Option<Throttle>,
}

/// A limit of requests per window of time, which starts with its first request.
#[derive(Clone, Debug)]
struct Throttle {
    limit: u32,
    window: Duration,
    names_limit: bool,
    started: Option<Instant>,
    count: u32,
}

impl Default for Faults {
    /// Creates a configuration without faults and latency.
    fn default() -> Self {
        Self { rate: 0.0, latency: Duration::ZERO, random: Rng::with_seed(0), throttle: None }
    }
}

impl Faults {
    /// Sets the fraction of requests that fail, from 0 (none) to 1 (all). Default: 0.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the seed of the random choice. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = Rng::with_seed(seed);
        self
    }

    /// Sets the delay before each response. Default: none.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Limits the requests in a window of time; the requests above it are throttled (429), like by the gateway. Default: no
    /// limit.
    pub fn throttle(mut self, limit: u32, window: Duration) -> Self {
        self.throttle = Some(Throttle { limit, window, names_limit: true, started: None, count: 0 });
        self
    }

    /// Throttles without a message that names the limit.
    pub fn hide_limit(mut self) -> Self {
        if let Some(throttle) = &mut self.throttle {
            throttle.names_limit = false;
        }
        self
    }

    /// Chooses the response to the next request.
    pub(super) fn next_response(&mut self) -> MockResponse {
        let throttled = self.throttle.as_mut().and_then(Throttle::next_response);
        let response = match throttled {
            Some(response) => response,
            None if self.random.f64() < self.rate => self.fault(),
            None => MockResponse::pass_through(),
        };
        response.delay(self.latency)
    }

    fn fault(&mut self) -> MockResponse {
        match self.random.u8(0..6) {
            0 => throttled("policy user over ratelimit,limit:50,time:1 second"),
            1 => MockResponse::new(500),
            2 => MockResponse::new(502).body("<html><h1>502 Bad Gateway</h1></html>"),
            3 => MockResponse::new(503),
            4 => MockResponse::new(200).json(&json!({"page": {"count": 0}})).truncate_body(),
            _ => MockResponse::disconnect(),
        }
    }
}

impl Throttle {
    /// Returns the response to the next request if it is above the limit.
    fn next_response(&mut self) -> Option<MockResponse> {
        if self.started.is_none_or(|started| started.elapsed() >= self.window) {
            (self.started, self.count) = (Some(Instant::now()), 0);
        }
        self.count += 1;
        let Self { limit, window, .. } = *self;
        let message = match self.names_limit {
            true => format!("policy user over ratelimit,limit:{limit},time:{} second", window.as_secs().max(1)),
            false => "The request was throttled.".to_owned(),
        };
        (self.count > limit).then(|| throttled(&message))
    }
}

fn throttled(message: &str) -> MockResponse {
    MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": message}))
}
