//! Decides whether and when a failed attempt is retried. No clock is read.
//!
//! Invariants: both operations only read, so every attempt may be repeated, but only transient failures are. A delay
//! that the service requests is honored in full, or the call ends: an earlier attempt would be rejected again.

use std::time::Duration;

use crate::error::Error;

/// The retry policy for transient failures of a call, set by
/// [`ClientBuilder::retry_policy`](crate::ClientBuilder::retry_policy).
///
/// ```no_run
/// use std::time::Duration;
///
/// use huaweicloud_iotda::{Client, Credentials, RetryPolicy};
///
/// # fn main() -> Result<(), huaweicloud_iotda::Error> {
/// let policy = RetryPolicy::default().max_attempts(3).max_elapsed(Duration::from_secs(30));
/// let credentials = Credentials::from_env();
/// let client = Client::builder().region("cn-north-4").credentials(credentials).retry_policy(policy).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// A call requests one page. The policy applies to each page of a listing separately, and a retry continues from the
/// listing's last marker. [`Error::is_retryable`] defines the transient failures: a failed or closed connection, a
/// timeout, status 408, 429, 500, 502, 503 or 504, and 403 with a rate-limit code.
///
/// The backoff before the second attempt is random, between zero and [`initial_backoff`](Self::initial_backoff). This
/// upper bound doubles with every attempt, up to [`max_backoff`](Self::max_backoff) ("full jitter"). If the service
/// requests a delay, by the header `Retry-After` or by the rate-limit window in its message, the delay is added, up to
/// `max_backoff` in total.
///
/// The call ends with its last error, which states the reason, if the requested delay is longer than
/// [`max_backoff`](Self::max_backoff), or if the next attempt would start after [`max_elapsed`](Self::max_elapsed).
///
/// All clones of a client share a budget of 100 retries, so that an outage does not multiply the load of the service. A
/// success after a retry refills one retry, five other successes one more.
///
/// With feature `mock`, a test can check the number of attempts:
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use std::time::Duration;
///
/// use huaweicloud_iotda::RetryPolicy;
/// use huaweicloud_iotda::mock::{MockResponse, MockServer};
///
/// let server = MockServer::start().await?;
/// let policy = RetryPolicy::default().max_attempts(3).initial_backoff(Duration::from_millis(1));
/// let client = server.builder().retry_policy(policy).build()?;
///
/// server.enqueue(MockResponse::new(503)); // the response to the first attempt
/// assert!(client.list_device_authentication_templates().await.is_ok());
///
/// for _ in 0..3 {
///     server.enqueue(MockResponse::new(503));
/// }
/// let error = client.list_device_authentication_templates().await.unwrap_err();
/// assert_eq!(error.attempts(), 3);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a retry policy has no effect until it is passed to `ClientBuilder::retry_policy`"]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    max_elapsed: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts, an initial backoff of 500 milliseconds, a maximum backoff of 20 seconds, a maximum elapsed time of 2
    /// minutes.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            max_elapsed: Duration::from_secs(120),
        }
    }
}

/// The consequence of a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    RetryAfter(Duration),
    /// The call ends. The reason is `None` if the error itself states it, or the attempts are used up.
    GiveUp {
        reason: Option<String>,
    },
}

impl RetryPolicy {
    /// Disables retries.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts of a call, including the first one: 1 or more. Default: 5.
    ///
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) rejects 0.
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the upper bound of the first backoff. Default: 500 milliseconds.
    pub fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.initial_backoff = backoff;
        self
    }

    /// Sets the upper bound of every backoff. Default: 20 seconds.
    ///
    /// If the service requests a longer delay, the call ends with its error.
    pub fn max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = backoff;
        self
    }

    /// Sets the time since the start of the call after which no further attempt starts. Default: 2 minutes.
    ///
    /// It does not interrupt an attempt that has started; the
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout) and the
    /// [`call_timeout`](crate::ClientBuilder::call_timeout) do.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    /// Returns the maximum number of attempts, and the longest delay that the service may request.
    pub(crate) fn limits(&self) -> (u32, Duration) {
        (self.max_attempts, self.max_backoff)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.max_attempts == 0 {
            return Err(Error::invalid_input(
                "max_attempts is 0, but must be 1 or more, because the first attempt counts; RetryPolicy::none() \
                 disables retries",
            ));
        }
        Ok(())
    }

    /// Decides what follows a failed attempt. `attempt` is its number (from 1), `elapsed` the time since the start of
    /// the call.
    pub(crate) fn decide(&self, error: &Error, attempt: u32, elapsed: Duration) -> RetryDecision {
        if error.is_retryable() {
            self.decide_with(attempt, elapsed, error.retry_after(), fastrand::f64())
        } else {
            RetryDecision::GiveUp { reason: None }
        }
    }

    /// Decides what follows a transient failure. `retry_after` is the delay that the service requested, `jitter` a
    /// number from 0 to 1.
    fn decide_with(
        &self,
        attempt: u32,
        elapsed: Duration,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> RetryDecision {
        if attempt >= self.max_attempts {
            return RetryDecision::GiveUp { reason: None };
        }
        let give_up = |reason| RetryDecision::GiveUp { reason: Some(reason) };
        let (max_backoff, max_elapsed) = (self.max_backoff, self.max_elapsed);
        let retry_after = retry_after.unwrap_or_default();
        if retry_after > max_backoff {
            return give_up(format!(
                "not retried: the service asked for a {retry_after:?} delay, more than max_backoff ({max_backoff:?})"
            ));
        }
        let bound = self.initial_backoff.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(max_backoff);
        let delay = retry_after.saturating_add(bound.mul_f64(jitter)).min(max_backoff);
        if elapsed.saturating_add(delay) > max_elapsed {
            return give_up(format!("not retried: the next attempt would start after max_elapsed ({max_elapsed:?})"));
        }
        RetryDecision::RetryAfter(delay)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod tests {
    use expect_test::expect;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn policy() -> RetryPolicy {
        RetryPolicy::default().max_attempts(40).initial_backoff(MS(100)).max_backoff(MS(1000)).max_elapsed(MS(10_000))
    }

    fn decide(attempt: u32, retry_after: Option<Duration>, jitter: f64) -> RetryDecision {
        policy().decide_with(attempt, Duration::ZERO, retry_after, jitter)
    }

    fn give_up_reason(decision: RetryDecision) -> String {
        match decision {
            RetryDecision::GiveUp { reason: Some(reason) } => reason,
            other => panic!("expected a reason to give up, got {other:?}"),
        }
    }

    #[test]
    fn backoff_is_random_below_a_bound_that_doubles_up_to_max_backoff() {
        for (attempt, bound) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000), (39, 1000)] {
            assert_eq!(decide(attempt, None, 1.0), RetryDecision::RetryAfter(MS(bound)), "attempt {attempt}");
            assert_eq!(decide(attempt, None, 0.5), RetryDecision::RetryAfter(MS(bound) / 2), "attempt {attempt}");
            assert_eq!(decide(attempt, None, 0.0), RetryDecision::RetryAfter(MS(0)), "attempt {attempt}");
        }
    }

    #[test]
    fn last_attempt_is_not_retried() {
        assert_eq!(decide(40, None, 0.0), RetryDecision::GiveUp { reason: None });
        assert_eq!(RetryPolicy::none().decide_with(1, MS(0), Some(MS(0)), 0.0), RetryDecision::GiveUp { reason: None });
    }

    #[test]
    fn requested_delay_is_added_to_the_backoff() {
        assert_eq!(decide(1, Some(MS(700)), 0.0), RetryDecision::RetryAfter(MS(700)));
        assert_eq!(decide(1, Some(MS(700)), 1.0), RetryDecision::RetryAfter(MS(800)));
        assert_eq!(decide(4, Some(MS(700)), 1.0), RetryDecision::RetryAfter(MS(1000)));
        assert_eq!(decide(1, Some(MS(1000)), 1.0), RetryDecision::RetryAfter(MS(1000)));
    }

    #[test]
    fn requested_delay_above_max_backoff_ends_the_call_with_a_reason() {
        expect!["not retried: the service asked for a 1.001s delay, more than max_backoff (1s)"]
            .assert_eq(&give_up_reason(decide(1, Some(MS(1001)), 0.0)));
    }

    #[test]
    fn no_attempt_starts_after_max_elapsed() {
        assert_eq!(policy().decide_with(1, MS(9_950), None, 0.5), RetryDecision::RetryAfter(MS(50)));
        expect!["not retried: the next attempt would start after max_elapsed (10s)"]
            .assert_eq(&give_up_reason(policy().decide_with(1, MS(9_950), None, 0.51)));
    }

    #[test]
    fn backoffs_after_the_same_attempt_differ() {
        let error = Error::new(crate::error::ErrorKind::Connection, "connection failed");
        let decisions: Vec<_> = (0..20).map(|_| policy().decide(&error, 4, Duration::ZERO)).collect();
        assert!(decisions.iter().any(|decision| *decision != decisions[0]), "{decisions:?}");
    }

    #[test]
    fn largest_values_do_not_overflow() {
        let unlimited = RetryPolicy { max_attempts: u32::MAX, ..policy() }
            .initial_backoff(Duration::MAX)
            .max_backoff(Duration::MAX)
            .max_elapsed(Duration::MAX);
        assert!(matches!(
            unlimited.decide_with(u32::MAX - 1, Duration::MAX, Some(Duration::MAX), 0.0),
            RetryDecision::RetryAfter(_)
        ));
    }
}
