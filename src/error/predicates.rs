//! What a program asks an error: by status and code, as the vendor's pages tell them apart.

use super::{Error, ErrorKind};

/// Codes that other vendor pages give with a status 403 though they mean something else.
const INVALID_ACCESS_TOKEN: &str = "IOTDA.000004";
pub(super) const UNKNOWN_USER: &str = "IOTDA.000021";
const NO_RESOURCE_SPACE: &str = "IOTDA.001000";
const RATE_LIMITS: [&str; 2] = ["IOTDA.021101", "IOTDA.021102"];

impl Error {
    /// Whether the service knows no such thing: status 404, or 403 with `IOTDA.001000` (resource space).
    ///
    /// # Troubleshooting
    ///
    /// Of [`list_device_by_device_certificate`](crate::Client::list_device_by_device_certificate), code
    /// `IOTDA.015500` means that there is no such certificate **in this project and instance**; it does not
    /// mean that no device uses it elsewhere. Compare the certificate id, the project id, the region and the
    /// instance id. Code `APIGW.0101` means that the host knows no such path: the endpoint is another service's.
    pub fn is_not_found(&self) -> bool {
        self.has_status(404) || (self.has_status(403) && self.has_code(NO_RESOURCE_SPACE))
    }

    /// Whether the credential was refused: status 401, of the service or of IAM, or 403 with `IOTDA.000004` (invalid access
    /// token).
    ///
    /// # Troubleshooting
    ///
    /// A token lives for 24 hours, and one of a regional IAM endpoint is valid in its own region only. Get a new
    /// one from the region of the endpoint.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(401) || (self.has_status(403) && self.has_code(INVALID_ACCESS_TOKEN))
    }

    /// Whether the credential is known but not permitted: status 403, except for the codes that mean something
    /// else: `IOTDA.000004` (invalid token), `IOTDA.001000` (no such resource space), `IOTDA.021101` and `IOTDA.021102`
    /// (rate limits).
    ///
    /// # Troubleshooting
    ///
    /// The error's text names the IAM action that the operation needs; ask the account's administrator to grant
    /// it. With `IOTDA.000021` the user is not known at this host: the service is not subscribed in this
    /// region, or an instance's account calls the shared domain.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(403) && !self.is_unauthorized() && !self.is_not_found() && !self.is_throttled()
    }

    /// Whether the service asks to come back later: status 429, or 403 with a rate-limit code (`IOTDA.021101`,
    /// `IOTDA.021102`).
    ///
    /// # Troubleshooting
    ///
    /// The message names limit and window where the gateway throttles. Read with fewer calls (`limit(50)`), fewer at a
    /// time, or under a [rate limit](crate::ClientBuilder::rate_limit); an enterprise instance's quota grows with the TPS
    /// bought.
    pub fn is_throttled(&self) -> bool {
        let rate_limit = self.code().is_some_and(|code| RATE_LIMITS.contains(&code));
        self.has_status(429) || (self.has_status(403) && rate_limit)
    }

    /// Whether the time for connecting, for the attempt or for the whole call was over; the message says which.
    ///
    /// # Troubleshooting
    ///
    /// If connecting took too long, look at the network path: proxy, firewall, endpoint. If the answer did, raise
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout) or ask for smaller pages.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the same call may succeed later: no connection, a timeout, an answer that ended early, throttling,
    /// or status 408, 500, 502, 503, 504. Both operations only read, so resending them is safe.
    ///
    /// # Troubleshooting
    ///
    /// The client has tried again already, as often as its [`RetryPolicy`](crate::RetryPolicy) allows: see
    /// [`attempts`](Error::attempts). Wait longer, and call again; a listing goes on from the last page's
    /// [`next`](crate::Page::next_marker). When it never succeeds, quote the request id to the vendor.
    pub fn is_retryable(&self) -> bool {
        let answered = matches!(self.0.kind, ErrorKind::Service | ErrorKind::Credentials);
        let status = answered && matches!(self.status(), Some(408 | 500 | 502 | 503 | 504));
        matches!(self.0.kind, ErrorKind::Connection | ErrorKind::Timeout) || status || self.is_throttled()
    }

    fn has_status(&self, status: u16) -> bool {
        self.status() == Some(status)
    }

    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code() == Some(code)
    }
}
