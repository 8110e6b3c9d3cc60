//! HTTP: the transport, and what happens to one call.
//!
//! `call` makes the attempts of a call, `attempt` sends one request, `pools` selects its connection pool, `decode` reads a success, `lenient` is its second try, and
//! `classify` converts everything else to an error.

pub(crate) mod attempt;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod classify;
pub(crate) mod decode;
pub(crate) mod headers;
pub(crate) mod lenient;
pub(crate) mod pools;
pub(crate) mod rate_limit;
pub(crate) mod reported_error;
pub(crate) mod retry;

use std::time::Duration;

use pools::RuntimePools;
use rate_limit::RateLimit;
use reqwest::{Request, Response};

/// The HTTP client of one [`Client`](crate::Client), with its timeouts and its rate limit.
pub(crate) struct HttpTransport {
    pub(crate) http: reqwest::Client,
    pub(crate) pools: RuntimePools,
    pub(crate) timeouts: Timeouts,
    pub(crate) rate_limit: Option<RateLimit>,
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

    /// Sends a request on a connection of the current runtime.
    pub(crate) async fn execute(&self, mut request: Request) -> reqwest::Result<Response> {
        self.pools.current().select(request.url_mut());
        self.http.execute(request).await
    }
}
