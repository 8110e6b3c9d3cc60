//! The error of one attempt, with the facts that decide what follows it.

use std::time::SystemTime;

use super::Error;

/// An error of one attempt, with the time of the server's `Date` header.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) error: Error,
    pub(crate) server_time: Option<SystemTime>,
    /// The response was the documented JSON, so the service accepted the credential, although its page is rejected.
    pub(crate) decoded: bool,
}

impl AttemptError {
    pub(crate) fn map(self, change: impl FnOnce(Error) -> Error) -> Self {
        Self { error: change(self.error), ..self }
    }
}

impl From<AttemptError> for Error {
    fn from(failed: AttemptError) -> Self {
        failed.error
    }
}

impl From<Error> for AttemptError {
    fn from(error: Error) -> Self {
        Self { error, server_time: None, decoded: false }
    }
}
