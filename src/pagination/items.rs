//! The stream of records, which are read page by page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::{FusedFuture, FusedStream, Stream};
use futures_util::{StreamExt, TryStreamExt};

use super::pages::Pages;
use super::summary::ListingSummary;
use crate::error::Error;
use crate::types::Marker;

/// A stream of the records of a listing, returned by [`ListRequest::items`](crate::ListRequest::items); [`Pages`] is the
/// stream of its pages.
///
/// Pages are requested while the stream is polled: by default, one page after the records of the previous one are used
/// up; with [`concurrency(n)`](crate::ListRequest::concurrency), up to n pages at once. Dropping the stream cancels the
/// requests in flight. After an error, the stream ends; [`position`](Self::position) is the marker to resume from.
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
    pub(crate) fn new(pages: Pages<T>, start: Option<Marker>) -> Self {
        Self { pages, page: Vec::new().into_iter(), page_marker: None, position: start }
    }

    /// Returns the marker of the last page whose records were all yielded: where a new request resumes.
    ///
    /// Pass it to [`ListRequest::marker`](crate::ListRequest::marker). Resume on a request without
    /// [`offset`](crate::ListRequest::offset) and [`page_number`](crate::ListRequest::page_number), because these would
    /// skip records after the marker. Resuming then loses no record. It repeats the records of the current page that
    /// were yielded already. Before the first page is complete, it is the marker that the request started from, `None`
    /// for the start of the listing. A last page without a marker does not change it.
    #[must_use = "the position has no effect until it is passed to a new request"]
    pub fn position(&self) -> Option<&Marker> {
        self.position.as_ref()
    }

    /// Returns the number of records that were read, compared with the service's count; `None` before the last record was
    /// yielded, and after an error.
    #[must_use = "the summary says whether the listing is complete"]
    pub fn summary(&self) -> Option<ListingSummary> {
        self.pages.summary().filter(|_| self.page.as_slice().is_empty())
    }
}

#[allow(clippy::should_implement_trait, reason = "the asynchronous counterpart of Iterator::next, like in futures")]
impl<T> Items<T> {
    /// Returns the next record; `None` after the last one, and after an error.
    ///
    /// It does the same as `StreamExt::next` of the crate futures, without that crate. Canceling it loses nothing.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::items`](crate::ListRequest::items).
    pub fn next(&mut self) -> impl FusedFuture<Output = Option<Result<T, Error>>> + Unpin {
        StreamExt::next(self)
    }

    /// Returns the next record, like [`next`](Self::next), but in the form that `?` and `while let Some` take.
    ///
    /// # Errors
    ///
    /// Those of [`ListRequest::items`](crate::ListRequest::items).
    pub fn try_next(&mut self) -> impl FusedFuture<Output = Result<Option<T>, Error>> + Unpin {
        TryStreamExt::try_next(self)
    }
}

// The records are not pinned.
impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
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

impl<T> FusedStream for Items<T> {
    fn is_terminated(&self) -> bool {
        self.page.as_slice().is_empty() && self.pages.is_terminated()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).field("buffered", &self.page.len()).finish()
    }
}
