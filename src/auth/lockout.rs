//! The guard against locking an access key: at the service the sixth consecutive failure locks it for five minutes.
//!
//! The rule it keeps: until a key has been accepted once, one request at a time goes out with it; after a rejection the
//! waiting and the later calls get that rejection without a request, until the key is replaced or five minutes are over.
//! Requests without an answer may have counted as failures: after four of a key that was never accepted, no more goes out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::credential::IamCredential;
use crate::error::Error;

/// How long the service locks a key, and how long a rejected one is refused here.
const LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// How many requests may stay without an answer: one more is the fifth failure at most.
const MAX_UNANSWERED: u32 = 4;
/// How many keys are remembered; a source that changes its key has one or two.
const MAX_TRACKED_KEYS: usize = 8;

#[derive(Default)]
pub(crate) struct LockoutGuard {
    state: Mutex<State>,
    /// A permit was given back.
    released: Notify,
}

#[derive(Default)]
struct State {
    keys: Vec<KeyState>,
    /// Counts the permits, to tell which came first.
    permits: u64,
}

/// What is key_state of a key.
struct KeyState {
    key: IamCredential,
    verdict: Verdict,
    unanswered: u32,
    last_unanswered: SystemTime,
    /// What became of that one, unless it was cancelled.
    cause: Option<Error>,
    /// The one permit of a key that is not accepted yet, and since when.
    holder: Option<(u64, Instant)>,
}

enum Verdict {
    Unverified,
    Accepted,
    /// `permits` had been given when it came: what they tell later is older.
    Rejected {
        with: Error,
        at: SystemTime,
        permits: u64,
    },
}

/// The right to send with this key. Dropped without a report, a request that was sent counts as unanswered.
pub(crate) struct Permit<'a> {
    guard: &'a LockoutGuard,
    /// None of a token, which does not lock.
    key: Option<&'a IamCredential>,
    number: u64,
    entered: SystemTime,
    /// A request went out.
    sent: bool,
}

enum Admission {
    Granted(u64),
    Wait(Duration),
}

impl LockoutGuard {
    /// Waits for a permit; an error is the rejection that the key has met. Whoever has the permit for longer than `permit_timeout`
    /// is not polled any more, and its request is over: the next one takes the permit.
    pub(crate) async fn acquire<'a>(
        &'a self,
        credential: &'a IamCredential,
        now: impl Fn() -> SystemTime,
        permit_timeout: Duration,
    ) -> Result<Permit<'a>, Error> {
        let permit = |key, number| Permit { guard: self, key, number, entered: now(), sent: false };
        if !credential.is_access_key() {
            return Ok(permit(None, 0));
        }
        loop {
            let mut released = std::pin::pin!(self.released.notified());
            // Before looking, so that no permit that is given back meanwhile is missed.
            released.as_mut().enable();
            match self.try_acquire(credential, now(), permit_timeout)? {
                Admission::Granted(number) => return Ok(permit(Some(credential), number)),
                Admission::Wait(time) => {
                    // Freed or over: look again.
                    let _ = tokio::time::timeout(time, released).await;
                }
            }
        }
    }

    fn try_acquire(&self, key: &IamCredential, now: SystemTime, permit_timeout: Duration) -> Result<Admission, Error> {
        let mut state = self.state();
        state.permits += 1;
        let number = state.permits;
        let key_state = state.entry(key, now);
        // A clock that was set back counts as over: better one request too many than none for ever.
        let within_lockout = |time: SystemTime| now.duration_since(time).is_ok_and(|since| since < LOCKOUT);
        match &key_state.verdict {
            Verdict::Accepted => return Ok(Admission::Granted(number)),
            Verdict::Rejected { with, at, .. } if within_lockout(*at) => return Err(with.clone()),
            Verdict::Rejected { .. } | Verdict::Unverified => key_state.verdict = Verdict::Unverified,
        }
        if key_state.unanswered >= MAX_UNANSWERED {
            if within_lockout(key_state.last_unanswered) {
                return Err(lockout_risk(key_state.cause.clone()));
            }
            key_state.unanswered = 0;
        }
        match key_state.holder.map(|(_, since)| since.elapsed()) {
            Some(elapsed) if elapsed < permit_timeout => Ok(Admission::Wait(permit_timeout - elapsed)),
            _ => {
                key_state.holder = Some((number, Instant::now()));
                Ok(Admission::Granted(number))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn entry(&mut self, key: &IamCredential, now: SystemTime) -> &mut KeyState {
        let index = self.keys.iter().position(|key_state| key_state.key == *key).unwrap_or_else(|| {
            if self.keys.len() == MAX_TRACKED_KEYS {
                self.keys.remove(0);
            }
            let verdict = Verdict::Unverified;
            let key = key.clone();
            self.keys.push(KeyState { key, verdict, unanswered: 0, last_unanswered: now, cause: None, holder: None });
            self.keys.len() - 1
        });
        &mut self.keys[index]
    }
}

impl Permit<'_> {
    /// Says that a request goes out now, perhaps long after the permit was holder. `false`: somebody else has the permit by now;
    /// an error is the rejection that the key has met meanwhile.
    pub(crate) fn start(&mut self, now: SystemTime) -> Result<bool, Error> {
        let Some(key) = self.key else { return Ok(true) };
        let mut state = self.guard.state();
        let key_state = state.entry(key, now);
        match &key_state.verdict {
            Verdict::Rejected { with, .. } => return Err(with.clone()),
            Verdict::Accepted => {}
            Verdict::Unverified if key_state.holder.is_none_or(|(number, _)| number != self.number) => {
                return Ok(false);
            }
            Verdict::Unverified => key_state.holder = Some((self.number, Instant::now())),
        }
        self.sent = true;
        Ok(true)
    }

    /// What became of the request. An answer of the service itself accepts the key, even an error; one of the gateway
    /// (which may throttle before it looks at the key) says nothing.
    pub(crate) fn report<T>(mut self, result: &Result<T, Error>, now: SystemTime) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let permits = state.permits;
        let key_state = state.entry(key, now);
        match result {
            Err(error) if error.is_unauthorized() => {
                key_state.verdict = Verdict::Rejected { with: error.clone(), at: now, permits };
            }
            Err(error) if error.is_unanswered() => key_state.count_unanswered(now, Some(error.clone())),
            Err(error) if !error.code().is_some_and(|code| code.starts_with("IOTDA.")) => {}
            _ if matches!(key_state.verdict, Verdict::Rejected { permits, .. } if self.number <= permits) => {}
            _ => (key_state.verdict, key_state.unanswered) = (Verdict::Accepted, 0),
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
    fn count_unanswered(&mut self, now: SystemTime, cause: Option<Error>) {
        self.unanswered += 1;
        self.cause = cause;
        self.last_unanswered = now;
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let key_state = state.entry(key, self.entered);
        if self.sent {
            key_state.count_unanswered(self.entered, None);
        }
        self.release(key_state);
        drop(state);
        self.guard.released.notify_waiters();
    }
}

fn lockout_risk(cause: Option<Error>) -> Error {
    let last = cause.as_ref().map_or("the last was cancelled", Error::message);
    let error = Error::credentials(format!(
        "{MAX_UNANSWERED} requests with this access key, which the service has not accepted yet, ended without an answer; each \
         may have counted as a failure, and the sixth locks the key, so none is sent for five minutes ({last}). Give the \
         first call of a key the time to be answered: do not cancel it, or raise attempt_timeout"
    ));
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
