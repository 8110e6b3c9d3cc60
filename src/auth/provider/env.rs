//! The credential in environment variables: those of the vendor's SDKs, or those of its Terraform provider, never
//! combined.

use std::time::Duration;

use super::identity_provider::{IdentityProvider, VARIABLES as IDENTITY_PROVIDER};
use super::password::{Password, PasswordNames};
use super::profile::Profile;
use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::login_time_limit;
use crate::error::{Error, ErrorKind};
use crate::variables::{incomplete, path, unsupported_variables, variable};

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
const LOGIN: PasswordNames = PasswordNames {
    user_id: "HW_USER_ID",
    user: "HW_USER_NAME",
    domain_id: "HW_DOMAIN_ID",
    domain: "HW_DOMAIN_NAME",
    password: "HW_USER_PASSWORD",
};

/// The credential that the environment variables contain.
pub(crate) enum EnvCredential {
    /// A credential, and the name of its first variable.
    IamCredential(IamCredential, &'static str),
    IdentityProvider(IdentityProvider),
    Profile(Profile),
    Password(Password),
    NotSet,
}

impl EnvCredential {
    /// Reads the token, then the login with an ID token, the access keys and the profile, then the password; the SDKs'
    /// variables before Terraform's.
    /// An error names the variable that is missing or invalid.
    pub(crate) fn read() -> Result<Self, Error> {
        if let Some(token) = variable(TOKEN) {
            let token = IamCredential::token(token);
            token.check_named([TOKEN; 4])?;
            return Ok(Self::IamCredential(token, TOKEN));
        }
        if let Some(login) = IdentityProvider::from_env()? {
            return Ok(Self::IdentityProvider(login));
        }
        if let Some(keys) = keys(SDK_KEYS)? {
            return Ok(Self::IamCredential(keys, SDK_KEYS[0]));
        }
        if let Some(file) = path(PROFILE) {
            return Ok(Self::Profile(Profile::default().file(file)));
        }
        if let Some(keys) = keys(TERRAFORM_KEYS)? {
            return Ok(Self::IamCredential(keys, TERRAFORM_KEYS[0]));
        }
        let Some(password) = password()? else { return Ok(Self::NotSet) };
        password.check_named(&LOGIN)?;
        Ok(Self::Password(password))
    }
}

/// The provider that reads the environment at each lookup.
#[derive(Debug)]
pub(crate) struct Environment;

impl Provider for Environment {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async {
            match EnvCredential::read()? {
                EnvCredential::IamCredential(credential, variable) => Ok(Lookup::found(credential, variable)),
                EnvCredential::IdentityProvider(login) => login.lookup(context).await,
                EnvCredential::Profile(profile) => profile.lookup(context).await,
                EnvCredential::Password(password) => password.lookup(context).await,
                EnvCredential::NotSet => Ok(Lookup::not_found(searched_variables())),
            }
        })
    }

    /// Rejects a value that cannot be valid. A missing variable may be set later.
    fn check(&self) -> Result<(), Error> {
        match EnvCredential::read() {
            Err(error) if error.kind() == ErrorKind::Configuration => Err(error),
            Ok(EnvCredential::Password(password)) => {
                password.warn(LOGIN.password);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        // The environment may contain a login with two requests.
        login_time_limit(context, 2)
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
        "the environment variables {TOKEN}, {} and {}, {} and {}, {PROFILE}, {} and {}, {} with {} or {}{note}",
        IDENTITY_PROVIDER[0],
        IDENTITY_PROVIDER[1],
        SDK_KEYS[0],
        SDK_KEYS[1],
        TERRAFORM_KEYS[0],
        TERRAFORM_KEYS[1],
        LOGIN.password,
        LOGIN.user_id,
        [LOGIN.domain, LOGIN.user].join(" and "),
    )
}

fn keys(names: [&'static str; 3]) -> Result<Option<IamCredential>, Error> {
    let [access, secret, token] = names;
    let values = [variable(access), variable(secret)];
    let [Some(access_key), Some(secret_key)] = values else {
        let is_set = [(access, values[0].is_some()), (secret, values[1].is_some())];
        return incomplete(&is_set, "both or neither");
    };
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
    let password = variable(LOGIN.password);
    let (user_id, user) = (variable(LOGIN.user_id), variable(LOGIN.user));
    let (domain_id, domain) = (variable(LOGIN.domain_id), variable(LOGIN.domain));
    Ok(Some(match (password, user_id, user, domain_id, domain) {
        (Some(password), Some(id), ..) => Password::with_user_id(id, password),
        (Some(password), None, Some(user), Some(id), _) => Password::with_domain_id(id, user, password),
        (Some(password), None, Some(user), None, Some(domain)) => Password::new(domain, user, password),
        (password, Some(_), ..) => {
            return incomplete(&[(LOGIN.user_id, true), (LOGIN.password, password.is_some())], "both or neither");
        }
        (password, None, user, domain_id, domain) => {
            // An account's ID has other uses, so it does not count as the start of a login.
            let (has_domain, has_id) =
                (domain.is_some(), domain_id.is_some() && (user.is_some() || password.is_some()));
            let domain_name = if has_id { LOGIN.domain_id } else { LOGIN.domain };
            let is_set = [
                (domain_name, has_domain || has_id),
                (LOGIN.user, user.is_some()),
                (LOGIN.password, password.is_some()),
            ];
            return incomplete(&is_set, "all or none");
        }
    }))
}
