//! One flight for many callers: a value is fetched once, however many wait for it, and they all get what it brought,
//! an error too. An error is not kept for those who come later.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;

pub(crate) struct Flight<T> {
    value: Mutex<Option<T>>,
    /// Held while one is under way.
    runway: tokio::sync::Mutex<()>,
    last: Mutex<Landing>,
}

/// How the flights so far have ended.
#[derive(Default)]
struct Landing {
    landed: u64,
    failure: Option<Error>,
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self { value: Mutex::default(), runway: tokio::sync::Mutex::default(), last: Mutex::default() }
    }
}

impl<T: Clone> Flight<T> {
    /// The value, if it is there and `fresh`; else what `fetch` brings.
    pub(crate) async fn get<F>(&self, fresh: impl Fn(&T) -> bool, fetch: impl FnOnce() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let current = || lock(&self.value).clone().filter(&fresh);
        if let Some(value) = current() {
            return Ok(value);
        }
        let landed_before = lock(&self.last).landed;
        let _under_way = self.runway.lock().await;
        if let Some(value) = current() {
            return Ok(value);
        }
        // A flight that landed while this caller waited: its failure is this caller's too.
        let failure = {
            let last = lock(&self.last);
            last.failure.clone().filter(|_| last.landed > landed_before)
        };
        if let Some(failure) = failure {
            return Err(failure);
        }
        let result = fetch().await;
        let mut last = lock(&self.last);
        last.landed += 1;
        last.failure = result.as_ref().err().cloned();
        if let Ok(value) = &result {
            *lock(&self.value) = Some(value.clone());
        }
        result
    }

    /// Forgets the value, if it is the one that failed.
    pub(crate) fn forget(&self, failed: impl Fn(&T) -> bool) {
        let mut value = lock(&self.value);
        if value.as_ref().is_some_and(failed) {
            *value = None;
        }
    }

    /// The value as it stands, fresh or not.
    pub(crate) fn peek(&self) -> Option<T> {
        lock(&self.value).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
