//! A request for a listing, the same for every paged operation: it is put together by setters that never fail, checked
//! as a whole before anything is sent, and ends with one page, all pages, all items or the total.

use std::fmt;
use std::sync::Arc;

use crate::client::Client;
use crate::empty_list::check_empty;
use crate::endpoint::check_id;
use crate::error::Error;
use crate::facts::OperationFacts;
use crate::generated;
use crate::pagination::{Fetched, Items, Page, PageQuery, Pages};
use crate::transport::{self, Answer, Outcome, Receipt};
use crate::types::{Marker, PageInfo, PageLimit, PageOffset};

/// A paged operation of the service, whose records are its `Item`: [`DeviceSimple`](crate::types::DeviceSimple) of
/// [`ListDeviceByDeviceCertificate`](crate::ListDeviceByDeviceCertificate),
/// [`AuthenticationTemplateSimple`](crate::types::AuthenticationTemplateSimple) of
/// [`ListDeviceAuthenticationTemplates`](crate::ListDeviceAuthenticationTemplates). It can't be implemented outside this crate.
pub trait Operation: Paged {}

/// How an operation is called.
pub trait Paged: Clone + fmt::Debug + Send + Sync + 'static {
    /// A record of its listing.
    type Item: Send + 'static;
    type List: Send;
    /// Its own parameters, checked.
    type Checked: Send + Sync + 'static;
    const FACTS: &'static OperationFacts;
    /// The list's name in an answer.
    const LIST: &'static str;

    fn check(self) -> Result<Self::Checked, Error>;
    fn send(
        client: generated::Client,
        to: Target<'_>,
        parameters: &Self::Checked,
        page: &PageQuery,
    ) -> impl Future<Output = Outcome<Self::List>> + Send;
    /// What tells a record from the others of its listing.
    fn key(item: &Self::Item) -> Option<&str>;
    fn parts(list: Self::List) -> (Option<Vec<Self::Item>>, Option<PageInfo>);
}

/// Whose listing it is.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub(crate) project_id: &'a str,
    pub(crate) instance_id: Option<&'a str>,
}

/// A listing to be read: by [`send`](Self::send) one page, by [`pages`](Self::pages) and [`items`](Self::items) all
/// of it, by [`total`](Self::total) its count.
///
/// Setters never fail; a value that is out of bounds is an error of the call, before anything is sent.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use huaweicloud_iotda::ErrorKind;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 120);
/// # let client = server.client()?;
///
/// let devices = client.list_device_by_device_certificate("my-certificate");
/// let page = devices.clone().limit(20).send().await?; // one page
/// assert_eq!(page.items.len(), 20);
///
/// let all: Vec<_> = devices.clone().concurrency(4).items().try_collect().await?;
/// assert_eq!(all.len(), 120); // every record
/// assert_eq!(devices.clone().total().await?, 120); // their number alone
///
/// let error = devices.limit(51).send().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until `send`, `pages`, `items` or `total` is called"]
pub struct ListRequest<O> {
    client: Client,
    pub(crate) operation: O,
    instance_id: Option<String>,
    limit: Option<u32>,
    marker: Option<String>,
    offset: Option<u32>,
    page_number: Option<u32>,
    concurrency: u32,
}

impl<O: Operation> ListRequest<O> {
    pub(crate) fn new(client: Client, operation: O) -> Self {
        let (instance_id, limit, marker, offset, page_number) = (None, None, None, None, None);
        Self { client, operation, instance_id, limit, marker, offset, page_number, concurrency: 1 }
    }

    /// How many records a page holds at most: 1 to 50. Another number is [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput)
    /// of the call.
    ///
    /// Unless it is set, [`send`](Self::send) and [`pages`](Self::pages) leave it to the service, which takes 10;
    /// [`items`](Self::items), which shows no pages, asks for 50, the fewest calls. With a
    /// [`concurrency`](Self::concurrency) above 1, [`pages`](Self::pages) asks for 10 itself.
    ///
    /// Source: both pages of the vendor's API reference, parameter `limit`.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Where to start: after this record, downwards, to records that are older. It is an earlier page's [`next`](Page::next), or
    /// its text: 24 hexadecimal characters, anything else is [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of the
    /// call. Unless it is set, the newest record is the first.
    ///
    /// Source: both pages of the vendor's API reference, parameter `marker`.
    pub fn marker(mut self, marker: impl Into<String>) -> Self {
        self.marker = Some(marker.into());
        self
    }

    /// How many records to skip first, counted from the marker: 0 to 500, 0 unless it is set. Another number is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of the call.
    ///
    /// It is for jumping near the start of a listing. When a listing is read on, the next page is asked for by its
    /// marker, without an offset: records that are removed meanwhile would shift it.
    ///
    /// Source: both pages of the vendor's API reference, parameter `offset`.
    pub fn offset(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The page to start with, counted from 1; it turns into an offset of `(number - 1) * limit` (10 records a page when
    /// no limit is set), which reaches 500: pages 1 to 11 with `limit(50)`. It can't be combined with
    /// [`offset`](Self::offset); that, 0 and a page further on are [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of
    /// the call.
    ///
    /// Source: both pages of the vendor's API reference, parameter `offset`.
    pub fn page_number(mut self, number: u32) -> Self {
        self.page_number = Some(number);
        self
    }

    /// How many pages [`pages`](Self::pages) and [`items`](Self::items) ask for at once: 1 or more, 1 unless it is set (0 is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of the call). Where
    /// the way to the service takes longer than its answer, a listing is read that many times faster; above 11 (at 50 a
    /// page) more has no effect.
    ///
    /// It is as safe as reading page by page: what is there throughout is read once, and nothing twice. Pages are
    /// asked for by offsets from a marker, so that neighbours overlap by one record; a page that does not begin with the last
    /// record of the page before it, since records came or went meanwhile, is thrown away and read anew from a marker. This
    /// rests on two things: a device's `device_id` (a template's `template_id`) is unique in its listing, and a newer record
    /// has a larger id, as the vendor's pages say. The first page is always read alone, and pages hold one record less
    /// than the limit; with `limit(1)` nothing is read ahead.
    ///
    /// Pages that were asked for arrive only while the stream is polled: who takes longer over a page than the
    /// [attempt timeout](crate::ClientBuilder::attempt_timeout) asks for those behind it again.
    ///
    /// The requests count in the client's [rate limit](crate::ClientBuilder::rate_limit), and each has its own retries.
    pub fn concurrency(mut self, pages: u32) -> Self {
        self.concurrency = pages;
        self
    }

    /// The instance's id (header `Instance-Id`) for this request, instead of the
    /// [client's](crate::ClientBuilder::instance_id), which says when it is needed. One that is empty, a dot segment, or has a
    /// slash or a control character is [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) of the call.
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.instance_id = Some(instance_id.into());
        self
    }

    /// Reads one page: the newest records, or those that marker, offset and page number say. It may be empty.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): a value is out of its bounds; nothing was sent.
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): there is no credential, or IAM refused the login.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): IAM knows no project of the region's name, or several.
    /// - [`ErrorKind::Connection`](crate::ErrorKind::Connection), [`ErrorKind::Timeout`](crate::ErrorKind::Timeout): no whole
    ///   answer came, by all attempts.
    /// - [`ErrorKind::Service`](crate::ErrorKind::Service): the service refused or failed. An unknown certificate is
    ///   [`Error::is_not_found`], a missing permission [`Error::is_forbidden`].
    /// - [`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer): a success that is not the documented one.
    pub async fn send(self) -> Result<Page<O::Item>, Error> {
        let (call, query) = self.check()?;
        let (Fetched { page, beyond }, _) = call.page(&query).await?;
        beyond.map_or(Ok(page), Err)
    }

    /// Reads page after page by following the markers, until the service has no more. An empty page ends the stream and
    /// is not part of it.
    ///
    /// # Errors
    ///
    /// The stream's, as those of [`send`](Self::send). One is yielded once and ends the stream; nothing that came before it is
    /// lost, and a new request with the last page's [`next`](Page::next) as its marker goes on there.
    pub fn pages(self) -> Pages<O::Item> {
        // Pages that are read ahead must be as long as their offsets say.
        let limit = (self.concurrency > 1).then(PageLimit::default);
        self.pages_of(limit)
    }

    /// Reads all records, one by one, as [`pages`](Self::pages) does page by page, and with the same errors.
    pub fn items(self) -> Items<O::Item> {
        Items::new(self.pages_of(Some(PageLimit::MAX)))
    }

    /// All pages, of this limit unless another one is set.
    fn pages_of(self, limit: Option<PageLimit>) -> Pages<O::Item> {
        let concurrency = self.concurrency;
        let (call, mut query) = match self.check() {
            Ok(checked) => checked,
            Err(error) => return Pages::failed(error),
        };
        query.limit = query.limit.or(limit);
        let call = Arc::new(call);
        let fetch = move |query: PageQuery| {
            let call = call.clone();
            Box::pin(async move { Ok(call.page(&query).await?.0) }) as _
        };
        Pages::new(Box::new(fetch), O::key, concurrency, query)
    }

    /// How many records the whole listing has, by a page of one record; marker, offset and limit are left out of it.
    ///
    /// The service's own count: a hint, for records come and go while a listing is read.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also [`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) when the answer
    /// holds no count.
    pub async fn total(self) -> Result<u64, Error> {
        let (call, _) = self.check()?;
        let query = PageQuery { limit: Some(PageLimit::MIN), ..PageQuery::default() };
        let (Fetched { page, .. }, receipt) = call.page(&query).await?;
        page.total.ok_or_else(|| receipt.told(Error::unexpected_answer("the answer holds no page.count")))
    }

    /// Everything that the caller gave, checked.
    fn check(self) -> Result<(Call<O>, PageQuery), Error> {
        let named = |error: Error| error.with_operation(O::FACTS);
        let query = self.query().map_err(named)?;
        if self.concurrency == 0 {
            return Err(named(Error::invalid_input("concurrency is 0, but must be 1 or more: 1 reads page by page")));
        }
        if let Some(instance_id) = &self.instance_id {
            check_id("instance_id", instance_id).map_err(named)?;
        }
        let parameters = self.operation.check().map_err(named)?;
        Ok((Call { client: self.client, instance_id: self.instance_id, parameters }, query))
    }

    fn query(&self) -> Result<PageQuery, Error> {
        Ok(PageQuery {
            limit: self.limit.map(PageLimit::try_from).transpose()?,
            marker: self.marker.clone().map(Marker::try_from).transpose()?,
            offset: self.first_offset()?.map(PageOffset::try_from).transpose()?,
        })
    }

    /// The offset as given, or that of the page number.
    fn first_offset(&self) -> Result<Option<u32>, Error> {
        let Some(number) = self.page_number else { return Ok(self.offset) };
        if self.offset.is_some() {
            return Err(Error::invalid_input(
                "page_number and offset are both set; a page number is an offset: give one",
            ));
        }
        let limit = self.limit.map(PageLimit::try_from).transpose()?.unwrap_or_default().get();
        let last = PageOffset::MAX.get() / limit + 1;
        match number {
            1.. if number <= last => Ok(Some((number - 1) * limit)),
            _ => Err(Error::invalid_input(format!(
                "page_number is {number}, but must be from 1 to {last} at {limit} records a page (the offset ends at \
                 {}); read on from there by the last page's marker",
                PageOffset::MAX
            ))),
        }
    }
}

/// A checked request, ready for any of its pages.
struct Call<O: Operation> {
    client: Client,
    instance_id: Option<String>,
    parameters: O::Checked,
}

impl<O: Operation> Call<O> {
    async fn page(&self, query: &PageQuery) -> Result<(Fetched<O::Item>, Receipt), Error> {
        let client = self.client.inner();
        let instance_id = self.instance_id.as_ref().or(client.instance_id.as_ref());
        let send = |generated, project_id: Arc<str>| async move {
            let to = Target { project_id: &project_id, instance_id: instance_id.map(String::as_str) };
            O::send(generated, to, &self.parameters, query).await
        };
        let read = |list, body: &[u8]| {
            if !body.trim_ascii_start().starts_with(b"{") {
                // serde takes an array for it, field by field.
                return Err("it is no JSON object".to_owned());
            }
            let (items, info) = O::parts(list);
            if items.as_ref().is_none_or(Vec::is_empty) {
                check_empty(body, O::LIST, items.is_some() || info.is_some())?;
            }
            Ok((items.unwrap_or_default(), info))
        };
        let Answer { value: (items, info), receipt } = transport::call(client, O::FACTS, send, read).await?;
        let told = |error| receipt.told(error);
        let Fetched { page, beyond } = Page::read(items, info, query, receipt.request_id.clone()).map_err(told)?;
        Ok((Fetched { page, beyond: beyond.map(told) }, receipt))
    }
}
