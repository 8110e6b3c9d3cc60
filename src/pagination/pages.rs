//! The stream of pages: the next page, and the end of the listing.
//!
//! Invariants: a listing ends at an empty page or without a marker, never because a page is short and never because of the
//! count. Once a marker is followed, no offset is sent.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedFuture, FusedStream, Stream};
use futures_util::{StreamExt, TryStreamExt};

use super::page::{FetchedPage, Page, PageQuery};
use super::prefetch::{FetchPage, PageBoundary, RecordIdFn, Window, WindowPage, strip_overlap};
use crate::error::Error;
use crate::types::Marker;

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
    state: StreamState<T>,
}

enum StreamState<T> {
    Reading(Box<Reader<T>>),
    Failed(Error),
    Ended,
}

struct Reader<T> {
    fetch: FetchPage<T>,
    record_id: RecordIdFn<T>,
    concurrency: u32,
    /// The current limit of requests in flight: `concurrency`, or less after pages that did not match.
    max_in_flight: u32,
    query: PageQuery,
    window: Window<T>,
    /// The end of the last page that was accepted.
    boundary: Option<PageBoundary>,
    /// The number of records that were yielded.
    yielded: u64,
    /// The number of records in the listing by the service's count.
    total: Option<u64>,
}

#[allow(clippy::should_implement_trait, reason = "the asynchronous counterpart of Iterator::next, like in futures")]
impl<T> Pages<T> {
    pub(crate) fn new(fetch: FetchPage<T>, record_id: RecordIdFn<T>, concurrency: u32, query: PageQuery) -> Self {
        let window = Window::single(query.clone());
        let (boundary, yielded, total) = (None, 0, None);
        let max_in_flight = concurrency;
        let reader = Reader { fetch, record_id, concurrency, max_in_flight, query, window, boundary, yielded, total };
        Self { state: StreamState::Reading(Box::new(reader)) }
    }

    /// A stream that yields this error.
    pub(crate) fn failed(error: Error) -> Self {
        Self { state: StreamState::Failed(error) }
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
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<FetchedPage<T>, Error>>> {
        loop {
            let page = ready!(self.window.poll_page(&self.fetch, self.max_in_flight as usize, context));
            match (page, &self.boundary) {
                (Some(WindowPage::Anchor(Ok(fetched))), _) => {
                    if fetched.page.items.is_empty() {
                        return Poll::Ready(None);
                    }
                    self.accept(&fetched.page);
                    return Poll::Ready(Some(Ok(fetched)));
                }
                (Some(WindowPage::Anchor(Err(error))), _) => return Poll::Ready(Some(Err(error))),
                (Some(WindowPage::Prefetched(page)), Some(boundary)) => {
                    match strip_overlap(page, boundary, self.record_id) {
                        // It contained only the overlap.
                        Some(page) if page.items.is_empty() => {}
                        Some(page) => {
                            self.accept(&page);
                            return Poll::Ready(Some(Ok(FetchedPage { page, next_page_error: None })));
                        }
                        None => {
                            self.max_in_flight = (self.max_in_flight / 2).max(1);
                            self.start_window(boundary.marker.clone());
                        }
                    }
                }
                (None, Some(boundary)) => {
                    self.max_in_flight = self.max_in_flight.saturating_mul(2).min(self.concurrency);
                    self.start_window(boundary.marker.clone());
                }
                (_, None) => return Poll::Ready(None),
            }
        }
    }

    fn accept(&mut self, page: &Page<T>) {
        // Without prefetching, no ID is compared.
        let record_id = if self.concurrency > 1 { self.record_id } else { |_: &T| None };
        self.boundary = PageBoundary::of(page, record_id);
        self.yielded += page.items.len() as u64;
        self.total = page.total;
    }

    /// Continues from a marker that the service returned.
    fn start_window(&mut self, marker: Marker) {
        let query = PageQuery { marker: Some(marker), offset: None, ..self.query.clone() };
        // The count is a hint: it saves requests after the end, and is useless once it was exceeded.
        let remaining = self.total.and_then(|total| total.checked_sub(self.yielded));
        self.window = match self.max_in_flight {
            0 | 1 => Window::single(query),
            _ => Window::prefetch(query, remaining),
        };
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = match &mut self.state {
            StreamState::Reading(reader) => ready!(reader.poll_page(context)),
            StreamState::Failed(_) | StreamState::Ended => None,
        };
        let (page, state) = match page {
            Some(Ok(FetchedPage { page, next_page_error: Some(error) })) => {
                (Some(Ok(page)), StreamState::Failed(error))
            }
            Some(Ok(FetchedPage { page, next_page_error: None })) if page.next_marker.is_some() => {
                return Poll::Ready(Some(Ok(page)));
            }
            Some(Ok(FetchedPage { page, next_page_error: None })) => (Some(Ok(page)), StreamState::Ended),
            Some(Err(error)) => (Some(Err(error)), StreamState::Ended),
            None => (None, StreamState::Ended),
        };
        match std::mem::replace(&mut self.state, state) {
            StreamState::Failed(error) => Poll::Ready(Some(Err(error))),
            StreamState::Reading(_) | StreamState::Ended => Poll::Ready(page),
        }
    }
}

impl<T> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        matches!(self.state, StreamState::Ended)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("ended", &self.is_terminated()).finish_non_exhaustive()
    }
}
