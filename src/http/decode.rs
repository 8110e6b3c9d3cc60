//! Reads a success as JSON, and as records: the documented JSON object, and an empty list only if the response states it.

use serde::de::DeserializeOwned;

use super::{lenient, reported_error};
use crate::error::charset::without_byte_order_mark;
use crate::operation::Operation;
use crate::types::PageInfo;

/// Decodes JSON. Text is checked as a whole, because checking each string takes longer. U+FFFD replaces invalid text.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(body)),
    }
}

/// Returns the records and the paging object of a response; otherwise what is wrong with its body.
pub(crate) fn records<O: Operation>(list: O::List, body: &[u8]) -> Result<(Vec<O::Item>, Option<PageInfo>), String> {
    if !without_byte_order_mark(body).trim_ascii_start().starts_with(b"{") {
        // serde also reads an array as a struct, field by field.
        return Err("not a JSON object".to_owned());
    }
    let (items, info) = O::into_parts(list);
    if items.as_ref().is_none_or(Vec::is_empty) {
        let has_count = info.as_ref().is_some_and(|info| info.count.is_some());
        check_empty(body, O::LIST_FIELD, items.is_some() || has_count)?;
    }
    Ok((items.unwrap_or_default(), info))
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
