//! The log of the server: a line for each request, without secrets.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::recording::RecordedRequest;
use crate::calendar;

/// The parameters whose values are logged.
const LOGGED_PARAMETERS: [&str; 4] = ["limit", "marker", "offset", "template_name"];

/// Formats a request and the status of its response; without a status, the connection was closed.
pub(super) fn format(
    request: &RecordedRequest,
    status: Option<u16>,
    received_at: SystemTime,
    elapsed: Duration,
) -> String {
    let time = calendar::format_rfc3339(received_at);
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let parameters: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).map(query_parameter).collect();
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    let body = body_parameters(request).map(|body| format!(" {body}")).unwrap_or_default();
    let status = status.map_or("closed".to_owned(), |status| status.to_string());
    format!("{time} {} {path}{query}{body} {status} {}ms\n", request.method, elapsed.as_millis())
}

/// Returns a parameter of a query. An unknown one could contain a secret.
fn query_parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if !LOGGED_PARAMETERS.contains(&name) => format!("{name}=..."),
        _ => pair.to_owned(),
    }
}

/// Returns the paging parameters of a body. Other bodies could contain a secret.
fn body_parameters(request: &RecordedRequest) -> Option<String> {
    let Value::Object(mut fields) = request.json()? else { return None };
    fields.retain(|name, _| LOGGED_PARAMETERS.contains(&name.as_str()));
    (!fields.is_empty()).then(|| Value::Object(fields).to_string())
}
