//! Where each listing stands, and Ctrl-C: the run ends at once and says how to go on.

use std::future::poll_fn;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Poll;
use std::time::Duration;

use huaweicloud_iotda::types::Marker;

use crate::exit::Exit;
use crate::screen::say;

/// How many milliseconds a page may take to be printed.
const PATIENCE: u32 = 200;
/// How many certificates of which nothing is printed are named.
const FEW: usize = 3;

/// A listing that may be broken off.
#[derive(Debug)]
struct Listing {
    /// As "certificate X".
    of: String,
    printed: u64,
    /// A page was read; of a filtered listing, maybe without anything to print.
    begun: bool,
    /// What follows the last page that was printed whole.
    next: Option<String>,
    done: bool,
}

/// All listings of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    listings: Arc<Mutex<Vec<Listing>>>,
    /// Held while a page is on its way to standard output, and from Ctrl-C on.
    printing: Arc<Mutex<()>>,
}

impl Standing {
    fn listings(&self) -> MutexGuard<'_, Vec<Listing>> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A listing that is to be read, from this marker on; its number.
    pub(crate) fn add(&self, of: String, marker: Option<String>) -> usize {
        let mut listings = self.listings();
        listings.push(Listing { of, printed: 0, begun: false, next: marker, done: false });
        listings.len() - 1
    }

    /// Prints a page of this listing, of so many records; then what follows it is `next`.
    pub(crate) fn print(
        &self,
        listing: usize,
        count: usize,
        next: Option<&Marker>,
        print: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let _printing = self.printing.lock().unwrap_or_else(PoisonError::into_inner);
        print()?;
        if let Some(listing) = self.listings().get_mut(listing) {
            listing.printed += count as u64;
            listing.begun = true;
            listing.next = next.map(|marker| marker.as_str().to_owned());
        }
        Ok(())
    }

    /// Whether no page is being printed; then none is any more.
    fn stop(&self) -> bool {
        let printing = match self.printing.try_lock() {
            Ok(printing) => printing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        std::mem::forget(printing);
        true
    }

    /// It was read to its end, or its failure was told.
    pub(crate) fn done(&self, listing: usize) {
        if let Some(listing) = self.listings().get_mut(listing) {
            listing.done = true;
        }
    }

    /// How to go on with this listing, if a part of it was read.
    pub(crate) fn resume(&self, listing: usize) -> Option<String> {
        self.listings().get(listing).filter(|listing| listing.begun).map(Listing::resume)
    }

    /// How to go on with all that are not done.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        let listings = self.listings();
        let mut left: Vec<_> = listings.iter().filter(|listing| !listing.done).collect();
        // All after the one that is being printed; they have no markers.
        let waiting = left.iter().skip(1).filter(|listing| !listing.begun).count();
        if waiting > FEW {
            left.truncate(left.len() - waiting);
        }
        let mut lines: Vec<_> = left.into_iter().map(Listing::resume).collect();
        if waiting > FEW {
            lines.push(format!("{waiting} more certificates were not begun"));
        }
        lines
    }
}

impl Listing {
    fn resume(&self) -> String {
        let Self { of, printed, begun, next, .. } = self;
        match next {
            Some(marker) if *begun => format!("{of}: {printed} printed; go on with --marker {marker}"),
            Some(marker) => format!("{of}: nothing printed; begin again with --marker {marker}"),
            None if *begun => format!("{of}: {printed} printed, and no marker to go on from; begin again"),
            None => format!("{of}: nothing printed; begin again"),
        }
    }
}

/// Ends the process when the user asks for it, from now on, whatever the rest of it waits for.
pub(crate) async fn watch(standing: Standing) {
    let mut signal = Box::pin(tokio::signal::ctrl_c());
    // It is heard once it has been polled; what is ready at once is an error.
    if poll_fn(|context| Poll::Ready(signal.as_mut().poll(context).is_ready())).await {
        return;
    }
    tokio::spawn(async move {
        if signal.await.is_ok() {
            end(&standing).await;
        }
    });
}

async fn end(standing: &Standing) {
    // A page that is being printed is printed whole, so that nothing is printed twice by who goes on; but a reader that
    // has stopped reading is not waited for.
    for _ in 0..PATIENCE {
        if standing.stop() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    if io::stderr().is_terminal() {
        // The terminal's own ^C. The bar is left: its lock may be held by who can't go on.
        let _ = io::stderr().lock().write_all(b"\r\x1b[2K");
    }
    let mut lines = vec!["interrupted".to_owned()];
    lines.extend(standing.unfinished());
    say(&lines);
    std::process::exit(Exit::Interrupted as i32);
}

#[cfg(test)]
mod tests {
    use super::Standing;

    #[test]
    fn certificates_that_were_not_begun_are_counted_when_they_are_many() {
        for (waiting, lines) in [(3, 4), (4, 2), (300, 2)] {
            let standing = Standing::default();
            for number in 0..=waiting {
                standing.add(format!("certificate {number}"), None);
            }
            let left = standing.unfinished();
            assert_eq!(left.len(), lines, "{left:#?}");
            assert_eq!(left[0], "certificate 0: nothing printed; begin again");
            let counted = left[1] == format!("{waiting} more certificates were not begun");
            assert_eq!(counted, waiting > 3, "{left:#?}");
        }
    }

    #[test]
    fn between_the_marker_that_is_named_and_the_end_no_page_is_printed() {
        let standing = Standing::default();
        let place = standing.add("certificate X".to_owned(), None);
        let print = || {
            assert!(!standing.stop(), "a page is being printed");
            Ok(())
        };
        assert!(standing.print(place, 1, None, print).is_ok());
        assert!(standing.stop());
        // Whoever prints waits for what is not given back.
        assert!(standing.printing.try_lock().is_err());
    }
}
