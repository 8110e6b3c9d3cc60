//! A service on a bad day: slow, and failing now and then, the same way each time.

use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::{MockResponse, MockServer};

/// How slow a server is and how often it fails, for the requests that are not [scripted](MockServer::enqueue). See
/// [`MockServer::set_faults`].
///
/// A fault is one of those that a client may try again after: a throttled request (429), a server or gateway that fails (500,
/// 502, 503), a connection that is closed without an answer or in its middle. Which request gets which is random, but the
/// same for the same seed and order of requests.
///
/// ```
/// use std::time::Duration;
///
/// use huaweicloud_iotda::mock::{Faults, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await?;
/// let bad_day = Faults::default().rate(1.0).seed(7);
/// server.set_faults(bad_day.latency(Duration::from_millis(1)));
///
/// let templates = server.client()?.list_device_authentication_templates();
/// let error = templates.send().await.unwrap_err();
/// assert!(error.is_retryable());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "faults have an effect on the server that they are given to"]
pub struct Faults {
    rate: f64,
    latency: Duration,
    random: Rng,
}

impl Default for Faults {
    /// None, and no delay.
    fn default() -> Self {
        Self { rate: 0.0, latency: Duration::ZERO, random: Rng::with_seed(0) }
    }
}

impl Faults {
    /// Which part of the requests fails: 0 is none, 1 is all, and 0 unless it is set.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// What the random choice starts from: 0 unless it is set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = Rng::with_seed(seed);
        self
    }

    /// How long every answer is held back: not at all unless it is set.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The next request's answer.
    pub(super) fn next_response(&mut self) -> MockResponse {
        let answer = if self.random.f64() < self.rate { self.fault() } else { MockResponse::pass_through() };
        answer.delay(self.latency)
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

impl MockServer {
    /// Is as slow and fails as often as this from now on. Scripted answers are given as they are.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.state().faults = faults;
    }
}
