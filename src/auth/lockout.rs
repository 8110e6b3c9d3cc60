//! Protection against locking an access key: the service locks a key for five minutes at its sixth consecutive failure.
//!
//! Each key has one of three states:
//!
//! | state | [`LockoutGuard::acquire`] |
//! |---|---|
//! | unverified (initial) | issues one permit at a time; other callers wait |
//! | unverified, after four requests without a response | fails for five minutes after the last of them |
//! | accepted | issues a permit to each caller immediately |
//! | rejected | returns the rejection for five minutes; then the key is unverified |
//!
//! [`Permit::report`] changes the state by the result of a request:
//!
//! | result | new state |
//! |---|---|
//! | 401 | rejected |
//! | success, or an error of the service (`IOTDA.…`) | accepted; the count of requests without a response is reset |
//! | such a result of a permit that was issued before a rejection | unchanged: the rejection is newer |
//! | no response, or a canceled request | unchanged; it is counted, because the service may have counted a failure |
//! | another error, such as one of the gateway, which may throttle before it checks the key | unchanged |

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::credential::IamCredential;
use crate::error::Error;
use crate::error::attempt::AttemptError;

/// The time for which the service locks a key, and for which a rejected key is not sent again.
const LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// The maximum number of requests without a response. One more request may be in flight: it is the fifth failure at
/// most.
const MAX_REQUESTS_WITHOUT_RESPONSE: u32 = 4;
/// The maximum number of keys that are tracked. A provider that rotates its key uses one or two.
const MAX_TRACKED_KEYS: usize = 8;

#[derive(Default)]
pub(crate) struct LockoutGuard {
    state: Mutex<GuardState>,
    /// Notified when a permit is released.
    released: Notify,
}

#[derive(Default)]
struct GuardState {
    keys: Vec<KeyState>,
    /// The number of the newest permit.
    last_permit: u64,
}

struct KeyState {
    key: IamCredential,
    verdict: Verdict,
    /// The number of requests without a response since the key was last accepted.
    without_response: u32,
    /// The time of the last of them, and its error, unless it was canceled.
    last_without_response: SystemTime,
    cause: Option<Error>,
    /// The number of the only permit of an unverified key, and the time since which it is valid.
    holder: Option<(u64, Instant)>,
}

enum Verdict {
    Unverified,
    Accepted,
    /// The results of permits up to `last_permit` are older than the rejection.
    Rejected {
        error: Error,
        at: SystemTime,
        last_permit: u64,
    },
}

/// The right to send one request with a key. If a permit is dropped without a report, a request that was sent counts as
/// one without a response.
pub(crate) struct Permit<'a> {
    guard: &'a LockoutGuard,
    /// `None` for a token, which the service does not lock.
    key: Option<&'a IamCredential>,
    number: u64,
    acquired_at: SystemTime,
    sent: bool,
}

enum Admission {
    Granted(u64),
    Wait(Duration),
}

impl LockoutGuard {
    /// Waits for a permit, or returns the rejection of the key.
    ///
    /// A permit that is older than `permit_timeout` belongs to a call that is no longer polled. Its request has timed
    /// out, so the next caller receives a permit.
    pub(crate) async fn acquire<'a>(
        &'a self,
        credential: &'a IamCredential,
        now: impl Fn() -> SystemTime,
        permit_timeout: Duration,
    ) -> Result<Permit<'a>, Error> {
        let permit = |key, number| Permit { guard: self, key, number, acquired_at: now(), sent: false };
        if !credential.is_access_key() {
            return Ok(permit(None, 0));
        }
        loop {
            let mut released = std::pin::pin!(self.released.notified());
            // Registers before the check, so that a release in between is not missed.
            released.as_mut().enable();
            match self.try_acquire(credential, now(), permit_timeout)? {
                Admission::Granted(number) => return Ok(permit(Some(credential), number)),
                Admission::Wait(time) => {
                    // Check again after a release, and after the time has elapsed.
                    let _ = tokio::time::timeout(time, released).await;
                }
            }
        }
    }

    fn try_acquire(&self, key: &IamCredential, now: SystemTime, permit_timeout: Duration) -> Result<Admission, Error> {
        let mut state = self.state();
        state.last_permit += 1;
        let number = state.last_permit;
        let key_state = state.entry(key, now);
        // If the clock was set back, the lockout counts as over; otherwise the key could be unusable for any length of
        // time.
        let within_lockout = |time: SystemTime| now.duration_since(time).is_ok_and(|since| since < LOCKOUT);
        match &key_state.verdict {
            Verdict::Accepted => return Ok(Admission::Granted(number)),
            Verdict::Rejected { error, at, .. } if within_lockout(*at) => return Err(error.clone()),
            Verdict::Rejected { .. } | Verdict::Unverified => key_state.verdict = Verdict::Unverified,
        }
        if key_state.without_response >= MAX_REQUESTS_WITHOUT_RESPONSE {
            if within_lockout(key_state.last_without_response) {
                return Err(lockout_risk(key_state.cause.clone()));
            }
            key_state.without_response = 0;
        }
        match key_state.holder.map(|(_, since)| since.elapsed()) {
            Some(elapsed) if elapsed < permit_timeout => Ok(Admission::Wait(permit_timeout - elapsed)),
            _ => {
                key_state.holder = Some((number, Instant::now()));
                Ok(Admission::Granted(number))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, GuardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GuardState {
    fn entry(&mut self, key: &IamCredential, now: SystemTime) -> &mut KeyState {
        let index = self.keys.iter().position(|key_state| key_state.key == *key).unwrap_or_else(|| {
            if self.keys.len() == MAX_TRACKED_KEYS {
                self.keys.remove(0);
            }
            self.keys.push(KeyState {
                key: key.clone(),
                verdict: Verdict::Unverified,
                without_response: 0,
                last_without_response: now,
                cause: None,
                holder: None,
            });
            self.keys.len() - 1
        });
        &mut self.keys[index]
    }
}

impl Permit<'_> {
    /// Marks the permit as used, immediately before a request is sent, which may be long after it was acquired.
    ///
    /// Returns `false` if another call has the permit by now, and the rejection if the key was rejected meanwhile.
    pub(crate) fn start(&mut self, now: SystemTime) -> Result<bool, Error> {
        let Some(key) = self.key else { return Ok(true) };
        let mut state = self.guard.state();
        let key_state = state.entry(key, now);
        match &key_state.verdict {
            Verdict::Rejected { error, .. } => return Err(error.clone()),
            Verdict::Accepted => {}
            Verdict::Unverified if key_state.holder.is_none_or(|(number, _)| number != self.number) => {
                return Ok(false);
            }
            Verdict::Unverified => key_state.holder = Some((self.number, Instant::now())),
        }
        self.sent = true;
        Ok(true)
    }

    /// Updates the state of the key by the result of the request, and releases the permit.
    pub(crate) fn report<T>(mut self, result: &Result<T, AttemptError>, now: SystemTime) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let last_permit = state.last_permit;
        let key_state = state.entry(key, now);
        match result {
            Err(AttemptError { error, .. }) if error.may_reject_credential() => {
                key_state.verdict = Verdict::Rejected { error: error.clone(), at: now, last_permit };
            }
            Err(AttemptError { error, .. }) if error.has_no_response() => {
                key_state.count_no_response(now, Some(error.clone()));
            }
            Err(failed) if !failed.accepts_credential() => {}
            _ if matches!(key_state.verdict, Verdict::Rejected { last_permit, .. } if self.number <= last_permit) => {}
            _ => (key_state.verdict, key_state.without_response) = (Verdict::Accepted, 0),
        }
        self.release(key_state);
        drop(state);
        self.guard.released.notify_waiters();
    }

    fn release(&self, key_state: &mut KeyState) {
        if key_state.holder.is_some_and(|(number, _)| number == self.number) {
            key_state.holder = None;
        }
    }
}

impl KeyState {
    fn count_no_response(&mut self, now: SystemTime, cause: Option<Error>) {
        self.without_response += 1;
        self.cause = cause;
        self.last_without_response = now;
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let key_state = state.entry(key, self.acquired_at);
        if self.sent {
            key_state.count_no_response(self.acquired_at, None);
        }
        self.release(key_state);
        drop(state);
        self.guard.released.notify_waiters();
    }
}

fn lockout_risk(cause: Option<Error>) -> Error {
    let last = cause.as_ref().map_or("canceled", Error::message);
    let error = Error::credentials(format!(
        "refusing to send: {MAX_REQUESTS_WITHOUT_RESPONSE} requests with an unverified access key received no \
         response, and each may have counted as a failure (the 6th failure locks the key for 5 minutes); last failure: \
         {last}. Retry after 5 minutes, and let the first call with this key complete: do not cancel it, and raise \
         attempt_timeout if it timed out"
    ));
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
