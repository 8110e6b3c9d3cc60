//! A request for a listing, shared by all paginated operations.
//!
//! Setters never fail. The request is checked as a whole before anything is sent, and is read by one
//! call: `send`, `pages`, `items` or `total`.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use crate::client::Client;
use crate::error::Error;
use crate::http::call::call;
use crate::operation::{Operation, OperationRequest};
use crate::pagination::items::Items;
use crate::pagination::page::{FetchedPage, Page, PageQuery, Purpose};
use crate::pagination::pages::Pages;
use crate::settings::check_id;
use crate::types::{Marker, PageLimit, PageOffset, StartMarker};

/// A request for a listing, created by a [`Client`] method; not the request body, which is
/// [`ListDeviceRequest`](crate::types::ListDeviceRequest).
///
/// | call | result |
/// |---|---|
/// | [`send`](Self::send), or `.await` | one [`Page`] |
/// | [`items`](Self::items) | a stream of all records |
/// | [`pages`](Self::pages) | a stream of all pages |
/// | [`total`](Self::total) | the number of records |
///
/// Setters never fail. A value that is out of bounds is reported by these calls, before anything is sent.
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// let devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0");
///
/// let page = devices.clone().limit(20).await?;
/// println!("{} of {:?} devices", page.items.len(), page.total);
///
/// let mut items = devices.concurrency(4).items();
/// while let Some(device) = items.try_next().await? {
///     println!("{:?}", device.device_id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited, or `send`, `pages`, `items` or `total` is called"]
pub struct ListRequest<O> {
    client: Client,
    pub(crate) operation: O,
    instance_id: Option<String>,
    limit: Option<u32>,
    start: StartMarker,
    offset: Option<u32>,
    page_number: Option<u32>,
    concurrency: u32,
}

impl<O: Operation> ListRequest<O> {
    /// The page size of [`pages`](Self::pages) and [`items`](Self::items): the largest one, because it needs the fewest
    /// requests.
    const STREAM_LIMIT: PageLimit = PageLimit::MAX;

    pub(crate) fn new(client: Client, operation: O) -> Self {
        let (instance_id, limit, start, offset, page_number) = (None, None, StartMarker::default(), None, None);
        Self { client, operation, instance_id, limit, start, offset, page_number, concurrency: 1 }
    }

    /// Sets the maximum number of records per page: 1 to 50.
    ///
    /// Default: 50 for [`items`](Self::items) and [`pages`](Self::pages), which then need the fewest requests;
    /// [`send`](Self::send) sends no limit, for which the service uses 10. A number outside of 1 to 50 fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// Source: [API reference, both operations, parameter `limit`](crate::guide::sources).
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Starts after the marker's position, with the next older record. Default: starts at the newest record.
    ///
    /// Accepts an earlier page's [`next_marker`](Page::next_marker) (a [`Marker`] or an `Option` of it), or its text:
    /// 24 hexadecimal characters; with any other text, the call fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput). `None` is the default. A `next_marker` that is
    /// `None` means that the listing has ended, so check it before you pass it on in a loop. To resume a listing, set
    /// neither [`offset`](Self::offset) nor [`page_number`](Self::page_number), because these would skip records after
    /// the marker.
    ///
    /// Source: [API reference, both operations, parameter `marker`](crate::guide::sources).
    pub fn marker(mut self, marker: impl Into<StartMarker>) -> Self {
        self.start = marker.into();
        self
    }

    /// Skips this number of records after the marker: 0 to 500. Default: 0.
    ///
    /// A number outside of 0 to 500 fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput). The offset
    /// applies to the first page only: later pages follow the markers, because a record that is removed meanwhile would
    /// shift every offset.
    ///
    /// Source: [API reference, both operations, parameter `offset`](crate::guide::sources).
    pub fn offset(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Starts with this page, counted from 1. It is converted to an offset of `(number - 1) * limit`.
    ///
    /// The offset ends at 500, which is page 11 at 50 records per page and page 51 at 10; see [`limit`](Self::limit) for the
    /// default. With 0, a later page, or a combination with [`offset`](Self::offset), the call fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// Source: [API reference, both operations, parameter `offset`](crate::guide::sources).
    pub fn page_number(mut self, number: u32) -> Self {
        self.page_number = Some(number);
        self
    }

    /// Sets the number of pages that [`pages`](Self::pages) and [`items`](Self::items) request at once: 1 or more. Default: 1.
    ///
    /// On a slow network, a listing is read about that many times faster; more than 11 (at 50 records per page) has
    /// little further effect. At most twice this number of pages is in memory. Prefetching is as safe as reading page
    /// by page: no record is lost or repeated. See [Prefetching](crate::guide::prefetching) for how it works and what
    /// it assumes.
    ///
    /// If the consumer pauses longer than the [attempt timeout](crate::ClientBuilder::attempt_timeout), prefetched pages are
    /// requested again. All requests count toward the [rate limit](crate::ClientBuilder::rate_limit), and each is retried
    /// separately. With 0, the call fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn concurrency(mut self, pages: u32) -> Self {
        self.concurrency = pages;
        self
    }

    /// Sets the instance ID (header `Instance-Id`) of this request. Default: the
    /// [client's](crate::ClientBuilder::instance_id).
    ///
    /// If the ID is empty, is a dot segment, or contains a slash, a backslash or a control character, the
    /// call fails with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.instance_id = Some(instance_id.into());
        self
    }

    /// Requests one page: the newest records, or those selected by marker, offset and page number.
    ///
    /// Awaiting the request does the same. The page may be empty. If it then has a
    /// [`next_marker`](Page::next_marker), records may follow.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): a value is out of bounds; nothing was sent.
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): no credential is available, or IAM rejected the login.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): IAM has no project that has the same name as
    ///   the region, or several.
    /// - [`ErrorKind::Connection`](crate::ErrorKind::Connection), [`ErrorKind::Timeout`](crate::ErrorKind::Timeout): no
    ///   attempt received a complete response.
    /// - [`ErrorKind::Service`](crate::ErrorKind::Service): the service rejected the request or failed. For an unknown
    ///   certificate, [`Error::is_not_found`] is true. For a missing permission,
    ///   [`Error::is_forbidden`] is true.
    /// - [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse): a success status whose body is not as documented.
    pub async fn send(self) -> Result<Page<O::Item>, Error> {
        let (request, query) = self.check(None)?;
        let FetchedPage { page, next_page_error } = request.call(&query, Purpose::Single).await?;
        next_page_error.map_or(Ok(page), Err)
    }

    /// Returns a stream of all pages, in order, with 50 records per page by default.
    ///
    /// It follows the service's markers to the end of the listing. Pages without records are not part of the stream. At the
    /// end, [`Pages::summary`] compares the number of records with the service's count; fewer records are also reported by a
    /// `tracing` event at level `WARN`.
    ///
    /// # Errors
    ///
    /// The stream yields the errors of [`send`](Self::send), once, and ends. No page before the error is missing; a new
    /// request with the last page's [`next_marker`](Page::next_marker) resumes after them. Resume on a request without
    /// [`offset`](Self::offset) and [`page_number`](Self::page_number), because these would skip records after the
    /// marker.
    pub fn pages(self) -> Pages<O::Item> {
        let concurrency = self.concurrency;
        match self.check(Some(Self::STREAM_LIMIT)) {
            Ok((request, query)) => {
                let request = Arc::new(request);
                let fetch = move |query: PageQuery| {
                    let request = request.clone();
                    Box::pin(async move { request.call(&query, Purpose::Listing).await }) as _
                };
                Pages::new(O::META, Box::new(fetch), O::record_id, concurrency, query)
            }
            Err(error) => Pages::failed(error),
        }
    }

    /// Returns a stream of all records, in order; otherwise like [`pages`](Self::pages), and with the same errors.
    ///
    /// [`Items::position`] is the marker to resume from, and [`Items::summary`] says whether the listing is complete.
    pub fn items(self) -> Items<O::Item> {
        let start = self.start.text().and_then(|text| Marker::try_from(text).ok());
        Items::new(self.pages(), start)
    }

    /// Requests a single-record page and returns the service's total count. Marker, offset and limit are ignored.
    ///
    /// The count is a hint, because records are added and removed while a listing is read.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse) if the
    /// response has no count.
    pub async fn total(self) -> Result<u64, Error> {
        let (request, _) = self.check(None)?;
        let query = PageQuery { limit: Some(PageLimit::MIN), ..PageQuery::default() };
        let FetchedPage { page, .. } = request.call(&query, Purpose::Count).await?;
        Ok(page.total.unwrap_or_default())
    }

    /// Checks every value that the caller set.
    fn check(self, default_limit: Option<PageLimit>) -> Result<(CheckedRequest<O>, PageQuery), Error> {
        let in_operation = |error: Error| error.with_operation(O::META);
        let query = self.query(default_limit).map_err(in_operation)?;
        if self.concurrency == 0 {
            return Err(in_operation(Error::invalid_input(
                "concurrency is 0, but must be 1 or more; 1 reads page by page",
            )));
        }
        if let Some(instance_id) = &self.instance_id {
            check_id("instance_id", instance_id).map_err(in_operation)?;
        }
        let params = self.operation.check().map_err(in_operation)?;
        Ok((CheckedRequest { client: self.client, instance_id: self.instance_id, params }, query))
    }

    fn query(&self, default_limit: Option<PageLimit>) -> Result<PageQuery, Error> {
        let limit = self.limit.map(PageLimit::try_from).transpose()?.or(default_limit);
        Ok(PageQuery {
            limit,
            marker: self.start.text().map(Marker::try_from).transpose()?,
            offset: self.start_offset(limit.unwrap_or_default())?.map(PageOffset::try_from).transpose()?,
        })
    }

    /// The offset that was set, or the one of the page number.
    fn start_offset(&self, limit: PageLimit) -> Result<Option<u32>, Error> {
        let Some(number) = self.page_number else { return Ok(self.offset) };
        if self.offset.is_some() {
            return Err(Error::invalid_input(
                "page_number and offset are both set, but page_number is converted to an offset; set only one of them",
            ));
        }
        let last = PageOffset::MAX.get() / limit.get() + 1;
        match number {
            1.. if number <= last => Ok(Some((number - 1) * limit.get())),
            _ => Err(Error::invalid_input(format!(
                "page_number is {number}, but must be from 1 to {last} at {limit} records per page (the offset ends at \
                 {}); to read further, use the last page's marker",
                PageOffset::MAX
            ))),
        }
    }
}

impl<O: Operation> IntoFuture for ListRequest<O> {
    type Output = Result<Page<O::Item>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// Requests one page, like [`send`](Self::send).
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// A checked request, ready for any of its pages.
struct CheckedRequest<O: Operation> {
    client: Client,
    instance_id: Option<String>,
    params: O::Params,
}

impl<O: Operation> CheckedRequest<O> {
    async fn call(&self, query: &PageQuery, purpose: Purpose) -> Result<FetchedPage<O::Item>, Error> {
        let client = self.client.inner();
        let instance_id = self.instance_id.as_ref().or(client.instance_id.as_ref()).map(String::as_str);
        call::<O>(client, &OperationRequest { params: &self.params, instance_id, query, purpose }).await
    }
}
