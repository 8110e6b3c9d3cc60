//! The clock, and its skew: signing with the service's time if the local clock is wrong.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::credential::IamCredential;
use crate::error::attempt::AttemptError;
use crate::lock::lock;

/// Returns the current time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The service accepts 15 minutes. More than this is reported and corrected.
const MAX_SKEW: Duration = Duration::from_secs(5 * 60);
/// The year 2000. An earlier time is not from a working clock.
const EARLIEST_SERVER_TIME: Duration = Duration::from_secs(946_684_800);

/// The difference between the local clock and the service's.
#[derive(Clone, Copy, Default)]
pub(crate) struct Skew {
    amount: Duration,
    /// The local clock is ahead of the service's.
    is_ahead: bool,
}

impl Skew {
    fn between(local: SystemTime, server: SystemTime) -> Self {
        match server.duration_since(local) {
            Ok(amount) => Self { amount, is_ahead: false },
            Err(error) => Self { amount: error.duration(), is_ahead: true },
        }
    }

    /// Adds the skew to a rejection that the correction did not prevent.
    pub(crate) fn note(self, failed: AttemptError) -> AttemptError {
        if !failed.error.may_reject_credential() {
            return failed;
        }
        let minutes = (self.amount.as_secs() + 30) / 60;
        let direction = if self.is_ahead { "ahead of" } else { "behind" };
        failed.map(|error| {
            error.with_note(&format!(
                "the local clock is {minutes} minutes {direction} the service's; a request signed with the service's \
                 time was rejected too"
            ))
        })
    }
}

/// The skew of a client's clock.
#[derive(Default)]
pub(crate) struct ClockSkew(Mutex<Skew>);

impl ClockSkew {
    /// Returns the service's time, as far as it is known.
    pub(crate) fn correct(&self, now: SystemTime) -> SystemTime {
        let Skew { amount, is_ahead } = *lock(&self.0);
        let corrected = if is_ahead { now.checked_sub(amount) } else { now.checked_add(amount) };
        corrected.unwrap_or(now)
    }

    /// Sets the skew, and returns the previous one.
    pub(crate) fn replace(&self, skew: Skew) -> Skew {
        std::mem::replace(&mut *lock(&self.0), skew)
    }
}

/// The skew that may have caused a rejection.
pub(crate) struct DetectedSkew {
    /// The difference of the time that the rejected request was signed with.
    pub(crate) at_signing: Skew,
    /// The difference of the local clock.
    pub(crate) local: Skew,
}

/// Returns the skew if it may be why a signed request was rejected.
pub(crate) fn detect(
    credential: &IamCredential,
    failed: &AttemptError,
    signed_at: SystemTime,
    now: SystemTime,
) -> Option<DetectedSkew> {
    let rejected = credential.is_access_key() && failed.error.may_reject_credential();
    let server_time = failed.server_time.filter(|_| rejected)?;
    if server_time < UNIX_EPOCH + EARLIEST_SERVER_TIME {
        return None;
    }
    let at_signing = Skew::between(signed_at, server_time);
    let detected = DetectedSkew { at_signing, local: Skew::between(now, server_time) };
    (at_signing.amount > MAX_SKEW).then_some(detected)
}
