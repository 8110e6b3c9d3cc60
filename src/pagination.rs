//! Reading a listing page by page: which page is next, and when it ends.
//!
//! The rules it keeps: a listing ends at an empty page or without a marker, never because a page is short and never by
//! the count. A marker that does not go downwards is an error, not a reason to loop. Once a marker is followed, the
//! offset is gone. Pages may be read ahead of the consumer: by the rules of `pagination/window.rs`.

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod schedules;
mod window;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::{FusedStream, Stream};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::types::{Marker, PageInfo, PageLimit, PageOffset};
pub(crate) use window::Key;
use window::{Came, End, Window, rest};

/// A page of a listing.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 12);
/// # let client = server.client()?;
/// let devices = client.list_device_by_device_certificate("my-certificate");
/// let page = devices.clone().send().await?;
/// assert_eq!((page.items.len(), page.total), (10, Some(12)));
///
/// let next = page.next.ok_or("there is more")?;
/// let page = devices.marker(next).send().await?;
/// assert_eq!(page.items.len(), 2);
/// println!("request {:?}", page.request_id);
/// # Ok(())
/// # }
/// ```
///
/// With feature `schemars` it implements `schemars::JsonSchema`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Page<T> {
    /// The records, newest first: as many as the [limit](crate::ListRequest::limit) at most. Fewer do not mean that
    /// the listing ends.
    pub items: Vec<T>,
    /// How many records the whole listing has, as the service counts them (`page.count`): a hint, for records come and go.
    /// `None` when the answer tells no count.
    pub total: Option<u64>,
    /// Where the next page starts (`page.marker`); `None` at the listing's end. The service gives a marker on a listing's
    /// last page too, so the page after it may be empty.
    ///
    /// Source: both pages of the vendor's API reference, structure `Page` and their examples.
    pub next: Option<Marker>,
    /// The id of the request at the service (header `X-Request-Id`): quote it when asking the vendor.
    pub request_id: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), total: None, next: None, request_id: None }
    }
}

/// Which page to ask for; what is `None` is not sent.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    pub(crate) limit: Option<PageLimit>,
    pub(crate) marker: Option<Marker>,
    pub(crate) offset: Option<PageOffset>,
}

impl PageQuery {
    /// Whether it asks for a listing's begin: a record that there is would be on this page.
    fn is_first(&self) -> bool {
        let begin = Marker::default();
        self.marker.as_ref().unwrap_or(&begin) == &begin && self.offset.unwrap_or_default() == PageOffset::default()
    }
}

impl<T> Page<T> {
    /// Reads an answer to `query`.
    pub(crate) fn read(
        items: Vec<T>,
        info: Option<PageInfo>,
        query: &PageQuery,
        request_id: Option<String>,
    ) -> Result<Fetched<T>, Error> {
        let PageInfo { count, marker } = info.unwrap_or_default();
        let total = count.and_then(|count| count.try_into().ok());
        if let Some(total @ 1..) = total.filter(|_| items.is_empty() && query.is_first()) {
            // An empty list may cost a certificate's devices their connection.
            return Err(Error::unexpected_answer(format!(
                "the answer contradicts itself: it counts {total} records and lists none"
            )));
        }
        // What an empty page's marker means is not documented; there is nothing after it.
        let marker = marker.filter(|text| !items.is_empty() && !text.is_empty()).map(Marker::try_from);
        let (next, beyond) = match marker {
            None => (None, None),
            Some(Ok(marker)) => (Some(below(marker, query)?), None),
            Some(Err(error)) => (None, Some(error.with_kind(ErrorKind::UnexpectedAnswer))),
        };
        let beyond = beyond.map(|error| error.with_context("what follows this page can't be asked for"));
        Ok(Fetched { page: Self { items, total, next, request_id }, beyond })
    }
}

/// A page as it was fetched.
pub(crate) struct Fetched<T> {
    pub(crate) page: Page<T>,
    /// Why nothing after it can be asked for, though there may be more. The page's own records are good.
    pub(crate) beyond: Option<Error>,
}

/// The page's marker, if it goes downwards. If it does not, the page may be one that was read before.
fn below(marker: Marker, query: &PageQuery) -> Result<Marker, Error> {
    let sent = query.marker.clone().unwrap_or_default();
    if marker.comes_after(&sent) {
        return Ok(marker);
    }
    Err(Error::unexpected_answer(format!(
        "the page's marker {marker} is not below the marker {sent} that was asked for: reading on would never end"
    )))
}

pub(crate) type PageFuture<T> = Pin<Box<dyn Future<Output = Result<Fetched<T>, Error>> + Send>>;
pub(crate) type Fetch<T> = Box<dyn Fn(PageQuery) -> PageFuture<T> + Send + Sync>;

/// The pages of a listing, in order, as a stream. See [`ListRequest::pages`](crate::ListRequest::pages).
///
/// It asks for pages when it is polled, not before, and for no more than
/// [`concurrency`](crate::ListRequest::concurrency) ahead. Dropping it cancels the requests under way. An error ends it: the
/// marker of the last page leads on.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use huaweicloud_iotda::mock::Answer;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 120);
/// # let client = server.client()?;
///
/// let devices = client.list_device_by_device_certificate("my-certificate").limit(50);
/// let mut pages = devices.clone().pages();
/// let first = pages.try_next().await?.ok_or("a page")?;
/// assert_eq!(first.items.len(), 50);
///
/// server.script(Answer::new(503)); // the next page fails
/// assert!(pages.try_next().await.is_err());
///
/// let marker = first.next.ok_or("a marker")?;
/// let rest: Vec<_> = devices.marker(marker).pages().try_collect().await?;
/// assert_eq!(rest.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [50, 20]);
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
    key: Key<T>,
    concurrency: u32,
    /// How many requests are made at once for the present: as many, or fewer after pages that did not match.
    at_once: u32,
    query: PageQuery,
    window: Window<T>,
    /// Of the last page taken.
    end: Option<End>,
    /// How many records were taken, and how many there are by the service's count.
    taken: u64,
    total: Option<u64>,
}

impl<T> Pages<T> {
    pub(crate) fn new(fetch: Fetch<T>, key: Key<T>, concurrency: u32, query: PageQuery) -> Self {
        let window = Window::alone(query.clone());
        let reader =
            Reader { fetch, key, concurrency, at_once: concurrency, query, window, end: None, taken: 0, total: None };
        Self { state: State::Reading(Box::new(reader)) }
    }

    /// A stream of one error.
    pub(crate) fn failed(error: Error) -> Self {
        Self { state: State::Failed(error) }
    }
}

impl<T> Reader<T> {
    /// The next page; at the listing's end, or with an error, none follows.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<T>, Error>>> {
        loop {
            let page = ready!(self.window.poll_page(&self.fetch, self.at_once as usize, context));
            match (page, &self.end) {
                (Some(Came::AtMarker(Ok(fetched))), _) => {
                    if fetched.page.items.is_empty() {
                        return Poll::Ready(None);
                    }
                    self.take(&fetched.page);
                    return Poll::Ready(Some(Ok(fetched)));
                }
                (Some(Came::AtMarker(Err(error))), _) => return Poll::Ready(Some(Err(error))),
                (Some(Came::Ahead(page)), Some(end)) => match rest(page, end, self.key) {
                    // It held the overlap alone.
                    Some(page) if page.items.is_empty() => {}
                    Some(page) => {
                        self.take(&page);
                        return Poll::Ready(Some(Ok(Fetched { page, beyond: None })));
                    }
                    None => {
                        self.at_once = (self.at_once / 2).max(1);
                        self.open(end.marker.clone());
                    }
                },
                (None, Some(end)) => {
                    self.at_once = self.at_once.saturating_mul(2).min(self.concurrency);
                    self.open(end.marker.clone());
                }
                (_, None) => return Poll::Ready(None),
            }
        }
    }

    fn take(&mut self, page: &Page<T>) {
        // A page that is read alone needs no key.
        let key = if self.concurrency > 1 { self.key } else { |_: &T| None };
        self.end = End::of(page, key);
        self.taken += page.items.len() as u64;
        self.total = page.total;
    }

    /// Goes on from a marker that the service returned.
    fn open(&mut self, marker: Marker) {
        let query = PageQuery { marker: Some(marker), offset: None, ..self.query.clone() };
        // The count is a hint: it spares requests after the end, and once it was passed it says nothing.
        let left = self.total.and_then(|total| total.checked_sub(self.taken));
        self.window = if self.at_once > 1 { Window::below(query, left) } else { Window::alone(query) };
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
            Some(Ok(Fetched { page, beyond: Some(error) })) => (Some(Ok(page)), State::Failed(error)),
            Some(Ok(Fetched { page, beyond: None })) if page.next.is_some() => return Poll::Ready(Some(Ok(page))),
            Some(Ok(Fetched { page, beyond: None })) => (Some(Ok(page)), State::Ended),
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

/// The records of a listing, in order, as a stream. See [`ListRequest::items`](crate::ListRequest::items).
///
/// It asks for pages when the page before is used up, and for no more than
/// [`concurrency`](crate::ListRequest::concurrency) ahead. Dropping it cancels the requests under way. An error ends it.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 120);
/// # let client = server.client()?;
///
/// let mut devices = client.list_device_by_device_certificate("my-certificate").items();
/// let newest = devices.try_next().await?.ok_or("a device")?;
/// assert_eq!(newest.device_name.as_deref(), Some("sample-device-120"));
/// assert_eq!(server.request_count(), 1); // no page is asked for before it is needed
///
/// let others: Vec<_> = devices.try_collect().await?;
/// assert_eq!(others.len(), 119);
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Items<T> {
    pages: Pages<T>,
    page: vec::IntoIter<T>,
}

impl<T> Items<T> {
    pub(crate) fn new(pages: Pages<T>) -> Self {
        Self { pages, page: Vec::new().into_iter() }
    }
}

impl<T: Unpin> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            // The last page's memory serves the next one.
            self.page = Vec::new().into_iter();
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => self.page = page.items.into_iter(),
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
