//! Exit statuses.

use std::io;
use std::process::ExitCode;

use huaweicloud_iotda::{Error, ErrorKind};

use crate::failure::Failure;

/// The list in `iotda --help`. A test compares the table in docs/command-line.md with it.
pub(crate) const HELP: &str = "\
Exit status:
  0    success: all requested data was printed
  1    other failure
  2    usage: an argument or setting is invalid or missing
  3    authentication: the credential is missing, was rejected, or lacks the permission
  4    not found: no such certificate, instance or resource space
  5    throttled, unavailable or unreachable, after all retries
  6    partial: some of the requested data is missing; standard error says which
  130  interrupted by Ctrl-C; standard error shows how to resume";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    Other = 1,
    Usage = 2,
    Authentication = 3,
    NotFound = 4,
    Unavailable = 5,
    Partial = 6,
    Interrupted = 130,
}

impl Exit {
    pub(crate) fn from_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Configuration => Self::Usage,
            _ if error.is_retryable() => Self::Unavailable,
            ErrorKind::Credentials => Self::Authentication,
            _ if error.is_unauthorized() || error.is_forbidden() => Self::Authentication,
            _ if error.is_not_found() => Self::NotFound,
            _ => Self::Other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The combined result of several listings.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// At least one request succeeded.
    pub(crate) any_success: bool,
    pub(crate) failures: Vec<Exit>,
}

impl Tally {
    /// Writes the rest of the output and returns the exit status. A closed pipe does not hide failures that were reported
    /// before. If everything failed, nothing is written, because an empty list would mean that there are no records.
    pub(crate) fn finish(&self, write: impl FnOnce() -> io::Result<()>) -> Result<Exit, Failure> {
        let written = if self.any_success || self.failures.is_empty() { write() } else { Ok(()) };
        written.map_err(Failure::from).map_or_else(|failure| self.stopped_by(failure), |()| Ok(self.exit()))
    }

    /// Returns the result of a run whose output could not be written.
    pub(crate) fn stopped_by(&self, failure: Failure) -> Result<Exit, Failure> {
        if failure.is_closed_pipe() { Ok(self.exit()) } else { Err(failure) }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self.failures.as_slice() {
            [] => Exit::Success,
            _ if self.any_success => Exit::Partial,
            [first, others @ ..] if others.iter().all(|other| other == first) => *first,
            _ => Exit::Other,
        }
    }
}
