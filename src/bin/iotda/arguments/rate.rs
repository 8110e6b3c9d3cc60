//! A number of requests in a window of time, such as 7, 0.5 or 50/1s.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::duration::with_unit;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) requests: u32,
    pub(crate) window: Duration,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate = match text.split_once('/') {
            Some((requests, window)) => requests.parse().ok().zip(with_unit(window)),
            None => per_second(text),
        };
        let rate = rate.filter(|(requests, window)| *requests > 0 && !window.is_zero());
        let invalid = "must be requests per second, such as 7 or 0.5, or requests in a window of ms, s, m or h, such as \
                       50/1s or 300/5m";
        rate.map(|(requests, window)| Self { requests, window }).ok_or_else(|| invalid.to_owned())
    }
}

fn per_second(text: &str) -> Option<(u32, Duration)> {
    if let Ok(requests) = text.parse() {
        return Some((requests, SECOND));
    }
    let rate: f64 = text.parse().ok().filter(|rate| *rate > 0.0)?;
    Some((1, Duration::try_from_secs_f64(1.0 / rate).ok()?))
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, window } = self;
        let plural = if *requests == 1 { "" } else { "s" };
        write!(f, "{requests} request{plural} per ")?;
        if *window == SECOND { f.write_str("second") } else { write!(f, "{window:?}") }
    }
}
