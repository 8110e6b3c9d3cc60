//! HTTP: the transport, and what happens to one call.
//!
//! `call` makes the attempts of a call, `attempt` sends one request, `decode` reads a success, `lenient` is its second try, and
//! `classify` converts everything else to an error.

pub(crate) mod attempt;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod classify;
pub(crate) mod decode;
pub(crate) mod headers;
pub(crate) mod lenient;
pub(crate) mod proxy;
pub(crate) mod rate_limit;
pub(crate) mod reported_error;
pub(crate) mod retry;

use std::time::Duration;

use proxy::ProxyRules;
use rate_limit::RateLimit;

/// The HTTP client of one [`Client`](crate::Client), with its timeouts and its rate limit.
pub(crate) struct HttpTransport {
    pub(crate) http: reqwest::Client,
    pub(crate) timeouts: Timeouts,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) proxy: ProxyRules,
}

#[derive(Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
}

impl HttpTransport {
    /// Waits until the rate limit allows one more request.
    pub(crate) async fn acquire(&self) {
        if let Some(limit) = &self.rate_limit {
            limit.acquire().await;
        }
    }
}
