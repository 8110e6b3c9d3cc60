//! Who may ask, set up and looked at from a test: tokens, access keys, users, projects, the metadata service, the time.

use std::time::SystemTime;

use super::MockServer;
use super::identity::{Key, Metadata};
use crate::Signing;

impl MockServer {
    /// Takes this token until its end, by the [server's time](Self::set_time); from then on it is refused as one that expired.
    pub fn add_token_until(&self, token: impl Into<String>, end: SystemTime) {
        self.shared.state().identity.tokens.insert(token.into(), Some(end));
    }

    /// Takes signatures of this access key. At its sixth consecutive failure it is locked for five minutes of the server's
    /// time, as at the service.
    pub fn add_access_key(&self, access_key: impl Into<String>, secret_key: impl Into<String>) {
        self.insert_key(access_key.into(), secret_key.into(), None);
    }

    /// Takes signatures of this temporary access key, with its security token.
    pub fn add_temporary_access_key(
        &self,
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
    ) {
        self.insert_key(access_key.into(), secret_key.into(), Some(security_token.into()));
    }

    fn insert_key(&self, access: String, secret: String, security_token: Option<String>) {
        let key = Key { secret, security_token, failures: 0, locked_until: None };
        self.shared.state().identity.keys.insert(access, key);
    }

    /// Refuses this access key from now on; says whether it was taken before.
    pub fn remove_access_key(&self, access_key: &str) -> bool {
        self.shared.state().identity.keys.remove(access_key).is_some()
    }

    /// Takes this kind of signature only, as a host of the service does. It is the standard one unless it is set; the routes
    /// of IAM always take that.
    pub fn set_signing(&self, signing: Signing) {
        self.shared.state().identity.signing = Some(signing);
    }

    /// Lets this user of this account (domain) log in at `POST /v3/auth/tokens`. A token lives for 24 hours of the server's time.
    pub fn add_user(&self, domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) {
        self.shared.state().identity.users.insert((domain.into(), user.into()), password.into());
    }

    /// Lists this project at `GET /v3/projects`, where a client without a project looks for one of its region's name.
    pub fn add_project(&self, id: impl Into<String>, name: impl Into<String>) {
        self.shared.state().identity.projects.push((id.into(), name.into()));
    }

    /// Hands out this temporary access key as the metadata service of an instance, and takes its signatures. `expires_at` is
    /// what it tells of the key's end; it takes the key after that, too. `with_token`: whether it asks for a token first, as
    /// newer hosts do. [`InstanceMetadata::endpoint`](crate::InstanceMetadata::endpoint) leads a client here.
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
        self.shared.state().identity.metadata = Some(metadata);
    }

    /// Sets the server's time, which stands still from then on; unless it is set, it is the system's. It is what tokens end by, signatures are compared with and
    /// the header `Date` tells.
    pub fn set_time(&self, time: SystemTime) {
        self.shared.state().identity.time = Some(time);
    }

    /// How many logins have succeeded.
    pub fn login_count(&self) -> usize {
        self.shared.state().identity.logins
    }

    /// How many requests were refused for their credential, logins among them.
    pub fn rejected_count(&self) -> usize {
        self.shared.state().identity.refused
    }
}
