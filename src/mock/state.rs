//! The state that the server shares with its connections.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::faults::Faults;
use super::identity::Identity;
use super::request_log::RequestLog;
use super::response::MockResponse;
use super::store::Store;

const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct ServerState {
    pub(super) store: Store,
    pub(super) identity: Identity,
    pub(super) queue: VecDeque<MockResponse>,
    pub(super) faults: Faults,
    pub(super) requests: RequestLog,
    /// The time in which a request must arrive.
    pub(super) read_timeout: Duration,
    /// The number of responses; a request ID is its hexadecimal text.
    pub(super) responses: u64,
}

impl Default for ServerState {
    fn default() -> Self {
        Self {
            store: Store::default(),
            identity: Identity::default(),
            queue: VecDeque::new(),
            faults: Faults::default(),
            requests: RequestLog::default(),
            read_timeout: DEFAULT_READ_TIMEOUT,
            responses: 0,
        }
    }
}

#[derive(Default)]
pub(super) struct Shared(Mutex<ServerState>);

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
