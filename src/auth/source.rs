//! What a credential comes from, and the trait for a source of one's own.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

use super::credential::Credential;
use super::found::Found;
use super::iam::{Iam, Password};
use super::metadata::InstanceMetadata;
use super::profile::Profile;
use super::{Credentials, environment};
use crate::error::Error;

/// What a [`CredentialSource`] answers, in time: a credential, `None` when it has none, or why it could not look.
pub type CredentialFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Credential>, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// A source of credentials of your own: a vault, a broker, a file of your own format.
///
/// It is asked when the first call needs a credential, again before that one ends
/// ([`Credential::expires_at`]; five minutes before for a token, ten for an access key), and again when the service has
/// refused it. One call of it is under way at a time; it must not use the client that waits for it. `None` says that it has
/// none, an error that it could not look: both are [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the calls that
/// wait. While a credential is still good, a failed renewal is no error, and is tried again after 30 seconds.
///
/// ```
/// use huaweicloud_iotda::{Credential, CredentialFuture, CredentialSource, Credentials};
///
/// struct Vault {
///     path: String,
/// }
///
/// impl CredentialSource for Vault {
///     fn credential(&self) -> CredentialFuture<'_> {
///         Box::pin(async move {
///             let text = read_secret(&self.path).await?;
///             let key = text.split_once(':');
///             Ok(key.map(|(access, secret)| Credential::access_key(access, secret)))
///         })
///     }
/// }
///
/// # async fn read_secret(_: &str) -> Result<String, std::io::Error> { Ok("AK:SK".to_owned()) }
/// let credentials = Credentials::from_source(Vault { path: "iotda/readonly".to_owned() });
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
pub trait CredentialSource: Send + Sync + 'static {
    /// The credential as it is now; asked again, a fresh one where there is one. An error's text is not part of the
    /// [`Error`]'s own: it is its source, so it must show no secret.
    fn credential(&self) -> CredentialFuture<'_>;
}

pub(crate) enum Source {
    Given(Credential),
    Password(Password),
    Environment,
    Profile(Profile),
    Metadata(InstanceMetadata),
    Chain(Vec<Credentials>),
    Own(Box<dyn CredentialSource>),
}

impl Credentials {
    /// The credential; an error that lists what was looked for, if there is none.
    pub(crate) async fn resolve(&self, iam: &Iam) -> Result<Credential, Error> {
        match self.look(iam).await? {
            Found::Credential(credential) => Ok(credential),
            Found::Nothing(looked) => {
                Err(Error::credentials(format!("no credential was found; looked for: {}", looked.join("; "))))
            }
        }
    }

    fn look<'a>(&'a self, iam: &'a Iam) -> Pin<Box<dyn Future<Output = Result<Found, Error>> + Send + 'a>> {
        Box::pin(async move {
            match &*self.source {
                Source::Given(credential) => Ok(credential.clone().into()),
                Source::Password(password) => Ok(password.log_in(iam).await?.into()),
                Source::Environment => environment::find(&|name| std::env::var(name).ok())?.into_found(iam).await,
                Source::Profile(profile) => profile.find(),
                Source::Metadata(metadata) => metadata.find().await,
                Source::Chain(sources) => first(sources, iam).await,
                Source::Own(source) => match source.credential().await {
                    Ok(Some(credential)) => Ok(credential.into()),
                    Ok(None) => Ok(Found::Nothing(vec!["the program's own source".to_owned()])),
                    Err(error) => Err(Error::credentials("the program's own source failed").with_source(error)),
                },
            }
        })
    }
}

async fn first(sources: &[Credentials], iam: &Iam) -> Result<Found, Error> {
    let mut looked = Vec::new();
    for source in sources {
        match source.look(iam).await? {
            Found::Credential(credential) => return Ok(credential.into()),
            Found::Nothing(more) => looked.extend(more),
        }
    }
    Ok(Found::Nothing(looked))
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(credential) => credential.fmt(f),
            Self::Password(password) => password.fmt(f),
            Self::Environment => f.write_str("Environment"),
            Self::Profile(profile) => profile.fmt(f),
            Self::Metadata(metadata) => metadata.fmt(f),
            Self::Chain(sources) => f.debug_list().entries(sources).finish(),
            Self::Own(_) => f.write_str("Own"),
        }
    }
}
