//! What became of looking into a source of credentials.

use super::credential::Credential;

pub(crate) enum Found {
    Credential(Credential),
    /// Nothing; what was looked for, and where.
    Nothing(Vec<String>),
}

impl From<Credential> for Found {
    fn from(credential: Credential) -> Self {
        Self::Credential(credential)
    }
}
