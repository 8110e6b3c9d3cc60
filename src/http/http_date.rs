//! Parsing of times in HTTP headers (RFC 9110, section 5.6.7, including the two obsolete formats) and in IAM's response
//! bodies (RFC 3339).

use std::time::SystemTime;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap};

/// The formats of RFC 850 and of asctime.
const OBSOLETE_FORMATS: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Returns the server's time from the header `Date` (RFC 9110, section 6.6.1).
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<SystemTime> {
    parse(headers.get(DATE)?.to_str().ok()?)
}

/// Parses the time of an HTTP header; `None` if it is malformed.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let obsolete = || OBSOLETE_FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    match DateTime::parse_from_rfc2822(text) {
        Ok(time) => system_time(time.into()),
        Err(_) => system_time(obsolete()?.and_utc()),
    }
}

/// Parses a time of RFC 3339; `None` if it is malformed.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    system_time(DateTime::parse_from_rfc3339(text).ok()?.into())
}

/// Converts a time between 1970 and 9999, the range that `SystemTime` supports on every platform.
fn system_time(time: DateTime<Utc>) -> Option<SystemTime> {
    (1970..=9999).contains(&time.year()).then(|| time.into())
}
