//! `Credentials`: the source of a client's credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::context::ClientContext;
use super::credential::IamCredential;
use super::lockout::LockoutGuard;
use super::provider::env::{EnvCredential, searched_variables};
use super::provider::from_variables::FromVariables;
use super::provider::identity_provider::{self, IdentityProvider};
use super::provider::instance_metadata::InstanceMetadata;
use super::provider::oidc_federation::{self, OidcFederation};
use super::provider::password::Password;
use super::provider::pod_identity::{self, PodIdentity};
use super::provider::profile::Profile;
use super::provider::{CredentialProvider, Lookup, LookupFuture, Provider};
use crate::error::Error;

/// The source of a client's credentials: a fixed token or access key, or a provider that obtains one.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Credentials, Error, Password};
///
/// # fn main() -> Result<(), Error> {
/// // A fixed credential:
/// let token = Credentials::token("an IAM user token");
/// let key = Credentials::ak_sk("AK", "SK");
///
/// // The first of these that provides one:
/// let chain = Credentials::chain([
///     Credentials::from_env(),
///     Credentials::from_profile(),
///     Credentials::from_instance_metadata(),
/// ]);
///
/// // A provider with options:
/// let login = Password::new("my-account", "my-user", "my-password").project_name("cn-north-4");
///
/// let client = Client::builder().region("cn-north-4").credentials(login).build()?;
/// # let _ = (token, key, chain);
/// # Ok(())
/// # }
/// ```
///
/// Only the constructor's name decides what is read: no environment variable, file or network address is used
/// implicitly, and a provider is queried when the first call needs a credential, not before.
/// [`ClientBuilder::build`](crate::ClientBuilder::build) only rejects values that cannot be valid.
///
/// A credential that expires is refreshed ahead of time, and concurrent callers share one refresh, which runs alongside
/// their calls. A credential that the service rejects is replaced at most once per call, if its provider returns a
/// different one.
///
/// Clones share the protection against locking [an access key](Self::ak_sk) and [a user](Self::password). To share it
/// between several clients, build them from clones. Each client has its own credential cache, because a token depends on
/// the client's project and region.
///
/// With feature `mock`, a test can check that `Debug` shows no password and that calls share one token:
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::Credentials;
/// use huaweicloud_iotda::mock::MockServer;
///
/// let server = MockServer::start().await?;
/// server.add_user("my-account", "my-user", "my-password");
///
/// let credentials = Credentials::password("my-account", "my-user", "my-password");
/// assert!(!format!("{credentials:?}").contains("my-password"));
///
/// let client = server.builder().credentials(credentials).build()?;
/// client.list_device_authentication_templates().await?;
/// client.list_device_authentication_templates().await?;
/// assert_eq!(server.login_count(), 1); // both calls use one token
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
#[must_use = "credentials have no effect until they are passed to `ClientBuilder::credentials`"]
pub struct Credentials {
    pub(crate) provider: Arc<dyn Provider>,
    /// The guard that all clones share.
    pub(crate) lockout: Arc<LockoutGuard>,
}

impl Credentials {
    /// Uses an IAM user token, sent as `X-Auth-Token`. It is valid for 24 hours and is not refreshed.
    ///
    /// The token is the value of the response header `X-Subject-Token` of IAM's password authentication.
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) rejects a token that is empty or contains invalid
    /// characters.
    ///
    /// Source: [API reference, "Authentication"](crate::guide::sources).
    pub fn token(token: impl Into<String>) -> Self {
        IamCredential::token(token).into()
    }

    /// Logs in as an IAM user, and refreshes the token five minutes before it expires (after 24 hours).
    ///
    /// `domain` is the name of the account, `user` the name of the IAM user. [`Password`] has further options.
    ///
    /// If the login is rejected, calls fail with [`ErrorKind::Credentials`](crate::ErrorKind::Credentials). IAM locks a
    /// user after repeated rejections. Therefore, a rejected login is not sent again for 15 minutes: calls return the
    /// rejection that was received. This applies to all clients with clones of these credentials. While an earlier token
    /// is valid, calls continue to use it.
    ///
    /// Source: [IAM, "Obtaining a user token through password authentication"](crate::guide::sources).
    pub fn password(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        Password::new(domain, user, password).into()
    }

    /// Signs requests with an access key (AK) and its secret key (SK). The secret key is never sent.
    ///
    /// The host determines the signing algorithm, see [`Signing`](crate::Signing).
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) rejects a key that is empty or contains whitespace, line
    /// breaks or quotes.
    ///
    /// The service locks an access key for five minutes after six consecutive failures. To prevent this, requests are
    /// sent one at a time until the service first accepts the key. A rejected key is not sent again for five minutes:
    /// calls return the rejection that was received. Likewise, after four requests without a response, a key that was
    /// never accepted is not sent for five minutes, because each of these requests may have counted as a failure.
    ///
    /// If an accepted key is rejected, and clock skew may be the reason, one request with the corrected time is sent;
    /// all other calls wait for its response. Requests that are already in flight cannot be recalled: with `n` listings
    /// of [`concurrency`](crate::ListRequest::concurrency) `c`, up to `n × c` may be rejected. Limit them if a rejection
    /// in mid-run is likely.
    ///
    /// All clients with clones of these credentials share this protection.
    ///
    /// Source: [API reference, "AK/SK authentication"](crate::guide::sources).
    pub fn ak_sk(access_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        IamCredential::access_key(access_key, secret_key).into()
    }

    /// Signs requests with a temporary access key and sends its security token. The key is not refreshed.
    ///
    /// Otherwise like [`ak_sk`](Self::ak_sk).
    ///
    /// Source: [API reference, "AK/SK authentication"](crate::guide::sources).
    pub fn temporary_ak_sk(
        access_key: impl Into<String>,
        secret_key: impl Into<String>,
        security_token: impl Into<String>,
    ) -> Self {
        IamCredential::access_key(access_key, secret_key).security_token(security_token).into()
    }

    /// Reads the environment variables when the first call needs a credential, and again before it expires or after it
    /// was rejected.
    ///
    /// The first of these that is set is used; they are never combined:
    ///
    /// 1. a token: `HW_AUTH_TOKEN`;
    /// 2. an ID token for the vendor's SDKs: `HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`, see
    ///    [`IdentityProvider`];
    /// 3. an access key of the vendor's SDKs: `HUAWEICLOUD_SDK_AK`, `HUAWEICLOUD_SDK_SK`, optionally
    ///    `HUAWEICLOUD_SDK_SECURITY_TOKEN`; or the profile file named by `HUAWEICLOUD_SDK_CREDENTIALS_FILE`;
    /// 4. an access key of the Terraform provider: `HW_ACCESS_KEY`, `HW_SECRET_KEY`, optionally `HW_SECURITY_TOKEN`;
    /// 5. a password of the Terraform provider: `HW_USER_PASSWORD` with `HW_USER_ID`; or with `HW_USER_NAME`, and
    ///    `HW_DOMAIN_ID` or `HW_DOMAIN_NAME`. IDs precede names.
    ///
    /// If only some variables of one item are set, the call fails with
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials), which names the missing ones. An empty variable counts as
    /// not set. The variables of [OIDC federation](Self::from_oidc_federation) and of
    /// [pod identity](Self::from_pod_identity) are not read.
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) rejects a variable with an invalid value, such as
    /// a token in quotes.
    ///
    /// Source: [the vendor's SDKs and Terraform provider](crate::guide::sources).
    pub fn from_env() -> Self {
        Self::new(FromVariables { read: EnvCredential::read, searched: searched_variables })
    }

    /// Reads the access key from the profile of the vendor's SDKs, `~/.huaweicloud/credentials`.
    ///
    /// [`Profile`] reads another file.
    pub fn from_profile() -> Self {
        Profile::new().into()
    }

    /// Obtains temporary access keys from the metadata service of the ECS instance that the program runs on.
    ///
    /// The instance needs an agency (the IAM role that is assigned to an ECS instance). [`InstanceMetadata`] has
    /// further options.
    pub fn from_instance_metadata() -> Self {
        InstanceMetadata::new().into()
    }

    /// Exchanges an ID token for a temporary access key at STS, with the variables of the vendor's SDKs.
    ///
    /// [`OidcFederation::from_env`] lists the variables, which are read at each lookup. If none of the required ones is set,
    /// there is no credential. [`OidcFederation`] accepts the values without variables.
    pub fn from_oidc_federation() -> Self {
        Self::new(FromVariables { read: OidcFederation::from_env, searched: || oidc_federation::SEARCHED.to_owned() })
    }

    /// Logs in at IAM with an ID token of an identity provider, with the variables of the vendor's SDKs:
    /// `HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`.
    ///
    /// The variables are read at each lookup. If none of them is set, there is no credential. [`IdentityProvider`] accepts
    /// the values without variables.
    pub fn from_identity_provider() -> Self {
        Self::new(FromVariables {
            read: IdentityProvider::from_env,
            searched: || identity_provider::SEARCHED.to_owned(),
        })
    }

    /// Obtains temporary access keys from the pod identity agent of CCE, with the variables that CCE sets in a pod:
    /// `HC_CONTAINER_CREDENTIALS_FULL_URI` and `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
    ///
    /// The variables are read at each lookup. If none of them is set, there is no credential. [`PodIdentity`] accepts the
    /// values without variables.
    pub fn from_pod_identity() -> Self {
        Self::new(FromVariables { read: PodIdentity::from_env, searched: || pod_identity::SEARCHED.to_owned() })
    }

    /// Queries several providers in order, and uses the first one that has a credential.
    ///
    /// A provider without a credential is skipped. A provider that fails, such as an unreadable profile, ends the call with
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials). If no provider has a credential, the error lists what was
    /// searched.
    pub fn chain(providers: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Chain(providers.into_iter().collect()))
    }

    /// Uses a custom provider, for example a vault. See [`CredentialProvider`].
    pub fn from_provider(provider: impl CredentialProvider) -> Self {
        Self::new(Custom(Box::new(provider)))
    }

    fn new(provider: impl Provider) -> Self {
        Self { provider: Arc::new(provider), lockout: Arc::default() }
    }

    /// Obtains a credential, with the name of its provider. If there is none, the error lists what was searched.
    pub(crate) async fn resolve(&self, context: &ClientContext) -> Result<(IamCredential, &'static str), Error> {
        match self.provider.lookup(context).await? {
            Lookup::Found { credential, source } => Ok((credential, source)),
            Lookup::NotFound { searched } => {
                Err(Error::credentials(format!("no credential was found; searched: {}", searched.join("; "))))
            }
        }
    }
}

/// Converts each provider that has options.
macro_rules! credentials_from {
    ($($provider:ty),*) => {$(
        impl From<$provider> for Credentials {
            fn from(provider: $provider) -> Self {
                Self::new(provider)
            }
        }
    )*};
}

credentials_from!(IamCredential, Password, Profile, InstanceMetadata, OidcFederation, IdentityProvider, PodIdentity);

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.provider.fmt(f)
    }
}

/// The first provider that has a credential.
#[derive(Debug)]
struct Chain(Vec<Credentials>);

impl Provider for Chain {
    fn check(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|credentials| credentials.provider.check())
    }

    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async move {
            let mut searched = Vec::new();
            for credentials in &self.0 {
                match credentials.provider.lookup(context).await? {
                    Lookup::NotFound { searched: more } => searched.extend(more),
                    found => return Ok(found),
                }
            }
            Ok(Lookup::NotFound { searched })
        })
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        let limits = self.0.iter().map(|credentials| credentials.provider.time_limit(context));
        limits.fold(Duration::ZERO, Duration::saturating_add)
    }

    fn sts_endpoint(&self) -> Option<(&'static str, String)> {
        self.0.iter().find_map(|credentials| credentials.provider.sts_endpoint())
    }
}

struct Custom(Box<dyn CredentialProvider>);

impl Provider for Custom {
    fn lookup<'a>(&'a self, _: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async move {
            match self.0.credential().await {
                Ok(Some(credential)) => Ok(Lookup::found(credential, "custom")),
                Ok(None) => Ok(Lookup::not_found("the custom credential provider")),
                Err(error) => Err(Error::credentials("custom credential provider failed").with_source(error)),
            }
        })
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}
