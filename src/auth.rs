//! Credentials: what lets an application in, where it comes from, and how a request proves it.
//!
//! The rule it keeps: no secret is ever shown by `Debug`, an error or a log, and nothing is read from the environment,
//! a file or the network unless the caller named it.

mod authentication;
mod credential;
pub(crate) mod environment;
mod flight;
mod found;
mod guard;
mod iam;
mod metadata;
mod profile;
mod session;
pub(crate) mod signer;
mod source;

use std::fmt;
use std::sync::Arc;

pub use authentication::Signing;
pub(crate) use authentication::{Authentication, Refusal};
pub use credential::Credential;
pub use iam::Password;
pub(crate) use iam::{Clock, Iam};
pub use metadata::InstanceMetadata;
pub use profile::Profile;
pub(crate) use session::{OnceACall, Session};
use source::Source;
pub use source::{CredentialFuture, CredentialSource};

/// Where the client's credential comes from.
///
/// Nothing is read from the environment, a file or the network unless the constructor's name says so, and nothing before
/// the first call needs it. A credential that ends is renewed before its end, by one caller for all; one that the service
/// refuses is replaced once, if its source has another.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_iotda::Credentials;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_user("my-account", "my-user", "my-password");
///
/// let credentials = Credentials::password("my-account", "my-user", "my-password");
/// assert!(!format!("{credentials:?}").contains("my-password"));
///
/// let client = server.builder().credentials(credentials).build()?;
/// assert!(client.list_device_authentication_templates().send().await.is_ok());
/// assert!(client.list_device_authentication_templates().send().await.is_ok());
/// assert_eq!(server.logins(), 1); // one token for both
///
/// // The first of these that has one:
/// let credentials = Credentials::chain([
///     Credentials::from_env(),
///     Credentials::from_profile().into(),
///     Credentials::from_instance_metadata().into(),
/// ]);
/// # let _ = credentials;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Credentials {
    source: Arc<Source>,
}

impl Credentials {
    /// A user token of IAM, sent as `X-Auth-Token`: what the vendor's IAM API for obtaining a user token through
    /// password authentication returns in its header `X-Subject-Token`. It lives for 24 hours.
    ///
    /// An empty token, or one with a character that no header can hold, is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    ///
    /// Source: both pages of the vendor's API reference, header `X-Auth-Token`, and the vendor's page on token authentication.
    pub fn token(token: impl Into<String>) -> Self {
        Credential::token(token).into()
    }

    /// An IAM user's password, by which tokens are had and renewed: the account's (domain's) name, the user's name and the
    /// password. See [`Password`] for the project that the token is for.
    ///
    /// A refused login is [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the calls that wait for it, and is not tried
    /// again by itself. A token lives for 24 hours; it is renewed five minutes before its end.
    ///
    /// Source: the vendor's page on obtaining a user token through password authentication.
    pub fn password(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Password {
        Password::new(domain.into(), user.into(), password.into())
    }

    /// An access key and its secret (AK/SK). Every request is signed; the secret never leaves this machine.
    ///
    /// A temporary key has a security token too: `Credentials::ak_sk(ak, sk).security_token(token)`. The kind of signature
    /// comes from the host, see [`Signing`].
    ///
    /// The service locks a key for five minutes at its sixth consecutive failure. So one request at a time goes out until
    /// the key has been accepted once, and a rejected key is not sent again for five minutes: the calls get the rejection
    /// that it has met. The same holds after four requests of a key that was never accepted ended without an answer, for
    /// each may have counted. (A token does not lock; it is sent as it is.)
    ///
    /// An empty key, or one with a blank, a line break or a quote, is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    ///
    /// Source: the vendor's page on AK/SK authentication; the signatures are those of its SDKs.
    pub fn ak_sk(access_key: impl Into<String>, secret_key: impl Into<String>) -> Credential {
        Credential::access_key(access_key, secret_key)
    }

    /// The variables of the environment, read when a credential is needed. In this order, never mixed:
    ///
    /// 1. a token: `HW_AUTH_TOKEN`;
    /// 2. an access key of the vendor's SDKs: `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK`, perhaps
    ///    `HUAWEICLOUD_SDK_SECURITY_TOKEN`; or that of the profile that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names;
    /// 3. an access key of Terraform: `HW_ACCESS_KEY`, `HW_SECRET_KEY`, perhaps `HW_SECURITY_TOKEN`;
    /// 4. a password, as Terraform names it: `HW_DOMAIN_NAME`, `HW_USER_NAME`, `HW_USER_PASSWORD`.
    ///
    /// One that is set in part is [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the call, and names what is
    /// missing; a variable that is empty counts as not set.
    ///
    /// Source: the vendor's SDKs and Terraform provider.
    pub fn from_env() -> Self {
        Source::Environment.into()
    }

    /// The profile of the vendor's SDKs, `~/.huaweicloud/credentials`, or [another file](Profile::file).
    pub fn from_profile() -> Profile {
        Profile::default()
    }

    /// The temporary access key that the metadata service of an ECS instance hands to the programs on it: that of the agency
    /// which the instance has.
    pub fn from_instance_metadata() -> InstanceMetadata {
        InstanceMetadata::default()
    }

    /// The first of these that has a credential. One that has none is passed over; one that is broken is
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the call, and so is a chain in which none has one: the message
    /// lists where it was looked.
    pub fn chain(sources: impl IntoIterator<Item = Self>) -> Self {
        Source::Chain(sources.into_iter().collect()).into()
    }

    /// A source of your own, a vault say. See [`CredentialSource`].
    pub fn from_source(source: impl CredentialSource) -> Self {
        Source::Own(Box::new(source)).into()
    }

    /// Refuses what no header can hold, without showing it. What a source brings is checked when it brings it.
    pub(crate) fn check(&self) -> Result<(), crate::Error> {
        match &*self.source {
            Source::Given(credential) => credential.check(),
            _ => Ok(()),
        }
    }
}

impl From<Source> for Credentials {
    fn from(source: Source) -> Self {
        Self { source: Arc::new(source) }
    }
}

impl From<Credential> for Credentials {
    fn from(credential: Credential) -> Self {
        Source::Given(credential).into()
    }
}

impl From<Password> for Credentials {
    fn from(password: Password) -> Self {
        Source::Password(password).into()
    }
}

impl From<Profile> for Credentials {
    fn from(profile: Profile) -> Self {
        Source::Profile(profile).into()
    }
}

impl From<InstanceMetadata> for Credentials {
    fn from(metadata: InstanceMetadata) -> Self {
        Source::Metadata(metadata).into()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
