//! The routes of IAM and of the metadata service that credentials need.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};

use super::error_response::json;
use super::identity::Identity;
use super::recording::RecordedRequest;
use super::response::RawResponse;
use crate::calendar;

const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The token that the metadata service issues.
const METADATA_TOKEN: &str = "mock-metadata-token";

/// Returns the response if the request is for one of these routes.
pub(super) fn respond(identity: &mut Identity, request: &RecordedRequest, request_id: &str) -> Option<RawResponse> {
    let path = request.target.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("POST", "/v3/auth/tokens") => Some(with_trace_id(log_in(identity, request), request_id)),
        ("GET", "/v3/projects") => Some(with_trace_id(projects(identity, request, request_id), request_id)),
        ("PUT", "/meta-data/latest/api/token") => Some(metadata_token(identity, request)),
        ("GET", "/openstack/latest/securitykey") => Some(metadata_key(identity, request)),
        _ => None,
    }
}

/// Adds the request ID in the header that IAM uses for it.
pub(super) fn with_trace_id(mut response: RawResponse, request_id: &str) -> RawResponse {
    response.headers.push(("X-IAM-Trace-Id".to_owned(), request_id.to_owned()));
    response
}

fn log_in(identity: &mut Identity, request: &RecordedRequest) -> RawResponse {
    let body = request.json().unwrap_or_default();
    let user = &body["auth"]["identity"]["password"]["user"];
    let project = &body["auth"]["scope"]["project"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name_or_id = |value: &Value| text(if value["id"].is_string() { &value["id"] } else { &value["name"] });
    let (domain, name) = (name_or_id(&user["domain"]), name_or_id(user));
    if !project["id"].is_string() && !project["name"].is_string() {
        return error(400, "IAM.0011", "Request body is invalid.");
    }
    let password = text(&user["password"]);
    // The ID of a user identifies the account, too.
    let is_user = |(known_domain, known_name): &(String, String)| {
        *known_name == name && (*known_domain == domain || user["id"].is_string())
    };
    if !identity.users.iter().any(|(known, known_password)| is_user(known) && *known_password == password) {
        identity.rejected_count += 1;
        return error(401, "IAM.0101", "The username or password is wrong.");
    }
    identity.login_count += 1;
    let token = format!("mock-login-token-{:04}", identity.login_count);
    let expiry = identity.now() + TOKEN_LIFETIME;
    identity.tokens.insert(token.clone(), Some(expiry));
    let expires_at = calendar::format_rfc3339(expiry);
    let mut response = json(201, &json!({"token": {"expires_at": expires_at, "methods": ["password"]}}));
    response.headers.push(("X-Subject-Token".to_owned(), token));
    response
}

fn projects(identity: &mut Identity, request: &RecordedRequest, request_id: &str) -> RawResponse {
    if let Err(error) = identity.authenticate(request, true) {
        return error.respond(request_id);
    }
    let url = Url::parse(&format!("http://mock{}", request.target));
    let wanted =
        url.ok().and_then(|url| url.query_pairs().find(|(key, _)| key == "name").map(|(_, name)| name.into_owned()));
    let matches = |name: &String| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let matching = identity.projects.iter().filter(|(_, name)| matches(name));
    let projects: Vec<_> = matching.map(|(id, name)| json!({"id": id, "name": name})).collect();
    json(200, &json!({"projects": projects, "links": {}}))
}

fn metadata_token(identity: &Identity, request: &RecordedRequest) -> RawResponse {
    match &identity.metadata {
        Some(metadata) if metadata.with_token && request.header("x-metadata-token-ttl-seconds").is_some() => {
            plain(200, METADATA_TOKEN)
        }
        _ => plain(404, ""),
    }
}

fn metadata_key(identity: &Identity, request: &RecordedRequest) -> RawResponse {
    match &identity.metadata {
        None => plain(404, ""),
        Some(metadata) if metadata.with_token && request.header("x-metadata-token") != Some(METADATA_TOKEN) => {
            plain(401, "")
        }
        Some(metadata) => {
            let expires_at = calendar::format_rfc3339(metadata.expires_at);
            let key = json!({
                "access": metadata.access,
                "secret": metadata.secret,
                "securitytoken": metadata.security_token,
                "expires_at": expires_at,
            });
            json(200, &json!({"credential": key}))
        }
    }
}

fn error(status: u16, code: &str, message: &str) -> RawResponse {
    json(status, &json!({"error_code": code, "error_msg": message}))
}

fn plain(status: u16, text: &str) -> RawResponse {
    let mut response = json(status, &Value::Null);
    response.headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
    response.body = text.to_owned().into();
    response
}
