//! What a credential comes from, and the trait for a source of one's own.

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

/// What a [`CredentialProvider`] answers, in time: a credential, `None` when it has none, or why it could not look.
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<IamCredential>, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// A source of credentials of your own: a vault, a broker, a file of your own format.
///
/// It is asked when the first call needs a credential, again before that one ends
/// ([`IamCredential::expires_at`]; five minutes before for a token, ten for an access key), and again when the service has
/// refused it. One call of it is under way at a time; it must not use the client that waits for it. `None` says that it has
/// none, an error that it could not look: both are [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the calls that
/// wait. While a credential is still good, a failed renewal is no error, and is tried again after 30 seconds.
///
/// ```
/// use huaweicloud_iotda::{IamCredential, CredentialFuture, CredentialProvider, Credentials};
///
/// struct Vault {
///     path: String,
/// }
///
/// impl CredentialProvider for Vault {
///     fn credential(&self) -> CredentialFuture<'_> {
///         Box::pin(async move {
///             let text = read_secret(&self.path).await?;
///             let key = text.split_once(':');
///             Ok(key.map(|(access, secret)| IamCredential::access_key(access, secret)))
///         })
///     }
/// }
///
/// # async fn read_secret(_: &str) -> Result<String, std::io::Error> { Ok("AK:SK".to_owned()) }
/// let credentials = Credentials::from_provider(Vault { path: "iotda/readonly".to_owned() });
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn call(credentials: Credentials) -> Result<(), Box<dyn std::error::Error>> {
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_access_key("AK", "SK");
/// let client = server.builder().credentials(credentials).build()?;
/// assert!(client.list_device_authentication_templates().send().await.is_ok());
/// # Ok(())
/// # }
/// # #[cfg(feature = "mock")]
/// # call(credentials).expect("an answer");
/// ```
pub trait CredentialProvider: Send + Sync + 'static {
    /// The credential as it is now; asked again, a fresh one where there is one. An error's text is not part of the
    /// [`Error`]'s own: it is its source, so it must show no secret.
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
    /// The credential; an error that lists what was searched for, if there is none.
    pub(crate) async fn resolve(&self, iam: &ClientContext) -> Result<IamCredential, Error> {
        match self.lookup(iam).await? {
            Lookup::Found(credential) => Ok(credential),
            Lookup::NotFound { searched } => {
                Err(Error::credentials(format!("no credential was found; searched for: {}", searched.join("; "))))
            }
        }
    }

    fn lookup<'a>(
        &'a self,
        iam: &'a ClientContext,
    ) -> Pin<Box<dyn Future<Output = Result<Lookup, Error>> + Send + 'a>> {
        Box::pin(async move {
            match &*self.provider {
                Provider::Fixed(credential) => Ok(credential.clone().into()),
                Provider::Password(password) => Ok(password.log_in(iam).await?.into()),
                Provider::Environment => {
                    environment::from_vars(&|name| std::env::var(name).ok())?.into_lookup(iam).await
                }
                Provider::Profile(profile) => profile.lookup(),
                Provider::Metadata(metadata) => metadata.lookup().await,
                Provider::Chain(sources) => first(sources, iam).await,
                Provider::Custom(source) => match source.credential().await {
                    Ok(Some(credential)) => Ok(credential.into()),
                    Ok(None) => Ok(Lookup::NotFound { searched: vec!["the program's own source".to_owned()] }),
                    Err(error) => Err(Error::credentials("the program's own source failed").with_source(error)),
                },
            }
        })
    }
}

async fn first(sources: &[Credentials], iam: &ClientContext) -> Result<Lookup, Error> {
    let mut searched = Vec::new();
    for source in sources {
        match source.lookup(iam).await? {
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
            Self::Chain(sources) => f.debug_list().entries(sources).finish(),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}
