//! The profile of the vendor's SDKs: an INI file with a section `[basic]`.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use configparser::ini::{Ini, IniDefault};

use super::credential::IamCredential;
use super::lookup::Lookup;
use crate::error::{Error, one_line};

const SECTION: &str = "basic";

/// The profile of the vendor's SDKs; what [`Credentials::from_profile`](super::Credentials::from_profile) gives.
///
/// ```ini
/// [basic]
/// ak = ...
/// sk = ...
/// security_token = ...
/// ```
///
/// It is read when a credential is needed, from `~/.huaweicloud/credentials` unless [`file`](Self::file) says otherwise. The
/// security token is that of a temporary key. `project_id` and `iam_endpoint` may stand there too: a client takes them from
/// [`Client::from_env`](crate::Client::from_env), or from [`project_id`](Self::project_id) and
/// [`iam_endpoint`](Self::iam_endpoint). A home directory without the file is "no credential"; a file that was named and is not
/// there, or one that can't be read, is [`ErrorKind::Credentials`](crate::ErrorKind::Credentials).
///
/// Source: the vendor's SDKs.
#[derive(Clone, Debug, Default)]
#[must_use = "a profile is used when it is given to a client"]
pub struct Profile {
    file: Option<PathBuf>,
}

/// The section's keys and values.
pub(crate) struct Section {
    ini: Ini,
}

impl Section {
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.ini.get(SECTION, key).filter(|value| !value.is_empty())
    }
}

impl Profile {
    /// Creates the profile in the home directory, `~/.huaweicloud/credentials`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another file than `~/.huaweicloud/credentials`.
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The file's path, whether there is such a file or not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when it is that of the home directory, and that is not known.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let at_home = || std::env::home_dir().map(|home| home.join(".huaweicloud").join("credentials"));
        let path = self.file.clone().or_else(at_home);
        path.ok_or_else(|| Error::credentials("the home directory of the profile is not known: name its file"))
    }

    /// The project that the file names (`project_id`), if it does. It is read now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when the file can't be read, or has no section `[basic]`.
    pub fn project_id(&self) -> Result<Option<String>, Error> {
        Ok(self.read()?.get("project_id"))
    }

    /// IAM's endpoint that the file names (`iam_endpoint`), if it does. It is read now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when the file can't be read, or has no section `[basic]`.
    pub fn iam_endpoint(&self) -> Result<Option<String>, Error> {
        Ok(self.read()?.get("iam_endpoint"))
    }

    /// The key of the profile; nothing when there is no such file.
    pub(crate) fn lookup(&self) -> Result<Lookup, Error> {
        let path = self.path()?;
        if self.file.is_none() && !path.exists() {
            return Ok(Lookup::NotFound {
                searched: vec![format!("the profile {}", one_line(path.display().to_string()))],
            });
        }
        let section = self.read()?;
        let value = |key: &str| {
            let missing = || broken(&path, &format!("[{SECTION}] has no `{key}`"));
            section.get(key).ok_or_else(missing)
        };
        let key = IamCredential::access_key(value("ak")?, value("sk")?);
        Ok(match section.get("security_token") {
            Some(token) => key.security_token(token).into(),
            None => key.into(),
        })
    }

    /// The section; an error that names the file, if it can't be read.
    pub(crate) fn read(&self) -> Result<Section, Error> {
        let path = self.path()?;
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => broken(&path, "there is no such file"),
            _ => broken(&path, "it can't be read").with_source(error),
        })?;
        let mut default = IniDefault::default();
        default.case_sensitive = true;
        // A secret may hold these characters.
        default.inline_comment_symbols = Some(Vec::new());
        default.delimiters = vec!['='];
        let mut ini = Ini::new_from_defaults(default);
        // The parser's message may show a line, and a line may be a secret.
        ini.read(text).map_err(|_| broken(&path, "it is not an INI file of lines `key = value`"))?;
        match ini.sections().iter().any(|section| section == SECTION) {
            true => Ok(Section { ini }),
            false => Err(broken(&path, &format!("it has no section [{SECTION}]"))),
        }
    }
}

fn broken(path: &std::path::Path, why: &str) -> Error {
    Error::credentials(format!("the profile {}: {why}", one_line(path.display().to_string())))
}
