//! The pace of requests, shared by all clones of a client: a fixed rate limit, or one that is learned from a service that
//! throttles.
//!
//! Invariants: a client that was never throttled sends without a limit. A limit that the gateway names, or several throttled
//! responses, reduce the rate at once, and only once for all requests that were sent at the old rate. Successes raise the
//! rate slowly. A limit that the gateway names is never exceeded again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::headers;
use super::rate_limit::RateLimit;
use crate::error::Error;
use crate::lock::lock;
use crate::log;

/// The fraction of a named limit, or of the rate at which the service throttled, that is used.
const BELOW_NAMED_LIMIT: f64 = 0.95;
const BELOW_OBSERVED_RATE: f64 = 0.8;
/// The growth of the rate in a second with successes: a fraction, and at least this many requests per second.
const GROWTH: f64 = 0.02;
const MIN_GROWTH: f64 = 0.5;
/// The lowest rate that is learned without a named limit, in requests per second.
const MIN_RATE: f64 = 1.0;
/// Without a named limit, the rate is reduced after this many throttled responses in this time.
const THROTTLED_RESPONSES: usize = 3;
const THROTTLED_WINDOW: Duration = Duration::from_secs(10);
/// The time after a reduction in which the service may still throttle because of the old rate: the window of most limits.
const SETTLING_TIME: Duration = Duration::from_secs(1);
const SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Pace {
    limit: RateLimit,
    /// The longest delay of all requests that a throttled response causes.
    max_delay: Duration,
    /// `None` if the rate is fixed.
    learned: Option<Mutex<Learned>>,
}

struct Learned {
    /// The current rate, in requests per second; `None` without a limit.
    rate: Option<f64>,
    /// The limit that the gateway named, in requests per second.
    named: Option<f64>,
    /// The times of the last throttled responses.
    throttled: VecDeque<Instant>,
    reduced_at: Option<Instant>,
    raised_at: Instant,
    /// The requests since the start of the current second, and the rate of the second before.
    sent: u32,
    second_started: Instant,
    observed: f64,
}

impl Pace {
    /// At most one request per interval; zero for no limit.
    pub(crate) fn fixed(interval: Duration) -> Self {
        Self { limit: RateLimit::new(interval), max_delay: Duration::ZERO, learned: None }
    }

    /// No limit until the service throttles.
    pub(crate) fn adaptive(max_delay: Duration) -> Self {
        let learned = Some(Mutex::new(Learned::new(Instant::now())));
        Self { limit: RateLimit::new(Duration::ZERO), max_delay, learned }
    }

    /// Waits until one more request may be sent.
    pub(crate) async fn acquire(&self) {
        self.limit.acquire().await;
        if let Some(mut learned) = self.learned() {
            learned.count(Instant::now());
        }
    }

    /// Returns the time until requests are sent again, if the service throttled them.
    pub(crate) fn throttled_for(&self) -> Option<Duration> {
        self.learned.as_ref()?;
        Some(self.limit.next_permit()).filter(|wait| !wait.is_zero())
    }

    /// Learns from the result of a request that was sent at this time.
    pub(crate) fn observe(&self, sent_at: Instant, error: Option<&Error>) {
        let Some(mut learned) = self.learned() else { return };
        let now = Instant::now();
        let changed = match error {
            Some(error) if error.is_throttled() => {
                // Until the requested delay is over, each request would be rejected.
                let delay = error.retry_after();
                let is_reduced = learned.throttle(sent_at, headers::limit_of_message(error.message()), now);
                let settling = if is_reduced { SETTLING_TIME } else { Duration::ZERO };
                self.limit.close_until(now + delay.unwrap_or(settling).min(self.max_delay));
                is_reduced
            }
            Some(_) => false,
            None => learned.raise(now),
        };
        if !changed {
            return;
        }
        match error {
            Some(_) => log::rate_reduced(learned.rate),
            None => log::rate_raised(learned.rate),
        }
        self.limit.set_interval(learned.interval());
    }

    fn learned(&self) -> Option<MutexGuard<'_, Learned>> {
        self.learned.as_ref().map(lock)
    }
}

impl Learned {
    fn new(now: Instant) -> Self {
        let (rate, named, reduced_at, throttled) = (None, None, None, VecDeque::new());
        Self { rate, named, reduced_at, throttled, raised_at: now, sent: 0, second_started: now, observed: 0.0 }
    }

    /// Counts a request that is sent now.
    fn count(&mut self, now: Instant) {
        let elapsed = now.duration_since(self.second_started);
        if elapsed >= SECOND {
            self.observed = f64::from(self.sent) / elapsed.as_secs_f64();
            (self.sent, self.second_started) = (0, now);
        }
        self.sent += 1;
    }

    /// Reduces the rate after a throttled response; returns whether it has changed.
    fn throttle(&mut self, sent_at: Instant, named: Option<f64>, now: Instant) -> bool {
        while self.throttled.front().is_some_and(|time| now.duration_since(*time) > THROTTLED_WINDOW) {
            self.throttled.pop_front();
        }
        self.throttled.push_back(now);
        let is_sent_at_old_rate = self.reduced_at.is_some_and(|reduced_at| sent_at < reduced_at + SETTLING_TIME);
        if is_sent_at_old_rate || (named.is_none() && self.throttled.len() < THROTTLED_RESPONSES) {
            return false;
        }
        self.throttled.clear();
        (self.reduced_at, self.raised_at) = (Some(now), now);
        let observed = self.observed.max(f64::from(self.sent));
        let rate = match (self.rate, named) {
            // The limit was not known yet.
            (None, Some(named)) => named * BELOW_NAMED_LIMIT,
            (Some(rate), Some(named)) if rate > named => named * BELOW_NAMED_LIMIT,
            (Some(rate), _) => rate.min(observed) * BELOW_OBSERVED_RATE,
            (None, None) => observed * BELOW_OBSERVED_RATE,
        };
        self.named = named.or(self.named);
        // A named limit may be lower than one request per second.
        self.rate = Some(rate.max(MIN_RATE.min(self.named.unwrap_or(MIN_RATE) / 2.0)));
        true
    }

    /// Raises the rate after a success; returns whether it has changed.
    fn raise(&mut self, now: Instant) -> bool {
        let Some(rate) = self.rate else { return false };
        // At most one step, however long no request was sent: that time says nothing about the limit.
        if now.duration_since(self.raised_at) < SECOND {
            return false;
        }
        let highest = self.named.map_or(f64::INFINITY, |named| named * BELOW_NAMED_LIMIT);
        let raised = (rate + (rate * GROWTH).max(MIN_GROWTH)).min(highest.max(rate));
        (self.rate, self.raised_at) = (Some(raised), now);
        raised > rate
    }

    fn interval(&self) -> Duration {
        self.rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test")]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures::future::join_all;
    use reqwest::StatusCode;
    use tokio::time::sleep;

    use super::*;
    use crate::error::body::ErrorText;

    const NAMED: &str = "policy user over ratelimit,limit:50,time:1 second";
    const UNNAMED: &str = "slow down";

    fn throttled(message: &str) -> Error {
        let text = ErrorText { message: message.to_owned(), ..ErrorText::default() };
        Error::service(StatusCode::TOO_MANY_REQUESTS, text).with_retry_after(headers::retry_after_of_message(message))
    }

    /// A service that accepts 50 requests per second, in windows.
    struct Service {
        window: RefCell<(Instant, u32)>,
        message: &'static str,
    }

    impl Service {
        fn new(message: &'static str) -> Self {
            Self { window: RefCell::new((Instant::now(), 0)), message }
        }

        async fn respond(&self) -> Option<Error> {
            sleep(Duration::from_millis(20)).await;
            let (started, count) = &mut *self.window.borrow_mut();
            if started.elapsed() >= SECOND {
                (*started, *count) = (Instant::now(), 0);
            }
            *count += 1;
            (*count > 50).then(|| throttled(self.message))
        }
    }

    /// Sends requests until this number has succeeded, 8 at once. Returns the time and the number of rejected requests.
    async fn send(pace: &Pace, service: &Service, successes: u32) -> (Duration, u32) {
        let (left, rejected) = (Cell::new(successes), Cell::new(0));
        let started = Instant::now();
        let worker = async || {
            while left.get() > 0 {
                left.set(left.get() - 1);
                loop {
                    pace.acquire().await;
                    let sent_at = Instant::now();
                    let error = service.respond().await;
                    pace.observe(sent_at, error.as_ref());
                    let Some(error) = error else { break };
                    rejected.set(rejected.get() + 1);
                    sleep(error.retry_after().unwrap_or(SECOND / 2)).await;
                }
            }
        };
        join_all((0..8).map(|_| worker())).await;
        (started.elapsed(), rejected.get())
    }

    #[tokio::test(start_paused = true)]
    async fn limit_is_learned_with_few_rejections() {
        for message in [NAMED, UNNAMED] {
            let pace = Pace::adaptive(20 * SECOND);
            let (elapsed, rejected) = send(&pace, &Service::new(message), 3_000).await;
            assert!(elapsed <= SECOND * 60 * 12 / 10, "{message}: {elapsed:?}");
            assert!(rejected < 60, "{message}: {rejected} rejected");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn client_that_was_never_throttled_does_not_wait() {
        let pace = Pace::adaptive(20 * SECOND);
        let started = Instant::now();
        for _ in 0..10_000 {
            pace.acquire().await;
            pace.observe(Instant::now(), None);
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn single_throttled_response_does_not_reduce_the_rate() {
        let pace = Pace::adaptive(20 * SECOND);
        pace.observe(Instant::now(), Some(&throttled(UNNAMED)));
        let started = Instant::now();
        join_all((0..1_000).map(|_| pace.acquire())).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn requested_delay_applies_to_all_requests_up_to_the_bound() {
        for (requested, expected) in [(2, 2), (3_600, 20)] {
            let pace = Pace::adaptive(20 * SECOND);
            let error = throttled(UNNAMED).with_retry_after(Some(SECOND * requested));
            pace.observe(Instant::now(), Some(&error));
            let started = Instant::now();
            pace.acquire().await;
            assert_eq!(started.elapsed().as_secs(), expected, "{requested}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn fixed_limit_is_not_changed_by_the_service() {
        let pace = Pace::fixed(SECOND / 10);
        (0..10).for_each(|_| pace.observe(Instant::now(), Some(&throttled(NAMED))));
        let started = Instant::now();
        for _ in 0..11 {
            pace.acquire().await;
        }
        assert_eq!(started.elapsed().as_millis() / 10, 99);
    }

    #[tokio::test(start_paused = true)]
    async fn named_limit_below_one_per_second_is_kept() {
        let pace = Pace::adaptive(Duration::ZERO);
        let error = throttled("policy user over ratelimit,limit:30,time:1 minute");
        pace.observe(Instant::now(), Some(&error));
        let started = Instant::now();
        for _ in 0..11 {
            pace.acquire().await;
            pace.observe(Instant::now(), None);
        }
        // 30 per minute are one in 2 seconds; 95% of that is used.
        assert_eq!(started.elapsed().as_secs(), 21);
    }
}
