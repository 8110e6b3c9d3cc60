//! The state that the server shares with its connections.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::faults::Faults;
use super::identity::Identity;
use super::recording::RecordedRequest;
use super::response::MockResponse;
use super::store::Store;

#[derive(Default)]
pub(super) struct ServerState {
    pub(super) store: Store,
    pub(super) identity: Identity,
    pub(super) queue: VecDeque<MockResponse>,
    pub(super) faults: Faults,
    pub(super) requests: Vec<RecordedRequest>,
    /// The number of responses; a request ID is its hexadecimal text.
    pub(super) responses: u64,
}

#[derive(Default)]
pub(super) struct Shared(Mutex<ServerState>);

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
