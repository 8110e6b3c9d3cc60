//! The credential: which one is used and where it comes from, never what it is.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use huaweicloud_iotda::{Credentials, Profile};

use super::{Origin, token, variable};
use crate::arguments::Flags;
use crate::failure::Failure;

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) credentials: Credentials,
    pub(crate) what: &'static str,
    pub(crate) origin: Origin,
    pub(super) profile: Option<(Profile, PathBuf)>,
}

/// The variables of each kind, in the order in which `Credentials::from_env` takes them.
const KINDS: [(&str, &[&str]); 5] = [
    ("a token", &["HW_AUTH_TOKEN"]),
    ("an access key", &["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]),
    ("the access key of a profile", &[PROFILE]),
    ("an access key", &["HW_ACCESS_KEY", "HW_SECRET_KEY"]),
    ("a password, by which IAM gives a token", &["HW_DOMAIN_NAME", "HW_USER_NAME", "HW_USER_PASSWORD"]),
];
const PROFILE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

impl Login {
    pub(super) fn find(flags: &Flags) -> Result<Option<Self>, Failure> {
        if let Some(file) = &flags.token_file {
            return Ok(Some(token(read_token(file)?, Origin::Flag("--token-file"))));
        }
        if let Some(file) = &flags.profile {
            return Ok(Some(Self::of_profile(file.clone(), Origin::Flag("--profile"))));
        }
        for (what, names) in KINDS {
            if let Some(name) = names.iter().find(|name| variable(name).is_some()) {
                let origin = Origin::Variable((*name).to_owned());
                return Ok(Some(match variable(PROFILE).filter(|_| *name == PROFILE) {
                    Some(file) => Self::of_profile(file.into(), origin),
                    None => Self { credentials: Credentials::from_env(), what, origin, profile: None },
                }));
            }
        }
        let at_home = Profile::new().path().ok().filter(|path| path.exists());
        Ok(at_home.map(|path| Self::of_profile(path.clone(), Origin::Profile(path))))
    }

    fn of_profile(file: PathBuf, origin: Origin) -> Self {
        let profile = Profile::new().file(&file);
        let credentials = profile.clone().into();
        Self { credentials, what: "the access key of a profile", origin, profile: Some((profile, file)) }
    }

    /// The profile that the credential comes from, and its file.
    pub(super) fn profile(&self) -> Option<&(Profile, PathBuf)> {
        self.profile.as_ref()
    }

    /// Whether it is an access key, which signs, and no token.
    pub(crate) fn signs(&self) -> bool {
        self.what.contains("access key")
    }

    pub(crate) fn missing() -> Failure {
        Failure::NoCredential(
            "no credential: give --token-file or --profile, or set HW_AUTH_TOKEN, or HUAWEICLOUD_SDK_AK and \
             HUAWEICLOUD_SDK_SK, or make the profile ~/.huaweicloud/credentials; --demo needs none, and iotda --help \
             lists all variables"
                .to_owned(),
        )
    }
}

fn read_token(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => io::stdin().read_to_string(&mut text).map(|_| text),
        false => fs::read_to_string(file),
    };
    let failed = |why: &str| {
        let file = file.display();
        Failure::NoCredential(format!(
            "--token-file {file}: {why}; name a file that holds an IAM token and nothing else"
        ))
    };
    let text = read.map_err(|error| failed(&error.to_string()))?;
    match text.trim() {
        "" => Err(failed("it holds no token")),
        token => Ok(token.to_owned()),
    }
}
