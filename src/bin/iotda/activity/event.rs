//! The text of an event.

use std::fmt;

use tracing::field::{Field, Visit};

/// The message and the fields of an event.
#[derive(Debug, Default)]
pub(super) struct Event {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Event {
    pub(super) fn new(event: &tracing::Event<'_>) -> Self {
        let mut visited = Self::default();
        event.record(&mut visited);
        visited
    }

    pub(super) fn is_retry(&self) -> bool {
        self.message == "retrying"
    }

    pub(super) fn is_attempt(&self) -> bool {
        self.message == "attempt finished"
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// Returns the number of the next attempt, such as `attempt 2 of 5`.
    fn next_attempt(&self) -> String {
        let failed = self.get("iotda.attempt").and_then(|number| number.parse::<u32>().ok()).unwrap_or_default();
        format!("attempt {} of {}", failed + 1, self.get("iotda.max_attempts").unwrap_or_default())
    }

    /// Returns the status of the response and the class of the error, such as `HTTP 502` or `timeout`.
    fn outcome(&self) -> String {
        let status = self.get("http.response.status_code").map(|status| format!("HTTP {status}"));
        let class = self.get("error.type").filter(|class| class.parse::<u16>().is_err());
        let class = class.map(|class| match class {
            "connection" => "connection error".to_owned(),
            class => class.replace('_', " "),
        });
        let parts: Vec<_> = status.into_iter().chain(class).collect();
        parts.join(", ")
    }

    /// Returns a short text for the progress bar.
    pub(super) fn short_retry(&self) -> String {
        format!("retrying: {} ({})", self.outcome(), self.next_attempt())
    }

    /// Returns one line.
    pub(super) fn line(&self) -> String {
        let code = self.get("iotda.code").map(|code| format!(", code {code}")).unwrap_or_default();
        let request_id = self.get("iotda.request_id").map(|id| format!(", request ID {id}")).unwrap_or_default();
        let operation = self.get("iotda.operation").unwrap_or("request");
        if self.is_retry() {
            let (wait, cause) = (self.get("iotda.wait_ms").unwrap_or("0"), self.get("iotda.cause").unwrap_or_default());
            let (outcome, attempt) = (self.outcome(), self.next_attempt());
            format!("{operation}: retrying in {wait} ms ({attempt}) after {outcome}{code}{request_id}: {cause}")
        } else if self.is_attempt() {
            let duration = self.get("iotda.duration_ms").unwrap_or("0");
            format!("{operation}: {}{code} in {duration} ms{request_id}", self.outcome())
        } else {
            let fields = self.fields.iter().map(|(name, value)| format!(" {name}={value}"));
            self.message.clone() + &fields.collect::<String>()
        }
    }
}

impl Visit for Event {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.push((field.name(), value));
        }
    }
}
