//! An answer without a record: is it a list that is empty, or an error in disguise?

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::IgnoredAny;

/// Every field of an answer may be missing, so an error's body that comes with status 200 would be an empty list. What is
/// wrong with it, if it is one; `has_parts`: whether it holds a list or a page that is not null.
pub(crate) fn check_empty(body: &[u8], list: &str, has_parts: bool) -> Result<(), String> {
    // What is not null, of whatever depth and size.
    let Ok(fields) = serde_json::from_slice::<HashMap<Cow<'_, str>, Option<IgnoredAny>>>(body) else {
        return Err("it is no JSON object".to_owned());
    };
    let says = |key: &&str| fields.get(*key).is_some_and(Option::is_some);
    if let Some(key) = ["error_code", "errorCode", "error"].iter().find(|key| says(key)) {
        return Err(format!("it holds `{key}` and no record"));
    }
    let documented = fields.contains_key(list) || fields.contains_key("page");
    match has_parts || documented || fields.is_empty() {
        true => Ok(()),
        false => Err(format!("it has neither `{list}` nor `page`")),
    }
}
