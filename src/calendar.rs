//! UTC times in the formats yyyyMMdd'T'HHmmss'Z' (ISO 8601, basic format) and RFC 3339.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// The last second of the year 9999, in seconds since 1970.
const LAST_SECOND: i64 = 253_402_300_799;

/// Parses a time in the format yyyyMMdd'T'HHmmss'Z', and returns the seconds since 1970, which may be negative.
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    parse(text, "YYYYMMDDThhmmssZ", 59)
}

/// Formats a time as yyyyMMdd'T'HHmmss'Z'.
pub(crate) fn format_basic(time: SystemTime) -> String {
    let [year, month, day, hour, minute, second] = fields(time);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Parses a time of RFC 3339; `None` if it is malformed, or not from 1970 to 9999, the range that `SystemTime` supports on
/// every platform.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let text = text.to_ascii_uppercase().replace(' ', "T");
    let (local, rest) = text.split_at_checked("YYYY-MM-DDThh:mm:ss".len())?;
    let seconds = parse(local, "YYYY-MM-DDThh:mm:ss", 60)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit())?),
        None => ("0", rest),
    };
    let nanoseconds: u32 = format!("{fraction:0<9}").get(..9).filter(|_| !fraction.is_empty())?.parse().ok()?;
    let offset = match zone.strip_prefix(['+', '-']) {
        None if zone == "Z" => 0,
        Some(offset) => {
            let offset = parse(&format!("1970-01-01T{offset}:00"), "YYYY-MM-DDThh:mm:ss", 0)?;
            if zone.starts_with('-') { -offset } else { offset }
        }
        None => return None,
    };
    let seconds = Some(seconds - offset).filter(|seconds| (0..=LAST_SECOND).contains(seconds))?;
    Some(UNIX_EPOCH + Duration::new(seconds.unsigned_abs(), nanoseconds))
}

/// Formats a time as in RFC 3339, in UTC and with microseconds, like IAM.
pub(crate) fn format_rfc3339(time: SystemTime) -> String {
    let [year, month, day, hour, minute, second] = fields(time);
    let microseconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_micros());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{microseconds:06}Z")
}

/// Parses a time in a format of the letters YMDhms, which are digits of its fields, and other characters. Returns the
/// seconds since 1970.
fn parse(text: &str, format: &str, last_second: i64) -> Option<i64> {
    if text.len() != format.len() {
        return None;
    }
    let mut fields = [0; 6];
    for (byte, expected) in text.bytes().zip(format.bytes()) {
        match b"YMDhms".iter().position(|field| *field == expected) {
            Some(field) if byte.is_ascii_digit() => fields[field] = fields[field] * 10 + i64::from(byte - b'0'),
            None if byte == expected => {}
            _ => return None,
        }
    }
    let [year, month, day, hour, minute, second] = fields;
    let days = days_since_1970(year, month, day);
    // A date that does not exist is the same day as another one.
    let exists = (1..=12).contains(&month) && date_of(days) == (year, month, day);
    let valid = exists && hour < 24 && minute < 60 && second <= last_second;
    valid.then_some(days * SECONDS_PER_DAY + (hour * 60 + minute) * 60 + second)
}

/// Returns year, month, day, hour, minute and second, rounded down.
fn fields(time: SystemTime) -> [i64; 6] {
    let signed = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => signed(since),
        Err(error) => {
            let before = error.duration();
            -signed(before).saturating_add(i64::from(before.subsec_nanos() > 0))
        }
    };
    let (year, month, day) = date_of(seconds.div_euclid(SECONDS_PER_DAY));
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    [year, month, day, second / 3600, second / 60 % 60, second % 60]
}

/// Days in 400 years, after which the Gregorian calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;
/// Days from March 1 of the year 0 to 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Returns the number of days from 1970 to a date of the Gregorian calendar.
///
/// Years start in March, so that the leap day is the last day of a year and the lengths of the months before it repeat.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * DAYS_PER_ERA + year * 365 + year / 4 - year / 100 + day_of_year - DAYS_TO_1970
}

/// Returns year, month and day of the date that is this number of days after 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, day) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (era * 400 + year, month, day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Counts days one by one, with the lengths of the months.
    #[test]
    fn every_day_of_ten_millennia_is_converted() {
        let mut days = days_since_1970(0, 1, 1);
        assert_eq!(days, -719_528);
        for year in 0..10_000 {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    assert_eq!(days_since_1970(year, month, day), days, "{year}-{month}-{day}");
                    assert_eq!(date_of(days), (year, month, day));
                    days += 1;
                }
                let first = format!("{year:04}{month:02}01T000000Z");
                assert!(parse_basic(&first).is_some(), "{first}");
                let beyond = format!("{year:04}{month:02}{:02}T000000Z", length + 1);
                assert_eq!(parse_basic(&beyond), None, "{beyond}");
            }
        }
        assert_eq!(days * SECONDS_PER_DAY - 1, LAST_SECOND);
    }

    #[test]
    fn basic_format_is_the_inverse_of_its_parser() {
        for text in ["19700101T000000Z", "20240229T235959Z", "21000228T120000Z", "99991231T235959Z"] {
            let time = UNIX_EPOCH + Duration::from_secs(parse_basic(text).unwrap().unsigned_abs());
            assert_eq!(format_basic(time), text);
            assert_eq!(format_basic(time + Duration::from_millis(999)), text);
        }
        for before in [Duration::from_secs(1), Duration::from_millis(1)] {
            assert_eq!(format_basic(UNIX_EPOCH - before), "19691231T235959Z");
        }
        assert_eq!(parse_basic("00000101T000000Z"), Some(-62_167_219_200));
    }

    #[test]
    fn rfc3339_time_is_parsed() {
        let expected = UNIX_EPOCH + Duration::new(1_449_922_332, 123_456_000);
        for text in [
            "2015-12-12T12:12:12.123456Z",
            "2015-12-12t12:12:12.123456z",
            "2015-12-12 12:12:12.123456000999Z",
            "2015-12-12T20:12:12.123456+08:00",
            "2015-12-11T23:42:12.123456-12:30",
        ] {
            assert_eq!(parse_rfc3339(text), Some(expected), "{text}");
        }
        let midnight = parse_rfc3339("2017-01-01T00:00:00Z");
        assert!(midnight.is_some());
        assert_eq!(parse_rfc3339("2016-12-31T23:59:60Z"), midnight);
        assert_eq!(parse_rfc3339("1970-01-01T08:00:00+08:00"), Some(UNIX_EPOCH));
    }

    #[test]
    fn malformed_rfc3339_time_is_rejected() {
        for text in [
            "",
            "2015-12-12",
            "2015-12-12T12:12:12",
            "2015-12-12T12:12:12.Z",
            "2015-12-12T12:12:12.5",
            "2015-12-12T12:12:12+0800",
            "2015-12-12T12:12:12+24:00",
            "2015-12-12T12:12:12+08:60",
            "2015-12-12T12:12:12Z ",
            "2015-12-12T24:00:00Z",
            "2015-12-12T12:12:61Z",
            "2015-02-29T12:12:12Z",
            "2015-00-12T12:12:12Z",
            "2015-12-00T12:12:12Z",
            "+015-12-12T12:12:12Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2015-12-12T12:12:1２Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn rfc3339_format_is_the_inverse_of_its_parser() {
        let text = "2015-12-12T12:12:12.000456Z";
        assert_eq!(format_rfc3339(parse_rfc3339(text).unwrap()), text);
    }
}
