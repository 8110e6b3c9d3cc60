//! The time of a call, to which pauses of the consumer do not count.
//!
//! A consumer that stops polling a stream for longer than a timeout costs a fresh attempt, and nothing else.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::classify::PAUSE;
use crate::error::{Cause, Error};

/// The maximum number of pauses in one call. Without it, a consumer that never polls long enough would repeat a request
/// forever.
const MAX_PAUSES: u32 = 20;

pub(super) struct CallTimer {
    /// The start of the call, moved by the pauses.
    started: Instant,
    call_timeout: Option<Duration>,
    pauses: u32,
}

impl CallTimer {
    pub(super) fn start(call_timeout: Option<Duration>) -> Self {
        Self { started: Instant::now(), call_timeout, pauses: 0 }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Makes an attempt, and another one after each pause. Returns the timeout of the call if it elapsed.
    pub(super) async fn run<T, F>(&mut self, attempt: impl Fn() -> F) -> Result<Result<T, Error>, Duration>
    where
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            let attempt_started = Instant::now();
            let result = match self.call_timeout {
                Some(limit) => timeout(limit.saturating_sub(self.elapsed()), attempt()).await.map_err(|_| limit),
                None => Ok(attempt().await),
            };
            let is_paused = match &result {
                Ok(Ok(_)) => false,
                Ok(Err(error)) => {
                    matches!(error.cause(), Cause::NoResponse { paused: true, .. } | Cause::Queued { paused: true })
                }
                Err(limit) => self.elapsed() > limit.saturating_add(PAUSE),
            };
            if !is_paused || self.pauses == MAX_PAUSES {
                return result;
            }
            self.pauses += 1;
            self.started += attempt_started.elapsed();
        }
    }

    /// Waits before the next attempt.
    pub(super) async fn wait(&mut self, backoff: Duration) {
        let backoff = sleep(backoff);
        let deadline = backoff.deadline();
        backoff.await;
        let delay = deadline.elapsed();
        if delay > PAUSE {
            self.started += delay;
        }
    }
}
