//! How many requests a second go out, by all clones of a client together.

use std::time::Duration;

use ratelimit::{Builder, Clock, Ratelimiter, TryWaitError};
use tokio::time::{Instant, sleep};

use crate::error::Error;

/// A bucket of permits that fills evenly.
///
/// Those who wait hold nothing: a call that is not polled for a while holds up no other.
pub(crate) struct RateLimit(Ratelimiter<RuntimeClock>);

struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl RateLimit {
    /// So many permits a second. At rates that the runtime's timer is too coarse for, a hundredth of them at once.
    pub(crate) fn new(per_second: u32) -> Result<Self, Error> {
        if per_second == 0 {
            // To the bucket, 0 is no limit at all.
            return Err(Error::invalid_input("rate_limit is 0 requests a second, but must be 1 or more"));
        }
        let at_once = u64::from(per_second / 100).max(1);
        let bucket = Builder::with_clock(per_second.into(), RuntimeClock(Instant::now()));
        let bucket = bucket.max_tokens(at_once).initial_available(at_once).build();
        let unusable = |error| Error::configuration("the rate limit can't be used").with_source(error);
        bucket.map(Self).map_err(unusable)
    }

    /// Waits until one more request may go out.
    pub(crate) async fn acquire(&self) {
        while let Err(TryWaitError::Insufficient(wait)) = self.0.try_wait() {
            sleep(wait).await;
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod tests {
    use futures::future::join_all;

    use super::*;

    /// How long this many permits take at this rate, by a clock that stands still but for the waits.
    async fn time_of(permits: usize, per_second: u32) -> Duration {
        let limit = RateLimit::new(per_second).expect("a rate limit");
        let started = Instant::now();
        join_all((0..permits).map(|_| limit.acquire())).await;
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn permits_come_evenly_at_the_rate_and_never_faster() {
        for (per_second, seconds) in [(1, 5), (5, 4), (50, 3), (200, 2), (1_000, 2)] {
            let permits = per_second * seconds + 1;
            let time = time_of(permits as usize, per_second).await;
            // The first hundredth is there at once; a timer may be late, never early.
            let least = Duration::from_secs(seconds.into()).mul_f64(0.985);
            assert!(time >= least, "{permits} permits at {per_second} a second took {time:?}");
            assert!(time <= least.mul_f64(1.05), "{permits} permits at {per_second} a second took {time:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_saves_up_no_burst() {
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
    async fn one_that_waits_and_is_not_polled_holds_up_nobody() {
        let limit = RateLimit::new(1).expect("a rate limit");
        limit.acquire().await;
        let mut waiting = std::pin::pin!(limit.acquire());
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        let others = tokio::time::timeout(Duration::from_secs(10), join_all((0..3).map(|_| limit.acquire()))).await;
        assert!(others.is_ok(), "no acquire in ten seconds");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_gives_up_waiting_holds_up_nobody() {
        let limit = RateLimit::new(1).expect("a rate limit");
        limit.acquire().await;
        let gave_up = tokio::time::timeout(Duration::from_millis(10), limit.acquire()).await;
        assert!(gave_up.is_err());
        let started = Instant::now();
        limit.acquire().await;
        assert!(started.elapsed() <= Duration::from_secs(1), "{:?}", started.elapsed());
    }
}
