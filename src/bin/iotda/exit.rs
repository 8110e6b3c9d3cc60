//! The exit status: what a script learns of a run.

use std::io;
use std::process::ExitCode;

use huaweicloud_iotda::{Error, ErrorKind};

use crate::failure::Failure;

/// For `--help`; the README has the same list.
pub(crate) const HELP: &str = "\
Exit status:
  0    everything that was asked for was printed
  1    a failure of another kind
  2    usage: an argument or a setting is wrong or missing
  3    authentication: no credential, or it was refused or lacks the permission
  4    not found: no such certificate, project, instance or resource space
  5    throttled, unavailable or not to be reached, also after all retries
  6    partial: some of it was answered, but not all; standard error says what is missing
  130  interrupted by Ctrl-C; standard error says how to go on";

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
    pub(crate) fn of(error: &Error) -> Self {
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

/// What became of several listings.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Something of them was answered.
    pub(crate) answered: bool,
    pub(crate) failures: Vec<Exit>,
}

impl Tally {
    /// The end of a run, of whose output this writes the rest: a reader that went away hides no failure that was told before.
    /// Where nothing but failures came, nothing is written: an empty list would say that there is none.
    pub(crate) fn end(&self, write: impl FnOnce() -> io::Result<()>) -> Result<Exit, Failure> {
        let written = if self.answered || self.failures.is_empty() { write() } else { Ok(()) };
        written.map_err(Failure::from).map_or_else(|failure| self.ended_by(failure), |()| Ok(self.exit()))
    }

    /// The end of a run that could not be written.
    pub(crate) fn ended_by(&self, failure: Failure) -> Result<Exit, Failure> {
        if failure.is_closed_pipe() { Ok(self.exit()) } else { Err(failure) }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self.failures.as_slice() {
            [] => Exit::Success,
            _ if self.answered => Exit::Partial,
            [first, others @ ..] if others.iter().all(|other| other == first) => *first,
            _ => Exit::Other,
        }
    }
}
