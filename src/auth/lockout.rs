//! Protection against locking an access key, an IAM user or an account at a proxy: the service locks a key for five minutes
//! at its sixth consecutive failure, and IAM locks a user for 15 minutes after a few rejected logins.
//!
//! Each [`LockoutKey`] has one of four states:
//!
//! | state | [`Permit::acquire`] for the first request |
//! |---|---|
//! | unverified (initial) | issues one permit at a time; other callers wait |
//! | unverified, after four requests with an access key without a response | fails for five minutes after the last of them |
//! | accepted | issues a permit to each caller immediately |
//! | rejected | returns the rejection for the time of the lockout; then the key is unverified |
//!
//! [`Permit::report`] changes the state by the result of a request:
//!
//! | result | new state |
//! |---|---|
//! | 401; at a proxy 407 | rejected |
//! | success, or an error of the service (`IOTDA.…`); at a proxy any other status | accepted; the count of requests without a response is reset |
//! | such a result of a permit that was issued before the last rejection | unchanged: the rejection is newer |
//! | no response, or a canceled request | unchanged; it is counted, because the service may have counted a failure |
//! | another error, such as one of the gateway, which may throttle before it checks the key | unchanged |
//!
//! If clock skew may be why a request was rejected, it is sent again with the corrected time instead of a report.
//! [`Permit::acquire`] for this second request changes the state:
//!
//! | state | new state |
//! |---|---|
//! | accepted | unverified, with this permit as the only one: no other request is sent until its result is reported |
//! | accepted since the first request, so with the corrected time | unchanged; the permit is issued immediately |
//! | unverified | unchanged; the permit is issued when no other one exists |
//! | rejected | unchanged; returns the rejection |
//!
//! Requests that are in flight at the first rejection of an accepted key cannot be recalled. So the number of rejected
//! requests is at most the number of requests in flight, plus one.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock_skew::Clock;
use super::lockout_key::LockoutKey;
use crate::error::attempt::AttemptError;
use crate::error::{Cause, Error};
use crate::lock::lock;

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
    key: LockoutKey,
    verdict: Verdict,
    /// The number of the newest permit at the last rejection. The results of permits up to it are older than the rejection.
    last_permit_at_rejection: u64,
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
    Rejected { error: Error, at: SystemTime },
}

/// The right to send one request with a key. It may be acquired again for another one. If a permit is dropped without a
/// report, a request that was sent counts as one without a response.
pub(crate) struct Permit<'a> {
    guard: &'a LockoutGuard,
    clock: &'a Clock,
    /// The time after which a permit belongs to a call that is no longer polled. Its request has timed out, so the next
    /// caller receives a permit.
    timeout: Duration,
    /// `None` for a token, which the service does not lock.
    key: Option<LockoutKey>,
    /// The number of the permit; 0 before it is issued.
    number: u64,
    issued_at: SystemTime,
    /// The number with which the last request was sent; 0 if none was.
    sent: u64,
}

enum Admission {
    Granted(u64),
    Wait(Duration),
}

impl LockoutGuard {
    /// Returns a permit that must be acquired before each request.
    pub(crate) fn permit<'a>(&'a self, key: Option<LockoutKey>, clock: &'a Clock, timeout: Duration) -> Permit<'a> {
        Permit { guard: self, clock, timeout, key, number: 0, issued_at: clock(), sent: 0 }
    }
}

impl GuardState {
    fn entry(&mut self, key: &LockoutKey, now: SystemTime) -> &mut KeyState {
        let index = self.keys.iter().position(|key_state| key_state.key == *key).unwrap_or_else(|| {
            if self.keys.len() == MAX_TRACKED_KEYS {
                self.keys.remove(0);
            }
            self.keys.push(KeyState {
                key: key.clone(),
                verdict: Verdict::Unverified,
                last_permit_at_rejection: 0,
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

impl KeyState {
    /// Returns the reason why no request with this key may be sent. Ends the lockout when its time has elapsed.
    fn check(&mut self, now: SystemTime) -> Result<(), Error> {
        let lockout = self.key.lockout();
        // If the clock was set back, the lockout counts as over; otherwise the key could be unusable for any length of
        // time.
        let within_lockout = |time: SystemTime| now.duration_since(time).is_ok_and(|since| since < lockout);
        match &self.verdict {
            Verdict::Accepted => return Ok(()),
            Verdict::Rejected { error, at } if within_lockout(*at) => return Err(error.clone()),
            Verdict::Rejected { .. } | Verdict::Unverified => self.verdict = Verdict::Unverified,
        }
        if self.key.max_requests_without_response().is_some_and(|max| self.without_response >= max) {
            if within_lockout(self.last_without_response) {
                return Err(self.key.lockout_risk(self.cause.clone()));
            }
            self.without_response = 0;
        }
        Ok(())
    }

    /// Grants the only permit, unless another one is valid.
    fn grant_to_one(&mut self, number: u64, permit_timeout: Duration) -> Admission {
        match self.holder.map(|(_, since)| since.elapsed()) {
            Some(elapsed) if elapsed < permit_timeout => Admission::Wait(elapsed),
            _ => {
                self.holder = Some((number, Instant::now()));
                Admission::Granted(number)
            }
        }
    }

    fn is_held_by(&self, number: u64) -> bool {
        self.holder.is_some_and(|(holder, _)| holder == number)
    }

    /// Records a rejection. An older one does not replace a newer result.
    fn reject(&mut self, permit: u64, last_permit: u64, error: &Error, now: SystemTime) {
        let is_older = permit <= self.last_permit_at_rejection;
        if is_older && !matches!(self.verdict, Verdict::Rejected { .. }) {
            return;
        }
        self.verdict = Verdict::Rejected { error: self.key.lockout_error(error), at: now };
        self.last_permit_at_rejection = last_permit;
    }

    fn count_no_response(&mut self, now: SystemTime, cause: Option<Error>) {
        self.without_response += 1;
        self.cause = cause;
        self.last_without_response = now;
    }
}

impl Permit<'_> {
    /// Waits until the guard issues the permit, and then until the pace allows a request. Returns the rejection of the key
    /// if there is one.
    ///
    /// Acquire it again for a second request, if the first one was rejected for a reason that the second one corrects.
    pub(crate) async fn acquire<F: Future>(&mut self, pace: impl Fn() -> F) -> Result<(), Error> {
        loop {
            if let Some(key) = &self.key {
                self.number = self.wait(key).await?;
                self.issued_at = (self.clock)();
            }
            pace().await;
            if self.start()? {
                return Ok(());
            }
        }
    }

    /// Repeats the attempt to acquire the permit after each release, and after the time that it returns.
    async fn wait(&self, key: &LockoutKey) -> Result<u64, Error> {
        loop {
            let mut released = std::pin::pin!(self.guard.released.notified());
            // Registers before the check, so that a release in between is not missed.
            released.as_mut().enable();
            match self.try_acquire(key)? {
                Admission::Granted(number) => return Ok(number),
                Admission::Wait(elapsed) => {
                    let _ = tokio::time::timeout(self.timeout.saturating_sub(elapsed), released).await;
                }
            }
        }
    }

    fn try_acquire(&self, key: &LockoutKey) -> Result<Admission, Error> {
        let now = (self.clock)();
        let mut state = lock(&self.guard.state);
        let last_permit = state.last_permit;
        state.last_permit += 1;
        let key_state = state.entry(key, now);
        key_state.check(now)?;
        if matches!(key_state.verdict, Verdict::Accepted) {
            // The first request, or the key was accepted after the first one was rejected.
            if self.sent <= key_state.last_permit_at_rejection {
                return Ok(Admission::Granted(last_permit + 1));
            }
            key_state.verdict = Verdict::Unverified;
            key_state.last_permit_at_rejection = last_permit;
        }
        self.release(key_state);
        Ok(key_state.grant_to_one(last_permit + 1, self.timeout))
    }

    /// Marks the permit as used, immediately before a request is sent, which may be long after it was issued.
    ///
    /// Returns `false` if another call has the permit by now, and the rejection if the key was rejected meanwhile.
    fn start(&mut self) -> Result<bool, Error> {
        let Some(key) = &self.key else { return Ok(true) };
        let mut state = lock(&self.guard.state);
        let key_state = state.entry(key, self.issued_at);
        match &key_state.verdict {
            Verdict::Rejected { error, .. } => return Err(error.clone()),
            Verdict::Accepted => {}
            Verdict::Unverified if !key_state.is_held_by(self.number) => return Ok(false),
            Verdict::Unverified => key_state.holder = Some((self.number, Instant::now())),
        }
        self.sent = self.number;
        Ok(true)
    }

    /// Updates the state of the key by the result of the request, and releases the permit.
    pub(crate) fn report<T>(mut self, result: &Result<T, AttemptError>) {
        let Some(key) = self.key.take() else { return };
        let now = (self.clock)();
        let mut state = lock(&self.guard.state);
        let last_permit = state.last_permit;
        let key_state = state.entry(&key, now);
        match result {
            Err(failed) if key.is_rejected(failed) => {
                key_state.reject(self.number, last_permit, &failed.error, now);
            }
            Err(failed) if matches!(failed.error.cause(), Cause::NoResponse { sent: true, .. }) => {
                key_state.count_no_response(now, Some(failed.error.clone()));
            }
            Err(failed) if !key.is_accepted(failed) => {}
            _ if self.number <= key_state.last_permit_at_rejection => {}
            _ => (key_state.verdict, key_state.without_response) = (Verdict::Accepted, 0),
        }
        self.release(key_state);
        drop(state);
        self.guard.released.notify_waiters();
    }

    fn release(&self, key_state: &mut KeyState) {
        if key_state.is_held_by(self.number) {
            key_state.holder = None;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = lock(&self.guard.state);
        let key_state = state.entry(&key, self.issued_at);
        if self.sent > 0 {
            key_state.count_no_response(self.issued_at, None);
        }
        self.release(key_state);
        drop(state);
        self.guard.released.notify_waiters();
    }
}
