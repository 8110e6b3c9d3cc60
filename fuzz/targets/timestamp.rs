//! Fuzzes `Timestamp`. It must keep any text, and convert to a time only if the text has the service's format;
//! formatting that time must result in the same text.

#![no_main]

#[allow(dead_code, reason = "a module of two targets")]
mod calendar;

use std::time::{Duration, UNIX_EPOCH};

use calendar::{Civil, days_of_month};
use huaweicloud_iotda::ErrorKind;
use huaweicloud_iotda::types::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{from_value, json, to_value};

/// Parses a text in the format yyyyMMdd'T'HHmmss'Z' to seconds since 1970.
fn parse_documented(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let digits = format!("{}{}", digits.get(..8)?, digits.get(8..)?.strip_prefix('T')?);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    let (hour, minute, second) = (number(8, 10), number(10, 12), number(12, 14));
    let exists = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    let civil = Civil { year, month, day, second_of_day: (hour * 60 + minute) * 60 + second };
    (exists && hour < 24 && minute < 60 && second < 60).then(|| civil.seconds())
}

fn format_documented(seconds: i64) -> String {
    let civil = Civil::from_seconds(seconds);
    let (hour, minute, second) = civil.clock();
    format!("{:04}{:02}{:02}T{hour:02}{minute:02}{second:02}Z", civil.year, civil.month, civil.day)
}

fuzz_target!(|text: &str| {
    let timestamp = Timestamp::from(text);
    assert_eq!((timestamp.as_str(), timestamp.to_string().as_str()), (text, text));
    assert_eq!(from_value::<Timestamp>(to_value(&timestamp).unwrap()).unwrap(), timestamp);
    assert_eq!(to_value(&timestamp).unwrap(), json!(text));

    match timestamp.to_system_time() {
        Ok(time) => {
            let seconds = match time.duration_since(UNIX_EPOCH) {
                Ok(since) => since,
                Err(before) => before.duration(),
            };
            assert_eq!(seconds.subsec_nanos(), 0, "{text}");
            let sign = if time < UNIX_EPOCH { -1 } else { 1 };
            assert_eq!(format_documented(sign * seconds.as_secs() as i64), text);
            assert_eq!(parse_documented(text), Some(sign * seconds.as_secs() as i64), "{text}");
        }
        Err(error) => {
            assert_eq!(parse_documented(text), None, "{text}");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let message = error.to_string();
            assert!(!message.contains(char::is_control) && message.chars().count() < 2_000, "{message:?}");
        }
    }

    // A valid time from the bytes of the input.
    let number = text.bytes().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(byte));
    // From the year 0 to the end of 9999.
    let seconds = (number % 315_569_520_000) as i64 - 62_167_219_200;
    let since = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { UNIX_EPOCH - since } else { UNIX_EPOCH + since };
    assert_eq!(Timestamp::from(format_documented(seconds)).to_system_time().unwrap(), time, "{seconds}");
});
