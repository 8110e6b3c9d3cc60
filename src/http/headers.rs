//! The response headers `Date` and `Retry-After`, and the delay in the message of a gateway that throttles.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The start of the gateway's message that names its limit.
const OVER_LIMIT: &str = "over ratelimit";

/// Returns the server's time from the header `Date` (RFC 9110, section 6.6.1).
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    parse_date(headers.get(DATE)?.to_str().ok()?)
}

/// Parses a time of HTTP (RFC 9110, section 5.6.7, including the two obsolete formats); `None` if it is malformed.
pub(crate) fn parse_date(text: &str) -> Option<SystemTime> {
    // RFC 9110 requires "GMT", but some servers write the same zone like in email.
    let zone_of_email = ["+0000", "-0000", "UTC", "UT"].iter().find_map(|zone| text.strip_suffix(zone));
    match zone_of_email {
        Some(time) => httpdate::parse_http_date(&format!("{time}GMT")).ok(),
        None => httpdate::parse_http_date(text).ok(),
    }
}

/// Returns the delay of the header `Retry-After` (RFC 9110, section 10.2.3).
///
/// The header is a number of seconds, or a time. The delay until that time is computed from the server's `Date`, or
/// from `now` if there is none.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that overflows is a very long delay.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = parse_date(text)?;
    let now = date(headers).unwrap_or(now);
    // A time in the past means no delay.
    Some(until.duration_since(now).unwrap_or_default())
}

/// Returns the window of the gateway's rate limit from its message: "policy user over ratelimit,limit:XX,time:1
/// second". The limit is reset after this window.
///
/// Source: ["APIG.0308"](crate::guide::sources).
pub(crate) fn retry_after_of_message(message: &str) -> Option<Duration> {
    let (_, window) = message.split_once(OVER_LIMIT)?.1.split_once("time:")?;
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

/// Returns the gateway's rate limit from the same message, in requests per second.
pub(crate) fn limit_of_message(message: &str) -> Option<f64> {
    let window = retry_after_of_message(message).filter(|window| !window.is_zero())?;
    let limit = message.split_once(OVER_LIMIT)?.1.split_once("limit:")?.1;
    let digits = limit.split(|letter: char| !letter.is_ascii_digit()).next()?;
    let limit: u32 = digits.parse().ok().filter(|limit| *limit > 0)?;
    Some(f64::from(limit) / window.as_secs_f64())
}
