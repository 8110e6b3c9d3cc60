//! The calls that are retried now. The progress bar shows them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Debug, Default)]
pub(crate) struct Retries {
    /// A text for each call.
    calls: Arc<Mutex<BTreeMap<u64, String>>>,
}

impl Retries {
    fn calls(&self) -> MutexGuard<'_, BTreeMap<u64, String>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn start(&self, call: u64, text: String) {
        self.calls().insert(call, text);
    }

    pub(crate) fn end(&self, call: u64) {
        self.calls().remove(&call);
    }

    /// Returns the text of the oldest call that is retried.
    pub(crate) fn current(&self) -> Option<String> {
        self.calls().values().next().cloned()
    }
}
