//! HTTP: the transport, and what happens to one call.
//!
//! `call` makes the attempts of a call, `failover` selects the endpoint of an attempt, `attempt` sends one request, `pools`
//! selects its connection pool and `proxy` its proxy, whose login `proxy_login` protects. `decode` reads a success, `lenient`
//! is its second try, and `classify` converts everything else to an error.

pub(crate) mod attempt;
pub(crate) mod body;
pub(crate) mod call;
mod call_timer;
pub(crate) mod classify;
pub(crate) mod context;
pub(crate) mod decode;
pub(crate) mod direct;
pub(crate) mod failover;
pub(crate) mod headers;
pub(crate) mod lenient;
pub(crate) mod pace;
pub(crate) mod pools;
pub(crate) mod proxy;
mod proxy_login;
pub(crate) mod rate_limit;
#[cfg(test)]
mod rate_limit_orders;
pub(crate) mod reported_error;
pub(crate) mod retry;
pub(crate) mod retry_budget;
pub(crate) mod tls;

use std::time::Duration;

use pace::Pace;
use pools::RuntimePools;
use proxy::ProxyRules;
use reqwest::{Request, Response};
use retry_budget::RetryBudget;

use crate::auth::clock_skew::Clock;
use crate::auth::lockout::LockoutGuard;

/// The HTTP client of one [`Client`](crate::Client), with its timeouts, its pace and its retry
/// budget.
pub(crate) struct HttpTransport {
    pub(crate) clients: HttpClients,
    pub(crate) pools: RuntimePools,
    pub(crate) timeouts: Timeouts,
    pub(crate) pace: Pace,
    pub(crate) retry_budget: RetryBudget,
    pub(crate) proxy: ProxyRules,
    pub(crate) proxy_lockout: LockoutGuard,
    pub(crate) clock: Clock,
}

/// The HTTP clients for each scheme. They are the same one, unless only requests over https may use a proxy.
pub(crate) struct HttpClients {
    pub(crate) https: reqwest::Client,
    pub(crate) plain_http: reqwest::Client,
}

#[derive(Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), attempt: Duration::from_secs(30) }
    }
}

impl HttpTransport {
    /// Sends a request on a connection of the current runtime, with the client for its scheme, whichever client built it.
    pub(crate) async fn execute(&self, mut request: Request) -> reqwest::Result<Response> {
        self.pools.current().select(request.url_mut());
        self.clients.of(request.url().scheme() == "http").execute(request).await
    }
}

impl HttpClients {
    pub(crate) fn of(&self, is_plain_http: bool) -> &reqwest::Client {
        if is_plain_http { &self.plain_http } else { &self.https }
    }
}
