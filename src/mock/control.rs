//! The control routes, `/mock/...`: programs in any language script failures and read the recorded requests.
//!
//! `openapi/mock-control.yaml` describes them.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::control_input::{FaultsInput, ResponseInput};
use super::error_response::json as json_response;
use super::recording::RecordedRequest;
use super::response::{Length, RawResponse};
use super::state::ServerState;

/// The OpenAPI document of the control routes.
const CONTROL_YAML: &str = include_str!("../../openapi/mock-control.yaml");
const PREFIX: &str = "/mock/";
/// The maximum length of `error_msg` in the OpenAPI document.
const MAX_MESSAGE_CHARS: usize = 1024;
/// The maximum length of a DNS name.
const MAX_HOST_CHARS: usize = 253;

/// Returns the response if the host name of the request is not allowed, for any route: records may be confidential, and the
/// token is known.
pub(super) fn reject_host(state: &ServerState, request: &RecordedRequest) -> Option<RawResponse> {
    let name: String = state.allowed_hosts.as_ref()?.forbidden(request)?.chars().take(MAX_HOST_CHARS).collect();
    let message = format!(
        "Requests to the host name {name:?} are not allowed; allow it with `--allow-host` or `MockServer::restrict_hosts`."
    );
    Some(error(403, "MOCK.0403", &message))
}

/// Returns the response if the request is for a control route. Such a request is not recorded, and takes no queued
/// response.
pub(super) fn respond(state: &mut ServerState, request: &RecordedRequest) -> Option<RawResponse> {
    let path = request.target.split('?').next().unwrap_or_default();
    let route = path.strip_prefix(PREFIX)?;
    // A browser sends some requests without asking first, and only hides their response from the page.
    if request.header("origin").is_some() && state.allowed_origins.of_request(request).is_none() {
        return Some(error(403, "MOCK.0403", "Pages of this origin may not control the server."));
    }
    let result = match (request.method.as_str(), route) {
        ("POST", "responses") => parse(request).and_then(|input| enqueue(state, &input)),
        ("PUT", "faults") => parse(request).and_then(|input| set_faults(state, &input)),
        ("GET", "requests") => Ok(requests(state)),
        ("DELETE", "requests") => {
            state.requests.clear();
            Ok(no_content())
        }
        ("POST", "reset") => {
            state.reset();
            Ok(no_content())
        }
        ("GET" | "HEAD", "openapi.yaml") => Ok(document()),
        _ => Err(error(404, "MOCK.0404", "There is no such control route.")),
    };
    Some(result.unwrap_or_else(|error| error))
}

fn error(status: u16, code: &str, message: &str) -> RawResponse {
    json_response(status, &json!({"error_code": code, "error_msg": message}))
}

fn invalid(message: String) -> RawResponse {
    // A value in it may be long.
    let message: String = message.chars().take(MAX_MESSAGE_CHARS).collect();
    error(400, "MOCK.0400", &message)
}

fn no_content() -> RawResponse {
    RawResponse { status: 204, headers: Vec::new(), body: Bytes::new(), length: Length::Exact }
}

fn parse<T: DeserializeOwned>(request: &RecordedRequest) -> Result<T, RawResponse> {
    // serde would also read the fields from an array.
    let object = serde_json::from_slice::<Map<String, Value>>(&request.body);
    let object = object.map_err(|error| invalid(format!("The request body is invalid: {error}.")))?;
    T::deserialize(&object).map_err(|error| {
        let reason = invalid_field::<T>(&object);
        invalid(reason.unwrap_or_else(|| format!("The request body is invalid: {error}.")))
    })
}

/// Returns what is wrong with the first invalid field, because an error of serde does not name it. All fields are optional.
fn invalid_field<T: DeserializeOwned>(object: &Map<String, Value>) -> Option<String> {
    object.iter().find_map(|(name, value)| {
        let error = T::deserialize(json!({ name: value })).err()?;
        Some(format!("`{name}` is invalid: {error}."))
    })
}

fn enqueue(state: &mut ServerState, input: &ResponseInput) -> Result<RawResponse, RawResponse> {
    let response = input.response().map_err(invalid)?;
    state.queue.try_push(response, input.times()).map_err(invalid)?;
    Ok(json_response(200, &json!({"queued": state.queue.len()})))
}

fn set_faults(state: &mut ServerState, input: &FaultsInput) -> Result<RawResponse, RawResponse> {
    state.faults = input.faults().map_err(invalid)?;
    Ok(no_content())
}

fn requests(state: &ServerState) -> RawResponse {
    let requests: Vec<_> = state.requests.recent().iter().map(recorded).collect();
    json_response(200, &json!({"count": state.requests.count(), "requests": requests}))
}

/// Returns a recorded request as JSON, with redacted credentials.
fn recorded(request: &RecordedRequest) -> Value {
    let headers = request.redacted_headers().map(|(name, value)| json!({"name": name, "value": value}));
    let headers: Vec<_> = headers.collect();
    json!({"method": request.method, "target": request.target, "headers": headers, "body": request.redacted_body()})
}

fn document() -> RawResponse {
    let headers = vec![("Content-Type".to_owned(), "application/yaml".to_owned())];
    RawResponse { status: 200, headers, body: CONTROL_YAML.into(), length: Length::Exact }
}
