//! The environment's credential: the variables of the vendor's SDKs and of its Terraform provider, never mixed.

use super::credential::Credential;
use super::found::Found;
use super::iam::{Iam, Password};
use super::profile::Profile;
use crate::error::Error;

/// Reads a variable; unset and empty are the same.
pub(crate) type Variables<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

const TOKEN: &str = "HW_AUTH_TOKEN";
const PROFILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";
/// Access key, secret key, security token.
const SDK_KEYS: [&str; 3] = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"];
const TERRAFORM_KEYS: [&str; 3] = ["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"];
const PASSWORD: [&str; 3] = ["HW_DOMAIN_NAME", "HW_USER_NAME", "HW_USER_PASSWORD"];

/// What the environment holds.
pub(crate) enum Held {
    Credential(Credential),
    Profile(Profile),
    Password(Password),
    Nothing,
}

/// Token, then keys, then password; the SDKs' before Terraform's.
pub(crate) fn find(variables: Variables<'_>) -> Result<Held, Error> {
    if let Some(token) = set(variables, TOKEN) {
        return Ok(Held::Credential(Credential::token(token)));
    }
    if let Some(keys) = keys(variables, SDK_KEYS)? {
        return Ok(Held::Credential(keys));
    }
    if let Some(file) = set(variables, PROFILE) {
        return Ok(Held::Profile(Profile::default().file(file)));
    }
    if let Some(keys) = keys(variables, TERRAFORM_KEYS)? {
        return Ok(Held::Credential(keys));
    }
    Ok(match all(variables, PASSWORD)? {
        Some([domain, user, password]) => Held::Password(Password::new(domain, user, password)),
        None => Held::Nothing,
    })
}

impl Held {
    pub(crate) async fn into_found(self, iam: &Iam) -> Result<Found, Error> {
        match self {
            Self::Credential(credential) => Ok(credential.into()),
            Self::Profile(profile) => profile.find(),
            Self::Password(password) => Ok(password.log_in(iam).await?.into()),
            Self::Nothing => Ok(Found::Nothing(vec![looked_for()])),
        }
    }
}

pub(crate) fn looked_for() -> String {
    format!(
        "the environment's {TOKEN}, {} and {}, {PROFILE}, {} and {}, {}",
        SDK_KEYS[0],
        SDK_KEYS[1],
        TERRAFORM_KEYS[0],
        TERRAFORM_KEYS[1],
        PASSWORD.join(" and ")
    )
}

fn keys(variables: Variables<'_>, [access, secret, token]: [&str; 3]) -> Result<Option<Credential>, Error> {
    let Some([access, secret]) = all(variables, [access, secret])? else { return Ok(None) };
    let keys = Credential::access_key(access, secret);
    Ok(Some(match set(variables, token) {
        Some(token) => keys.security_token(token),
        None => keys,
    }))
}

/// All of these or none: one that is set in part is a mistake, not a reason to look elsewhere.
fn all<const N: usize>(variables: Variables<'_>, names: [&str; N]) -> Result<Option<[String; N]>, Error> {
    let values = names.map(|name| set(variables, name));
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    let missing: Vec<_> =
        names.iter().zip(&values).filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let there: Vec<_> = names.iter().filter(|name| !missing.contains(name)).copied().collect();
        return Err(Error::credentials(format!(
            "the environment has {} but not {}: set both, or neither",
            there.join(" and "),
            missing.join(" and ")
        )));
    }
    Ok(Some(values.map(Option::unwrap_or_default)))
}

pub(crate) fn set(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}
