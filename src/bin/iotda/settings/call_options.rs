//! The options that control how calls are made.

use std::time::Duration;

use huaweicloud_iotda::{ClientBuilder, RetryPolicy};

use crate::arguments::{Flags, Rate, SigningAlgorithm};

/// The number of retries and the time limit for them that the library uses by default.
pub(crate) const DEFAULT_RETRIES: u32 = 4;
const DEFAULT_MAX_ELAPSED: Duration = Duration::from_secs(120);

#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions {
    pub(crate) signing: SigningAlgorithm,
    pub(crate) timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) retries: Option<u32>,
    pub(crate) max_wait: Option<Duration>,
    pub(crate) rate_limit: Option<Rate>,
}

impl CallOptions {
    pub(crate) fn new(flags: &Flags) -> Self {
        let Flags { signing, timeout, connect_timeout, retries, max_wait, rate_limit, .. } = *flags;
        Self { signing, timeout, connect_timeout, retries, max_wait, rate_limit }
    }

    /// Sets the timeouts, the retry policy and the rate limit.
    pub(super) fn apply(&self, mut builder: ClientBuilder) -> ClientBuilder {
        if let Some(timeout) = self.timeout {
            builder = builder.attempt_timeout(timeout);
        }
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if let Some(Rate { requests, window }) = self.rate_limit {
            builder = builder.rate_limit_per(requests, window);
        }
        builder.retry_policy(self.retry_policy())
    }

    /// Returns the retry policy. The time limit for retries is raised by the longest waits before all of them.
    fn retry_policy(&self) -> RetryPolicy {
        let retries = self.retries.unwrap_or(DEFAULT_RETRIES);
        let policy = RetryPolicy::default().max_attempts(retries.saturating_add(1));
        match self.max_wait {
            Some(wait) => {
                let waits = wait.saturating_mul(retries);
                policy.max_backoff(wait).max_elapsed(DEFAULT_MAX_ELAPSED.saturating_add(waits))
            }
            None => policy,
        }
    }
}
