//! The guard against locking an access key: at the service the sixth consecutive failure locks it for five minutes.
//!
//! The rule it keeps: until a key has been accepted once, one request at a time goes out with it; after a rejection the
//! waiting and the later calls get that rejection without a request, until the key is replaced or five minutes are over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::credential::Credential;
use crate::error::Error;

/// How long the service locks a key, and how long a rejected one is refused here.
const LOCKED: Duration = Duration::from_secs(5 * 60);

#[derive(Default)]
pub(crate) struct Guard {
    known: Mutex<Option<Known>>,
    turn: tokio::sync::Mutex<()>,
}

/// What is known of the last key that was tried.
struct Known {
    key: Credential,
    verdict: Verdict,
}

enum Verdict {
    Accepted,
    Rejected { with: Error, at: SystemTime },
}

/// The right to send with this credential; the key's others wait until it is given back.
pub(crate) struct Turn<'a> {
    guard: &'a Guard,
    key: &'a Credential,
    _held: Option<tokio::sync::MutexGuard<'a, ()>>,
}

impl Guard {
    /// Waits for a turn; an error is the rejection that the key has met.
    pub(crate) async fn enter<'a>(
        &'a self,
        key: &'a Credential,
        now: impl Fn() -> SystemTime,
    ) -> Result<Turn<'a>, Error> {
        let free = Turn { guard: self, key, _held: None };
        // A token does not lock.
        if !key.is_access_key() || self.is_accepted(key, now())? {
            return Ok(free);
        }
        let held = self.turn.lock().await;
        if self.is_accepted(key, now())? {
            return Ok(free);
        }
        Ok(Turn { _held: Some(held), ..free })
    }

    fn is_accepted(&self, key: &Credential, now: SystemTime) -> Result<bool, Error> {
        match &*self.known() {
            Some(Known { key: known, verdict }) if known == key => match verdict {
                Verdict::Accepted => Ok(true),
                // A clock that was set back counts as over: better one request too many than none for ever.
                Verdict::Rejected { with, at } if now.duration_since(*at).is_ok_and(|since| since < LOCKED) => {
                    Err(with.clone())
                }
                Verdict::Rejected { .. } => Ok(false),
            },
            _ => Ok(false),
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// What became of the request. An answer of the service itself accepts the key, even an error; no answer, or one of
    /// the gateway (which may throttle before it looks at the key), says nothing.
    pub(crate) fn report<T>(self, result: &Result<T, Error>, now: SystemTime) {
        let verdict = match result {
            _ if !self.key.is_access_key() => return,
            Err(error) if error.is_unauthorized() => Verdict::Rejected { with: error.clone(), at: now },
            Err(error) if !error.code().is_some_and(|code| code.starts_with("IOTDA.")) => return,
            _ => Verdict::Accepted,
        };
        *self.guard.known() = Some(Known { key: self.key.clone(), verdict });
    }
}
