//! Times that servers tell: those of HTTP's headers (RFC 9110, section 5.6.7), in today's form and in the two that must still
//! be taken, and those of IAM's bodies (RFC 3339).

use std::time::SystemTime;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap};

/// RFC 850's and asctime's.
const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The server's time, by its header `Date` (RFC 9110, section 6.6.1).
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<SystemTime> {
    parse(headers.get(DATE)?.to_str().ok()?)
}

/// The time that a header's text tells, if it is one.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let obsolete = || OBSOLETE.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    match DateTime::parse_from_rfc2822(text) {
        Ok(time) => system_time(time.into()),
        Err(_) => system_time(obsolete()?.and_utc()),
    }
}

/// The time that a text of RFC 3339 tells, if it is one.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    system_time(DateTime::parse_from_rfc3339(text).ok()?.into())
}

/// Between 1970 and 9999: what every system's clock can hold.
fn system_time(time: DateTime<Utc>) -> Option<SystemTime> {
    (1970..=9999).contains(&time.year()).then(|| time.into())
}
