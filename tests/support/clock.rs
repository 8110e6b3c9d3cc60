//! A manual clock.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A clock that changes only when a test changes it. Clones share the time.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<SystemTime>>);

impl Clock {
    pub fn now() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub fn read(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    pub fn set(&self, time: SystemTime) {
        *self.0.lock().unwrap() = time;
    }

    /// Returns a closure for `ClientBuilder::clock`.
    pub fn time_source(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.read()
    }
}
