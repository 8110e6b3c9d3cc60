//! The client-side rate limit, shared by all clones of a client: first come, first served.
//!
//! Invariants: a caller is served in the order of arrival. A canceled caller leaves the queue. A caller that is not polled
//! when its turn comes delays the others once, by the grace period; it is served first when it is polled again. One permit
//! wakes one caller.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::lock::lock;

/// Permits that were not used in this time may be used at once. The timer of a runtime is too coarse for single permits at
/// a high rate, and may fire late.
const BURST: Duration = Duration::from_millis(10);
/// A caller that has not used its permit after this time, or after the time for one permit, is not being polled.
const MIN_GRACE: Duration = Duration::from_millis(100);

pub(crate) struct RateLimit {
    state: Mutex<State>,
}

struct State {
    /// The time for one permit; zero for no limit.
    interval: Duration,
    /// The time of the next permit, without the burst.
    next: Instant,
    /// The callers that wait, in the order of arrival.
    queue: VecDeque<Arc<Ticket>>,
    last_number: u64,
}

struct Ticket {
    number: u64,
    turn: Notify,
}

/// A place in the queue.
struct Place<'a> {
    limit: &'a RateLimit,
    ticket: Arc<Ticket>,
}

impl RateLimit {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { state: Mutex::new(State { interval, next: Instant::now(), queue: VecDeque::new(), last_number: 0 }) }
    }

    pub(crate) fn set_interval(&self, interval: Duration) {
        lock(&self.state).interval = interval;
    }

    /// Issues no permit before this time.
    pub(crate) fn close_until(&self, time: Instant) {
        let mut state = lock(&self.state);
        state.next = state.next.max(time + BURST);
    }

    /// Returns the time until the next permit.
    pub(crate) fn next_permit(&self) -> Duration {
        lock(&self.state).available().saturating_duration_since(Instant::now())
    }

    /// Waits for a permit to send one request.
    pub(crate) async fn acquire(&self) {
        let Some(place) = self.queue_up() else { return };
        while let Some(until) = place.try_take() {
            // A timeout is not an error: the caller in front may not be polled.
            let _ = timeout_at(until, place.ticket.turn.notified()).await;
        }
    }

    /// Takes a permit if one is available and no caller waits; otherwise joins the queue.
    fn queue_up(&self) -> Option<Place<'_>> {
        let mut state = lock(&self.state);
        if state.queue.is_empty() && state.try_take() {
            return None;
        }
        state.last_number += 1;
        let ticket = Arc::new(Ticket { number: state.last_number, turn: Notify::new() });
        state.queue.push_back(ticket.clone());
        Some(Place { limit: self, ticket })
    }
}

impl Place<'_> {
    /// Takes a permit if it is this caller's turn; otherwise returns the time to try again.
    fn try_take(&self) -> Option<Instant> {
        let mut state = lock(&self.limit.state);
        let (available, interval, grace) = (state.available(), state.interval, state.interval.max(MIN_GRACE));
        if Instant::now() >= available + grace {
            state.skip_front_before(&self.ticket);
        }
        match state.rank(&self.ticket) {
            0 if state.try_take() => {
                state.leave(&self.ticket);
                None
            }
            0 => Some(available),
            rank => Some(available + interval.saturating_mul(rank) + grace),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.limit.state).leave(&self.ticket);
    }
}

impl State {
    /// Returns the time from which a permit is available.
    fn available(&self) -> Instant {
        self.next.checked_sub(BURST).unwrap_or(self.next)
    }

    fn try_take(&mut self) -> bool {
        let now = Instant::now();
        let is_available = now >= self.available();
        if is_available {
            self.next = self.next.max(now) + self.interval;
        }
        is_available
    }

    /// Returns the number of callers before this one. A caller that was skipped gets its place back.
    fn rank(&mut self, ticket: &Arc<Ticket>) -> u32 {
        let rank = self.queue.binary_search_by_key(&ticket.number, |other| other.number);
        let rank = rank.unwrap_or_else(|rank| {
            self.queue.insert(rank, ticket.clone());
            rank
        });
        rank.try_into().unwrap_or(u32::MAX)
    }

    /// Removes the first caller, which has not used its permit, unless it is this one.
    fn skip_front_before(&mut self, ticket: &Ticket) {
        if self.queue.front().is_some_and(|front| front.number < ticket.number) {
            self.queue.pop_front();
            self.wake_front();
        }
    }

    /// Removes a caller that was served or canceled.
    fn leave(&mut self, ticket: &Ticket) {
        if let Ok(rank) = self.queue.binary_search_by_key(&ticket.number, |other| other.number) {
            self.queue.remove(rank);
            if rank == 0 {
                self.wake_front();
            }
        }
    }

    fn wake_front(&self) {
        if let Some(front) = self.queue.front() {
            front.turn.notify_one();
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod tests {
    use std::pin::{Pin, pin};

    use futures::future::join_all;
    use futures::poll;
    use tokio::time::{sleep, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Measures how long it takes to acquire this many permits, by a clock that advances only while the test sleeps.
    async fn time_to_acquire(permits: usize, per_second: u32) -> Duration {
        let limit = RateLimit::new(SECOND / per_second);
        let started = Instant::now();
        join_all((0..permits).map(|_| limit.acquire())).await;
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn permits_are_issued_evenly_at_the_rate() {
        for (per_second, seconds) in [(1, 5), (5, 4), (50, 3), (200, 2), (1_000, 2)] {
            let permits = per_second * seconds + 1;
            let elapsed = time_to_acquire(permits as usize, per_second).await;
            // The burst is available at once; a timer may fire late, but never early.
            let minimum = Duration::from_secs(seconds.into()).mul_f64(0.985);
            assert!(elapsed >= minimum, "{permits} permits at {per_second} per second took only {elapsed:?}");
            assert!(elapsed <= minimum.mul_f64(1.05), "{permits} permits at {per_second} per second took {elapsed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_does_not_accumulate_a_burst() {
        let limit = RateLimit::new(SECOND / 10);
        limit.acquire().await;
        sleep(60 * SECOND).await;
        let started = Instant::now();
        for _ in 0..11 {
            limit.acquire().await;
        }
        assert!(started.elapsed() >= SECOND - BURST, "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_served_in_the_order_of_arrival() {
        // 25 callers per second at 20 permits per second: the queue grows to 75 callers.
        let limit = RateLimit::new(SECOND / 20);
        let order = Mutex::new(Vec::new());
        let caller = async |number: u32| {
            sleep(SECOND / 25 * number).await;
            let arrived = Instant::now();
            limit.acquire().await;
            order.lock().expect("not poisoned").push(number);
            arrived.elapsed()
        };
        let waits = join_all((0..375).map(caller)).await;
        let order = order.into_inner().expect("not poisoned");
        assert!(order.is_sorted(), "{order:?}");
        let (longest, ideal) = (waits.into_iter().max().unwrap_or_default(), SECOND * 375 / 20 - SECOND * 375 / 25);
        assert!(longest <= ideal.mul_f64(1.3), "{longest:?}, ideally {ideal:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_permit_wakes_one_caller() {
        let limit = RateLimit::new(SECOND / 100);
        let polls = std::cell::Cell::new(0);
        let caller = async || {
            let mut acquired = pin!(limit.acquire());
            std::future::poll_fn(|context| {
                polls.set(polls.get() + 1);
                acquired.as_mut().poll(context)
            })
            .await;
        };
        // Each future is polled only if it was woken.
        join_all((0..500).map(|_| caller())).await;
        assert!(polls.get() <= 500 * 4, "{} polls for 500 callers", polls.get());
    }

    #[tokio::test(start_paused = true)]
    async fn unpolled_caller_delays_the_others_once() {
        for unpolled in [1, 5] {
            let limit = RateLimit::new(SECOND / 1);
            limit.acquire().await;
            let mut waiting: Vec<Pin<Box<_>>> = (0..unpolled).map(|_| Box::pin(limit.acquire())).collect();
            for caller in &mut waiting {
                assert!(poll!(caller).is_pending());
            }
            let started = Instant::now();
            let others = timeout(60 * SECOND, join_all((0..20).map(|_| limit.acquire()))).await;
            assert!(others.is_ok(), "no permit within a minute");
            // One grace period for each of them, and the permits.
            assert!(started.elapsed() <= (20 + 2 * unpolled + 1) * SECOND, "{:?}", started.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn skipped_caller_is_served_first_when_it_is_polled_again() {
        let limit = RateLimit::new(SECOND / 1);
        limit.acquire().await;
        let mut skipped = pin!(limit.acquire());
        assert!(poll!(skipped.as_mut()).is_pending());
        limit.acquire().await;
        let mut later = pin!(limit.acquire());
        assert!(poll!(later.as_mut()).is_pending());
        tokio::select! {
            biased;
            () = &mut later => panic!("the later caller was served first"),
            () = &mut skipped => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn canceled_callers_leave_the_queue() {
        let limit = RateLimit::new(SECOND / 1);
        limit.acquire().await;
        let canceled = timeout(SECOND / 100, join_all((0..1_000).map(|_| limit.acquire()))).await;
        assert!(canceled.is_err());
        let started = Instant::now();
        limit.acquire().await;
        assert!(started.elapsed() <= SECOND, "{:?}", started.elapsed());
        assert!(lock(&limit.state).queue.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn canceled_first_caller_passes_its_turn_on() {
        let limit = RateLimit::new(SECOND / 1);
        limit.acquire().await;
        let mut first = Box::pin(limit.acquire());
        assert!(poll!(&mut first).is_pending());
        let mut second = pin!(limit.acquire());
        assert!(poll!(second.as_mut()).is_pending());
        drop(first);
        let started = Instant::now();
        second.await;
        assert!(started.elapsed() <= SECOND, "{:?}", started.elapsed());
    }
}
