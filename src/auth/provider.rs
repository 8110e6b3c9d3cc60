//! The credential providers, and the trait for a custom one.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

use super::credential::IamCredential;
use super::iam::{ClientContext, Password};
use super::lookup::Lookup;
use super::metadata::InstanceMetadata;
use super::profile::Profile;
use super::{Credentials, environment};
use crate::error::Error;

/// The future that a [`CredentialProvider`] returns: a credential, `None` if it has none, or an error if it failed.
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<IamCredential>, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// A custom credential provider, for example a vault, a broker or a file. Pass it to [`Credentials::from_provider`].
///
/// The client calls it
///
/// - when the first call needs a credential,
/// - before the credential [expires](IamCredential::expires_at): five minutes before for a token, ten minutes for an
///   access key,
/// - after the service has rejected the credential.
///
/// Concurrent calls of one client share one call of the provider. The provider must not use that client, because the
/// client waits for it.
///
/// If it returns `None` or an error, the waiting calls fail with
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials); in a [chain](Credentials::chain), `None` continues with
/// the next provider. If a refresh fails while the previous credential is still valid, calls continue to use that one,
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
    /// An error becomes the [source](std::error::Error::source) of the [`Error`], so its text must not contain a
    /// secret.
    fn credential(&self) -> CredentialFuture<'_>;
}

pub(crate) enum Provider {
    Fixed(IamCredential),
    Password(Password),
    Environment,
    Profile(Profile),
    Metadata(InstanceMetadata),
    Chain(Vec<Credentials>),
    Custom(Box<dyn CredentialProvider>),
}

impl Credentials {
    /// Obtains a credential. If there is none, the error lists what was searched.
    pub(crate) async fn resolve(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        match self.lookup(context).await? {
            Lookup::Found(credential) => Ok(credential),
            Lookup::NotFound { searched } => {
                Err(Error::credentials(format!("no credential was found; searched: {}", searched.join("; "))))
            }
        }
    }

    fn lookup<'a>(
        &'a self,
        context: &'a ClientContext,
    ) -> Pin<Box<dyn Future<Output = Result<Lookup, Error>> + Send + 'a>> {
        Box::pin(async move {
            match &*self.provider {
                Provider::Fixed(credential) => Ok(credential.clone().into()),
                Provider::Password(password) => Ok(password.log_in(context).await?.into()),
                Provider::Environment => {
                    environment::from_vars(&|name| std::env::var(name).ok())?.into_lookup(context).await
                }
                Provider::Profile(profile) => profile.lookup(),
                Provider::Metadata(metadata) => metadata.lookup().await,
                Provider::Chain(chain) => first_found(chain, context).await,
                Provider::Custom(provider) => match provider.credential().await {
                    Ok(Some(credential)) => Ok(credential.into()),
                    Ok(None) => Ok(Lookup::NotFound { searched: vec!["the custom credential provider".to_owned()] }),
                    Err(error) => Err(Error::credentials("custom credential provider failed").with_source(error)),
                },
            }
        })
    }
}

async fn first_found(chain: &[Credentials], context: &ClientContext) -> Result<Lookup, Error> {
    let mut searched = Vec::new();
    for credentials in chain {
        match credentials.lookup(context).await? {
            Lookup::Found(credential) => return Ok(credential.into()),
            Lookup::NotFound { searched: more } => searched.extend(more),
        }
    }
    Ok(Lookup::NotFound { searched })
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(credential) => credential.fmt(f),
            Self::Password(password) => password.fmt(f),
            Self::Environment => f.write_str("Environment"),
            Self::Profile(profile) => profile.fmt(f),
            Self::Metadata(metadata) => metadata.fmt(f),
            Self::Chain(chain) => f.debug_list().entries(chain).finish(),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}
