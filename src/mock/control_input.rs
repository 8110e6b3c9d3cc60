//! The bodies of the control routes: a response to queue, and faults.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::faults::Faults;
use super::response::MockResponse;

const MAX_TIMES: usize = 1000;
/// An hour.
const MAX_MILLISECONDS: u64 = 60 * 60 * 1000;

/// A response to queue. Without a status and `disconnect`, it is the one from the records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseInput {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Any JSON value; `null` is the value null.
    #[serde(default, deserialize_with = "present")]
    json: Option<Value>,
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
    delay_ms: u64,
    #[serde(default)]
    trickle_ms: u64,
    times: Option<usize>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl ResponseInput {
    /// Returns how many requests get the response.
    pub(super) fn times(&self) -> usize {
        self.times.unwrap_or(1)
    }

    /// Returns the response, or what is wrong.
    pub(super) fn response(&self) -> Result<MockResponse, &'static str> {
        self.check()?;
        let response = match self.status {
            Some(status) => self.with_status(status),
            None if self.disconnect => MockResponse::disconnect(),
            None => MockResponse::pass_through(),
        };
        let response = if self.reset { response.with_reset() } else { response };
        let milliseconds = Duration::from_millis;
        Ok(response.delay(milliseconds(self.delay_ms)).trickle(milliseconds(self.trickle_ms)))
    }

    fn check(&self) -> Result<(), &'static str> {
        let needs_status =
            !self.headers.is_empty() || self.json.is_some() || self.text.is_some() || self.truncate || self.chunked;
        let rules = [
            (self.status.is_some_and(|status| !(200..=999).contains(&status)), "`status` must be from 200 to 999."),
            (self.status.is_some() && self.disconnect, "`status` and `disconnect` exclude each other."),
            (self.json.is_some() && self.text.is_some(), "`json` and `text` exclude each other."),
            (self.truncate && self.chunked, "`truncate` and `chunked` exclude each other."),
            (
                needs_status && self.status.is_none(),
                "`headers`, `json`, `text`, `truncate` and `chunked` require `status`.",
            ),
            (self.reset && !self.disconnect && !self.truncate, "`reset` requires `disconnect` or `truncate`."),
            (!(1..=MAX_TIMES).contains(&self.times()), "`times` must be from 1 to 1000."),
            (
                self.delay_ms.max(self.trickle_ms) > MAX_MILLISECONDS,
                "`delay_ms` and `trickle_ms` must be at most 3600000.",
            ),
        ];
        rules.into_iter().find(|(violated, _)| *violated).map_or(Ok(()), |(_, message)| Err(message))
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

/// The latency, the fault rate and the rate limit from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultsInput {
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    latency_ms: u64,
    throttle: Option<ThrottleInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThrottleInput {
    requests: u32,
    window_ms: u64,
    #[serde(default)]
    hide_limit: bool,
}

impl FaultsInput {
    /// Returns the faults, or what is wrong.
    pub(super) fn faults(&self) -> Result<Faults, &'static str> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err("`rate` must be from 0 to 1.");
        }
        if self.latency_ms > MAX_MILLISECONDS {
            return Err("`latency_ms` must be at most 3600000.");
        }
        let faults = Faults::default().rate(self.rate).seed(self.seed).latency(Duration::from_millis(self.latency_ms));
        let Some(ThrottleInput { requests, window_ms, hide_limit }) = self.throttle else { return Ok(faults) };
        if !(1..=MAX_MILLISECONDS).contains(&window_ms) {
            return Err("`window_ms` must be from 1 to 3600000.");
        }
        let faults = faults.throttle(requests, Duration::from_millis(window_ms));
        Ok(if hide_limit { faults.hide_limit() } else { faults })
    }
}
