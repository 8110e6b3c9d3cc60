//! The stream of pages: the next page, and the end of the listing.
//!
//! Invariants: a listing ends at a page without a marker, or at an empty page without a lower marker, never because a page
//! is short. The count never ends a listing. It only adds a request: if it says that records follow a page without a
//! marker, the next page is requested by an offset from the same marker, and an error follows if the count changes
//! meanwhile. Otherwise, once a marker is followed, no offset is sent.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};
use futures_util::{StreamExt, TryStreamExt};

use super::page::{FetchedPage, Page, PageQuery, check_count_of_empty_listing};
use super::prefetch::{FetchPage, PageBoundary, RecordIdFn, Window, WindowPage, Windows, reliable_id, strip_overlap};
use super::summary::{ListingSummary, RecordCount};
use crate::constraints::OperationMeta;
use crate::error::Error;
use crate::log;
use crate::types::{Marker, PageOffset};

/// The maximum number of consecutive pages without records.
const MAX_EMPTY_PAGES: u32 = 100;

/// A stream of the pages of a listing, returned by [`ListRequest::pages`](crate::ListRequest::pages); [`Items`](crate::Items) is the
/// stream of its records.
///
/// Pages are requested when the stream is polled, at most [`concurrency`](crate::ListRequest::concurrency) at once.
/// Dropping the stream cancels the requests in flight. After an error, the stream ends; resume with the last page's
/// [`next_marker`](Page::next_marker). Resume on a request without [`offset`](crate::ListRequest::offset) and
/// [`page_number`](crate::ListRequest::page_number), because these would skip records after the marker.
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// let devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0");
///
/// let mut resume_from = None;
/// let mut pages = devices.clone().pages();
/// while let Some(page) = pages.next().await {
///     match page {
///         Ok(page) => resume_from = page.next_marker,
///         Err(error) => eprintln!("{error}; resume with {resume_from:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Pages<T> {
    /// `None` at the end of the listing, and after an error.
    reader: Option<Box<Reader<T>>>,
    /// The error that follows the last page.
    failure: Option<Error>,
    summary: Option<ListingSummary>,
}

struct Reader<T> {
    operation: &'static OperationMeta,
    fetch: FetchPage<T>,
    record_id: RecordIdFn<T>,
    concurrency: u32,
    /// The current limit of requests in flight: `concurrency`, or less after pages that did not match.
    max_in_flight: u32,
    query: PageQuery,
    windows: Windows<T>,
    /// The end of the last page that was accepted, if it had a marker.
    boundary: Option<PageBoundary>,
    /// The IDs of the pages that were continued by an offset. Records that were added meanwhile repeat some of them.
    repeatable: HashSet<String>,
    /// The service's count on the page that the current one continues by an offset.
    unmarked_count: Option<u64>,
    empty_pages: u32,
    count: RecordCount,
    /// No page follows the current one.
    ended: bool,
    /// The reason why the next page cannot be requested.
    next_page_error: Option<Error>,
}

#[allow(clippy::should_implement_trait, reason = "the asynchronous counterpart of Iterator::next, like in futures")]
impl<T> Pages<T> {
    pub(crate) fn new(
        operation: &'static OperationMeta,
        fetch: FetchPage<T>,
        record_id: RecordIdFn<T>,
        concurrency: u32,
        query: PageQuery,
    ) -> Self {
        let reader = Reader {
            operation,
            fetch,
            record_id,
            concurrency,
            max_in_flight: concurrency,
            windows: Windows::new(Window::single(query.clone())),
            boundary: None,
            repeatable: HashSet::new(),
            unmarked_count: None,
            empty_pages: 0,
            count: RecordCount::new(&query),
            query,
            ended: false,
            next_page_error: None,
        };
        Self { reader: Some(Box::new(reader)), failure: None, summary: None }
    }

    /// A stream that yields this error.
    pub(crate) fn failed(error: Error) -> Self {
        Self { reader: None, failure: Some(error), summary: None }
    }

    /// Returns the number of records that were read, compared with the service's count; `None` before the end of the
    /// listing, and after an error.
    #[must_use = "the summary says whether the listing is complete"]
    pub fn summary(&self) -> Option<ListingSummary> {
        self.summary
    }

    /// Returns the next page; `None` after the last one, and after an error.
    ///
    /// It does the same as `StreamExt::next` of the crate futures, without that crate. Canceling it loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::pages`](crate::ListRequest::pages).
    pub fn next(&mut self) -> impl FusedFuture<Output = Option<Result<Page<T>, Error>>> + Unpin {
        StreamExt::next(self)
    }

    /// Returns the next page, like [`next`](Self::next), but in the form that `?` and `while let Some` take.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::pages`](crate::ListRequest::pages).
    pub fn try_next(&mut self) -> impl FusedFuture<Output = Result<Option<Page<T>>, Error>> + Unpin {
        TryStreamExt::try_next(self)
    }
}

impl<T> Reader<T> {
    /// Returns the next page. After the end of the listing or an error, none follows.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Page<T>, Error>>> {
        loop {
            let page = ready!(self.windows.poll_page(&self.fetch, self.max_in_flight as usize, context));
            match (page, &self.boundary) {
                (Some(WindowPage::Anchor(Ok(fetched))), _) => match self.read_anchor(fetched) {
                    Ok(None) if !self.ended => {}
                    result => return Poll::Ready(result.transpose()),
                },
                (Some(WindowPage::Anchor(Err(error))), _) => return Poll::Ready(Some(Err(error))),
                (Some(WindowPage::Prefetched(page)), Some(boundary)) => {
                    let mut page = strip_overlap(page, boundary, self.record_id);
                    page.iter_mut().for_each(|page| self.remove_repeated(&mut page.items));
                    match page {
                        // It contained only the overlap.
                        Some(page) if page.items.is_empty() => {}
                        Some(page) => {
                            self.accept(&page);
                            return Poll::Ready(Some(Ok(page)));
                        }
                        None => {
                            self.max_in_flight = (self.max_in_flight / 2).max(1);
                            self.start_window(boundary.marker.clone());
                        }
                    }
                }
                (None, Some(boundary)) => {
                    self.max_in_flight = self.max_in_flight.saturating_mul(2).min(self.concurrency);
                    if !self.windows.advance(&boundary.marker) {
                        self.start_window(boundary.marker.clone());
                    }
                }
                (_, None) => return Poll::Ready(None),
            }
        }
    }

    /// Returns a page that was requested by its marker, or by an offset after a page without a marker; `None` if it has no
    /// new records.
    fn read_anchor(&mut self, fetched: FetchedPage<T>) -> Result<Option<Page<T>>, Error> {
        let FetchedPage { mut page, next_page_error } = fetched;
        let received = page.items.len() as u32;
        let next_offset = self.windows.query().offset.unwrap_or_default().get() + received;
        let operation = self.operation;
        let in_page = |page: &Page<T>, error: Error| {
            Err(error.with_operation(operation).with_request_id(page.request_id.clone()))
        };
        if let Err(error) = check_unmarked_count(self.unmarked_count.take(), &page) {
            return in_page(&page, error);
        }
        self.remove_repeated(&mut page.items);
        if page.items.is_empty() {
            let skipped = next_page_error.map_or_else(|| self.skip_empty(&page), Err);
            return skipped.map(|()| None).or_else(|error| in_page(&page, error));
        }
        self.accept(&page);
        if page.next_marker.is_none() {
            match PageOffset::try_from(next_offset).ok().filter(|_| self.count.says_more_follow()) {
                Some(offset) => self.continue_by_offset(&page, offset),
                None => self.ended = true,
            }
        }
        self.next_page_error = next_page_error;
        Ok(Some(page))
    }

    fn remove_repeated(&self, items: &mut Vec<T>) {
        if !self.repeatable.is_empty() {
            items.retain(|item| !(self.record_id)(item).is_some_and(|id| self.repeatable.contains(id)));
        }
    }

    /// Continues after an empty page if it has a marker; otherwise the listing ends.
    fn skip_empty(&mut self, page: &Page<T>) -> Result<(), Error> {
        self.count.add(0, page.total);
        let Some(marker) = page.next_marker.clone() else {
            self.ended = true;
            let ListingSummary { read, counted, .. } = self.count.summary();
            return if read == 0 { check_count_of_empty_listing(counted) } else { Ok(()) };
        };
        self.empty_pages += 1;
        if self.empty_pages > MAX_EMPTY_PAGES {
            return Err(Error::contradiction(format!(
                "more than {MAX_EMPTY_PAGES} consecutive pages have no records; stopped at marker {marker}"
            )));
        }
        self.windows = Windows::new(Window::single(self.query_after(marker)));
        Ok(())
    }

    fn accept(&mut self, page: &Page<T>) {
        // Without prefetching, no ID is compared.
        let record_id = if self.concurrency > 1 { self.record_id } else { |_: &T| None };
        self.boundary = PageBoundary::of(page, record_id);
        self.empty_pages = 0;
        self.count.add(page.items.len(), page.total);
    }

    /// Continues from a marker that the service returned.
    fn start_window(&mut self, marker: Marker) {
        let query = self.query_after(marker);
        self.windows = Windows::new(match self.max_in_flight {
            0 | 1 => Window::single(query),
            _ => Window::prefetch(query, self.count.remaining()),
        });
    }

    fn query_after(&self, marker: Marker) -> PageQuery {
        PageQuery { marker: Some(marker), offset: None, ..self.query.clone() }
    }

    /// Continues after a page without a marker, although the count says that records follow.
    fn continue_by_offset(&mut self, page: &Page<T>, offset: PageOffset) {
        let ids = page.items.iter().filter_map(|item| reliable_id(item, self.record_id));
        self.repeatable.extend(ids.map(str::to_owned));
        self.unmarked_count = page.total;
        self.count.continue_by_offset();
        self.windows = Windows::new(Window::single(PageQuery { offset: Some(offset), ..self.windows.query().clone() }));
    }
}

/// Checks that the count did not change between a page without a marker and the page that continues it by an offset: if a
/// record was removed meanwhile, the offset skips another one.
fn check_unmarked_count<T>(before: Option<u64>, page: &Page<T>) -> Result<(), Error> {
    match (before, page.total) {
        (Some(before), Some(after)) if before != after && !page.items.is_empty() => Err(Error::contradiction(format!(
            "a page had no marker, and records came or went before the next one (count {before}, then {after}), so \
                 records could be missing; read the listing again"
        ))),
        _ => Ok(()),
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(reader) = &mut self.reader else { return Poll::Ready(self.failure.take().map(Err)) };
        let page = ready!(reader.poll_page(context));
        let failure = reader.next_page_error.take();
        if failure.is_none() && !matches!(page, Some(Err(_))) {
            if page.is_some() && !reader.ended {
                return Poll::Ready(page);
            }
            let summary = reader.count.summary();
            if !summary.is_complete() {
                log::listing_incomplete(reader.operation, summary.read, summary.counted);
            }
            self.summary = Some(summary);
        }
        (self.reader, self.failure) = (None, failure);
        Poll::Ready(page)
    }
}

impl<T> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        self.reader.is_none() && self.failure.is_none()
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("ended", &self.is_terminated()).finish_non_exhaustive()
    }
}
