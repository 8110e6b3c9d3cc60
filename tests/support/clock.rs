//! A clock that a test sets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

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

    pub fn given(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.read()
    }
}
