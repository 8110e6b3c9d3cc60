//! `Retry-After`: digits are that many seconds, a time in any of HTTP's forms is the wait until then, and a gateway's
//! words are the window that they name; whatever else a server sends is no wait, or one that a clock can hold.
//!
//! The first line of an input is the header, the second the header `Date`, the rest a gateway's message.

#![no_main]

#[allow(dead_code, reason = "a module of two targets")]
mod calendar;
#[path = "../../src/retry_after.rs"]
mod retry_after;
#[allow(dead_code, reason = "IAM's times are not read here")]
#[path = "../../src/server_time.rs"]
mod server_time;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use calendar::{Civil, MONTHS, weekday};
use libfuzzer_sys::fuzz_target;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;
/// The years whose last two digits RFC 850's form tells apart: up to 2068.
const LAST_OF_RFC_850: u64 = 3_124_223_999;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |&byte| byte == b'\n');
    let [header, date, message] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);

    if let Ok(value) = HeaderValue::from_bytes(header) {
        let date = HeaderValue::from_bytes(date).ok();
        any_header(value, date, now);
    }
    any_message(&String::from_utf8_lossy(message));

    // The bytes of any input as two numbers.
    let number = |bytes: &[u8]| bytes.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    let (first, second) = (number(input), number(input.get(8..).unwrap_or_default()));
    seconds_are_seconds(first, now);
    times_are_times(first % (LAST + 1), second % (LAST + 1), now);
    windows_are_windows(first, second);
});

fn headers(value: HeaderValue, date: Option<HeaderValue>) -> HeaderMap {
    let date = date.map(|date| (DATE, date));
    [(RETRY_AFTER, value)].into_iter().chain(date).collect()
}

fn any_header(value: HeaderValue, date: Option<HeaderValue>, now: SystemTime) {
    let text = value.to_str().unwrap_or_default().trim().to_owned();
    let asked = retry_after::by_header(&headers(value, date), now);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(asked, Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))), "{text}");
    } else if let Some(asked) = asked {
        // A date, so no longer than from the first to the last one (or to a leap second after it).
        assert!(asked <= Duration::from_secs(LAST + 1), "{text}: {asked:?}");
        assert!(text.len() >= "1 Jan 70 0:0".len(), "{text}: {asked:?}");
    }
}

fn any_message(message: &str) {
    if let Some(window) = retry_after::by_message(message) {
        assert!(message.contains("over ratelimit") && message.contains("time:"), "{message}");
        assert_eq!(window.subsec_nanos(), 0, "{message}");
    }
}

fn seconds_are_seconds(seconds: u64, now: SystemTime) {
    for text in [format!("{seconds}"), format!("00{seconds}"), format!(" {seconds}\t")] {
        let asked = retry_after::by_header(&headers(HeaderValue::from_str(&text).unwrap(), None), now);
        assert_eq!(asked, Some(Duration::from_secs(seconds)), "{text}");
    }
}

/// A time in HTTP's three forms (RFC 9110, section 5.6.7).
fn forms(seconds: u64) -> Vec<String> {
    let (day, time) = (weekday(seconds as i64), Civil::of(seconds as i64));
    let (hour, minute, second) = time.clock();
    let (short, month, clock) =
        (&day[..3], MONTHS[time.month as usize - 1], format!("{hour:02}:{minute:02}:{second:02}"));
    let mut forms = vec![
        format!("{short}, {:02} {month} {:04} {clock} GMT", time.day, time.year),
        format!("{short} {month} {:>2} {clock} {:04}", time.day, time.year),
    ];
    if seconds <= LAST_OF_RFC_850 {
        forms.push(format!("{day}, {:02}-{month}-{:02} {clock} GMT", time.day, time.year % 100));
    }
    forms
}

fn times_are_times(until: u64, date: u64, now: SystemTime) {
    let value = |text: &str| HeaderValue::from_str(text).unwrap();
    let until_time = UNIX_EPOCH + Duration::from_secs(until);
    for text in forms(until) {
        assert_eq!(server_time::of_header(&text), Some(until_time), "{text}");
        let asked = retry_after::by_header(&headers(value(&text), None), now);
        assert_eq!(asked, Some(until_time.duration_since(now).unwrap_or_default()), "{text}");
        for date_text in forms(date) {
            let asked = retry_after::by_header(&headers(value(&text), Some(value(&date_text))), now);
            assert_eq!(asked, Some(Duration::from_secs(until.saturating_sub(date))), "{text} from {date_text}");
        }
    }
}

fn windows_are_windows(count: u64, limit: u64) {
    for (unit, seconds) in [("second", 1), ("minute", 60), ("hours", 3600), ("days", 86_400)] {
        let message = format!("policy user over ratelimit,limit:{limit},time:{count} {unit}");
        let window = Duration::from_secs(count.saturating_mul(seconds));
        assert_eq!(retry_after::by_message(&message), Some(window), "{message}");
    }
}
