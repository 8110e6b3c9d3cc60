//! Reads a success as a page: the documented JSON object, an empty list only if the response states it, and a consistent
//! page.

use super::{lenient, reported_error};
use crate::error::Error;
use crate::error::charset::without_byte_order_mark;
use crate::operation::{Operation, OperationRequest, Purpose};
use crate::pagination::page::{FetchedPage, Page, check_count_of_empty_listing};

/// A reason why a success is not a page.
pub(crate) enum DecodeError {
    /// The body is not the documented JSON.
    Undocumented(String),
    /// The body is the documented JSON, but its page contradicts itself or the request.
    Page(Error),
}

/// Checks a decoded response body, and converts it to a page.
pub(crate) fn decode<O: Operation>(
    list: O::List,
    body: &[u8],
    request: &OperationRequest<'_, O>,
    request_id: Option<String>,
) -> Result<FetchedPage<O::Item>, DecodeError> {
    if !without_byte_order_mark(body).trim_ascii_start().starts_with(b"{") {
        // serde also reads an array as a struct, field by field.
        return Err(DecodeError::Undocumented("not a JSON object".to_owned()));
    }
    let (items, info) = O::into_parts(list);
    if items.as_ref().is_none_or(Vec::is_empty) {
        let has_count = info.as_ref().is_some_and(|info| info.count.is_some());
        check_empty(body, O::LIST_FIELD, items.is_some() || has_count).map_err(DecodeError::Undocumented)?;
    }
    let fetched = Page::from_response(items.unwrap_or_default(), info, request.query, request_id);
    let fetched = fetched.map_err(DecodeError::Page)?;
    let page = &fetched.page;
    match request.purpose {
        Purpose::Count if page.total.is_none() => {
            Err(DecodeError::Page(Error::unexpected_response("the response has no page.count")))
        }
        // Otherwise, the caller could conclude that there are no records.
        Purpose::Single if page.items.is_empty() && request.query.is_first() => {
            check_count_of_empty_listing(page.total).map_err(DecodeError::Page).map(|()| fetched)
        }
        _ => Ok(fetched),
    }
}

/// Checks that a response without records states that it has none; otherwise returns what is wrong with it.
///
/// Every field of a response may be missing, so an error's body with status 200 is decoded as an empty list, too.
/// `is_stated` says that the response contains a list or a count.
fn check_empty(body: &[u8], list: &str, is_stated: bool) -> Result<(), String> {
    match reported_error::find(&lenient::readable(body)) {
        Ok(None) if is_stated => Ok(()),
        Ok(None) => Err(format!("the body contains neither a list `{list}` nor `page.count`")),
        Ok(Some(field)) => Err(format!("the body contains `{field}` but no records")),
        Err(error) => Err(error.to_string()),
    }
}
