//! What became of looking into a source of credentials.

use super::credential::IamCredential;

pub(crate) enum Lookup {
    Found(IamCredential),
    /// Nothing; what was looked for, and where.
    NotFound {
        searched: Vec<String>,
    },
}

impl From<IamCredential> for Lookup {
    fn from(credential: IamCredential) -> Self {
        Self::Found(credential)
    }
}
