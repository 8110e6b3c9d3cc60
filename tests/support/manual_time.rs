//! Runtimes whose time changes only when a test advances it, although their I/O is real.

use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// The time of several runtimes. Clones share it.
#[derive(Clone)]
pub struct ManualTime(Arc<Mutex<Instant>>);

impl ManualTime {
    pub fn start() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    /// Advances the time. A runtime notices it when it is driven the next time.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    /// Advances the clock of the current runtime to this time, and wakes what waited for it.
    pub async fn catch_up(&self) {
        let behind = self.now().saturating_duration_since(Instant::now());
        if !behind.is_zero() {
            tokio::time::advance(behind).await;
        }
    }

    /// Advances the time to the real time, because that of a new runtime, and of any other one, is not earlier.
    pub fn advance_to_real_time(&self) {
        let mut now = self.0.lock().unwrap();
        *now = now.max(Instant::now());
    }
}

/// A single-threaded runtime with a manual time.
pub struct ManualRuntime {
    /// Ends the blocking task when it is dropped, which is before the runtime is dropped.
    _blocking_task: Sender<()>,
    runtime: Runtime,
    time: ManualTime,
}

impl ManualRuntime {
    pub fn new(time: &ManualTime) -> Self {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        let (blocking_task, end) = mpsc::channel::<()>();
        // While a blocking task exists, tokio does not advance a paused clock when the runtime is idle.
        runtime.spawn_blocking(move || end.recv());
        time.advance_to_real_time();
        Self { _blocking_task: blocking_task, runtime, time: time.clone() }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(async {
            self.time.catch_up().await;
            future.await
        })
    }
}
