//! A cached value that is fetched once for all concurrent callers (single flight).
//!
//! The callers that wait for a fetch share its result, including an error. An error is not cached for later callers.
//!
//! A fetch that does not complete at once runs as a task on the runtime of the caller that starts it. The callers wait
//! for its result, which needs no runtime of the task. Callers cannot drive the fetch themselves, because:
//!
//! - its timers and sockets belong to the runtime that polls it first, and fail if another runtime polls it;
//! - if it were canceled with its callers, it would never complete while calls are short;
//! - if it were kept between calls, nothing would poll it: its timers would elapse, and it would keep its locks.
//!
//! A fetch never blocks a caller for longer than its time limit: then it is abandoned, and the next caller starts
//! another one. A fetch is also started again if its task is dropped with its runtime.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use super::clock_skew::Clock;
use crate::error::body::one_line;
use crate::error::{Error, ErrorKind};
use crate::lock::lock;

pub(crate) type FetchFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// A fetch that was not started yet.
pub(crate) struct Fetch<T> {
    /// The time after which the fetch is abandoned.
    pub(crate) time_limit: Duration,
    pub(crate) future: FetchFuture<T>,
}

pub(crate) struct SingleFlight<T> {
    /// The source of the value, for errors.
    name: &'static str,
    state: Arc<Mutex<FlightState<T>>>,
    clock: Clock,
}

struct FlightState<T> {
    value: Option<T>,
    /// The time of the last failure, if it was not followed by a success.
    failed_at: Option<SystemTime>,
    in_flight: Option<Flight<T>>,
    last_number: u64,
}

/// A fetch that was started.
#[derive(Clone)]
struct Flight<T> {
    number: u64,
    started: Instant,
    time_limit: Duration,
    /// The result. It is closed without a result if the task is dropped with its runtime.
    result: watch::Receiver<Option<Result<T, Error>>>,
}

/// The state that a caller finds, or the fetch that it starts.
enum Entry<T> {
    Fresh(T),
    InFlight { flight: Flight<T>, is_new: bool },
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Creates an empty cache. `clock` returns the time of a failure.
    pub(crate) fn new(name: &'static str, clock: Clock) -> Self {
        let state = FlightState { value: None, failed_at: None, in_flight: None, last_number: 0 };
        Self { name, state: Arc::new(Mutex::new(state)), clock }
    }

    /// Returns the cached value if it is fresh. Otherwise it waits for the fetch that is in flight, or starts one.
    pub(crate) async fn get(&self, is_fresh: impl Fn(&T) -> bool, fetch: impl Fn() -> Fetch<T>) -> Result<T, Error> {
        loop {
            let (mut flight, is_new) = match self.join_or_start(&is_fresh, &fetch) {
                Entry::Fresh(value) => return Ok(value),
                Entry::InFlight { flight, is_new } => (flight, is_new),
            };
            match flight.wait().await {
                Some(result) => return result,
                None if flight.is_over_time() => {
                    self.abandon(&flight);
                    return Err(time_limit_error(self.name, flight.time_limit));
                }
                // The runtime of the fetch was shut down. If it is this one, so is this call.
                None if is_new => return Err(shutdown_error(self.name)),
                None => self.abandon(&flight),
            }
        }
    }

    /// Starts a fetch, unless the cached value is fresh or one is in flight. Its result replaces the cached value.
    ///
    /// If the last one was dropped with its runtime, or exceeded its time limit, this is recorded as a failure instead.
    pub(crate) fn refresh(&self, is_fresh: impl Fn(&T) -> bool, fetch: impl Fn() -> Fetch<T>) {
        if !self.remove_interrupted() {
            self.join_or_start(is_fresh, fetch);
        }
    }

    /// Records the failure of a fetch that will have no result. Returns `true` if there was one.
    fn remove_interrupted(&self) -> bool {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        let interrupted = state.in_flight.take_if(|flight| !flight.is_alive()).is_some();
        if interrupted {
            state.failed_at = Some(now);
        }
        interrupted
    }

    fn join_or_start(&self, is_fresh: impl Fn(&T) -> bool, fetch: impl Fn() -> Fetch<T>) -> Entry<T> {
        let (flight, sender, fetch) = {
            let mut state = lock(&self.state);
            // Under the same lock, so that a fetch that completes in between is not repeated.
            if let Some(value) = state.value.as_ref().filter(|value| is_fresh(value)) {
                return Entry::Fresh(value.clone());
            }
            if let Some(flight) = state.in_flight.as_ref().filter(|flight| flight.is_alive()) {
                return Entry::InFlight { flight: flight.clone(), is_new: false };
            }
            let fetch = fetch();
            let (sender, result) = watch::channel(None);
            state.last_number += 1;
            let (number, started) = (state.last_number, Instant::now());
            let flight = Flight { number, started, time_limit: fetch.time_limit, result };
            state.in_flight = Some(flight.clone());
            (flight, sender, fetch)
        };
        let (state, clock, number) = (self.state.clone(), self.clock.clone(), flight.number);
        run(self.name, fetch, move |result| {
            let now = clock();
            lock(&state).complete(number, &result, now);
            sender.send_replace(Some(result));
        });
        Entry::InFlight { flight, is_new: true }
    }

    /// Removes a fetch, so that its late result is ignored, and the next caller starts another one.
    fn abandon(&self, flight: &Flight<T>) {
        let mut state = lock(&self.state);
        if state.in_flight.as_ref().is_some_and(|other| other.number == flight.number) {
            state.in_flight = None;
        }
    }

    /// Removes the cached value if it is the one that failed.
    pub(crate) fn invalidate_if(&self, failed: impl Fn(&T) -> bool) {
        let mut state = lock(&self.state);
        if state.value.as_ref().is_some_and(failed) {
            state.value = None;
        }
    }

    /// Returns the cached value, whether it is fresh or not.
    pub(crate) fn peek(&self) -> Option<T> {
        lock(&self.state).value.clone()
    }

    /// Returns the time of the last failure, if it was not followed by a success.
    pub(crate) fn failed_at(&self) -> Option<SystemTime> {
        lock(&self.state).failed_at
    }
}

impl<T: Clone> FlightState<T> {
    /// Caches the result of a fetch that was not abandoned.
    fn complete(&mut self, number: u64, result: &Result<T, Error>, now: SystemTime) {
        if self.in_flight.as_ref().is_none_or(|flight| flight.number != number) {
            return;
        }
        self.in_flight = None;
        self.failed_at = result.is_err().then_some(now);
        if let Ok(value) = result {
            self.value = Some(value.clone());
        }
    }
}

impl<T: Clone> Flight<T> {
    /// Waits for the result. Returns `None` if there is none within the time limit, or if the task was dropped.
    async fn wait(&mut self) -> Option<Result<T, Error>> {
        if let Some(result) = self.result.borrow().clone() {
            return Some(result);
        }
        let remaining = self.time_limit.saturating_sub(self.started.elapsed());
        let result = timeout(remaining, self.result.wait_for(Option::is_some)).await;
        result.ok()?.ok()?.clone()
    }

    fn is_over_time(&self) -> bool {
        self.started.elapsed() >= self.time_limit
    }

    fn is_alive(&self) -> bool {
        // A flight in the state has no result, so it is closed only if its task was dropped.
        !self.is_over_time() && self.result.has_changed().is_ok()
    }
}

/// Runs a fetch to its end or its time limit: here if it completes at once, otherwise as a task.
fn run<T: Send + 'static>(
    name: &'static str,
    Fetch { time_limit, future }: Fetch<T>,
    complete: impl FnOnce(Result<T, Error>) + Send + 'static,
) {
    let mut future = AssertUnwindSafe(future).catch_unwind();
    if let Some(result) = (&mut future).now_or_never() {
        return complete(result.unwrap_or_else(|panic| Err(panic_error(name, &*panic))));
    }
    let task = async move {
        complete(match timeout(time_limit, future).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(panic_error(name, &*panic)),
            Err(_) => Err(time_limit_error(name, time_limit)),
        });
    };
    tokio::spawn(task.in_current_span());
}

fn time_limit_error(name: &str, time_limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("{name} timed out after {time_limit:?}"))
}

fn shutdown_error(name: &str) -> Error {
    Error::credentials(format!("{name} was canceled, because its tokio runtime was shut down"))
}

fn panic_error(name: &str, panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::credentials(format!("{name} panicked: {}", one_line(text.unwrap_or("no message").to_owned())))
}
