//! A time as HTTP writes it (RFC 9110, section 5.6.7): in today's form, and in the two that must still be taken.

use std::time::SystemTime;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// RFC 850's and asctime's.
const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The time that a header's text tells, if it is one between 1970 and 9999: what every system's clock can hold.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let obsolete = || OBSOLETE.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time: DateTime<Utc> = match DateTime::parse_from_rfc2822(text) {
        Ok(time) => time.into(),
        Err(_) => obsolete()?.and_utc(),
    };
    (1970..=9999).contains(&time.year()).then(|| time.into())
}
