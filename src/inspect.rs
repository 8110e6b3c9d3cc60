//! What a client would use, to look at it: for a program that tells its user why a call can't work.

use std::time::SystemTime;

use crate::auth::Signing;
use crate::client::Client;
use crate::error::Error;
use crate::http_date;

impl Client {
    /// The service's base URL, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        &self.inner().base_url
    }

    /// The region as it was set, or as the endpoint's host tells it; `None` when neither does.
    pub fn region(&self) -> Option<&str> {
        self.inner().session.region()
    }

    /// The kind of signature that an access key would make: as it was [set](crate::ClientBuilder::signing), or as the
    /// endpoint's host takes it. A token does without.
    pub fn signing(&self) -> &Signing {
        self.inner().session.signing()
    }

    /// The id of the project that calls go to: as it was set, or as IAM tells it, which is asked once.
    ///
    /// # Errors
    ///
    /// No error when it was set. Else [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when there is no credential
    /// or IAM refuses it, [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) when IAM knows no project or several
    /// of the region's name, and [`ErrorKind::Connection`](crate::ErrorKind::Connection),
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) or [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse)
    /// of that call, which is not tried again.
    pub async fn project_id(&self) -> Result<String, Error> {
        Ok(self.inner().session.project_id().await?.to_string())
    }

    /// The time that the endpoint tells (header `Date`, whole seconds), whatever else it answers: no credential is sent. It
    /// is one attempt; `None` when the answer tells no time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`](crate::ErrorKind::Connection) and [`ErrorKind::Timeout`](crate::ErrorKind::Timeout): it can't
    /// be reached. No status is an error.
    pub async fn server_time(&self) -> Result<Option<SystemTime>, Error> {
        let transport = self.inner().session.transport();
        transport.acquire().await;
        let answer = transport.http.get(self.endpoint()).send().await;
        let no_secret = |text: &str| text.to_owned();
        let answer = answer.map_err(|error| transport.error_context(&no_secret).no_response(error))?;
        Ok(http_date::from_headers(answer.headers()))
    }
}
