//! One page: its query, its records, and the marker of the next page.
//!
//! Invariant: a marker that does not decrease is an error, not an infinite loop.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::types::PageInfo;
use crate::types::{Marker, PageLimit, PageOffset};

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
    /// The records, newest first: at most the [limit](crate::ListRequest::limit). Fewer records, or none, do not mean that
    /// the listing ends, if there is a [`next_marker`](Self::next_marker).
    ///
    /// The character U+FFFD replaces text that is not valid Unicode. An ID that contains it is not the service's ID, so it
    /// cannot be used in other calls.
    pub items: Vec<T>,
    /// The number of records in the whole listing by the service's count (`page.count`). `None` if the response has no
    /// count. The count is a hint, because records are added and removed.
    pub total: Option<u64>,
    /// The marker of the next page (`page.marker`). `None` at the end of the listing, or if the service's marker was
    /// malformed: a stream then ends in the first case, and yields an error in the second. The service also returns a
    /// marker on the last page, so the next page may be empty.
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
pub(crate) struct PageQuery {
    pub(crate) limit: Option<PageLimit>,
    pub(crate) marker: Option<Marker>,
    pub(crate) offset: Option<PageOffset>,
}

impl PageQuery {
    /// Returns `true` if no marker excludes a record.
    pub(super) fn starts_at_newest(&self) -> bool {
        self.marker.as_ref().is_none_or(|marker| !marker.comes_after(&Marker::default()))
    }

    /// Returns `true` if the marker is lower than the one of this query.
    fn is_before(&self, marker: &Marker) -> bool {
        marker.comes_after(&self.marker.clone().unwrap_or_default())
    }

    /// Returns `true` for the start of a listing: the first record is on this page, or on a page after its marker.
    fn is_first(&self) -> bool {
        self.starts_at_newest() && self.offset.unwrap_or_default() == PageOffset::default()
    }
}

/// The use of a page, which decides what it must contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The page alone: without records, it must not count any.
    Single,
    /// A page of a listing: without records, it may have a marker that continues the listing.
    Listing,
    /// The count.
    Count,
}

impl<T> Page<T> {
    /// Checks the response to `query`.
    pub(crate) fn from_response(
        items: Vec<T>,
        info: Option<PageInfo>,
        query: &PageQuery,
        purpose: Purpose,
        request_id: Option<String>,
    ) -> Result<FetchedPage<T>, Error> {
        let PageInfo { count, marker } = info.unwrap_or_default();
        let total = count.and_then(|count| count.try_into().ok());
        let marker = marker.filter(|text| !text.is_empty()).map(Marker::try_from);
        let (next_marker, next_page_error) = match marker {
            None => (None, None),
            // Only a lower marker continues an empty page.
            Some(marker) if items.is_empty() => (marker.ok().filter(|marker| query.is_before(marker)), None),
            Some(Ok(marker)) => (Some(check_descending(marker, query)?), None),
            Some(Err(error)) => (None, Some(error.with_kind(ErrorKind::UnexpectedResponse))),
        };
        // A caller could conclude that there are no records.
        let ends = next_marker.is_none() || purpose == Purpose::Single;
        if items.is_empty() && ends && query.is_first() {
            check_count_of_empty_listing(total)?;
        }
        if purpose == Purpose::Count && total.is_none() {
            return Err(Error::unexpected_response("the response has no page.count"));
        }
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

impl<T> FetchedPage<T> {
    pub(crate) fn map_next_page_error(self, change: impl FnOnce(Error) -> Error) -> Self {
        Self { next_page_error: self.next_page_error.map(change), ..self }
    }
}

/// Checks that the service does not count records in a listing without records. A wrong empty list can cost all devices of
/// a certificate their connection.
pub(super) fn check_count_of_empty_listing(total: Option<u64>) -> Result<(), Error> {
    match total {
        Some(total @ 1..) => {
            Err(Error::contradiction(format!("inconsistent response: count is {total} but the list is empty")))
        }
        _ => Ok(()),
    }
}

/// Returns the page's marker if it decreases. Otherwise the page may be one that was read before.
fn check_descending(marker: Marker, query: &PageQuery) -> Result<Marker, Error> {
    if query.is_before(&marker) {
        return Ok(marker);
    }
    let sent = query.marker.clone().unwrap_or_default();
    Err(Error::contradiction(format!(
        "marker did not decrease (sent {sent}, received {marker}); stopped to avoid an infinite loop"
    )))
}
