//! A credential provider that works, hangs, panics or fails, and whose queries must not overlap.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{CredentialFuture, CredentialProvider, IamCredential};
use tokio::time::Instant;

use super::world::ATTEMPT_TIMEOUT;
use crate::support::clock::Clock;
use crate::support::manual_time::ManualTime;

/// The behavior of the next queries.
pub(super) const WORKS: u8 = 0;
const HANGS: u8 = 1;
const PANICS: u8 = 2;
pub(super) const FAILS: u8 = 3;

/// Each credential expires at the end of such a time slot, and is refreshed in the second half of what remains of it.
pub(super) const SLOT: Duration = Duration::from_secs(600);

#[derive(Clone)]
pub(super) struct Provider {
    clock: Clock,
    time: ManualTime,
    behavior: Arc<AtomicU8>,
    /// Every second query is not ready when it is first polled.
    waits: Arc<AtomicBool>,
    /// The start of each query that has not ended.
    active: Arc<Mutex<Vec<Instant>>>,
    overlaps: Arc<AtomicUsize>,
}

impl Provider {
    pub(super) fn new(clock: &Clock, time: &ManualTime) -> Self {
        let behavior = Arc::new(AtomicU8::new(WORKS));
        let (waits, active, overlaps) = Default::default();
        Self { clock: clock.clone(), time: time.clone(), behavior, waits, active, overlaps }
    }

    pub(super) fn set_behavior(&self, behavior: u8) {
        self.behavior.store(behavior, Ordering::Relaxed);
    }

    /// Returns the number of queries that started during another one.
    pub(super) fn overlaps(&self) -> usize {
        self.overlaps.load(Ordering::Relaxed)
    }
}

impl CredentialProvider for Provider {
    fn credential(&self) -> CredentialFuture<'_> {
        let query = Query::start(self);
        let waits = self.waits.fetch_xor(true, Ordering::Relaxed);
        Box::pin(async move {
            if waits {
                tokio::task::yield_now().await;
            }
            let Query(provider, _) = &query;
            match provider.behavior.load(Ordering::Relaxed) {
                WORKS => {
                    let expiry = UNIX_EPOCH + SLOT * (slot(provider.clock.read()) + 1);
                    Ok(Some(IamCredential::token(MockServer::TOKEN).expires_at(expiry)))
                }
                HANGS => std::future::pending().await,
                PANICS => panic!("a test panic"),
                _ => Err("a test failure".into()),
            }
        })
    }
}

/// A query. It ends when it is dropped.
struct Query(Provider, Instant);

impl Query {
    fn start(provider: &Provider) -> Self {
        let now = provider.time.now();
        let mut active = provider.active.lock().unwrap();
        // A query that was abandoned at its time limit may still exist, because nothing drives its runtime.
        let overlaps = active.iter().any(|start| now - *start < ATTEMPT_TIMEOUT);
        provider.overlaps.fetch_add(overlaps.into(), Ordering::Relaxed);
        active.push(now);
        Self(provider.clone(), now)
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        let mut active = self.0.active.lock().unwrap();
        let index = active.iter().position(|start| *start == self.1).unwrap();
        active.swap_remove(index);
    }
}

/// The number of the time slot.
pub(super) fn slot(time: SystemTime) -> u32 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap().as_secs() / SLOT.as_secs();
    seconds.try_into().unwrap()
}
