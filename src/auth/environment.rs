//! The environment: the variables of the vendor's SDKs and of its Terraform provider, never mixed within a credential.
//!
//! Source: the vendor's SDKs and Terraform provider. What neither of them has is this crate's own:
//! `HUAWEICLOUD_IOTDA_ENDPOINT` and `HUAWEICLOUD_IOTDA_INSTANCE_ID`.

use super::Credentials;
use super::credential::Credential;
use super::iam::Password;
use super::profile::Profile;
use super::source::Found;
use crate::builder::ClientBuilder;
use crate::client::Inner;
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
    pub(crate) async fn into_found(self, client: &Inner) -> Result<Found, Error> {
        match self {
            Self::Credential(credential) => Ok(credential.into()),
            Self::Profile(profile) => profile.find(),
            Self::Password(password) => Ok(password.log_in(client).await?.into()),
            Self::Nothing => Ok(Found::Nothing(vec![looked_for()])),
        }
    }
}

fn looked_for() -> String {
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

fn set(variables: Variables<'_>, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.is_empty())
}

/// A client's whole configuration.
pub(crate) fn configure(variables: Variables<'_>) -> Result<ClientBuilder, Error> {
    const ENDPOINT: &str = "HUAWEICLOUD_IOTDA_ENDPOINT";
    const REGION: &str = "HW_REGION_NAME";
    const PROJECT: [&str; 2] = ["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"];

    let held = find(variables)?;
    let profile = match &held {
        Held::Nothing => {
            return Err(Error::credentials(format!("no credential was found; looked for: {}", looked_for())));
        }
        Held::Profile(profile) => Some(profile.read()?),
        Held::Credential(_) | Held::Password(_) => None,
    };
    let region = set(variables, REGION);
    let of_region = region
        .as_ref()
        .map(|region| format!("HUAWEICLOUD_SDK_REGION_IOTDA_{}", region.to_ascii_uppercase().replace('-', "_")));
    let endpoint = set(variables, ENDPOINT).or_else(|| set(variables, of_region.as_deref()?));
    if endpoint.is_none() && region.is_none() {
        return Err(Error::configuration(format!("the environment has no endpoint: set {ENDPOINT}, or {REGION}")));
    }
    let from_profile = |key: &str| profile.as_ref().and_then(|profile| profile.get(key));
    let project_id = PROJECT.iter().find_map(|name| set(variables, name)).or_else(|| from_profile("project_id"));
    let iam_endpoint = set(variables, "HUAWEICLOUD_SDK_IAM_ENDPOINT").or_else(|| from_profile("iam_endpoint"));
    let instance_id = set(variables, "HUAWEICLOUD_IOTDA_INSTANCE_ID");

    let mut builder = ClientBuilder::default().credentials(Credentials::from_env());
    for (value, setter) in [
        (endpoint, ClientBuilder::endpoint as fn(_, String) -> _),
        (region, ClientBuilder::region),
        (project_id, ClientBuilder::project_id),
        (iam_endpoint, ClientBuilder::iam_endpoint),
        (instance_id, ClientBuilder::instance_id),
    ] {
        if let Some(value) = value {
            builder = setter(builder, value);
        }
    }
    Ok(builder)
}
