//! The client-side rate limit, shared by all clones of a client.

use std::time::Duration;

use ratelimit::{Builder, Clock, Ratelimiter, TryWaitError};
use tokio::time::{Instant, sleep};

use crate::error::Error;

/// A token bucket with a small burst.
///
/// A waiting caller reserves nothing, so a call that is not polled does not delay other calls.
pub(crate) struct RateLimit(Ratelimiter<RuntimeClock>);

struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl RateLimit {
    /// Creates a limit of permits per second. The burst is 1% of the rate, because the runtime's timer is too coarse
    /// for single permits at a high rate.
    pub(crate) fn new(per_second: u32) -> Result<Self, Error> {
        if per_second == 0 {
            // The bucket would treat 0 as unlimited.
            return Err(Error::invalid_input("rate_limit is 0 requests per second, but must be 1 or more"));
        }
        let burst = u64::from(per_second / 100).max(1);
        let bucket = Builder::with_clock(per_second.into(), RuntimeClock(Instant::now()));
        let bucket = bucket.max_tokens(burst).initial_available(burst).build();
        let invalid = |error| {
            Error::configuration(format!("failed to apply rate_limit of {per_second} requests per second"))
                .with_source(error)
        };
        bucket.map(Self).map_err(invalid)
    }

    /// Waits for a permit to send one request.
    pub(crate) async fn acquire(&self) {
        while let Err(TryWaitError::Insufficient(delay)) = self.0.try_wait() {
            sleep(delay).await;
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod tests {
    use futures::future::join_all;

    use super::*;

    /// Measures how long it takes to acquire this many permits, by a clock that advances only while the test sleeps.
    async fn time_to_acquire(permits: usize, per_second: u32) -> Duration {
        let limit = RateLimit::new(per_second).expect("a rate limit");
        let started = Instant::now();
        join_all((0..permits).map(|_| limit.acquire())).await;
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn permits_are_issued_evenly_at_the_rate() {
        for (per_second, seconds) in [(1, 5), (5, 4), (50, 3), (200, 2), (1_000, 2)] {
            let permits = per_second * seconds + 1;
            let elapsed = time_to_acquire(permits as usize, per_second).await;
            // The burst of 1% is available at once; a timer may fire late, but never early.
            let minimum = Duration::from_secs(seconds.into()).mul_f64(0.985);
            assert!(elapsed >= minimum, "{permits} permits at {per_second} per second took only {elapsed:?}");
            assert!(elapsed <= minimum.mul_f64(1.05), "{permits} permits at {per_second} per second took {elapsed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_does_not_accumulate_a_burst() {
        let limit = RateLimit::new(10).expect("a rate limit");
        limit.acquire().await;
        sleep(Duration::from_secs(60)).await;
        let started = Instant::now();
        for _ in 0..11 {
            limit.acquire().await;
        }
        assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn unpolled_waiter_does_not_delay_others() {
        let limit = RateLimit::new(1).expect("a rate limit");
        limit.acquire().await;
        let mut waiting = std::pin::pin!(limit.acquire());
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        let others = tokio::time::timeout(Duration::from_secs(10), join_all((0..3).map(|_| limit.acquire()))).await;
        assert!(others.is_ok(), "no permit within 10 seconds");
    }

    #[tokio::test(start_paused = true)]
    async fn canceled_waiter_does_not_delay_others() {
        let limit = RateLimit::new(1).expect("a rate limit");
        limit.acquire().await;
        let canceled = tokio::time::timeout(Duration::from_millis(10), limit.acquire()).await;
        assert!(canceled.is_err());
        let started = Instant::now();
        limit.acquire().await;
        assert!(started.elapsed() <= Duration::from_secs(1), "{:?}", started.elapsed());
    }
}
