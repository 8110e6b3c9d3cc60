//! Credential providers: the public trait for a custom one, and the internal trait of all of them.

pub(crate) mod env;
pub(crate) mod from_variables;
pub(crate) mod identity_provider;
pub(crate) mod ini;
pub(crate) mod instance_metadata;
pub(crate) mod oidc_federation;
pub(crate) mod password;
pub(crate) mod pod_identity;
pub(crate) mod profile;
mod text_file;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::context::ClientContext;
use super::credential::IamCredential;
use crate::error::Error;

/// A credential provider, in the form that [`Credentials`](crate::Credentials) queries.
pub(crate) trait Provider: fmt::Debug + Send + Sync + 'static {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a>;

    /// Returns the time after which a lookup is abandoned. It is longer than the provider's own timeouts, if it has any.
    /// Default: the attempt timeout.
    fn time_limit(&self, context: &ClientContext) -> Duration {
        context.transport.timeouts.attempt
    }

    /// Returns the endpoint of STS that is set, after its name in errors.
    fn sts_endpoint(&self) -> Option<(&'static str, String)> {
        None
    }

    /// Rejects values that can never be sent, before a client is built.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

pub(crate) type LookupFuture<'a> = Pin<Box<dyn Future<Output = Result<Lookup, Error>> + Send + 'a>>;

/// The result of querying a provider.
pub(crate) enum Lookup {
    /// A credential; `source` names the provider in logs.
    Found { credential: IamCredential, source: &'static str },
    /// The provider has no credential; `searched` lists what was searched.
    NotFound { searched: Vec<String> },
}

impl Lookup {
    pub(crate) fn found(credential: IamCredential, source: &'static str) -> Self {
        Self::Found { credential, source }
    }

    pub(crate) fn not_found(searched: impl Into<String>) -> Self {
        Self::NotFound { searched: vec![searched.into()] }
    }
}

impl Provider for IamCredential {
    fn lookup<'a>(&'a self, _: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.clone(), "fixed")) })
    }

    fn check(&self) -> Result<(), Error> {
        IamCredential::check(self)
    }
}

/// The future that a [`CredentialProvider`] returns: a credential, `None` if it has none, or an error if it failed.
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<IamCredential>, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// A custom credential provider, for example a vault, a broker or a file. Pass it to [`Credentials::from_provider`](crate::Credentials::from_provider).
///
/// The client calls it
///
/// - when the first call needs a credential,
/// - before the credential [expires](IamCredential::expires_at): five minutes before for a token, ten minutes for an
///   access key; calls continue to use the previous credential meanwhile,
/// - after the service has rejected the credential.
///
/// Concurrent calls of one client share one call of the provider. The provider must not use that client, because the
/// client waits for it. A future that is not ready when it is first polled runs as a task on the runtime of the call
/// that needed the credential first.
///
/// If it returns `None` or an error, or panics, the waiting calls fail with
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials); in a [chain](crate::Credentials::chain), `None` continues with
/// the next provider. If it is not ready within the [attempt timeout](crate::ClientBuilder::attempt_timeout), its future
/// is dropped, and the waiting calls fail with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). The next call queries
/// the provider again.
///
/// If a refresh fails in one of these ways while the previous credential is still valid, calls continue to use that one,
/// and the provider is called again after 30 seconds.
///
/// ```
/// use huaweicloud_iotda::{CredentialFuture, CredentialProvider, Credentials, IamCredential};
///
/// /// A file with one line, `AK:SK`, which another process rotates.
/// struct KeyFile {
///     path: String,
/// }
///
/// impl CredentialProvider for KeyFile {
///     fn credential(&self) -> CredentialFuture<'_> {
///         Box::pin(async move {
///             let text = std::fs::read_to_string(&self.path)?;
///             let key = text.trim().split_once(':');
///             Ok(key.map(|(access_key, secret_key)| IamCredential::access_key(access_key, secret_key)))
///         })
///     }
/// }
///
/// let credentials = Credentials::from_provider(KeyFile { path: "/run/secrets/iotda".to_owned() });
/// ```
pub trait CredentialProvider: Send + Sync + 'static {
    /// Returns the current credential; if the previous one expires soon or was rejected, a new one where possible.
    ///
    /// An error becomes the [source](std::error::Error::source) of the [`Error`], and the message of a panic becomes a part
    /// of its text, so neither must contain a secret.
    fn credential(&self) -> CredentialFuture<'_>;
}
