//! The combined result of several listings.

use std::io;

use crate::exit::Exit;
use crate::failure::Failure;

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
