//! The HTTP transport: the HTTP client and its limits.

use std::time::Duration;

use crate::failure::ErrorContext;
use crate::rate_limit::RateLimit;

/// The HTTP client of one [`Client`](crate::Client), with its timeouts and its rate limit.
pub(crate) struct HttpTransport {
    pub(crate) http: reqwest::Client,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl HttpTransport {
    /// Starts an exchange and returns the context that creates its errors. `redact` removes secrets from text that the
    /// server sends back.
    pub(crate) fn error_context<'a>(&'a self, redact: &'a (dyn Fn(&str) -> String + Sync)) -> ErrorContext<'a> {
        ErrorContext::new(self, redact)
    }

    /// Waits until the rate limit allows a request.
    pub(crate) async fn acquire(&self) {
        if let Some(limit) = &self.rate_limit {
            limit.acquire().await;
        }
    }
}
