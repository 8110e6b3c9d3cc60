//! When a call is sent again, and how long it waits before: decisions alone, made without a clock.
//!
//! The rules they keep: both operations only read, so each may be resent, and what may pass by itself is; nothing else
//! is. A wait that the service asks for is kept to in full, or the call ends: coming back sooner would be refused again.

use std::time::Duration;

use crate::error::Error;

/// How a call that failed for the moment is tried again; by
/// [`ClientBuilder::retry_policy`](crate::ClientBuilder::retry_policy).
///
/// A call is one page: a listing that is read to its end may use the policy for each of its pages, and goes on from the
/// marker where it stood. Tried again is what [`Error::is_retryable`] says: a failed connection, a timeout, an answer that
/// ended early, status 408, 429, 500, 502, 503 or 504, and 403 with a rate-limit code.
///
/// The wait before the second attempt is random, from nothing to [`initial_backoff`](Self::initial_backoff); that range doubles
/// with every attempt, to [`max_backoff`](Self::max_backoff) ("full jitter"). When the service says when to come back, by
/// the header `Retry-After` or by the window that a throttled answer names, that much is waited besides. If it asks for
/// more than the longest wait, or the next attempt would begin after [`max_elapsed`](Self::max_elapsed), the call ends
/// with the error that it has, which says so.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use huaweicloud_iotda::RetryPolicy;
/// use huaweicloud_iotda::mock::MockResponse;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
///
/// let policy = RetryPolicy::default().max_attempts(3).initial_backoff(Duration::from_millis(1));
/// let client = server.builder().retry_policy(policy).build()?;
///
/// server.enqueue(MockResponse::new(503)); // the first attempt
/// assert!(client.list_device_authentication_templates().send().await.is_ok());
///
/// (0..3).for_each(|_| server.enqueue(MockResponse::new(503)));
/// let error = client.list_device_authentication_templates().send().await.unwrap_err();
/// assert_eq!(error.attempts(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a policy has an effect on the client that it is given to"]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    max_elapsed: Duration,
}

impl Default for RetryPolicy {
    /// 5 attempts; a first wait of up to half a second, none longer than 20 seconds; 2 minutes in all.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            max_elapsed: Duration::from_secs(120),
        }
    }
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    RetryAfter(Duration),
    /// Nothing; and why, where that is not plain.
    GiveUp {
        reason: Option<String>,
    },
}

impl RetryPolicy {
    /// One attempt: every failure is told at once.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// How many attempts a call has at most, the first included: 1 or more. 5 unless said otherwise. 0 is refused by
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// The most that is waited before the second attempt: half a second unless said otherwise.
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.initial_backoff = wait;
        self
    }

    /// The most that is ever waited before an attempt: 20 seconds unless said otherwise.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.max_backoff = wait;
        self
    }

    /// The time from a call's begin after which no further attempt begins: 2 minutes unless said otherwise. An attempt that has
    /// begun may take its [own time](crate::ClientBuilder::attempt_timeout); what ends that too is
    /// [`call_timeout`](crate::ClientBuilder::call_timeout).
    pub fn max_elapsed(mut self, time: Duration) -> Self {
        self.max_elapsed = time;
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.max_attempts {
            0 => Err(Error::invalid_input(
                "the retry policy's attempts are 0, but must be 1 or more: the first attempt counts (RetryPolicy::none() \
                 never tries again)",
            )),
            _ => Ok(()),
        }
    }

    /// What follows the attempt of this number (from 1), so long after the call's begin, which failed with this error.
    pub(crate) fn decide(&self, error: &Error, attempt: u32, elapsed: Duration) -> RetryDecision {
        match error.is_retryable() {
            true => self.decide_with(attempt, elapsed, error.retry_after(), fastrand::f64()),
            false => RetryDecision::GiveUp { reason: None },
        }
    }

    /// The same for an error that may pass by itself; `asked` is the wait that the service asks for, `random` a number
    /// from 0 to 1.
    fn decide_with(&self, attempt: u32, elapsed: Duration, asked: Option<Duration>, random: f64) -> RetryDecision {
        if attempt >= self.max_attempts {
            return RetryDecision::GiveUp { reason: None };
        }
        let asked = asked.unwrap_or_default();
        if asked > self.max_backoff {
            let longest = self.max_backoff;
            return RetryDecision::GiveUp {
                reason: Some(format!(
                    "the service asks to wait {asked:?}, the retry policy's longest wait is {longest:?}"
                )),
            };
        }
        let wait = asked.saturating_add(self.backoff(attempt).mul_f64(random)).min(self.max_backoff);
        if elapsed.saturating_add(wait) > self.max_elapsed {
            let total = self.max_elapsed;
            return RetryDecision::GiveUp {
                reason: Some(format!(
                    "the retry policy's total time of {total:?} would be over before the next attempt"
                )),
            };
        }
        RetryDecision::RetryAfter(wait)
    }

    /// The most that is waited of our own accord after the attempt of this number.
    fn backoff(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt - 1);
        self.initial_backoff.saturating_mul(doubled).min(self.max_backoff)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn policy() -> RetryPolicy {
        RetryPolicy::default().max_attempts(40).initial_backoff(MS(100)).max_backoff(MS(1000)).max_elapsed(MS(10_000))
    }

    fn wait(attempt: u32, asked: Option<Duration>, random: f64) -> RetryDecision {
        policy().decide_with(attempt, Duration::ZERO, asked, random)
    }

    #[test]
    fn the_wait_is_random_below_a_bound_that_doubles_up_to_the_longest() {
        for (attempt, bound) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000), (39, 1000)] {
            assert_eq!(wait(attempt, None, 1.0), RetryDecision::RetryAfter(MS(bound)), "attempt {attempt}");
            assert_eq!(wait(attempt, None, 0.5), RetryDecision::RetryAfter(MS(bound) / 2), "attempt {attempt}");
            assert_eq!(wait(attempt, None, 0.0), RetryDecision::RetryAfter(MS(0)), "attempt {attempt}");
        }
    }

    #[test]
    fn the_last_attempt_is_followed_by_none() {
        assert_eq!(wait(40, None, 0.0), RetryDecision::GiveUp { reason: None });
        assert_eq!(RetryPolicy::none().decide_with(1, MS(0), Some(MS(0)), 0.0), RetryDecision::GiveUp { reason: None });
    }

    #[test]
    fn what_the_service_asks_for_is_waited_in_full_besides_the_random_wait() {
        assert_eq!(wait(1, Some(MS(700)), 0.0), RetryDecision::RetryAfter(MS(700)));
        assert_eq!(wait(1, Some(MS(700)), 1.0), RetryDecision::RetryAfter(MS(800)));
        assert_eq!(wait(4, Some(MS(700)), 1.0), RetryDecision::RetryAfter(MS(1000)));
        assert_eq!(wait(1, Some(MS(1000)), 1.0), RetryDecision::RetryAfter(MS(1000)));
    }

    #[test]
    fn a_wait_that_is_longer_than_the_longest_ends_the_call_and_says_so() {
        let RetryDecision::GiveUp { reason: Some(why) } = wait(1, Some(MS(1001)), 0.0) else {
            panic!("the call must end")
        };
        assert!(why.contains("asks to wait 1.001s") && why.contains("longest wait is 1s"), "{why}");
    }

    #[test]
    fn no_attempt_begins_after_the_total_time() {
        assert_eq!(policy().decide_with(1, MS(9_950), None, 0.5), RetryDecision::RetryAfter(MS(50)));
        let RetryDecision::GiveUp { reason: Some(why) } = policy().decide_with(1, MS(9_950), None, 0.51) else {
            panic!("the call must end")
        };
        assert!(why.contains("total time of 10s"), "{why}");
    }

    #[test]
    fn the_waits_of_one_attempt_differ() {
        let error = Error::new(crate::error::ErrorKind::Connection, "no connection");
        let waits: Vec<_> = (0..20).map(|_| policy().decide(&error, 4, Duration::ZERO)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }

    #[test]
    fn numbers_at_their_limits_overflow_nothing() {
        let endless = RetryPolicy { max_attempts: u32::MAX, ..policy() }
            .initial_backoff(Duration::MAX)
            .max_backoff(Duration::MAX)
            .max_elapsed(Duration::MAX);
        assert!(matches!(
            endless.decide_with(u32::MAX - 1, Duration::MAX, Some(Duration::MAX), 0.0),
            RetryDecision::RetryAfter(_)
        ));
    }
}
