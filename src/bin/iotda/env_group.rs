//! The variables with a credential that `Credentials::from_env` reads.

use std::cmp::Reverse;
use std::env;

use crate::credential_kind::ConfiguredCredential;

pub(crate) const PASSWORD_VARIABLE: &str = "HW_USER_PASSWORD";
/// The endpoint of the metadata service; that of a mock server in tests.
pub(crate) const METADATA_VARIABLE: &str = "HUAWEICLOUD_IOTDA_METADATA_ENDPOINT";
pub(crate) const PROFILE_VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The variables that are set.
pub(crate) struct EnvGroup {
    pub(crate) kind: ConfiguredCredential,
    /// The first variable that is set.
    pub(crate) name: &'static str,
    /// The variables that are missing.
    pub(crate) missing: Vec<&'static str>,
}

/// A kind, the variables that start it, and the complete sets.
type Group = (ConfiguredCredential, &'static [&'static str], &'static [&'static [&'static str]]);

/// In the order in which `Credentials::from_env` reads them.
const GROUPS: [Group; 6] = [
    (ConfiguredCredential::Token, &["HW_AUTH_TOKEN"], &[&["HW_AUTH_TOKEN"]]),
    (ConfiguredCredential::IdToken, &IDENTITY_PROVIDER, &[&IDENTITY_PROVIDER]),
    (ConfiguredCredential::AccessKey, &SDK_KEYS, &[&SDK_KEYS]),
    (ConfiguredCredential::ProfileAccessKey, &[PROFILE_VARIABLE], &[&[PROFILE_VARIABLE]]),
    (ConfiguredCredential::AccessKey, &TERRAFORM_KEYS, &[&TERRAFORM_KEYS]),
    (
        ConfiguredCredential::Password,
        &["HW_DOMAIN_NAME", "HW_USER_NAME", "HW_USER_ID", PASSWORD_VARIABLE],
        &[
            &["HW_USER_ID", PASSWORD_VARIABLE],
            &["HW_DOMAIN_NAME", "HW_USER_NAME", PASSWORD_VARIABLE],
            &["HW_DOMAIN_ID", "HW_USER_NAME", PASSWORD_VARIABLE],
        ],
    ),
];
const IDENTITY_PROVIDER: [&str; 2] = ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"];
const SDK_KEYS: [&str; 2] = ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"];
const TERRAFORM_KEYS: [&str; 2] = ["HW_ACCESS_KEY", "HW_SECRET_KEY"];

/// Returns the first group of which a variable is set; the library reads no other one.
pub(crate) fn env_group() -> Option<EnvGroup> {
    let is_set = |name: &&&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    GROUPS.into_iter().find_map(|(kind, names, sets)| {
        let name = names.iter().find(is_set)?;
        let missing_of = |set: &&[&'static str]| {
            let missing: Vec<_> = set.iter().filter(|name| !is_set(name)).copied().collect();
            // Of two sets with the same number of missing variables, the one of which more are set was meant.
            ((missing.len(), Reverse(set.len())), missing)
        };
        let sets = sets.iter().map(missing_of);
        let missing = sets.min_by_key(|(order, _)| *order).map(|(_, missing)| missing).unwrap_or_default();
        Some(EnvGroup { kind, name, missing })
    })
}
