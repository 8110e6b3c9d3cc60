//! The requests that the server received.

use std::borrow::Cow;
use std::fmt;

/// A request as it was received. `Debug` shows no credential.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, for example `POST`.
    pub method: String,
    /// The path and query of the request line, percent-encoded.
    pub target: String,
    /// The headers in the order of the request, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The headers whose values are redacted.
const SECRET_HEADERS: [&str; 5] =
    ["authorization", "x-auth-token", "x-metadata-token", "x-security-token", "x-subject-token"];

/// The starts of the paths whose bodies are redacted.
const LOGIN_PATHS: [&str; 4] = ["/v3/auth/tokens", "/v3.0/OS-AUTH/", "/v3.0/OS-CREDENTIAL/", "/v5/agencies/"];
const REDACTED: &str = "[redacted]";

impl RecordedRequest {
    /// Returns the first header of this name, ignoring case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON, or `None` if it is not JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns the headers without the values of credentials.
    pub(super) fn redacted_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| {
            let is_secret = SECRET_HEADERS.contains(&name.as_str());
            (name.as_str(), if is_secret { REDACTED } else { value.as_str() })
        })
    }

    /// Returns the body as text. That of a login contains a password or a token, and is redacted.
    pub(super) fn redacted_body(&self) -> Cow<'_, str> {
        let is_login = LOGIN_PATHS.iter().any(|start| self.target.starts_with(start));
        if is_login { REDACTED.into() } else { String::from_utf8_lossy(&self.body) }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.redacted_headers().collect::<Vec<_>>())
            .field("body", &self.redacted_body())
            .finish()
    }
}
