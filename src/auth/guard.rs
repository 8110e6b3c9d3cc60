//! The guard against locking an access key: at the service the sixth consecutive failure locks it for five minutes.
//!
//! The rule it keeps: until a key has been accepted once, one request at a time goes out with it; after a rejection the
//! waiting and the later calls get that rejection without a request, until the key is replaced or five minutes are over.
//! Requests without an answer may have counted as failures: after four of a key that was never accepted, no more goes out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::credential::Credential;
use crate::error::Error;

/// How long the service locks a key, and how long a rejected one is refused here.
const LOCKED: Duration = Duration::from_secs(5 * 60);
/// How many requests may stay without an answer: one more is the fifth failure at most.
const UNANSWERED: u32 = 4;
/// How many keys are remembered; a source that changes its key has one or two.
const KEYS: usize = 8;

#[derive(Default)]
pub(crate) struct Guard {
    state: Mutex<State>,
    /// A turn was given back.
    freed: Notify,
}

#[derive(Default)]
struct State {
    keys: Vec<Known>,
    /// Counts the turns, to tell which came first.
    turns: u64,
}

/// What is known of a key.
struct Known {
    key: Credential,
    verdict: Verdict,
    unanswered: u32,
    last_unanswered: SystemTime,
    /// What became of that one, unless it was cancelled.
    cause: Option<Error>,
    /// The one turn of a key that is not accepted yet, and since when.
    taken: Option<(u64, Instant)>,
}

enum Verdict {
    Open,
    Accepted,
    /// `turns` had been given when it came: what they tell later is older.
    Rejected {
        with: Error,
        at: SystemTime,
        turns: u64,
    },
}

/// The right to send with this key. Dropped without a report, a request that was sent counts as unanswered.
pub(crate) struct Turn<'a> {
    guard: &'a Guard,
    /// None of a token, which does not lock.
    key: Option<&'a Credential>,
    number: u64,
    entered: SystemTime,
    /// A request went out.
    sent: bool,
}

enum Entry {
    Go(u64),
    Wait(Duration),
}

impl Guard {
    /// Waits for a turn; an error is the rejection that the key has met. Whoever has the turn for longer than `patience`
    /// is not polled any more, and its request is over: the next one takes the turn.
    pub(crate) async fn enter<'a>(
        &'a self,
        credential: &'a Credential,
        now: impl Fn() -> SystemTime,
        patience: Duration,
    ) -> Result<Turn<'a>, Error> {
        let turn = |key, number| Turn { guard: self, key, number, entered: now(), sent: false };
        if !credential.is_access_key() {
            return Ok(turn(None, 0));
        }
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Before looking, so that no turn that is given back meanwhile is missed.
            freed.as_mut().enable();
            match self.try_enter(credential, now(), patience)? {
                Entry::Go(number) => return Ok(turn(Some(credential), number)),
                Entry::Wait(time) => {
                    // Freed or over: look again.
                    let _ = tokio::time::timeout(time, freed).await;
                }
            }
        }
    }

    fn try_enter(&self, key: &Credential, now: SystemTime, patience: Duration) -> Result<Entry, Error> {
        let mut state = self.state();
        state.turns += 1;
        let number = state.turns;
        let known = state.of(key, now);
        // A clock that was set back counts as over: better one request too many than none for ever.
        let lately = |time: SystemTime| now.duration_since(time).is_ok_and(|since| since < LOCKED);
        match &known.verdict {
            Verdict::Accepted => return Ok(Entry::Go(number)),
            Verdict::Rejected { with, at, .. } if lately(*at) => return Err(with.clone()),
            Verdict::Rejected { .. } | Verdict::Open => known.verdict = Verdict::Open,
        }
        if known.unanswered >= UNANSWERED {
            if lately(known.last_unanswered) {
                return Err(unanswered(known.cause.clone()));
            }
            known.unanswered = 0;
        }
        match known.taken.map(|(_, since)| since.elapsed()) {
            Some(elapsed) if elapsed < patience => Ok(Entry::Wait(patience - elapsed)),
            _ => {
                known.taken = Some((number, Instant::now()));
                Ok(Entry::Go(number))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(&mut self, key: &Credential, now: SystemTime) -> &mut Known {
        let index = self.keys.iter().position(|known| known.key == *key).unwrap_or_else(|| {
            if self.keys.len() == KEYS {
                self.keys.remove(0);
            }
            let verdict = Verdict::Open;
            let key = key.clone();
            self.keys.push(Known { key, verdict, unanswered: 0, last_unanswered: now, cause: None, taken: None });
            self.keys.len() - 1
        });
        &mut self.keys[index]
    }
}

impl Turn<'_> {
    /// Says that a request goes out now, perhaps long after the turn was taken. `false`: somebody else has the turn by now;
    /// an error is the rejection that the key has met meanwhile.
    pub(crate) fn begin(&mut self, now: SystemTime) -> Result<bool, Error> {
        let Some(key) = self.key else { return Ok(true) };
        let mut state = self.guard.state();
        let known = state.of(key, now);
        match &known.verdict {
            Verdict::Rejected { with, .. } => return Err(with.clone()),
            Verdict::Accepted => {}
            Verdict::Open if known.taken.is_none_or(|(number, _)| number != self.number) => return Ok(false),
            Verdict::Open => known.taken = Some((self.number, Instant::now())),
        }
        self.sent = true;
        Ok(true)
    }

    /// What became of the request. An answer of the service itself accepts the key, even an error; one of the gateway
    /// (which may throttle before it looks at the key) says nothing.
    pub(crate) fn report<T>(mut self, result: &Result<T, Error>, now: SystemTime) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let turns = state.turns;
        let known = state.of(key, now);
        match result {
            Err(error) if error.is_unauthorized() => {
                known.verdict = Verdict::Rejected { with: error.clone(), at: now, turns };
            }
            Err(error) if error.is_unanswered() => known.count_unanswered(now, Some(error.clone())),
            Err(error) if !error.code().is_some_and(|code| code.starts_with("IOTDA.")) => {}
            _ if matches!(known.verdict, Verdict::Rejected { turns, .. } if self.number <= turns) => {}
            _ => (known.verdict, known.unanswered) = (Verdict::Accepted, 0),
        }
        self.give_back(known);
        drop(state);
        self.guard.freed.notify_waiters();
    }

    fn give_back(&self, known: &mut Known) {
        if known.taken.is_some_and(|(number, _)| number == self.number) {
            known.taken = None;
        }
    }
}

impl Known {
    fn count_unanswered(&mut self, now: SystemTime, cause: Option<Error>) {
        self.unanswered += 1;
        self.cause = cause;
        self.last_unanswered = now;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.guard.state();
        let known = state.of(key, self.entered);
        if self.sent {
            known.count_unanswered(self.entered, None);
        }
        self.give_back(known);
        drop(state);
        self.guard.freed.notify_waiters();
    }
}

fn unanswered(cause: Option<Error>) -> Error {
    let last = cause.as_ref().map_or("the last was cancelled", Error::message);
    let error = Error::credentials(format!(
        "{UNANSWERED} requests with this access key, which the service has not accepted yet, ended without an answer; each \
         may have counted as a failure, and the sixth locks the key, so none is sent for five minutes ({last}). Give the \
         first call of a key the time to be answered: do not cancel it, or raise attempt_timeout"
    ));
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
