//! A cached value that is fetched once for all concurrent callers (single flight).
//!
//! The callers that wait for a fetch share its result, including an error. An error is not cached for later callers.
//! The fetch continues while at least one of its callers exists. A caller that is canceled or not polled neither ends
//! nor blocks it. It is dropped with its last caller.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};

use crate::error::Error;

pub(crate) type FetchFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

pub(crate) struct SingleFlight<T: Clone> {
    state: Mutex<FlightState<T>>,
}

struct FlightState<T: Clone> {
    value: Option<T>,
    in_flight: Option<WeakShared<FetchFuture<T>>>,
}

impl<T: Clone> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { state: Mutex::new(FlightState { value: None, in_flight: None }) }
    }
}

impl<T: Clone> SingleFlight<T> {
    /// Returns the cached value if it is fresh. Otherwise it joins the fetch that is in flight, or starts one.
    pub(crate) async fn get(
        &self,
        is_fresh: impl Fn(&T) -> bool,
        fetch: impl FnOnce() -> FetchFuture<T>,
    ) -> Result<T, Error> {
        let flight = {
            let mut state = self.state();
            if let Some(value) = state.value.clone().filter(is_fresh) {
                return Ok(value);
            }
            match state.in_flight.as_ref().and_then(WeakShared::upgrade) {
                Some(flight) => flight,
                None => {
                    let flight = fetch().shared();
                    state.in_flight = flight.downgrade();
                    flight
                }
            }
        };
        let result = flight.clone().await;
        self.complete(&flight, &result);
        result
    }

    /// Caches the result of a flight. Only the first caller that sees the result has an effect.
    fn complete(&self, flight: &Shared<FetchFuture<T>>, result: &Result<T, Error>) {
        let mut state = self.state();
        let in_flight = state.in_flight.as_ref().and_then(WeakShared::upgrade);
        if in_flight.is_some_and(|other| other.ptr_eq(flight)) {
            state.in_flight = None;
            if let Ok(value) = result {
                state.value = Some(value.clone());
            }
        }
    }

    /// Removes the cached value if it is the one that failed.
    pub(crate) fn invalidate_if(&self, failed: impl Fn(&T) -> bool) {
        let mut state = self.state();
        if state.value.as_ref().is_some_and(failed) {
            state.value = None;
        }
    }

    /// Returns the cached value, whether it is fresh or not.
    pub(crate) fn peek(&self) -> Option<T> {
        self.state().value.clone()
    }

    fn state(&self) -> MutexGuard<'_, FlightState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
