//! Reading a listing page by page: the next page, and the end of the listing.
//!
//! Invariants: a listing ends at an empty page or without a marker, never because a page is short and never because of the
//! count. A marker that does not decrease is an error, not an infinite loop. Once a marker is followed, no offset is sent.
//! Prefetching has its own invariants, see `pagination/prefetch.rs`.

mod prefetch;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod schedules;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::{FusedStream, Stream};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::types::{Marker, PageInfo, PageLimit, PageOffset};
pub(crate) use prefetch::RecordId;
use prefetch::{PageBoundary, Window, WindowPage, strip_overlap};

/// A page of records, returned by [`ListRequest`](crate::ListRequest); not the response's paging object, which is
/// [`PageInfo`](crate::types::PageInfo).
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// let devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0");
///
/// let page = devices.clone().limit(10).await?;
/// println!("{} of {:?} devices, request {:?}", page.items.len(), page.total, page.request_id);
/// if let Some(marker) = page.next_marker {
///     let second_page = devices.limit(10).marker(marker).await?;
///     println!("{} more", second_page.items.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// With feature `schemars`, it implements `schemars::JsonSchema`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Page<T> {
    /// The records, newest first: at most the [limit](crate::ListRequest::limit). Fewer records do not mean that the listing
    /// ends.
    pub items: Vec<T>,
    /// The number of records in the whole listing by the service's count (`page.count`). `None` if the response has no
    /// count. The count is a hint, because records are added and removed.
    pub total: Option<u64>,
    /// The marker of the next page (`page.marker`); `None` at the end of the listing. The service also returns a marker on
    /// the last page, so the next page may be empty.
    ///
    /// Source: [API reference, structure `Page`](crate::guide::sources).
    pub next_marker: Option<Marker>,
    /// The request ID (response header `X-Request-Id`). Quote it to Huawei Cloud support.
    pub request_id: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), total: None, next_marker: None, request_id: None }
    }
}

/// The paging parameters of a request; `None` is not sent.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    pub(crate) limit: Option<PageLimit>,
    pub(crate) marker: Option<Marker>,
    pub(crate) offset: Option<PageOffset>,
}

impl PageQuery {
    /// Returns `true` for the start of a listing: if there is a record, this page contains one.
    fn is_first(&self) -> bool {
        let start = Marker::default();
        self.marker.as_ref().unwrap_or(&start) == &start && self.offset.unwrap_or_default() == PageOffset::default()
    }
}

impl<T> Page<T> {
    /// Checks the response to `query`.
    pub(crate) fn from_response(
        items: Vec<T>,
        info: Option<PageInfo>,
        query: &PageQuery,
        request_id: Option<String>,
    ) -> Result<FetchedPage<T>, Error> {
        let PageInfo { count, marker } = info.unwrap_or_default();
        let total = count.and_then(|count| count.try_into().ok());
        if let Some(total @ 1..) = total.filter(|_| items.is_empty() && query.is_first()) {
            // A wrong empty list can cost all devices of a certificate their connection.
            return Err(Error::unexpected_response(format!(
                "inconsistent response: count is {total} but the list is empty"
            )));
        }
        // The marker of an empty page is not documented; nothing follows it.
        let marker = marker.filter(|text| !items.is_empty() && !text.is_empty()).map(Marker::try_from);
        let (next_marker, next_page_error) = match marker {
            None => (None, None),
            Some(Ok(marker)) => (Some(check_descending(marker, query)?), None),
            Some(Err(error)) => (None, Some(error.with_kind(ErrorKind::UnexpectedResponse))),
        };
        let next_page_error = next_page_error.map(|error| error.with_context("cannot request the next page"));
        Ok(FetchedPage { page: Self { items, total, next_marker, request_id }, next_page_error })
    }
}

/// A page, as it was fetched.
pub(crate) struct FetchedPage<T> {
    pub(crate) page: Page<T>,
    /// The reason why the next page cannot be requested, although there may be one. The page's own records are valid.
    pub(crate) next_page_error: Option<Error>,
}

/// Returns the page's marker if it decreases. Otherwise the page may be one that was read before.
fn check_descending(marker: Marker, query: &PageQuery) -> Result<Marker, Error> {
    let sent = query.marker.clone().unwrap_or_default();
    if marker.comes_after(&sent) {
        return Ok(marker);
    }
    Err(Error::unexpected_response(format!(
        "marker did not decrease (sent {sent}, received {marker}); stopped to avoid an infinite loop"
    )))
}

pub(crate) type PageFuture<T> = Pin<Box<dyn Future<Output = Result<FetchedPage<T>, Error>> + Send>>;
pub(crate) type Fetch<T> = Box<dyn Fn(PageQuery) -> PageFuture<T> + Send + Sync>;

/// A stream of the pages of a listing, returned by [`ListRequest::pages`](crate::ListRequest::pages); [`Items`] is the
/// stream of its records.
///
/// Pages are requested when the stream is polled, at most [`concurrency`](crate::ListRequest::concurrency) at once. Dropping
/// the stream cancels the requests in flight. After an error, the stream ends; resume with the last page's
/// [`next_marker`](Page::next_marker).
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
    state: State<T>,
}

enum State<T> {
    Reading(Box<Reader<T>>),
    Failed(Error),
    Ended,
}

struct Reader<T> {
    fetch: Fetch<T>,
    record_id: RecordId<T>,
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
    pub(crate) fn new(fetch: Fetch<T>, record_id: RecordId<T>, concurrency: u32, query: PageQuery) -> Self {
        let window = Window::single(query.clone());
        let (boundary, yielded, total) = (None, 0, None);
        let max_in_flight = concurrency;
        let reader = Reader { fetch, record_id, concurrency, max_in_flight, query, window, boundary, yielded, total };
        Self { state: State::Reading(Box::new(reader)) }
    }

    /// A stream that yields this error.
    pub(crate) fn failed(error: Error) -> Self {
        Self { state: State::Failed(error) }
    }

    /// Returns the next page; `None` after the last one, and after an error.
    ///
    /// It does the same as `StreamExt::next` of the crate futures, without that crate. Canceling it loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::pages`](crate::ListRequest::pages).
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Page<T>, Error>>> + Unpin {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context))
    }

    /// Returns the next page, like [`next`](Self::next), but in the form that `?` and `while let Some` take.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::pages`](crate::ListRequest::pages).
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<Page<T>>, Error>> + Unpin {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context).map(Option::transpose))
    }

    /// The marker that the request starts from.
    fn start(&self) -> Option<Marker> {
        match &self.state {
            State::Reading(reader) => reader.query.marker.clone(),
            State::Failed(_) | State::Ended => None,
        }
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
            State::Reading(reader) => ready!(reader.poll_page(context)),
            State::Failed(_) | State::Ended => None,
        };
        let (page, state) = match page {
            Some(Ok(FetchedPage { page, next_page_error: Some(error) })) => (Some(Ok(page)), State::Failed(error)),
            Some(Ok(FetchedPage { page, next_page_error: None })) if page.next_marker.is_some() => {
                return Poll::Ready(Some(Ok(page)));
            }
            Some(Ok(FetchedPage { page, next_page_error: None })) => (Some(Ok(page)), State::Ended),
            Some(Err(error)) => (Some(Err(error)), State::Ended),
            None => (None, State::Ended),
        };
        match std::mem::replace(&mut self.state, state) {
            State::Failed(error) => Poll::Ready(Some(Err(error))),
            State::Reading(_) | State::Ended => Poll::Ready(page),
        }
    }
}

impl<T> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("ended", &self.is_terminated()).finish_non_exhaustive()
    }
}

/// A stream of the records of a listing, returned by [`ListRequest::items`](crate::ListRequest::items); [`Pages`] is the
/// stream of its pages.
///
/// A page is requested when the records of the one before it are used up, and at most
/// [`concurrency`](crate::ListRequest::concurrency) pages at once. Dropping the stream cancels the requests in flight. After
/// an error, the stream ends; [`position`](Self::position) is the marker to resume from.
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
///
/// let mut devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").items();
/// while let Some(device) = devices.try_next().await? {
///     println!("{:?}", device.device_id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// It also implements `Stream`, so `futures::TryStreamExt::try_collect` and other combinators work.
#[must_use = "streams do nothing unless polled"]
pub struct Items<T> {
    pages: Pages<T>,
    page: vec::IntoIter<T>,
    /// The marker of the page whose records are being yielded.
    page_marker: Option<Marker>,
    position: Option<Marker>,
}

impl<T> Items<T> {
    pub(crate) fn new(pages: Pages<T>) -> Self {
        Self { position: pages.start(), pages, page: Vec::new().into_iter(), page_marker: None }
    }

    /// Returns the marker of the last page whose records were all yielded: where a new request resumes.
    ///
    /// Pass it to [`ListRequest::marker`](crate::ListRequest::marker). Resuming loses no record. It repeats the records of
    /// the current page that were yielded already. Before the first page is complete, it is the marker that the request
    /// started from, `None` for the start of the listing. A last page without a marker does not change it.
    pub fn position(&self) -> Option<&Marker> {
        self.position.as_ref()
    }
}

#[allow(clippy::should_implement_trait, reason = "the asynchronous counterpart of Iterator::next, like in futures")]
impl<T: Unpin> Items<T> {
    /// Returns the next record; `None` after the last one, and after an error.
    ///
    /// It does the same as `StreamExt::next` of the crate futures, without that crate. Canceling it loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::items`](crate::ListRequest::items).
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, Error>>> + Unpin {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context))
    }

    /// Returns the next record, like [`next`](Self::next), but in the form that `?` and `while let Some` take.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::items`](crate::ListRequest::items).
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<T>, Error>> + Unpin {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context).map(Option::transpose))
    }
}

impl<T: Unpin> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.page.next() {
                if self.page.as_slice().is_empty() {
                    self.position = self.page_marker.take().or(self.position.take());
                }
                return Poll::Ready(Some(Ok(item)));
            }
            // Frees the last page's memory before the next page arrives.
            self.page = Vec::new().into_iter();
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => {
                    self.page = page.items.into_iter();
                    self.page_marker = page.next_marker;
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T: Unpin> FusedStream for Items<T> {
    fn is_terminated(&self) -> bool {
        self.page.as_slice().is_empty() && self.pages.is_terminated()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).field("buffered", &self.page.len()).finish()
    }
}
