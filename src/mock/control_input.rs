//! The bodies of the control routes: a response to queue, and faults.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::faults::Faults;
use super::response::MockResponse;

/// An hour.
const MAX_MILLISECONDS: i64 = 60 * 60 * 1000;
const MAX_REQUESTS: i32 = i32::MAX;
const MAX_HEADERS: usize = 100;
const MAX_VALUE_CHARS: usize = 8192;
/// The maximum length of a value in an error.
const MAX_EXCERPT_CHARS: usize = 60;

/// A response to queue. Without a status and `disconnect`, it is the one from the records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseInput {
    #[serde(default, deserialize_with = "present")]
    status: Option<i64>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Any JSON value; `null` is the value null.
    #[serde(default, deserialize_with = "present")]
    json: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    text: Option<String>,
    #[serde(default)]
    truncate: bool,
    #[serde(default)]
    chunked: bool,
    #[serde(default)]
    disconnect: bool,
    #[serde(default)]
    reset: bool,
    #[serde(default)]
    delay_ms: i64,
    #[serde(default)]
    trickle_ms: i64,
    #[serde(default = "one")]
    times: i64,
}

fn one() -> i64 {
    1
}

/// Reads a field that is present, and rejects `null`, unless that is a value of the type.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl ResponseInput {
    /// Returns how many requests get the response.
    pub(super) fn times(&self) -> usize {
        usize::try_from(self.times).unwrap_or(1)
    }

    /// Returns the response, or what is wrong.
    pub(super) fn response(&self) -> Result<MockResponse, String> {
        self.check()?;
        let response = match self.status {
            // It is checked.
            Some(status) => self.with_status(u16::try_from(status).unwrap_or_default()),
            None if self.disconnect => MockResponse::disconnect(),
            None => MockResponse::pass_through(),
        };
        let response = if self.reset { response.with_reset() } else { response };
        Ok(response.delay(duration(self.delay_ms)).trickle(duration(self.trickle_ms)))
    }

    fn check(&self) -> Result<(), String> {
        let milliseconds = 0..=MAX_MILLISECONDS;
        within("status", self.status.unwrap_or(200), 200..=999)?;
        within("times", self.times, 1..=1000)?;
        within("delay_ms", self.delay_ms, milliseconds.clone())?;
        within("trickle_ms", self.trickle_ms, milliseconds)?;
        check_headers(&self.headers)?;
        check_length(&self.headers, self.chunked, self.truncate)?;
        let needs_status =
            !self.headers.is_empty() || self.json.is_some() || self.text.is_some() || self.truncate || self.chunked;
        let rules = [
            (self.status.is_some() && self.disconnect, "`status` and `disconnect` exclude each other."),
            (self.json.is_some() && self.text.is_some(), "`json` and `text` exclude each other."),
            (self.truncate && self.chunked, "`truncate` and `chunked` exclude each other."),
            (
                needs_status && self.status.is_none(),
                "`headers`, `json`, `text`, `truncate` and `chunked` require `status`.",
            ),
            (self.reset && !self.disconnect && !self.truncate, "`reset` requires `disconnect` or `truncate`."),
        ];
        rules.into_iter().find(|(violated, _)| *violated).map_or(Ok(()), |(_, message)| Err(message.to_owned()))
    }

    fn with_status(&self, status: u16) -> MockResponse {
        let mut response = MockResponse::new(status);
        if let Some(json) = &self.json {
            // A header `Content-Type` that is set replaces the default.
            let is_set = self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
            response = if is_set { response.body(json.to_string()) } else { response.json(json) };
        }
        if let Some(text) = &self.text {
            response = response.body(text.as_str());
        }
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        match (self.truncate, self.chunked) {
            (true, _) => response.truncate_body(),
            (_, true) => response.chunked(),
            _ => response,
        }
    }
}

/// Rejects a number outside of its bounds. The error names the field, the value and the bounds.
fn within(name: &str, value: i64, bounds: RangeInclusive<i64>) -> Result<(), String> {
    let (min, max) = (bounds.start(), bounds.end());
    bounds.contains(&value).then_some(()).ok_or_else(|| format!("`{name}` must be from {min} to {max}, not {value}."))
}

fn check_headers(headers: &BTreeMap<String, String>) -> Result<(), String> {
    if headers.len() > MAX_HEADERS {
        return Err(format!("`headers` must have at most {MAX_HEADERS} entries, not {}.", headers.len()));
    }
    for (name, value) in headers {
        let length = value.chars().count();
        if HeaderName::try_from(name).is_err() {
            return Err(format!("`headers` must have names that HTTP allows, not {}.", excerpt(name)));
        }
        if length > MAX_VALUE_CHARS {
            return Err(format!("`headers.{name}` must have at most {MAX_VALUE_CHARS} characters, not {length}."));
        }
        if HeaderValue::try_from(value).is_err() {
            let value = excerpt(value);
            return Err(format!("`headers.{name}` must have no line breaks or other control characters, not {value}."));
        }
    }
    Ok(())
}

/// Rejects headers about the length of the body that HTTP does not allow, or that contradict other fields.
fn check_length(headers: &BTreeMap<String, String>, chunked: bool, truncate: bool) -> Result<(), String> {
    let lengths = headers.keys().filter(|name| name.eq_ignore_ascii_case("content-length")).count();
    for (name, value) in headers {
        match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" => return Err(format!("`headers` must not contain `{name}`; use `chunked`.")),
            "content-length" if chunked => return Err(format!("`headers.{name}` and `chunked` exclude each other.")),
            "content-length" if truncate => return Err(format!("`headers.{name}` and `truncate` exclude each other.")),
            "content-length" if lengths > 1 => return Err(format!("`headers` must contain `{name}` only once.")),
            "content-length" if value.starts_with('+') || value.parse::<u64>().is_err() => {
                return Err(format!("`headers.{name}` must be from 0 to {}, not {}.", u64::MAX, excerpt(value)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the start of a text in quotes.
fn excerpt(text: &str) -> String {
    format!("{:?}", text.chars().take(MAX_EXCERPT_CHARS).collect::<String>())
}

/// The latency, the fault rate and the rate limit from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultsInput {
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    seed: i64,
    #[serde(default)]
    latency_ms: i64,
    #[serde(default, deserialize_with = "present")]
    throttle: Option<ThrottleInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleInput {
    requests: i64,
    window_ms: i64,
    #[serde(default)]
    hide_limit: bool,
}

impl FaultsInput {
    /// Returns the faults, or what is wrong.
    pub(super) fn faults(&self) -> Result<Faults, String> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(format!("`rate` must be from 0 to 1, not {}.", self.rate));
        }
        within("seed", self.seed, 0..=i64::MAX)?;
        within("latency_ms", self.latency_ms, 0..=MAX_MILLISECONDS)?;
        let faults =
            Faults::default().rate(self.rate).seed(self.seed.unsigned_abs()).latency(duration(self.latency_ms));
        match &self.throttle {
            Some(throttle) => throttle.limit(faults),
            None => Ok(faults),
        }
    }
}

impl ThrottleInput {
    fn limit(&self, faults: Faults) -> Result<Faults, String> {
        within("throttle.requests", self.requests, 0..=MAX_REQUESTS.into())?;
        within("throttle.window_ms", self.window_ms, 1..=MAX_MILLISECONDS)?;
        let requests = u32::try_from(self.requests).unwrap_or_default();
        let faults = faults.throttle(requests, duration(self.window_ms));
        Ok(if self.hide_limit { faults.hide_limit() } else { faults })
    }
}

/// Converts milliseconds within their bounds.
fn duration(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}
