//! The state that the server shares with its connections.

use std::io::Write;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::cors::AllowedOrigins;
use super::faults::Faults;
use super::hosts::AllowedHosts;
use super::identity::Identity;
use super::queue::Queue;
use super::request_log::RequestLog;
use super::store::Store;
use crate::lock::lock;

const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct ServerState {
    pub(super) store: Store,
    pub(super) identity: Identity,
    pub(super) queue: Queue,
    pub(super) faults: Faults,
    /// The faults that a reset restores.
    pub(super) initial_faults: Faults,
    /// `None`: any name.
    pub(super) allowed_hosts: Option<AllowedHosts>,
    pub(super) allowed_origins: AllowedOrigins,
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
            queue: Queue::default(),
            faults: Faults::default(),
            initial_faults: Faults::default(),
            allowed_hosts: None,
            allowed_origins: AllowedOrigins::default(),
            requests: RequestLog::default(),
            read_timeout: DEFAULT_READ_TIMEOUT,
            responses: 0,
        }
    }
}

impl ServerState {
    /// Removes queued responses and recorded requests, restores the initial faults, and unlocks all access keys.
    pub(super) fn reset(&mut self) {
        self.queue.clear();
        self.requests.clear();
        self.faults = self.initial_faults.clone();
        self.identity.unlock_keys();
    }
}

type Log = Box<dyn Write + Send>;

#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<ServerState>,
    log: Mutex<Option<Log>>,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, ServerState> {
        lock(&self.state)
    }

    pub(super) fn set_log(&self, log: Log) {
        *lock(&self.log) = Some(log);
    }

    /// Writes a line, if there is a log. A failure is ignored, because the server must not depend on the log.
    pub(super) fn log(&self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut *lock(&self.log) {
            let _ = log.write_all(line().as_bytes()).and_then(|()| log.flush());
        }
    }
}
