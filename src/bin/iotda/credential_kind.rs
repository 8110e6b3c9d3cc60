//! The kind of the credential that a run uses.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConfiguredCredential {
    Token,
    AccessKey,
    ProfileAccessKey,
    Password,
    /// Providers that issue a temporary access key.
    IdToken,
    Oidc,
    PodIdentity,
    Metadata,
}

impl ConfiguredCredential {
    /// Returns true for an access key, which signs requests.
    pub(crate) fn signs_requests(self) -> bool {
        !matches!(self, Self::Token | Self::Password)
    }
}

impl fmt::Display for ConfiguredCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::AccessKey => "access key",
            Self::ProfileAccessKey => "access key in a profile",
            Self::Password => "password, exchanged for a token at IAM",
            Self::IdToken => "ID token, exchanged for a temporary access key at IAM",
            Self::Oidc => "OIDC federation: ID token, exchanged for a temporary access key at STS",
            Self::PodIdentity => "temporary access key of the pod identity",
            Self::Metadata => "temporary access key of the instance metadata",
        })
    }
}
