//! The result of querying a credential provider.

use super::credential::IamCredential;

pub(crate) enum Lookup {
    Found(IamCredential),
    /// The provider has no credential; `searched` lists what was searched.
    NotFound {
        searched: Vec<String>,
    },
}

impl From<IamCredential> for Lookup {
    fn from(credential: IamCredential) -> Self {
        Self::Found(credential)
    }
}
