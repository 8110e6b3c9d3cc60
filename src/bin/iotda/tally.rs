//! The combined result of several listings.

use std::io;

use crate::arguments::PageOptions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::ListingEnd;
use crate::status_line::StatusLine;

#[derive(Debug)]
pub(crate) struct Tally {
    /// At least one request succeeded.
    pub(crate) any_success: bool,
    pub(crate) failures: Vec<Exit>,
    /// A listing has fewer records than the service counts.
    pub(crate) any_incomplete: bool,
    /// A listing with fewer records than the service counts is a failure.
    strict: bool,
    /// The advice about such a listing.
    pub(crate) run_again: &'static str,
}

impl Default for Tally {
    fn default() -> Self {
        let run_again = "run it again before you act";
        Self { any_success: false, failures: Vec::new(), any_incomplete: false, strict: false, run_again }
    }
}

impl Tally {
    pub(crate) fn new(pages: &PageOptions) -> Self {
        Self { strict: pages.strict, ..Self::default() }
    }

    /// Reports a listing that ended with fewer records than the service counts.
    pub(crate) fn check_end(&mut self, status_line: &StatusLine, listing: &str, end: Option<ListingEnd>) {
        let Some(ListingEnd { read, counted, is_complete: false }) = end else { return };
        self.any_incomplete = true;
        let contradiction = match counted {
            Some(counted) => format!("the service counts {counted}"),
            None => "a page had no marker".to_owned(),
        };
        status_line.warning(&format!(
            "{listing}: read {read} records, but {contradiction}; records came or went meanwhile, or the listing is \
             incomplete: {}",
            self.run_again
        ));
        if self.strict {
            self.failures.push(Exit::Partial);
        }
    }

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
