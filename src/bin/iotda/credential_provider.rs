//! The credential providers, and which of them the environment sets.

use clap::ValueEnum;
use huaweicloud_iotda::{Error, IdentityProvider, OidcFederation, PodIdentity, Profile};

use crate::env_group::env_group;

/// A credential provider, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Variables with a token, an ID token for IAM, an access key, a profile or a password
    Env,
    /// OIDC federation through STS: HUAWEICLOUD_OIDC_*
    Oidc,
    /// Pod identity of CCE: HC_CONTAINER_*
    Pod,
    /// The profile ~/.huaweicloud/credentials
    Profile,
    /// ID token for IAM: HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE
    Idp,
    /// Metadata service of an ECS instance
    Metadata,
}

/// The extent to which the environment sets a provider.
pub(crate) enum Availability {
    Complete,
    /// Only a part is set; the text says what is missing.
    Incomplete(String),
    NotSet(String),
}

/// The providers that are used without `--credentials`: the first one that is set completely.
const DEFAULT_ORDER: [Provider; 4] = [Provider::Env, Provider::Oidc, Provider::Pod, Provider::Profile];

impl Provider {
    /// Returns the provider to use: the first one that is set completely. The profile is only used if no other one is set in
    /// part, so that a typing error does not select another credential.
    pub(crate) fn in_use() -> Option<Self> {
        let is_complete = |provider: &Self| matches!(provider.availability(), Availability::Complete);
        let is_incomplete = |provider: &Self| matches!(provider.availability(), Availability::Incomplete(_));
        let variables = || DEFAULT_ORDER.into_iter().filter(|provider| *provider != Self::Profile);
        let set = variables().find(is_complete).or_else(|| variables().find(is_incomplete));
        set.or_else(|| Some(Self::Profile).filter(is_complete))
    }

    /// Returns the name of the provider as the value of the option `--credentials`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Oidc => "oidc",
            Self::Pod => "pod",
            Self::Profile => "profile",
            Self::Idp => "idp",
            Self::Metadata => "metadata",
        }
    }

    pub(crate) fn availability(self) -> Availability {
        match self {
            Self::Env => match env_group() {
                None => Availability::NotSet("none of its variables is set".to_owned()),
                Some(group) if group.missing.is_empty() => Availability::Complete,
                Some(group) => {
                    Availability::Incomplete(format!("{} is set, but not {}", group.name, group.missing.join(" and ")))
                }
            },
            Self::Oidc => of_variables(OidcFederation::from_env(), "HUAWEICLOUD_OIDC_*"),
            Self::Idp => of_variables(IdentityProvider::from_env(), "HUAWEICLOUD_SDK_IDP_ID"),
            Self::Pod => of_variables(PodIdentity::from_env(), "HC_CONTAINER_*"),
            Self::Profile if Profile::new().path().is_ok_and(|path| path.exists()) => Availability::Complete,
            Self::Profile => Availability::NotSet("no file ~/.huaweicloud/credentials".to_owned()),
            Self::Metadata => Availability::Complete,
        }
    }

    /// Returns why each other provider is not used. `requested` is the option that selects this one.
    pub(crate) fn unused(in_use: Option<Self>, requested: Option<&str>) -> Vec<String> {
        let others = Self::value_variants().iter().filter(|provider| Some(**provider) != in_use);
        // The variables of an identity provider are a part of `env`.
        let others = others.filter(|provider| **provider != Self::Idp);
        others.map(|provider| format!("{}: {}", provider.name(), provider.reason(in_use, requested))).collect()
    }

    fn reason(self, in_use: Option<Self>, requested: Option<&str>) -> String {
        match (self.availability(), in_use, requested) {
            (Availability::NotSet(reason) | Availability::Incomplete(reason), ..) => reason,
            (_, _, Some(option)) => format!("{option} is used"),
            _ if self == Self::Metadata => "used only with --credentials metadata".to_owned(),
            (Availability::Complete, Some(first), None) => format!("{} precedes it", first.name()),
            (Availability::Complete, None, None) => "not selected".to_owned(),
        }
    }
}

fn of_variables<T>(provider: Result<Option<T>, Error>, names: &str) -> Availability {
    match provider {
        Ok(Some(_)) => Availability::Complete,
        Ok(None) => Availability::NotSet(format!("{names} is not set")),
        Err(error) => Availability::Incomplete(error.message().to_owned()),
    }
}
