//! Parsing of times in HTTP headers (RFC 9110, section 5.6.7, including the two obsolete formats).

use std::time::SystemTime;

use reqwest::header::{DATE, HeaderMap};

/// Returns the server's time from the header `Date` (RFC 9110, section 6.6.1).
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<SystemTime> {
    parse(headers.get(DATE)?.to_str().ok()?)
}

/// Parses the time of an HTTP header; `None` if it is malformed.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}
