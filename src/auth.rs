//! Credentials: what lets an application in, where it comes from, and how a request proves it.
//!
//! The rule it keeps: no secret is ever shown by `Debug`, an error or a log, and nothing is read from the environment,
//! a file or the network unless the caller named it.

mod authentication;
mod credential;
mod flight;
mod guard;
mod session;
mod signer;

use std::fmt;
use std::sync::Arc;

pub use authentication::Signing;
pub(crate) use authentication::{Authentication, Refusal};
pub use credential::Credential;
pub(crate) use session::{Clock, Session};

use crate::client::Inner;
use crate::error::Error;

/// Where the client's credential comes from.
///
/// Nothing is read from the environment, a file or the network unless the constructor's name says so.
///
/// ```
/// use huaweicloud_iotda::Credentials;
///
/// let credentials = Credentials::token("MIIF-secret");
/// assert!(!format!("{credentials:?}").contains("MIIF-secret"));
/// ```
#[derive(Clone)]
pub struct Credentials {
    source: Arc<Source>,
}

enum Source {
    Given(Credential),
}

impl Credentials {
    /// A user token of IAM, sent as `X-Auth-Token`: what the vendor's IAM API for obtaining a user token through
    /// password authentication returns in its header `X-Subject-Token`. It lives for 24 hours.
    ///
    /// An empty token, or one with a character that no header can hold, is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    pub fn token(token: impl Into<String>) -> Self {
        Credential::token(token).into()
    }

    /// An access key and its secret (AK/SK). Every request is signed; the secret never leaves this machine.
    ///
    /// A temporary key has a security token too: `Credentials::ak_sk(ak, sk).security_token(token)`. The kind of signature
    /// comes from the host, see [`Signing`].
    ///
    /// The service locks a key for five minutes at its sixth consecutive failure. So one request at a time goes out until
    /// the key has been accepted once, and a rejected key is not sent again for five minutes: the calls get the rejection
    /// that it has met.
    pub fn ak_sk(access_key: impl Into<String>, secret_key: impl Into<String>) -> Credential {
        Credential::access_key(access_key, secret_key)
    }

    /// Refuses what no header can hold, without showing it. What a source brings is checked when it brings it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &*self.source {
            Source::Given(credential) => credential.check(),
        }
    }

    pub(crate) async fn resolve(&self, _client: &Inner) -> Result<Credential, Error> {
        match &*self.source {
            Source::Given(credential) => Ok(credential.clone()),
        }
    }
}

impl From<Credential> for Credentials {
    fn from(credential: Credential) -> Self {
        Self { source: Arc::new(Source::Given(credential)) }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.source {
            Source::Given(credential) => credential.fmt(f),
        }
    }
}
