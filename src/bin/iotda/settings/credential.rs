//! The credential that a run uses and its origin. Its secret is never printed.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use huaweicloud_iotda::{
    Client, Credentials, IdentityProvider, InstanceMetadata, OidcFederation, PodIdentity, Profile,
};

use super::setting::{Origin, variable};
use crate::arguments::Flags;
use crate::credential_kind::ConfiguredCredential;
use crate::credential_provider::{Availability, Provider};
use crate::env_group::{EnvGroup, METADATA_VARIABLE, PASSWORD_VARIABLE, PROFILE_VARIABLE, env_group};
use crate::failure::Failure;
use crate::quotes::is_in_quotes;
use crate::text_input::{decode, read_all};

#[derive(Clone, Debug)]
pub(crate) struct CredentialSetting {
    pub(crate) credentials: Credentials,
    pub(crate) kind: ConfiguredCredential,
    pub(crate) origin: Origin,
    profile: Option<(Profile, PathBuf)>,
}

impl CredentialSetting {
    pub(super) fn resolve(flags: &Flags) -> Result<Option<Self>, Failure> {
        if let Some(file) = &flags.token_file {
            return Ok(Some(Self::token(read_token(file)?, Origin::Flag("--token-file"))));
        }
        if let Some(file) = &flags.credentials_file {
            return Ok(Some(Self::from_profile(file.clone(), Origin::Flag("--credentials-file"))));
        }
        match flags.credentials {
            Some(provider) => Self::requested(provider).map(Some),
            None => match Provider::in_use() {
                Some(provider) => Self::set(provider),
                None => Ok(None),
            },
        }
    }

    /// Returns the credential of the provider that `--credentials` selects.
    fn requested(provider: Provider) -> Result<Self, Failure> {
        let credential = match provider.availability() {
            Availability::NotSet(reason) => Err(reason),
            Availability::Complete | Availability::Incomplete(_) => Self::set(provider)?.ok_or("not set".to_owned()),
        };
        let name = provider.name();
        credential.map_err(|reason| Failure::NoCredential(format!("--credentials {name} has no credential: {reason}")))
    }

    /// Returns the credential that the environment sets for a provider.
    fn set(provider: Provider) -> Result<Option<Self>, Failure> {
        let variable = |name: &str| Origin::Variable(name.to_owned());
        Ok(match provider {
            Provider::Env => match (env_group(), env::var_os(PROFILE_VARIABLE)) {
                (None, _) => None,
                (Some(group), _) if !group.missing.is_empty() => return Err(incomplete(&group)),
                (Some(group), Some(file)) if group.name == PROFILE_VARIABLE => {
                    Some(Self::from_profile(file.into(), variable(group.name)))
                }
                (Some(group), _) => Some(Self::of(Credentials::from_env(), group.kind, variable(group.name))),
            },
            Provider::Oidc => OidcFederation::from_env()?
                .map(|oidc| Self::of(oidc, ConfiguredCredential::Oidc, variable("HUAWEICLOUD_OIDC_PROVIDER_URN"))),
            Provider::Idp => IdentityProvider::from_env()?
                .map(|idp| Self::of(idp, ConfiguredCredential::IdToken, variable("HUAWEICLOUD_SDK_IDP_ID"))),
            Provider::Pod => PodIdentity::from_env()?.map(|pod| {
                Self::of(pod, ConfiguredCredential::PodIdentity, variable("HC_CONTAINER_CREDENTIALS_FULL_URI"))
            }),
            Provider::Profile => {
                let path = Profile::new().path()?;
                Some(Self::from_profile(path.clone(), Origin::Profile(path)))
            }
            Provider::Metadata => {
                Some(Self::of(instance_metadata(), ConfiguredCredential::Metadata, Origin::Flag("--credentials")))
            }
        })
    }

    fn of(credentials: impl Into<Credentials>, kind: ConfiguredCredential, origin: Origin) -> Self {
        Self { credentials: credentials.into(), kind, origin, profile: None }
    }

    pub(crate) fn token(token: String, origin: Origin) -> Self {
        Self::of(Credentials::token(token), ConfiguredCredential::Token, origin)
    }

    fn from_profile(file: PathBuf, origin: Origin) -> Self {
        let profile = Profile::new().file(&file);
        let credentials = profile.clone().into();
        Self { credentials, kind: ConfiguredCredential::ProfileAccessKey, origin, profile: Some((profile, file)) }
    }

    /// Returns the profile that contains the credential, and its file.
    pub(super) fn profile(&self) -> Option<&(Profile, PathBuf)> {
        self.profile.as_ref()
    }

    /// Returns a warning about a password that is probably not the one that was meant.
    pub(crate) fn warning(&self) -> Option<String> {
        let password = variable(PASSWORD_VARIABLE).filter(|_| self.kind == ConfiguredCredential::Password)?;
        let around = match () {
            () if is_in_quotes(&password) => "is in quotes, which are",
            () if password.trim() != password => "starts or ends with a space, which is",
            () => return None,
        };
        Some(format!("{PASSWORD_VARIABLE} {around} sent as a part of the password"))
    }

    pub(crate) fn missing() -> Failure {
        let unsupported = Client::unsupported_variables();
        let note = match unsupported.as_slice() {
            [] => String::new(),
            names => format!(" (set, but not supported: {})", names.join(", ")),
        };
        Failure::NoCredential(format!(
            "missing credential: use --token-file, --credentials-file or --credentials, or set HW_AUTH_TOKEN, or \
             HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or create the profile ~/.huaweicloud/credentials; --demo needs no credential, and iotda \
             --help lists all variables{note}"
        ))
    }
}

fn incomplete(group: &EnvGroup) -> Failure {
    let EnvGroup { name, missing, .. } = group;
    let missing = missing.join(" and ");
    Failure::NoCredential(format!(
        "{name} is set, but not {missing}: set all of them, or unset {name}, or use --credentials to select another provider"
    ))
}

fn instance_metadata() -> InstanceMetadata {
    match variable(METADATA_VARIABLE) {
        Some(endpoint) => InstanceMetadata::new().endpoint(endpoint),
        None => InstanceMetadata::new(),
    }
}

fn read_token(file: &Path) -> Result<String, Failure> {
    let failure = |reason: &str| {
        let file = file.display();
        Failure::NoCredential(format!("--token-file {file}: {reason}; specify a file that contains only an IAM token"))
    };
    let is_stdin = file == Path::new("-");
    let result = if is_stdin { read_all(io::stdin()) } else { fs::read(file) };
    let text = result.and_then(decode).map_err(|error| failure(&error.to_string()))?;
    match text.trim() {
        "" => Err(failure("it is empty")),
        token => Ok(token.to_owned()),
    }
}
