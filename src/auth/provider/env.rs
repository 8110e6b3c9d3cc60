//! The credential in environment variables: those of the vendor's SDKs, or those of its Terraform provider, never
//! combined.

use std::sync::Arc;
use std::time::Duration;

use super::identity_provider::{IdentityProvider, VARIABLES as IDENTITY_PROVIDER};
use super::password::{Identity, Password};
use super::profile::Profile;
use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::login_time_limit;
use crate::error::Error;
use crate::variables::{both_or_neither, incomplete, path, unsupported_variables, variable};

const TOKEN: &str = "HW_AUTH_TOKEN";
const PROFILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
/// Access key, secret key, security token.
const SDK_KEYS: [&str; 3] = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"];
const TERRAFORM_KEYS: [&str; 3] = ["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"];
/// Variables of other providers, and the constructors that read them.
const OTHER_PROVIDERS: [(&str, &str); 2] = [
    ("HUAWEICLOUD_OIDC_PROVIDER_URN", "from_oidc_federation"),
    ("HC_CONTAINER_CREDENTIALS_FULL_URI", "from_pod_identity"),
];
const USER_ID: &str = "HW_USER_ID";
const USER: &str = "HW_USER_NAME";
const DOMAIN_ID: &str = "HW_DOMAIN_ID";
const DOMAIN: &str = "HW_DOMAIN_NAME";
const PASSWORD: &str = "HW_USER_PASSWORD";

/// The credential that the environment variables contain.
#[derive(Debug)]
pub(crate) struct EnvCredential {
    provider: Arc<dyn Provider>,
    /// The profile that a variable names.
    pub(crate) profile: Option<Profile>,
}

impl EnvCredential {
    /// Reads the token, then the login with an ID token, the access keys and the profile, then the password; the SDKs'
    /// variables before Terraform's.
    /// An error names the variable that is missing or invalid.
    pub(crate) fn read() -> Result<Option<Self>, Error> {
        if let Some(token) = variable(TOKEN) {
            let token = IamCredential::token(token);
            token.check_named([TOKEN; 4])?;
            return Ok(Self::of(CredentialInVariables { credential: token, variable: TOKEN }));
        }
        if let Some(login) = IdentityProvider::from_env()? {
            return Ok(Self::of(login));
        }
        if let Some(credential) = keys(SDK_KEYS)? {
            return Ok(Self::of(CredentialInVariables { credential, variable: SDK_KEYS[0] }));
        }
        if let Some(file) = path(PROFILE) {
            let profile = Profile::default().file(file);
            return Ok(Some(Self { provider: Arc::new(profile.clone()), profile: Some(profile) }));
        }
        if let Some(credential) = keys(TERRAFORM_KEYS)? {
            return Ok(Self::of(CredentialInVariables { credential, variable: TERRAFORM_KEYS[0] }));
        }
        let Some(password) = password()? else { return Ok(None) };
        password.check_values()?;
        Ok(Self::of(password))
    }

    fn of(provider: impl Provider) -> Option<Self> {
        Some(Self { provider: Arc::new(provider), profile: None })
    }
}

impl Provider for EnvCredential {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        self.provider.lookup(context)
    }

    fn check(&self) -> Result<(), Error> {
        self.provider.check()
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        // The environment may contain a login with two requests.
        login_time_limit(context, 2)
    }
}

/// A token or an access key, and the name of its first variable.
#[derive(Debug)]
struct CredentialInVariables {
    credential: IamCredential,
    variable: &'static str,
}

impl Provider for CredentialInVariables {
    fn lookup<'a>(&'a self, _: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.credential.clone(), self.variable)) })
    }
}

/// Returns the names of the variables that were searched, and those that are set but not supported.
pub(crate) fn searched_variables() -> String {
    let unsupported = unsupported_variables();
    let note = match unsupported.as_slice() {
        [] => String::new(),
        names => format!(" (set, but not supported: {})", names.join(", ")),
    };
    let is_set = |name| variable(name).is_some();
    let others = OTHER_PROVIDERS.iter().filter(|(name, _)| is_set(name));
    let others = others.map(|(name, other)| format!(" ({name} is set, but only Credentials::{other} reads it)"));
    let note = note + &others.collect::<String>();
    format!(
        "{TOKEN}, {} and {}, {} and {}, {PROFILE}, {} and {}, {PASSWORD} with {USER_ID} or {DOMAIN} and {USER}{note}",
        IDENTITY_PROVIDER[0], IDENTITY_PROVIDER[1], SDK_KEYS[0], SDK_KEYS[1], TERRAFORM_KEYS[0], TERRAFORM_KEYS[1],
    )
}

fn keys(names: [&'static str; 3]) -> Result<Option<IamCredential>, Error> {
    let [access, secret, token] = names;
    let values = both_or_neither((access, variable(access)), (secret, variable(secret)))?;
    let Some((access_key, secret_key)) = values else { return Ok(None) };
    let keys = IamCredential::access_key(access_key, secret_key);
    let keys = match variable(token) {
        Some(token) => keys.security_token(token),
        None => keys,
    };
    keys.check_named([token, access, secret, token])?;
    Ok(Some(keys))
}

/// Reads the login of a user with an ID, or with a name and an account.
fn password() -> Result<Option<Password>, Error> {
    let password = variable(PASSWORD);
    if let Some(id) = variable(USER_ID) {
        let values = both_or_neither((USER_ID, Some(id)), (PASSWORD, password))?;
        return Ok(values.map(|(id, password)| Password::of(Identity::id(USER_ID, id), None, PASSWORD, password)));
    }
    let user = variable(USER).map(|name| Identity::name(USER, name));
    // An account's ID has other uses, so it does not count as the start of a login.
    let domain_id = variable(DOMAIN_ID).filter(|_| user.is_some() || password.is_some());
    let domain = domain_id.map(|id| Identity::id(DOMAIN_ID, id));
    let domain = domain.or_else(|| Some(Identity::name(DOMAIN, variable(DOMAIN)?)));
    let domain_name = domain.as_ref().map_or(DOMAIN, |domain| domain.setting);
    let is_set = [(domain_name, domain.is_some()), (USER, user.is_some()), (PASSWORD, password.is_some())];
    match (user, password) {
        (Some(user), Some(password)) if domain.is_some() => Ok(Some(Password::of(user, domain, PASSWORD, password))),
        _ => incomplete(&is_set, "all or none"),
    }
}
