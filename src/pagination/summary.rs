//! The number of records that were read, compared with the service's count.

use super::page::PageQuery;

/// The result of a listing that was read to its end, returned by [`Items::summary`](crate::Items::summary) and
/// [`Pages::summary`](crate::Pages::summary).
///
/// A listing ends where the service says so. This summary also compares it with the service's count.
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
///
/// let mut devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").items();
/// while let Some(device) = devices.try_next().await? {
///     println!("{:?}", device.device_id);
/// }
/// if let Some(summary) = devices.summary().filter(|summary| !summary.is_complete()) {
///     eprintln!("read {} devices, but the service counts {:?}", summary.read, summary.counted);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ListingSummary {
    /// The number of records that were read.
    pub read: u64,
    /// The number of records in the listing by the service's count (`page.count`): the smaller one of the first page's
    /// and the last page's count, because records are added and removed meanwhile. `None` if the service sent no count,
    /// or if the listing did not start at the newest record, because the count includes the records before the start.
    pub counted: Option<u64>,
    /// A page without a marker was continued by an offset. A record that was removed meanwhile then hides another one.
    continued_by_offset: bool,
}

impl ListingSummary {
    /// Returns `false` if fewer records were read than the service counts.
    ///
    /// Then records were added or removed while the listing was read, or the listing is incomplete: read it again before
    /// you act on it. Without a count, it returns `true`, because nothing contradicts the end that the service stated; but
    /// `false` if a page had no marker although the service counted more records, because then one may be missing.
    pub fn is_complete(&self) -> bool {
        self.counted.map_or(!self.continued_by_offset, |counted| self.read >= counted)
    }
}

/// Counts the records of a listing, and remembers the service's counts.
pub(super) struct RecordCount {
    /// The number of records that were yielded.
    read: u64,
    /// The records before the first page: the start offset. `None` if the listing starts at a marker.
    skipped: Option<u64>,
    first: Option<u64>,
    last: Option<u64>,
    continued_by_offset: bool,
}

impl RecordCount {
    pub(super) fn new(query: &PageQuery) -> Self {
        let offset = query.offset.unwrap_or_default().get();
        let skipped = query.starts_at_newest().then_some(offset.into());
        Self { read: 0, skipped, first: None, last: None, continued_by_offset: false }
    }

    /// Adds a page of `records` records.
    pub(super) fn add(&mut self, records: usize, total: Option<u64>) {
        self.read += records as u64;
        // An empty page may count only the records in it.
        if let Some(total) = total.filter(|total| *total > 0 || self.read == 0) {
            self.first.get_or_insert(total);
            self.last = Some(total);
        }
    }

    pub(super) fn continue_by_offset(&mut self) {
        self.continued_by_offset = true;
    }

    /// Returns the number of records that were not read yet, by the last count. `None` without a count, or if the count was
    /// exceeded, because it is useless then.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.last?.checked_sub(self.skipped.unwrap_or_default() + self.read)
    }

    /// Returns `true` if a count exceeds the records that were read. Either count may be too low: the first one lacks
    /// records that were added since, the last one lacks records that were read and then removed.
    pub(super) fn says_more_follow(&self) -> bool {
        self.first.max(self.last).is_some_and(|count| count > self.skipped.unwrap_or_default() + self.read)
    }

    pub(super) fn summary(&self) -> ListingSummary {
        let (first, last) = (self.first, self.last);
        let counts = first.into_iter().chain(last);
        let counted = if self.continued_by_offset { counts.max() } else { counts.min() };
        let counted = counted.filter(|_| self.skipped == Some(0));
        ListingSummary { read: self.read, counted, continued_by_offset: self.continued_by_offset }
    }
}
