//! Prefetching: the pages of a window are requested at once, without losing a record.
//!
//! Invariants (`docs/prefetching.md` explains them): a window starts only from a marker that the service returned in this
//! listing. A prefetched page is used only if its first record is the last record of the page before it, compared by ID. A
//! prefetched page that is empty or failed is neither the end of the listing nor an error.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{MaybeDone, maybe_done};

use super::page::{FetchedPage, Page, PageQuery};
use crate::error::Error;
use crate::types::{Marker, PageLimit, PageOffset};

pub(crate) type PageFuture<T> = Pin<Box<dyn Future<Output = Result<FetchedPage<T>, Error>> + Send>>;
pub(crate) type FetchPage<T> = Box<dyn Fn(PageQuery) -> PageFuture<T> + Send + Sync>;

/// Returns the unique ID of a record.
pub(crate) type RecordIdFn<T> = fn(&T) -> Option<&str>;

/// The pages after one marker that may be requested at once.
pub(super) struct Window<T> {
    /// The query of its first page.
    query: PageQuery,
    /// The distance between the first records of two pages: one less than the page size.
    stride: u32,
    /// The indexes of the pages that are not requested yet.
    pending: Range<u32>,
    /// The requested pages, in order.
    in_flight: VecDeque<MaybeDone<PageFuture<T>>>,
    has_anchor: bool,
}

/// A page of a window, as it was fetched.
pub(super) enum WindowPage<T> {
    /// The first page, requested by the marker alone.
    Anchor(Result<FetchedPage<T>, Error>),
    /// A later page, requested by an offset from the marker.
    Prefetched(Result<FetchedPage<T>, Error>),
}

/// The end of the last page that was accepted.
pub(super) struct PageBoundary {
    record_id: Option<String>,
    pub(super) marker: Marker,
}

impl PageBoundary {
    pub(super) fn of<T>(page: &Page<T>, record_id: RecordIdFn<T>) -> Option<Self> {
        let marker = page.next_marker.clone()?;
        let record_id = page.items.last().and_then(|item| reliable_id(item, record_id));
        Some(Self { record_id: record_id.map(str::to_owned), marker })
    }
}

/// Returns the record's ID if no other record can have the same one.
pub(super) fn reliable_id<T>(item: &T, record_id: RecordIdFn<T>) -> Option<&str> {
    // The replacement character hides the differences between IDs.
    record_id(item).filter(|id| !id.is_empty() && !id.contains(char::REPLACEMENT_CHARACTER))
}

impl<T> Window<T> {
    /// Returns the query of the first page.
    pub(super) fn query(&self) -> &PageQuery {
        &self.query
    }

    /// A window of one page.
    pub(super) fn single(query: PageQuery) -> Self {
        Self { query, stride: 0, pending: 0..1, in_flight: VecDeque::new(), has_anchor: false }
    }

    /// A window of all pages that offsets from the query's marker reach, limited to `remaining` records if that is known.
    pub(super) fn prefetch(query: PageQuery, remaining: Option<u64>) -> Self {
        let stride = query.limit.unwrap_or_default().get() - PageLimit::MIN.get();
        let Some(last) = PageOffset::MAX.get().checked_div(stride) else { return Self::single(query) };
        let enough = remaining.map_or(u64::MAX, |records| records.div_ceil(stride.into()).max(1));
        let pages = (last + 1).min(enough.try_into().unwrap_or(u32::MAX));
        Self { stride, pending: 0..pages, ..Self::single(query) }
    }

    /// Returns the next page, or `None` after the last one. At most `max_in_flight` requests are in flight.
    pub(super) fn poll_page(
        &mut self,
        fetch: &FetchPage<T>,
        max_in_flight: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<WindowPage<T>>> {
        while self.in_flight.len() < max_in_flight
            && let Some(index) = self.pending.next()
        {
            match self.page_query(index) {
                Ok(query) => self.in_flight.push_back(maybe_done(fetch(query))),
                // No offset reaches it.
                Err(_) => self.pending = 0..0,
            }
        }
        // Polls all of them, so that all make progress.
        for page in &mut self.in_flight {
            let _ = Pin::new(page).poll(context);
        }
        let Some(first) = self.in_flight.front_mut() else { return Poll::Ready(None) };
        let Some(page) = Pin::new(first).take_output() else { return Poll::Pending };
        self.in_flight.pop_front();
        let page = if self.has_anchor { WindowPage::Prefetched(page) } else { WindowPage::Anchor(page) };
        self.has_anchor = true;
        Poll::Ready(Some(page))
    }

    fn page_query(&self, index: u32) -> Result<PageQuery, Error> {
        let offset = match index {
            0 => self.query.offset,
            _ => Some(PageOffset::try_from(index * self.stride)?),
        };
        Ok(PageQuery { offset, ..self.query.clone() })
    }
}

/// Removes the overlap from a prefetched page; `None` if the page does not continue at `boundary`.
pub(super) fn strip_overlap<T>(
    page: Result<FetchedPage<T>, Error>,
    boundary: &PageBoundary,
    record_id: RecordIdFn<T>,
) -> Option<Page<T>> {
    let mut page = page.ok()?.page;
    let overlaps =
        boundary.record_id.is_some() && page.items.first().and_then(record_id) == boundary.record_id.as_deref();
    // A page that contains only the overlap adds nothing, and may have any marker.
    let descends = page.next_marker.as_ref()?.comes_after(&boundary.marker) || page.items.len() == 1;
    if !overlaps || !descends {
        return None;
    }
    page.items.remove(0);
    Some(page)
}
