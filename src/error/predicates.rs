//! The predicates of an error: statuses and codes with the meaning that the vendor's error-code pages give them.

use super::body::BodyForm;
use super::connect_failure::{ConnectFailure, PROXY_AUTHENTICATION};
use super::{Cause, Error, ErrorKind};

/// Codes that the vendor documents with status 403, although they mean something else.
const INVALID_ACCESS_TOKEN: &str = "IOTDA.000004";
pub(super) const UNKNOWN_USER: &str = "IOTDA.000021";
const NO_RESOURCE_SPACE: &str = "IOTDA.001000";
const RATE_LIMIT_CODES: [&str; 2] = ["IOTDA.021101", "IOTDA.021102"];

impl Error {
    /// Returns `true` if the resource does not exist: status 404, or 403 with `IOTDA.001000` (resource space).
    ///
    /// It is `false` for a page of a proxy, a firewall or another server: a body that is not a JSON object, and therefore not
    /// from the service. It is also `false` for an error of IAM.
    ///
    /// # Troubleshooting
    ///
    /// For [`list_device_by_device_certificate`](crate::Client::list_device_by_device_certificate), code `IOTDA.015500`
    /// means that the certificate does not exist **in this project and instance**. It does not mean that no device uses
    /// it elsewhere. Compare the certificate ID, the project ID, the region and the instance ID. Code `APIGW.0101`
    /// means that the host does not know the path: the endpoint belongs to another service.
    pub fn is_not_found(&self) -> bool {
        let missing = self.has_status(404) || (self.has_status(403) && self.has_code(NO_RESOURCE_SPACE));
        // A 404 of IAM says nothing about the certificate.
        missing && self.0.kind == ErrorKind::Service && self.has_service_body()
    }

    /// Returns `true` if the credential was rejected: status 401 of the service or of IAM, or 403 with `IOTDA.000004`
    /// (invalid access token).
    ///
    /// It is `false` for a page of a proxy, a firewall or a sign-on portal: a body that is not a JSON object. The
    /// client nevertheless treats every 401 with care, and does not send an access key again for five minutes.
    ///
    /// # Troubleshooting
    ///
    /// A token is valid for 24 hours, and one from a regional IAM endpoint is valid in that region only. Get a new
    /// token from the region of the endpoint.
    pub fn is_unauthorized(&self) -> bool {
        self.may_reject_credential() && self.has_service_body()
    }

    /// Returns `true` if the service may have rejected the credential: also if the body is not of the service, because a
    /// proxy can replace a body, and the rejection counted nevertheless.
    pub(crate) fn may_reject_credential(&self) -> bool {
        self.has_status(401) || (self.has_status(403) && self.has_code(INVALID_ACCESS_TOKEN))
    }

    /// Returns `true` if the credential is valid but lacks a permission: status 403, except for the codes with another
    /// meaning.
    ///
    /// These are `IOTDA.000004` (invalid token), `IOTDA.001000` (resource space does not exist), `IOTDA.021101` and
    /// `IOTDA.021102` (rate limits). It is also `false` for a page of a proxy, a firewall or another server: a body that is
    /// not a JSON object.
    ///
    /// # Troubleshooting
    ///
    /// If the service returned the error, its text names the IAM action that the operation needs. Ask the account's
    /// administrator to grant it. Code `IOTDA.000021` is an exception, because it names no IAM action. It means that
    /// the user is unknown at this host: IoTDA is not subscribed in this region, or the account uses a standard or
    /// enterprise instance, but this is the shared endpoint of the basic edition.
    pub fn is_forbidden(&self) -> bool {
        let other = self.is_unauthorized() || self.is_not_found() || self.is_throttled();
        self.has_status(403) && self.has_service_body() && !other
    }

    /// Returns `true` if the service throttles requests: status 429, or 403 with a rate-limit code (`IOTDA.021101`,
    /// `IOTDA.021102`).
    ///
    /// # Troubleshooting
    ///
    /// If the gateway throttles, the message contains the limit and its window. Send fewer requests (`limit(50)`), use
    /// a lower [concurrency](crate::ListRequest::concurrency), or set a [rate limit](crate::ClientBuilder::rate_limit).
    /// The quota of an enterprise instance grows with the purchased TPS.
    pub fn is_throttled(&self) -> bool {
        let rate_limit = self.code().is_some_and(|code| RATE_LIMIT_CODES.contains(&code));
        self.has_status(429) || (self.has_status(403) && rate_limit)
    }

    /// Returns `true` if the connect, attempt or call timeout elapsed, or a timeout of the operating system or of a
    /// custom HTTP setting; the message says which.
    ///
    /// # Troubleshooting
    ///
    /// If connecting timed out, check the network path: proxy, firewall, endpoint. If the attempt timed out, increase
    /// [`attempt_timeout`](crate::ClientBuilder::attempt_timeout) or request smaller pages.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Returns `true` if the same call may succeed later: a failed or closed connection, a timeout, throttling, or
    /// status 408, 500, 502, 503 or 504. Both operations only read, so retrying them is safe.
    ///
    /// A connection that failed for a permanent reason is not retryable: the proxy rejects it or requires authentication,
    /// the certificate is not trusted, has expired or is for another host, the port does not use TLS, or the host name
    /// does not exist.
    ///
    /// # Troubleshooting
    ///
    /// The client has already retried the call as often as its [`RetryPolicy`](crate::RetryPolicy) allows, see
    /// [`attempts`](Error::attempts). Call again after a longer delay; a listing resumes from the last page's
    /// [`next_marker`](crate::Page::next_marker). If the error persists, quote the request ID to Huawei Cloud support.
    pub fn is_retryable(&self) -> bool {
        let has_response = matches!(self.0.kind, ErrorKind::Service | ErrorKind::Credentials);
        let status = has_response && matches!(self.status(), Some(408 | 500 | 502 | 503 | 504));
        let connection = matches!(self.0.kind, ErrorKind::Connection | ErrorKind::Timeout);
        (connection && self.connect_failure().is_none()) || status || self.is_throttled()
    }

    /// Returns `true` if no connection could be made for the moment, so that no request was sent.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self.0.cause, Cause::NoResponse { sent: false, permanent: None, .. })
    }

    /// Returns `true` if the proxy rejected the user name and password, or requires them.
    pub(crate) fn is_rejected_by_proxy(&self) -> bool {
        self.has_status(407) || self.connect_failure() == Some(&PROXY_AUTHENTICATION)
    }

    /// Returns the reason why another attempt would not connect, either.
    pub(super) fn connect_failure(&self) -> Option<&'static ConnectFailure> {
        match self.0.cause {
            Cause::NoResponse { permanent, .. } => permanent,
            _ => None,
        }
    }

    /// Returns `true` if the body may be from the service or its gateway: a JSON object, or no body.
    fn has_service_body(&self) -> bool {
        self.0.text.form == BodyForm::Object
    }

    fn has_status(&self, status: u16) -> bool {
        self.status() == Some(status)
    }

    pub(super) fn has_code(&self, code: &str) -> bool {
        self.code() == Some(code)
    }
}
