//! The bound of the rejected signatures and logins: after a rejection, no request is sent whose rejection is foreseeable.

use std::time::Duration;

/// The time for which the client does not send a rejected access key.
const KEY_LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// The time for which the client does not send a rejected password.
const USER_LOCKOUT: Duration = Duration::from_secs(15 * 60);

/// The number of rejections that are allowed so far.
#[derive(Default)]
pub(super) struct Rejections {
    allowed: usize,
    /// A call that started after the last change of the server has ended: the client knows the result.
    is_settled: bool,
    /// The number of changes of the server.
    pub(super) changes: usize,
}

impl Rejections {
    /// The server rejects requests in flight, and one more that settles the question.
    pub(super) fn server_changed(&mut self, in_flight: usize) {
        self.allowed += in_flight + 1;
        self.changes += 1;
        self.is_settled = false;
    }

    /// Until the question is settled, requests of this new call may be in flight, too.
    pub(super) fn call_started(&mut self, in_flight: usize) {
        if !self.is_settled {
            self.allowed += in_flight;
        }
    }

    /// A call that started after this number of changes has received its result.
    pub(super) fn call_ended(&mut self, changes: usize) {
        self.is_settled |= changes == self.changes;
    }

    /// The result of this number of requests may be lost, or the requests may be rejected because they are late.
    pub(super) fn lost(&mut self, requests: usize) {
        self.allowed += requests;
    }

    /// Returns the bound after the client's clock was advanced by this time. After each lockout, a request is sent, and once
    /// more with the corrected time.
    pub(super) fn keys(&self, advanced: Duration) -> usize {
        self.allowed + 2 * (advanced.as_secs() / KEY_LOCKOUT.as_secs()) as usize
    }

    pub(super) fn logins(&self, advanced: Duration) -> usize {
        1 + self.allowed + (advanced.as_secs() / USER_LOCKOUT.as_secs()) as usize
    }
}
