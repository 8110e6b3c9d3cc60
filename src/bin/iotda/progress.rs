//! The progress of each listing, and how to resume it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huaweicloud_iotda::types::Marker;

/// Certificates without printed devices are listed up to this number, and counted above it.
const MAX_LISTED_CERTIFICATES: usize = 3;

/// The progress of one listing.
#[derive(Debug)]
struct ListingProgress {
    /// For example, "certificate X".
    name: String,
    printed: u64,
    /// A page was read. If the listing is filtered, it may not have contained a matching record.
    started: bool,
    /// The marker after the last page that was printed completely.
    next: Option<String>,
    finished: bool,
}

/// The progress of all listings of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// The way to resume a run whose progress is stored elsewhere.
    hint: Arc<Mutex<Option<String>>>,
    listings: Arc<Mutex<Vec<ListingProgress>>>,
}

impl Progress {
    fn listings(&self) -> MutexGuard<'_, Vec<ListingProgress>> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how to resume this run, instead of the markers of its listings.
    pub(crate) fn set_hint(&self, hint: String) {
        *self.hint.lock().unwrap_or_else(PoisonError::into_inner) = Some(hint);
    }

    /// Adds a listing that starts at this marker, and returns its index.
    pub(crate) fn add(&self, name: String, marker: Option<String>) -> usize {
        let mut listings = self.listings();
        listings.push(ListingProgress { name, printed: 0, started: false, next: marker, finished: false });
        listings.len() - 1
    }

    /// Records that a page with `count` records of a listing was printed, and `next` as the marker after it.
    pub(crate) fn printed(&self, index: usize, count: usize, next: Option<&Marker>) {
        if let Some(listing) = self.listings().get_mut(index) {
            listing.printed += count as u64;
            listing.started = true;
            listing.next = next.map(|marker| marker.as_str().to_owned());
        }
    }

    /// Marks a listing that was read completely or whose failure was reported.
    pub(crate) fn finish(&self, index: usize) {
        if let Some(listing) = self.listings().get_mut(index) {
            listing.finished = true;
        }
    }

    /// Returns how to resume this listing, if a page of it was read.
    pub(crate) fn resume(&self, index: usize) -> Option<String> {
        let listings = self.listings();
        let is_single = listings.len() == 1;
        listings.get(index).filter(|listing| listing.started).map(|listing| listing.resume(is_single))
    }

    /// Returns how to resume all unfinished listings.
    pub(crate) fn unfinished(&self) -> Vec<String> {
        if let Some(hint) = self.hint.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return vec![hint];
        }
        let listings = self.listings();
        let mut unfinished: Vec<_> = listings.iter().filter(|listing| !listing.finished).collect();
        // Listings are printed in order, so these are the last ones. They have no markers.
        let not_started = unfinished.iter().skip(1).filter(|listing| !listing.started).count();
        if not_started > MAX_LISTED_CERTIFICATES {
            unfinished.truncate(unfinished.len() - not_started);
        }
        let is_single = listings.len() == 1;
        let mut lines: Vec<_> = unfinished.into_iter().map(|listing| listing.resume(is_single)).collect();
        if not_started > MAX_LISTED_CERTIFICATES {
            lines.push(format!("{not_started} certificates not started"));
        }
        lines
    }
}

impl ListingProgress {
    /// Describes how to resume. The option `--marker` applies to one listing, so each of several needs its own command.
    fn resume(&self, is_single: bool) -> String {
        let Self { name, printed, started, next, .. } = self;
        match next {
            Some(marker) if *started && is_single => {
                format!("{name}: {printed} printed; resume with --marker {marker}")
            }
            Some(marker) if *started => {
                let id = name.rsplit(' ').next().unwrap_or_default();
                format!(
                    "{name}: {printed} printed; resume it alone, with the same options: iotda devices {id} --marker {marker}"
                )
            }
            Some(marker) => format!("{name}: nothing printed; run again with --marker {marker}"),
            None if *started => format!("{name}: {printed} printed; no marker to resume from; run again"),
            None => format!("{name}: nothing printed; run again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use huaweicloud_iotda::types::Marker;

    use super::Progress;

    #[test]
    fn more_than_three_certificates_that_were_not_started_are_counted() {
        for (not_started, lines) in [(3, 4), (4, 2), (300, 2)] {
            let progress = Progress::default();
            for number in 0..=not_started {
                progress.add(format!("certificate {number}"), None);
            }
            let unfinished = progress.unfinished();
            assert_eq!(unfinished.len(), lines, "{unfinished:#?}");
            assert!(unfinished[0].starts_with("certificate 0: "), "{unfinished:#?}");
            let is_counted = unfinished[1].starts_with(&format!("{not_started} "));
            assert_eq!(is_counted, not_started > 3, "{unfinished:#?}");
        }
    }

    /// The option `--marker` can be used with one certificate only.
    #[test]
    fn one_of_several_listings_is_resumed_by_a_command_that_names_it() {
        let marker = Marker::default();
        let progress = Progress::default();
        let first = progress.add("certificate a".to_owned(), None);
        progress.printed(first, 50, Some(&marker));
        let with_option = format!("certificate a: 50 printed; resume with --marker {marker}");
        assert_eq!(progress.resume(first), Some(with_option));
        progress.add("certificate b".to_owned(), None);
        let command = format!("iotda devices a --marker {marker}");
        let expected = format!("certificate a: 50 printed; resume it alone, with the same options: {command}");
        assert_eq!(progress.resume(first), Some(expected.clone()));
        assert_eq!(progress.unfinished()[0], expected);
    }
}
