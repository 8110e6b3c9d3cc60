//! The effective settings of a client, and diagnostics: for applications that explain why a call fails.

use std::time::SystemTime;

use crate::auth::Signing;
use crate::client::Client;
use crate::error::Error;
use crate::http_date;

impl Client {
    /// Returns the service's base URL, without a trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.inner().base_url
    }

    /// Returns the region that was set, or the one implied by the endpoint's host name.
    pub fn region(&self) -> Option<&str> {
        self.inner().session.region()
    }

    /// Returns the signing algorithm for access keys: the one that was [set](crate::ClientBuilder::signing), or the one
    /// that the endpoint's host requires. Tokens need no signature.
    pub fn signing(&self) -> &Signing {
        self.inner().session.signing()
    }

    /// Returns the project ID: the one that was set, or the result of an IAM lookup, which is cached.
    ///
    /// # Errors
    ///
    /// None if the ID was set. Otherwise:
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): there is no credential, or IAM rejects it.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): IAM has no project of the region's name, or
    ///   several.
    /// - [`ErrorKind::Connection`](crate::ErrorKind::Connection), [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) or
    ///   [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse): the lookup failed. It is not retried.
    pub async fn project_id(&self) -> Result<String, Error> {
        Ok(self.inner().session.project_id().await?.to_string())
    }

    /// Requests the endpoint's base URL and returns the server's time (header `Date`, whole seconds).
    ///
    /// Returns `None` if the response has no valid `Date`. No credential is sent, the response's status is ignored, and
    /// the request is not retried.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`](crate::ErrorKind::Connection) or [`ErrorKind::Timeout`](crate::ErrorKind::Timeout):
    /// the endpoint is unreachable.
    pub async fn server_time(&self) -> Result<Option<SystemTime>, Error> {
        let transport = self.inner().session.transport();
        transport.acquire().await;
        let response = transport.http.get(self.endpoint()).send().await;
        let unredacted = |text: &str| text.to_owned();
        let response = response.map_err(|error| transport.error_context(&unredacted).no_response(error))?;
        Ok(http_date::from_headers(response.headers()))
    }
}
