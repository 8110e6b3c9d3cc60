//! Environment variables: those of the vendor's SDKs and Terraform provider, and those of this crate.

use std::path::PathBuf;
use std::{env, fs};

use crate::error::Error;
use crate::error::body::one_line;
use crate::settings::Check;

/// The variables of the vendor's SDKs and of this crate that are supported. A region's endpoint has a variable for each
/// region.
const SUPPORTED_SDK_VARIABLES: [&str; 19] = [
    "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "HC_CONTAINER_CREDENTIALS_FULL_URI",
    "HUAWEICLOUD_OIDC_AGENCY_URN",
    "HUAWEICLOUD_OIDC_DURATION_SECONDS",
    "HUAWEICLOUD_OIDC_ID_TOKEN",
    "HUAWEICLOUD_OIDC_POLICY",
    "HUAWEICLOUD_OIDC_POLICY_IDS",
    "HUAWEICLOUD_OIDC_PROVIDER_URN",
    "HUAWEICLOUD_OIDC_SESSION_NAME",
    "HUAWEICLOUD_OIDC_TOKEN_FILE",
    "HUAWEICLOUD_SDK_IDP_ID",
    "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
    "HUAWEICLOUD_SDK_STS_ENDPOINT",
    "HUAWEICLOUD_SDK_AK",
    "HUAWEICLOUD_SDK_SK",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN",
    "HUAWEICLOUD_SDK_PROJECT_ID",
    "HUAWEICLOUD_SDK_IAM_ENDPOINT",
    "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
];
const SDK_PREFIXES: [&str; 3] = ["HUAWEICLOUD_SDK_", "HUAWEICLOUD_OIDC_", "HC_CONTAINER_"];
/// The prefix of the variables of all services' endpoints; only those of IoTDA concern this crate.
const REGION_PREFIX: &str = "HUAWEICLOUD_SDK_REGION_";
/// The variables of the Terraform provider that are not supported. Other programs have variables that start with `HW_`,
/// too.
const UNSUPPORTED_TERRAFORM_VARIABLES: [&str; 10] = [
    "HW_AGENCY_DOMAIN_NAME",
    "HW_AGENCY_NAME",
    "HW_DELEGATED_PROJECT",
    "HW_ENABLE_FORCE_NEW",
    "HW_ENTERPRISE_PROJECT_ID",
    "HW_INSECURE",
    "HW_MAX_RETRIES",
    "HW_PROFILE",
    "HW_SHARED_CONFIG_FILE",
    "HW_SIGNING_ALGORITHM",
];
const ASSUME_ROLE_PREFIX: &str = "HW_ASSUME_ROLE_";

/// Returns the value of an environment variable. An empty variable counts as not set.
///
/// Bytes that are not UTF-8 become U+FFFD, which the checks of settings reject.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

/// Returns the path in an environment variable, which may be any sequence of bytes.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Returns `None` if no variable is set, and an error if only some are.
pub(crate) fn incomplete<T>(is_set: &[(&str, bool)], remedy: &str) -> Result<Option<T>, Error> {
    let names = |wanted: bool| is_set.iter().filter(move |(_, is_set)| *is_set == wanted).map(|(name, _)| *name);
    let (set, missing) = (names(true).collect::<Vec<_>>(), names(false).collect::<Vec<_>>());
    if set.is_empty() {
        return Ok(None);
    }
    let is = |names: &[&str]| if names.len() == 1 { "is" } else { "are" };
    Err(Error::credentials(format!(
        "{} {} set but {} {} not; set {remedy}",
        set.join(" and "),
        is(&set),
        missing.join(" and "),
        is(&missing)
    )))
}

/// Returns two values, each after its name; `None` if none of them is set, and an error if only one is.
pub(crate) fn both_or_neither<A, B>(a: (&str, Option<A>), b: (&str, Option<B>)) -> Result<Option<(A, B)>, Error> {
    match (a, b) {
        ((_, Some(a)), (_, Some(b))) => Ok(Some((a, b))),
        (a, b) => incomplete(&[(a.0, a.1.is_some()), (b.0, b.1.is_some())], "both or neither"),
    }
}

/// Returns the value of a variable, which must pass the check.
pub(crate) fn checked_variable(name: &str, check: Check) -> Result<Option<String>, Error> {
    let value = variable(name);
    value.as_deref().map_or(Ok(()), |value| check(name, value))?;
    Ok(value)
}

/// Returns the values of a variable that are separated by commas.
pub(crate) fn list_variable(name: &str) -> Vec<String> {
    let text = variable(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// Returns the root certificates in a variable, which contains their PEM text or the path of a file with it.
pub(crate) fn certificates(name: &str) -> Result<Option<String>, Error> {
    let Some(path) = path(name) else { return Ok(None) };
    if let Some(text) = path.to_str().filter(|text| text.contains("-----BEGIN")) {
        return Ok(Some(text.to_owned()));
    }
    let bytes = fs::read(&path).map_err(|error| {
        let path = one_line(path.display().to_string());
        Error::configuration(format!("{name} is {path}, but that file cannot be read: {error}")).with_source(error)
    })?;
    // A file that is no text contains no certificate in PEM form.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Returns the name of the SDKs' variable with the endpoints of a region.
pub(crate) fn region_endpoint_variable(region: &str) -> String {
    format!("{REGION_PREFIX}IOTDA_{}", region.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the names of the variables that are set but not supported, sorted.
pub(crate) fn unsupported_variables() -> Vec<String> {
    let names = env::vars_os().filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<_> = names.filter(|name| is_unsupported(name)).collect();
    names.sort_unstable();
    names
}

fn is_unsupported(name: &str) -> bool {
    let is_of_sdk = SDK_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_supported = SUPPORTED_SDK_VARIABLES.contains(&name) || name.starts_with(REGION_PREFIX);
    let is_of_terraform = UNSUPPORTED_TERRAFORM_VARIABLES.contains(&name) || name.starts_with(ASSUME_ROLE_PREFIX);
    (is_of_sdk && !is_supported) || is_of_terraform
}
