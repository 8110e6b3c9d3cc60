//! The credential that a run uses and its origin. Its secret is never printed.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use huaweicloud_iotda::{Client, Credentials, Profile};

use super::setting::{Origin, variable};
use crate::arguments::Flags;
use crate::credential_kind::ConfiguredCredential;
use crate::failure::Failure;
use crate::text_input::{decode, read_all};

#[derive(Clone, Debug)]
pub(crate) struct CredentialSetting {
    pub(crate) credentials: Credentials,
    pub(crate) kind: ConfiguredCredential,
    pub(crate) origin: Origin,
    profile: Option<(Profile, PathBuf)>,
}

/// The variables of each kind, in the order in which `Credentials::from_env` reads them.
const VARIABLES: [(ConfiguredCredential, &[&str]); 5] = [
    (ConfiguredCredential::Token, &["HW_AUTH_TOKEN"]),
    (ConfiguredCredential::AccessKey, &["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]),
    (ConfiguredCredential::ProfileAccessKey, &[PROFILE_VARIABLE]),
    (ConfiguredCredential::AccessKey, &["HW_ACCESS_KEY", "HW_SECRET_KEY"]),
    (ConfiguredCredential::Password, &["HW_DOMAIN_NAME", "HW_USER_NAME", "HW_USER_ID", PASSWORD_VARIABLE]),
];
const PASSWORD_VARIABLE: &str = "HW_USER_PASSWORD";
const PROFILE_VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

impl CredentialSetting {
    pub(super) fn resolve(flags: &Flags) -> Result<Option<Self>, Failure> {
        if let Some(file) = &flags.token_file {
            return Ok(Some(Self::token(read_token(file)?, Origin::Flag("--token-file"))));
        }
        if let Some(file) = &flags.credentials_file {
            return Ok(Some(Self::from_profile(file.clone(), Origin::Flag("--credentials-file"))));
        }
        for (kind, names) in VARIABLES {
            if let Some(name) = names.iter().find(|name| variable(name).is_some()) {
                let origin = Origin::Variable((*name).to_owned());
                return Ok(Some(match env::var_os(PROFILE_VARIABLE).filter(|_| *name == PROFILE_VARIABLE) {
                    Some(file) => Self::from_profile(file.into(), origin),
                    None => Self { credentials: Credentials::from_env(), kind, origin, profile: None },
                }));
            }
        }
        let default_path = Profile::new().path().ok().filter(|path| path.exists());
        Ok(default_path.map(|path| Self::from_profile(path.clone(), Origin::Profile(path))))
    }

    pub(crate) fn token(token: String, origin: Origin) -> Self {
        Self { credentials: Credentials::token(token), kind: ConfiguredCredential::Token, origin, profile: None }
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
        let mut letters = password.chars();
        let is_in_quotes = matches!(
            (letters.next(), letters.next_back()),
            (Some('"'), Some('"')) | (Some('\''), Some('\'')) | (Some('\u{201c}'), Some('\u{201d}'))
        );
        let text = format!("{PASSWORD_VARIABLE} is in quotes, which are sent as a part of the password");
        is_in_quotes.then_some(text)
    }

    pub(crate) fn missing() -> Failure {
        let unsupported = Client::unsupported_variables();
        let note = match unsupported.as_slice() {
            [] => String::new(),
            names => format!(" (set, but not supported: {})", names.join(", ")),
        };
        Failure::NoCredential(format!(
            "missing credential: use --token-file or --credentials-file, or set HW_AUTH_TOKEN, or HUAWEICLOUD_SDK_AK and \
             HUAWEICLOUD_SDK_SK, or create the profile ~/.huaweicloud/credentials; --demo needs no credential, and iotda \
             --help lists all variables{note}"
        ))
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
