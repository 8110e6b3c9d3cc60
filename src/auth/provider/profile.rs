//! The credential profile of the vendor's SDKs: an INI file with a section `[basic]`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::identity_provider::IdentityProvider;
use super::ini::{self, SECTION, Section};
use super::text_file::decode;
use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::login_time_limit;
use crate::error::Error;
use crate::error::body::one_line;
use crate::settings::{Check, check_header_secret, check_secret_key};

/// The keys of the credential, with their checks.
const CREDENTIAL_KEYS: [(&str, Check); 4] = [
    ("ak", check_header_secret),
    ("sk", check_secret_key),
    ("security_token", check_header_secret),
    ("idp_id", check_header_secret),
];

/// The credential profile of the vendor's SDKs. Without options, use
/// [`Credentials::from_profile`](crate::Credentials::from_profile).
///
/// It is an INI file with a section `[basic]`, with the syntax of Python's `configparser`, in UTF-8, or in UTF-16 with a byte
/// order mark. `security_token` is optional; it
/// belongs to a temporary access key.
///
/// ```ini
/// [basic]
/// ak = ...
/// sk = ...
/// security_token = ...
/// ```
///
/// Instead of `ak` and `sk`, the section can contain `idp_id` and `id_token_file`: the ID of an identity provider in IAM,
/// and the path of a file with an ID token. They take precedence; see [`IdentityProvider`](crate::IdentityProvider).
///
/// The file is read each time a credential is needed. Default: `~/.huaweicloud/credentials`.
///
/// If the default file does not exist, the provider has no credential. If a file that was set with [`file`](Self::file)
/// does not exist, or a file cannot be read, the call fails with
/// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials).
///
/// The section can also contain `project_id` and `iam_endpoint`. [`Client::from_env`](crate::Client::from_env) uses
/// them automatically. Otherwise read them with [`project_id`](Self::project_id) and
/// [`iam_endpoint`](Self::iam_endpoint):
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, Profile};
///
/// # fn main() -> Result<(), Error> {
/// let profile = Profile::new().file("/etc/iotda/credentials");
/// let mut builder = Client::builder().region("cn-north-4");
/// if let Some(project_id) = profile.project_id()? {
///     builder = builder.project_id(project_id);
/// }
/// let client = builder.credentials(profile).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [the vendor's SDKs](crate::guide::sources).
#[derive(Clone, Debug, Default)]
#[must_use = "a profile has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct Profile {
    file: Option<PathBuf>,
}

/// The credential in a profile.
enum ProfileCredential {
    AccessKey(IamCredential),
    IdToken(IdentityProvider),
}

impl Profile {
    /// Creates the profile with the default file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the file. Default: `~/.huaweicloud/credentials`.
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Returns the path of the file, whether it exists or not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if no file was set and the home directory is unknown.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let at_home = || std::env::home_dir().map(|home| home.join(".huaweicloud").join("credentials"));
        let path = self.file.clone().or_else(at_home);
        path.ok_or_else(|| {
            Error::credentials(
                "the default profile has no path: the home directory is unknown; set a file with Profile::file",
            )
        })
    }

    /// Reads `project_id` from the file, if it is set there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the file cannot be read or has no section
    /// `[basic]`.
    pub fn project_id(&self) -> Result<Option<String>, Error> {
        Ok(self.read()?.remove("project_id"))
    }

    /// Reads `iam_endpoint` from the file, if it is set there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the file cannot be read or has no section
    /// `[basic]`.
    pub fn iam_endpoint(&self) -> Result<Option<String>, Error> {
        Ok(self.read()?.remove("iam_endpoint"))
    }

    /// Reads the file and checks that it contains a complete credential. Nothing is sent.
    ///
    /// Without this call, the first request that needs the credential reports the error.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the file cannot be read, or has no section `[basic]`
    ///   or only a part of the keys of a credential.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a value cannot be valid, for example because it is
    ///   in quotes.
    pub fn validate(&self) -> Result<(), Error> {
        credential(&self.read()?, &self.path()?).map(drop)
    }

    /// Reads the access key from the file, or logs in with the ID token in another file that it names.
    async fn find(&self, context: &ClientContext) -> Result<Lookup, Error> {
        let path = self.path()?;
        if self.file.is_none() && !path.exists() {
            return Ok(Lookup::not_found(format!("the profile {}", one_line(path.display().to_string()))));
        }
        match credential(&self.read()?, &path)? {
            ProfileCredential::AccessKey(key) => Ok(Lookup::found(key, "profile")),
            ProfileCredential::IdToken(login) => login.lookup(context).await,
        }
    }

    /// Reads the section and checks its credential. An error names the file and the key, and shows no value.
    pub(crate) fn read(&self) -> Result<Section, Error> {
        let path = self.path()?;
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => profile_error(&path, "file not found"),
            _ => profile_error(&path, "cannot read the file").with_source(error),
        })?;
        let text = decode(&bytes);
        let section = ini::section(&text).map_err(|why| profile_error(&path, &why))?;
        let mut section = section.ok_or_else(|| profile_error(&path, &format!("no section [{SECTION}]")))?;
        section.retain(|_, value| !value.is_empty());
        for (key, check) in CREDENTIAL_KEYS {
            let name = || format!("profile {}: `{key}`", one_line(path.display().to_string()));
            section.get(key).map_or(Ok(()), |value| check(&name(), value))?;
        }
        Ok(section)
    }
}

impl Provider for Profile {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(self.find(context))
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        // The profile may contain a login with two requests.
        login_time_limit(context, 2)
    }
}

/// Returns the credential in the section. An error names the file and the key that is missing.
fn credential(section: &Section, path: &Path) -> Result<ProfileCredential, Error> {
    let value = |key: &str| {
        let missing = || profile_error(path, &format!("no `{key}` in section [{SECTION}]"));
        section.get(key).cloned().ok_or_else(missing)
    };
    // The SDKs read these two keys first, too.
    if section.contains_key("idp_id") || section.contains_key("id_token_file") {
        let login = IdentityProvider::new(value("idp_id")?, value("id_token_file")?);
        return Ok(ProfileCredential::IdToken(login));
    }
    let key = IamCredential::access_key(value("ak")?, value("sk")?);
    Ok(ProfileCredential::AccessKey(match section.get("security_token") {
        Some(token) => key.security_token(token),
        None => key,
    }))
}

fn profile_error(path: &Path, why: &str) -> Error {
    Error::credentials(format!("profile {}: {why}", one_line(path.display().to_string())))
}
