//! The routes that issue temporary access keys: of STS, IAM and the pod identity agent.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::error_response::json;
use super::identity::{Identity, Key};
use super::recording::RecordedRequest;
use super::response::RawResponse;
use crate::auth::id_token::{claims, expiry as token_expiry};
use crate::calendar;

/// The lifetime of an issued key, if the request contains none.
const DEFAULT_KEY_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// The lifetimes that a request may contain: 15 minutes to 12 hours (STS) or 24 hours (IAM).
const STS_SECONDS: RangeInclusive<u64> = 900..=43_200;
const IAM_SECONDS: RangeInclusive<u64> = 900..=86_400;

/// Returns the response if the request is for one of these routes.
pub(super) fn respond(identity: &mut Identity, request: &RecordedRequest) -> Option<RawResponse> {
    if request.method != "POST" {
        return None;
    }
    let body = request.json().unwrap_or_default();
    let respond = match request.target.as_str() {
        "/v5/agencies/assume-with-oidc" => assume_with_oidc,
        "/v3.0/OS-AUTH/id-token/tokens" => log_in,
        "/v3.0/OS-CREDENTIAL/securitytokens" => key_for_token,
        "/pod-identity/credentials" => pod_identity,
        _ => return None,
    };
    Some(respond(identity, request, &body).unwrap_or_else(|rejection| {
        identity.rejected_count += usize::from(rejection.status == 401);
        let Rejection { status, code, message } = rejection;
        json(status, &json!({"error_code": code, "error_msg": message}))
    }))
}

struct Rejection {
    status: u16,
    code: &'static str,
    message: &'static str,
}

fn reject(status: u16, code: &'static str, message: &'static str) -> Rejection {
    Rejection { status, code, message }
}

fn invalid() -> Rejection {
    reject(400, "MOCK.0400", "The request body is invalid.")
}

/// Returns the lifetime in `duration_seconds`, which must be within these bounds.
fn requested_lifetime(body: &Value, bounds: RangeInclusive<u64>) -> Result<Duration, Rejection> {
    let Some(seconds) = body.get("duration_seconds") else { return Ok(DEFAULT_KEY_LIFETIME) };
    let seconds = seconds.as_u64().filter(|seconds| bounds.contains(seconds)).ok_or_else(invalid)?;
    Ok(Duration::from_secs(seconds))
}

fn assume_with_oidc(identity: &mut Identity, _: &RecordedRequest, body: &Value) -> Result<RawResponse, Rejection> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let urns = (text("provider_urn").to_owned(), text("agency_urn").to_owned());
    let lifetime = requested_lifetime(body, STS_SECONDS)?;
    if text("agency_session_name").is_empty() {
        return Err(invalid());
    }
    let audience = identity.workloads.agencies.get(&urns);
    let audience = audience.ok_or_else(|| reject(404, "STS5.1106", "The agency cannot be found."))?;
    if let Some(flaw) = identity.id_token_flaw(text("id_token"), audience) {
        return Err(reject(401, "MOCK.0401", flaw));
    }
    let key = identity.issue_key(lifetime);
    let credentials = json!({
        "access_key_id": key.access,
        "secret_access_key": key.secret,
        "security_token": key.security_token,
        "expiration": expiry(&key),
    });
    Ok(json(200, &json!({"credentials": credentials, "assumed_agency": {"urn": urns.1}})))
}

fn log_in(identity: &mut Identity, request: &RecordedRequest, body: &Value) -> Result<RawResponse, Rejection> {
    let audience = request.header("x-idp-id").and_then(|id| identity.workloads.identity_providers.get(id));
    let audience = audience.ok_or_else(|| reject(404, "IAM.0004", "Could not find the identity provider."))?;
    let token = body["auth"]["id_token"]["id"].as_str().unwrap_or_default();
    if let Some(flaw) = identity.id_token_flaw(token, audience) {
        return Err(reject(401, "IAM.0001", flaw));
    }
    identity.login_count += 1;
    let token = format!("mock-unscoped-token-{:04}", identity.login_count);
    identity.workloads.unscoped_tokens.insert(token.clone());
    let mut response = json(201, &json!({"token": {"methods": ["mapped"]}}));
    response.headers.push(("X-Subject-Token".to_owned(), token));
    Ok(response)
}

fn key_for_token(identity: &mut Identity, _: &RecordedRequest, body: &Value) -> Result<RawResponse, Rejection> {
    let token = &body["auth"]["identity"]["token"];
    if !identity.workloads.unscoped_tokens.contains(token["id"].as_str().unwrap_or_default()) {
        return Err(reject(401, "IAM.0001", "The token is invalid."));
    }
    let lifetime = requested_lifetime(token, IAM_SECONDS)?;
    let key = identity.issue_key(lifetime);
    let credential = json!({
        "access": key.access,
        "secret": key.secret,
        "securitytoken": key.security_token,
        "expires_at": expiry(&key),
    });
    Ok(json(201, &json!({"credential": credential})))
}

fn pod_identity(identity: &mut Identity, request: &RecordedRequest, _: &Value) -> Result<RawResponse, Rejection> {
    if !request.header("authorization").is_some_and(|token| identity.workloads.pod_tokens.contains(token)) {
        return Err(reject(401, "MOCK.0401", "The authorization token is invalid."));
    }
    let key = identity.issue_key(DEFAULT_KEY_LIFETIME);
    Ok(json(
        200,
        &json!({
            "accessKeyId": key.access,
            "secretAccessKey": key.secret,
            "securityToken": key.security_token,
            "expiration": expiry(&key),
        }),
    ))
}

/// Formats the expiry with microseconds, which the vendor's SDKs require.
fn expiry(key: &IssuedKey) -> String {
    calendar::format_rfc3339(key.expires_at)
}

/// A temporary access key that the server issued.
struct IssuedKey {
    access: String,
    secret: String,
    security_token: String,
    expires_at: SystemTime,
}

impl Identity {
    /// Issues a temporary access key and accepts its signatures until it expires.
    fn issue_key(&mut self, requested: Duration) -> IssuedKey {
        let lifetime = self.workloads.key_lifetime.unwrap_or(requested);
        self.workloads.issued_keys += 1;
        let number = self.workloads.issued_keys;
        let key = IssuedKey {
            access: format!("MOCKKEY{number:04}"),
            secret: format!("mock-secret-key-{number:04}"),
            security_token: format!("mock-security-token-{number:04}"),
            // A lifetime that no time can represent is used up.
            expires_at: self.now().checked_add(lifetime).unwrap_or(self.now()),
        };
        let (secret, security_token) = (key.secret.clone(), Some(key.security_token.clone()));
        let expires_at = Some(key.expires_at);
        let known = Key { secret, security_token, expires_at, failures: 0, locked_until: None };
        self.keys.insert(key.access.clone(), known);
        key
    }

    /// Returns why an ID token is rejected. Its signature is not checked.
    fn id_token_flaw(&self, token: &str, audience: &str) -> Option<&'static str> {
        let Some(claims) = claims(token) else { return Some("The ID token is not a JSON Web Token.") };
        let is_audience = |value: &Value| value.as_str() == Some(audience);
        let has_audience =
            claims["aud"].as_array().map_or(is_audience(&claims["aud"]), |list| list.iter().any(is_audience));
        match token_expiry(&claims) {
            None => Some("The ID token has no expiry."),
            Some(expiry) if expiry <= self.now() => Some("The ID token has expired."),
            Some(_) if !has_audience => Some("The audience of the ID token is invalid."),
            Some(_) => None,
        }
    }
}
