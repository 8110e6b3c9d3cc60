//! Reads a success as a page: the documented JSON object, an empty list only if the response states it, and a consistent
//! page.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;

use crate::error::Error;
use crate::operation::{Operation, OperationRequest};
use crate::pagination::page::{FetchedPage, Page};

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
    if !body.trim_ascii_start().starts_with(b"{") {
        // serde also reads an array as a struct, field by field.
        return Err(DecodeError::Undocumented("not a JSON object".to_owned()));
    }
    let (items, info) = O::into_parts(list);
    if items.as_ref().is_none_or(Vec::is_empty) {
        check_empty(body, O::LIST_FIELD, items.is_some() || info.is_some()).map_err(DecodeError::Undocumented)?;
    }
    let fetched = Page::from_response(items.unwrap_or_default(), info, request.query, request_id);
    let fetched = fetched.map_err(DecodeError::Page)?;
    if request.requires_count && fetched.page.total.is_none() {
        return Err(DecodeError::Page(Error::unexpected_response("the response has no page.count")));
    }
    Ok(fetched)
}

/// Checks that a response without records is an empty list; otherwise returns what is wrong with it.
///
/// Every field of a response may be missing, so an error's body with status 200 would be decoded as an empty list.
/// `has_parts` says that the response contains a list or a page that is not null.
fn check_empty(body: &[u8], list: &str, has_parts: bool) -> Result<(), String> {
    // `IgnoredAny` skips values of any depth and size.
    let Ok(fields) = serde_json::from_slice::<HashMap<Cow<'_, str>, Option<IgnoredAny>>>(body) else {
        return Err("not a JSON object".to_owned());
    };
    let is_set = |key: &&str| fields.get(*key).is_some_and(Option::is_some);
    if let Some(key) = ["error_code", "errorCode", "error"].iter().find(|key| is_set(key)) {
        return Err(format!("the body contains `{key}` but no records"));
    }
    let documented = fields.contains_key(list) || fields.contains_key("page");
    if has_parts || documented || fields.is_empty() {
        Ok(())
    } else {
        Err(format!("the body contains neither `{list}` nor `page`"))
    }
}
