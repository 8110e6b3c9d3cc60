//! The credential in environment variables: those of the vendor's SDKs, or those of its Terraform provider, never
//! combined.

use std::time::Duration;

use super::password::{Password, login_time_limit};
use super::profile::Profile;
use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::error::Error;

/// Returns the value of an environment variable.
pub(crate) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

const TOKEN: &str = "HW_AUTH_TOKEN";
const PROFILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
/// Access key, secret key, security token.
const SDK_KEYS: [&str; 3] = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"];
const TERRAFORM_KEYS: [&str; 3] = ["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"];
const PASSWORD: [&str; 3] = ["HW_DOMAIN_NAME", "HW_USER_NAME", "HW_USER_PASSWORD"];

/// The credential that the environment variables contain.
pub(crate) enum EnvCredential {
    IamCredential(IamCredential),
    Profile(Profile),
    Password(Password),
    NotSet,
}

/// Reads the token, then the access keys and the profile, then the password; the SDKs' variables before Terraform's.
pub(crate) fn from_vars(variables: Variables<'_>) -> Result<EnvCredential, Error> {
    if let Some(token) = non_empty(variables, TOKEN) {
        return Ok(EnvCredential::IamCredential(IamCredential::token(token)));
    }
    if let Some(keys) = keys(variables, SDK_KEYS)? {
        return Ok(EnvCredential::IamCredential(keys));
    }
    if let Some(file) = non_empty(variables, PROFILE) {
        return Ok(EnvCredential::Profile(Profile::default().file(file)));
    }
    if let Some(keys) = keys(variables, TERRAFORM_KEYS)? {
        return Ok(EnvCredential::IamCredential(keys));
    }
    Ok(match all(variables, PASSWORD)? {
        Some([domain, user, password]) => EnvCredential::Password(Password::new(domain, user, password)),
        None => EnvCredential::NotSet,
    })
}

/// The provider that reads the environment at each lookup.
#[derive(Debug)]
pub(crate) struct Environment;

impl Provider for Environment {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async {
            match from_vars(&|name| std::env::var(name).ok())? {
                EnvCredential::IamCredential(credential) => Ok(credential.into()),
                EnvCredential::Profile(profile) => profile.read_key(),
                EnvCredential::Password(password) => password.lookup(context).await,
                EnvCredential::NotSet => Ok(Lookup::not_found(searched_variables())),
            }
        })
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        // The environment may contain a password.
        login_time_limit(context)
    }
}

pub(crate) fn searched_variables() -> String {
    format!(
        "the environment variables {TOKEN}, {} and {}, {PROFILE}, {} and {}, {}",
        SDK_KEYS[0],
        SDK_KEYS[1],
        TERRAFORM_KEYS[0],
        TERRAFORM_KEYS[1],
        PASSWORD.join(" and ")
    )
}

fn keys(variables: Variables<'_>, [access, secret, token]: [&str; 3]) -> Result<Option<IamCredential>, Error> {
    let Some([access, secret]) = all(variables, [access, secret])? else { return Ok(None) };
    let keys = IamCredential::access_key(access, secret);
    Ok(Some(match non_empty(variables, token) {
        Some(token) => keys.security_token(token),
        None => keys,
    }))
}

/// Reads all of these variables or none. It is an error if only some are set.
fn all<const N: usize>(variables: Variables<'_>, names: [&str; N]) -> Result<Option<[String; N]>, Error> {
    let values = names.map(|name| non_empty(variables, name));
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    let missing: Vec<_> =
        names.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let set: Vec<_> = names.iter().filter(|name| !missing.contains(name)).copied().collect();
        let is = |names: &[&str]| if names.len() == 1 { "is" } else { "are" };
        let all_or_none = if N == 2 { "both or neither" } else { "all or none" };
        return Err(Error::credentials(format!(
            "{} {} set but {} {} not; set {all_or_none}",
            set.join(" and "),
            is(&set),
            missing.join(" and "),
            is(&missing)
        )));
    }
    Ok(Some(values.map(Option::unwrap_or_default)))
}

/// Returns a variable's value. An empty variable counts as not set.
pub(crate) fn non_empty(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}
