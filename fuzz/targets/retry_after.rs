//! Fuzzes the parsing of retry delays. Digits in `Retry-After` are a number of seconds, a time in one of HTTP's formats
//! is the delay until then, and a gateway's message contains a window. Anything else must result in no delay or a
//! representable one.
//!
//! The first line of an input is the header `Retry-After`, the second the header `Date`, the rest a gateway's message.

#![no_main]

#[allow(dead_code, reason = "a module of two targets")]
mod calendar;
#[path = "../../src/http/headers.rs"]
#[allow(dead_code, reason = "the client uses the rest")]
mod headers;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use calendar::{Civil, MONTHS, weekday};
use libfuzzer_sys::fuzz_target;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
/// The last second of the year 2068: RFC 850's format has two digits for the year, which are ambiguous after it.
const LAST_SECOND_OF_RFC_850: u64 = 3_124_223_999;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |&byte| byte == b'\n');
    let [header, date, message] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);

    if let Ok(value) = HeaderValue::from_bytes(header) {
        let date = HeaderValue::from_bytes(date).ok();
        check_any_header(value, date, now);
    }
    check_any_message(&String::from_utf8_lossy(message));

    // Two numbers from the bytes of the input.
    let number = |bytes: &[u8]| bytes.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    let (first, second) = (number(input), number(input.get(8..).unwrap_or_default()));
    check_seconds(first, now);
    check_dates(first % (LAST_SECOND + 1), second % (LAST_SECOND + 1), now);
    check_windows(first, second);
});

fn headers(value: HeaderValue, date: Option<HeaderValue>) -> HeaderMap {
    let date = date.map(|date| (DATE, date));
    [(RETRY_AFTER, value)].into_iter().chain(date).collect()
}

fn check_any_header(value: HeaderValue, date: Option<HeaderValue>, now: SystemTime) {
    let text = value.to_str().unwrap_or_default().trim().to_owned();
    let delay = headers::retry_after(&headers(value, date), now);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(delay, Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))), "{text}");
    } else if let Some(delay) = delay {
        // A date: at most the time between the first and the last date (or a leap second after it).
        assert!(delay <= Duration::from_secs(LAST_SECOND + 1), "{text}: {delay:?}");
        assert!(text.len() >= "1 Jan 70 0:0".len(), "{text}: {delay:?}");
    }
}

fn check_any_message(message: &str) {
    if let Some(window) = headers::retry_after_of_message(message) {
        assert!(message.contains("over ratelimit") && message.contains("time:"), "{message}");
        assert_eq!(window.subsec_nanos(), 0, "{message}");
    }
}

fn check_seconds(seconds: u64, now: SystemTime) {
    for text in [format!("{seconds}"), format!("00{seconds}"), format!(" {seconds}\t")] {
        let delay = headers::retry_after(&headers(HeaderValue::from_str(&text).unwrap(), None), now);
        assert_eq!(delay, Some(Duration::from_secs(seconds)), "{text}");
    }
}

/// A time in HTTP's three formats (RFC 9110, section 5.6.7).
fn http_dates(seconds: u64) -> Vec<String> {
    let (day, time) = (weekday(seconds as i64), Civil::from_seconds(seconds as i64));
    let (hour, minute, second) = time.clock();
    let (short, month, clock) =
        (&day[..3], MONTHS[time.month as usize - 1], format!("{hour:02}:{minute:02}:{second:02}"));
    let mut dates = vec![
        format!("{short}, {:02} {month} {:04} {clock} GMT", time.day, time.year),
        format!("{short} {month} {:>2} {clock} {:04}", time.day, time.year),
    ];
    if seconds <= LAST_SECOND_OF_RFC_850 {
        dates.push(format!("{day}, {:02}-{month}-{:02} {clock} GMT", time.day, time.year % 100));
    }
    dates
}

fn check_dates(until: u64, date: u64, now: SystemTime) {
    let value = |text: &str| HeaderValue::from_str(text).unwrap();
    let until_time = UNIX_EPOCH + Duration::from_secs(until);
    for text in http_dates(until) {
        assert_eq!(headers::parse_date(&text), Some(until_time), "{text}");
        let delay = headers::retry_after(&headers(value(&text), None), now);
        assert_eq!(delay, Some(until_time.duration_since(now).unwrap_or_default()), "{text}");
        for date_text in http_dates(date) {
            let delay = headers::retry_after(&headers(value(&text), Some(value(&date_text))), now);
            assert_eq!(delay, Some(Duration::from_secs(until.saturating_sub(date))), "{text} from {date_text}");
        }
    }
}

fn check_windows(count: u64, limit: u64) {
    for (unit, seconds) in [("second", 1), ("minute", 60), ("hours", 3600), ("days", 86_400)] {
        let message = format!("policy user over ratelimit,limit:{limit},time:{count} {unit}");
        let window = Duration::from_secs(count.saturating_mul(seconds));
        assert_eq!(headers::retry_after_of_message(&message), Some(window), "{message}");
    }
}
