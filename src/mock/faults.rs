//! Reproducible fault injection: latency and transient failures.

use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::response::MockResponse;

/// The latency and the fault rate of a server, set with [`MockServer::set_faults`](super::MockServer::set_faults).
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
}

impl Default for Faults {
    /// Creates a configuration without faults and latency.
    fn default() -> Self {
        Self { rate: 0.0, latency: Duration::ZERO, random: Rng::with_seed(0) }
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

    /// Chooses the response to the next request.
    pub(super) fn next_response(&mut self) -> MockResponse {
        let response = if self.random.f64() < self.rate { self.fault() } else { MockResponse::pass_through() };
        response.delay(self.latency)
    }

    fn fault(&mut self) -> MockResponse {
        match self.random.u8(0..6) {
            0 => {
                let message = "policy user over ratelimit,limit:50,time:1 second";
                MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": message}))
            }
            1 => MockResponse::new(500),
            2 => MockResponse::new(502).body("<html><h1>502 Bad Gateway</h1></html>"),
            3 => MockResponse::new(503),
            4 => MockResponse::new(200).json(&json!({"page": {"count": 0}})).truncate_body(),
            _ => MockResponse::disconnect(),
        }
    }
}
