//! When a server asks to come back: by the header `Retry-After`, or by the words of a gateway that throttles.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::http_date;

/// How long the header `Retry-After` asks to wait (RFC 9110, section 10.2.3): so many seconds, or until a time, counted
/// from the server's own `Date` where it tells one.
pub(crate) fn from_header(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a very long time all the same.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date::parse(text)?;
    let now = http_date::from_headers(headers).unwrap_or(now);
    // A time that is over asks for no wait.
    Some(until.duration_since(now).unwrap_or_default())
}

/// The window of a gateway's limit, by its message: "policy user over ratelimit,limit:XX,time:1 second". After it the
/// limit is free again.
///
/// Source: the vendor's gateway, codes `APIG.0308` and `APIGW.0308`.
pub(crate) fn from_message(message: &str) -> Option<Duration> {
    let (_, window) = message.split_once("over ratelimit")?.1.split_once("time:")?;
    let mut words = window.split_whitespace();
    let count: u64 = words.next()?.parse().ok()?;
    let unit = words.next()?.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    let seconds = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => 1,
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        _ => return None,
    };
    Some(Duration::from_secs(count.saturating_mul(seconds)))
}
