//! IAM and the metadata service, as far as credentials need them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::{Value, json};

use super::error_response::json;
use super::identity::Identity;
use super::recording::RecordedRequest;
use super::response::Scripted;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What the metadata service's own token is here.
const METADATA_TOKEN: &str = "mock-metadata-token";

/// The answer, if the request is for one of them.
pub(super) fn respond(identity: &mut Identity, request: &RecordedRequest, request_id: &str) -> Option<Scripted> {
    let path = request.target.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("POST", "/v3/auth/tokens") => Some(traced(log_in(identity, request), request_id)),
        ("GET", "/v3/projects") => Some(traced(projects(identity, request, request_id), request_id)),
        ("PUT", "/meta-data/latest/api/token") => Some(metadata_token(identity, request)),
        ("GET", "/openstack/latest/securitykey") => Some(metadata_key(identity, request)),
        _ => None,
    }
}

/// IAM tells its request id by a header of its own.
fn traced(mut answer: Scripted, request_id: &str) -> Scripted {
    answer.headers.push(("X-IAM-Trace-Id".to_owned(), request_id.to_owned()));
    answer
}

fn log_in(identity: &mut Identity, request: &RecordedRequest) -> Scripted {
    let body = request.json().unwrap_or_default();
    let user = &body["auth"]["identity"]["password"]["user"];
    let project = &body["auth"]["scope"]["project"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = (text(&user["domain"]["name"]), text(&user["name"]));
    if !project["id"].is_string() && !project["name"].is_string() {
        return error(400, "IAM.0011", "Request body is invalid.");
    }
    let password = text(&user["password"]);
    if identity.users.get(&name) != Some(&password) {
        identity.refused += 1;
        return error(401, "IAM.0101", "The username or password is wrong.");
    }
    identity.logins += 1;
    let token = format!("mock-login-token-{:04}", identity.logins);
    let end = identity.now() + DAY;
    identity.tokens.insert(token.clone(), Some(end));
    let end = DateTime::<Utc>::from(end).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let mut answer = json(201, &json!({"token": {"expires_at": end, "methods": ["password"]}}));
    answer.headers.push(("X-Subject-Token".to_owned(), token));
    answer
}

fn projects(identity: &mut Identity, request: &RecordedRequest, request_id: &str) -> Scripted {
    if let Err(error) = identity.authenticate(request, true) {
        return error.respond(request_id);
    }
    let url = Url::parse(&format!("http://mock{}", request.target));
    let wanted =
        url.ok().and_then(|url| url.query_pairs().find(|(key, _)| key == "name").map(|(_, name)| name.into_owned()));
    let fits = |name: &String| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let projects = identity.projects.iter().filter(|(_, name)| fits(name));
    let projects: Vec<_> = projects.map(|(id, name)| json!({"id": id, "name": name})).collect();
    json(200, &json!({"projects": projects, "links": {}}))
}

fn metadata_token(identity: &Identity, request: &RecordedRequest) -> Scripted {
    match &identity.metadata {
        Some(metadata) if metadata.with_token && request.header("x-metadata-token-ttl-seconds").is_some() => {
            plain(200, METADATA_TOKEN)
        }
        _ => plain(404, ""),
    }
}

fn metadata_key(identity: &Identity, request: &RecordedRequest) -> Scripted {
    match &identity.metadata {
        None => plain(404, ""),
        Some(metadata) if metadata.with_token && request.header("x-metadata-token") != Some(METADATA_TOKEN) => {
            plain(401, "")
        }
        Some(metadata) => {
            let end = DateTime::<Utc>::from(metadata.expires_at).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
            let key = json!({
                "access": metadata.access,
                "secret": metadata.secret,
                "securitytoken": metadata.security_token,
                "expires_at": end,
            });
            json(200, &json!({"credential": key}))
        }
    }
}

fn error(status: u16, code: &str, message: &str) -> Scripted {
    json(status, &json!({"error_code": code, "error_msg": message}))
}

fn plain(status: u16, text: &str) -> Scripted {
    let mut answer = json(status, &Value::Null);
    answer.headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
    answer.body = text.into();
    answer
}
