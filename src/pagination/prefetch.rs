//! Prefetching: the pages of a window are requested at once, without losing a record.
//!
//! Invariants (`docs/prefetching.md` explains them): a window starts only from a marker that the service returned in this
//! listing. A prefetched page is used only if its first record is the last record of the page before it, compared by ID. A
//! prefetched page that is empty or failed is neither the end of the listing nor an error. A window that was started early
//! is used only if it starts at the marker of the last accepted page.

use std::collections::VecDeque;
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
    /// The distance between the first records of two pages: one less than the page size. It is 0 in a window of one page:
    /// the next window starts only after that page was accepted.
    stride: u32,
    /// The number of records after the marker, if the service counts them.
    remaining: Option<u64>,
    /// The number of pages that were returned.
    returned: u32,
    /// The other pages, in order. `None` is not requested yet.
    pages: VecDeque<Option<MaybeDone<PageFuture<T>>>>,
}

/// The window whose pages are returned, and the next one. That starts as soon as the last page of the current window has
/// arrived, because that page's marker is then known.
pub(super) struct Windows<T> {
    current: Window<T>,
    next: Option<Window<T>>,
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
    /// A window of one page.
    pub(super) fn single(query: PageQuery) -> Self {
        Self { query, stride: 0, remaining: None, returned: 0, pages: VecDeque::from([None]) }
    }

    /// A window of all pages that offsets from the query's marker reach, limited to `remaining` records if that is known.
    pub(super) fn prefetch(query: PageQuery, remaining: Option<u64>) -> Self {
        let stride = query.limit.unwrap_or_default().get() - PageLimit::MIN.get();
        let Some(last) = PageOffset::MAX.get().checked_div(stride) else { return Self::single(query) };
        let reachable = last as usize + 1;
        // The count is a hint, but it saves requests after the end.
        let enough = remaining.map_or(u64::MAX, |records| records.div_ceil(stride.into()).max(1));
        let pages = enough.try_into().map_or(reachable, |enough: usize| enough.min(reachable));
        Self { stride, remaining, pages: (0..pages).map(|_| None).collect(), ..Self::single(query) }
    }

    /// Returns the window after this one, if the last page of this one has arrived.
    fn following(&self) -> Option<Self> {
        let Some(Some(MaybeDone::Done(Ok(FetchedPage { page, .. })))) = self.pages.back() else { return None };
        let is_prefetching = self.stride > 0 && !page.items.is_empty();
        let marker = page.next_marker.clone().filter(|_| is_prefetching)?;
        let query = PageQuery { marker: Some(marker), offset: None, ..self.query.clone() };
        let records = u64::from(self.offset_of(self.pages.len() - 1)) + page.items.len() as u64;
        Some(Self::prefetch(query, self.remaining.and_then(|remaining| remaining.checked_sub(records))))
    }

    /// Starts the requests of up to `max` pages, the last page first because its marker starts the next window. Returns
    /// the number of started requests.
    fn start_requests(&mut self, fetch: &FetchPage<T>, max: usize) -> usize {
        let indexes = (0..self.pages.len()).rev().take(1).chain(0..self.pages.len());
        let mut started = 0;
        for index in indexes {
            if started < max && self.pages[index].is_none() {
                self.pages[index] = Some(maybe_done(fetch(self.page_query(index))));
                started += 1;
            }
        }
        started
    }

    /// Polls all requests, so that all make progress. Returns the number of those in flight.
    fn poll_requests(&mut self, context: &mut Context<'_>) -> usize {
        let requests = self.pages.iter_mut().flatten();
        requests.map(|request| Pin::new(request).poll(context)).filter(Poll::is_pending).count()
    }

    /// Returns the number of requested pages, including those that have arrived.
    fn requested(&self) -> usize {
        self.pages.iter().flatten().count()
    }

    /// Returns the next page if it has arrived; `None` after the last page.
    fn take_page(&mut self) -> Poll<Option<WindowPage<T>>> {
        let Some(first) = self.pages.front_mut() else { return Poll::Ready(None) };
        let Some(page) = first.as_mut().and_then(|page| Pin::new(page).take_output()) else { return Poll::Pending };
        self.pages.pop_front();
        self.returned += 1;
        Poll::Ready(Some(if self.returned == 1 { WindowPage::Anchor(page) } else { WindowPage::Prefetched(page) }))
    }

    /// Returns the query of a page that was not returned yet.
    fn page_query(&self, index: usize) -> PageQuery {
        let offset = match self.offset_of(index) {
            0 => self.query.offset,
            // All offsets are in bounds. With another offset, the page would not match.
            offset => Some(PageOffset::try_from(offset).unwrap_or(PageOffset::MAX)),
        };
        PageQuery { offset, ..self.query.clone() }
    }

    fn offset_of(&self, index: usize) -> u32 {
        (self.returned + index as u32) * self.stride
    }
}

impl<T> Windows<T> {
    /// Starts with this window.
    pub(super) fn new(window: Window<T>) -> Self {
        Self { current: window, next: None }
    }

    /// Returns the query of the current window's first page.
    pub(super) fn query(&self) -> &PageQuery {
        &self.current.query
    }

    /// Continues with the next window if it starts at this marker, which is the one of the last accepted page. Otherwise
    /// the last page of the current window added nothing, so its marker proves nothing.
    pub(super) fn advance(&mut self, marker: &Marker) -> bool {
        match self.next.take() {
            Some(next) if next.query.marker.as_ref() == Some(marker) => {
                self.current = next;
                true
            }
            _ => false,
        }
    }

    /// Returns the next page of the current window, or `None` after the last one. At most `max_in_flight` requests are in
    /// flight, and at most twice this number of pages is ahead of the consumer.
    pub(super) fn poll_page(
        &mut self,
        fetch: &FetchPage<T>,
        max_in_flight: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<WindowPage<T>>> {
        loop {
            let in_flight: usize = self.windows().map(|window| window.poll_requests(context)).sum();
            if self.next.is_none() && max_in_flight > 1 {
                self.next = self.current.following();
            }
            let requested: usize = self.windows().map(|window| window.requested()).sum();
            let max_ahead = max_in_flight.saturating_mul(2);
            let free = max_in_flight.saturating_sub(in_flight).min(max_ahead.saturating_sub(requested));
            let left = self.windows().fold(free, |free, window| free - window.start_requests(fetch, free));
            // Started requests make progress only when they are polled.
            if left == free {
                return self.current.take_page();
            }
        }
    }

    fn windows(&mut self) -> impl Iterator<Item = &mut Window<T>> {
        [Some(&mut self.current), self.next.as_mut()].into_iter().flatten()
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
