//! A response without records: an empty list, or an error with a success status.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;

/// Checks that a response without records is an empty list; otherwise returns what is wrong with it.
///
/// Every field of a response may be missing, so an error's body with status 200 would be decoded as an empty list.
/// `has_parts` says that the response contains a list or a page that is not null.
pub(crate) fn check_empty(body: &[u8], list: &str, has_parts: bool) -> Result<(), String> {
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
