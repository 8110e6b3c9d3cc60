//! The accounts of the server: tokens, access keys, users, projects, the metadata service and the time.

use std::time::SystemTime;

use super::identity::{AcceptedSigning, Key, Metadata};
use super::server::MockServer;
use crate::Signing;

impl MockServer {
    /// Accepts this token from now on. It does not expire.
    pub fn add_token(&self, token: impl Into<String>) {
        self.state().identity.tokens.insert(token.into(), None);
    }

    /// Rejects this token from now on, and returns true if it was accepted before.
    pub fn remove_token(&self, token: &str) -> bool {
        self.state().identity.tokens.remove(token).is_some()
    }

    /// Accepts this token until it expires by the [server's time](Self::set_time). Then it is rejected as expired.
    pub fn add_token_until(&self, token: impl Into<String>, expires_at: SystemTime) {
        self.state().identity.tokens.insert(token.into(), Some(expires_at));
    }

    /// Accepts signatures of this access key.
    ///
    /// Like the service, it locks the key at the sixth consecutive failure, for five minutes of the server's time.
    pub fn add_access_key(&self, access_key: impl Into<String>, secret_key: impl Into<String>) {
        self.insert_key(access_key.into(), secret_key.into(), None);
    }

    /// Accepts signatures of this temporary access key, sent with its security token.
    pub fn add_temporary_access_key(
        &self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
    ) {
        self.insert_key(access_key.into(), secret_key.into(), Some(security_token.into()));
    }

    fn insert_key(&self, access: String, secret: String, security_token: Option<String>) {
        let key = Key { secret, security_token, expires_at: None, failures: 0, locked_until: None };
        self.state().identity.keys.insert(access, key);
    }

    /// Rejects this access key from now on, and returns true if it was accepted before.
    pub fn remove_access_key(&self, access_key: &str) -> bool {
        self.state().identity.keys.remove(access_key).is_some()
    }

    /// Sets the only signing algorithm that is accepted, like that of a host of the service. Default:
    /// [`Signing::Standard`].
    ///
    /// The routes of IAM always use the standard algorithm.
    pub fn set_signing(&self, signing: Signing) {
        self.state().identity.signing = AcceptedSigning::Only(signing);
    }

    /// Accepts both signing algorithms, the derived one with any region, in contrast to a host of the service.
    ///
    /// Use it for clients that select the algorithm independently of the endpoint, or to test several ones.
    pub fn accept_any_signing(&self) {
        self.state().identity.signing = AcceptedSigning::Any;
    }

    /// Lets this user of this account (domain) log in with `POST /v3/auth/tokens`.
    ///
    /// Account and user may be names or IDs, like those of the login. A token is valid for 24 hours of the server's time.
    pub fn add_user(&self, domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) {
        self.state().identity.users.insert((domain.into(), user.into()), password.into());
    }

    /// Adds a project to `GET /v3/projects`. A client without a project ID looks up the project with its region's name
    /// there.
    pub fn add_project(&self, id: impl Into<String>, name: impl Into<String>) {
        self.state().identity.projects.push((id.into(), name.into()));
    }

    /// Issues this temporary access key from the metadata service of an ECS instance, and accepts its signatures.
    ///
    /// `expires_at` is the expiry that the metadata service reports; the server accepts the key after that time, too.
    /// If `with_token` is true, the metadata service requires its token first, like newer hosts.
    ///
    /// Connect a client with [`InstanceMetadata::endpoint`](crate::InstanceMetadata::endpoint).
    pub fn set_metadata(
        &self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
        expires_at: SystemTime,
        with_token: bool,
    ) {
        let (access, secret, security_token) = (access_key.into(), secret_key.into(), security_token.into());
        self.insert_key(access.clone(), secret.clone(), Some(security_token.clone()));
        let metadata = Metadata { access, secret, security_token, expires_at, with_token };
        self.state().identity.metadata = Some(metadata);
    }

    /// Sets the server's time, which does not advance from then on. Default: the system's time.
    ///
    /// It determines the expiry of tokens, the valid dates of signatures and the header `Date`.
    pub fn set_time(&self, time: SystemTime) {
        self.state().identity.time = Some(time);
    }

    /// Returns the number of successful logins.
    pub fn login_count(&self) -> usize {
        self.state().identity.login_count
    }

    /// Returns the number of requests that were rejected because of their credential, including logins.
    pub fn rejected_count(&self) -> usize {
        self.state().identity.rejected_count
    }
}
