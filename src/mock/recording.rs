//! What the server received.

use std::fmt;

/// A request as it arrived. Its `Debug` shows no credential.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, for example `POST`.
    pub method: String,
    /// Path and query as they stood in the request line, still encoded.
    pub target: String,
    /// The headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// Headers whose values are credentials.
const SECRET: [&str; 5] = ["authorization", "x-auth-token", "x-metadata-token", "x-security-token", "x-subject-token"];

impl RecordedRequest {
    /// The first header of this name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `None` when it is not.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers.iter().map(|(name, value)| {
            let secret = SECRET.contains(&name.as_str());
            (name.as_str(), if secret { "[redacted]" } else { value.as_str() })
        });
        // A login's body holds a password.
        let is_login = self.target.starts_with("/v3/auth/tokens");
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &headers.collect::<Vec<_>>())
            .field("body", &if is_login { "[redacted]".into() } else { String::from_utf8_lossy(&self.body) })
            .finish()
    }
}
