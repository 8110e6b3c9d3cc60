//! A token that proves the identity of a workload: fixed, or in a file that another process rotates.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use super::secret::Secret;
use crate::error::Error;
use crate::error::body::one_line;
use crate::settings::{check_header_secret, secret_flaw};

/// The maximum size of a file. It is above the size of any token.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) enum TokenSource {
    Fixed(Secret),
    File(PathBuf),
}

impl TokenSource {
    pub(crate) fn fixed(token: impl Into<String>) -> Self {
        Self::Fixed(Secret::new(token))
    }

    /// Rejects a fixed token that cannot be valid. `name` is its name in errors.
    pub(crate) fn check(&self, name: &str) -> Result<(), Error> {
        match self {
            Self::Fixed(token) => check_header_secret(name, token.expose()),
            Self::File(_) => Ok(()),
        }
    }

    /// Returns the token. A file is read each time. An error names the file, and shows nothing of its content.
    pub(crate) fn read(&self, name: &str) -> Result<Secret, Error> {
        let path = match self {
            Self::Fixed(token) => return Ok(token.clone()),
            Self::File(path) => path,
        };
        let failed =
            |why: &str| Error::credentials(format!("{name}: the file {} {why}", one_line(path.display().to_string())));
        let mut bytes = Vec::new();
        let result = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
        let length = result.map_err(|error| {
            let why = format!("cannot be read: {error}; check that it is mounted, and that this process may read it");
            failed(&why).with_source(error)
        })?;
        if length as u64 > MAX_FILE_BYTES {
            return Err(failed("is larger than 1 MiB; it must contain only the token"));
        }
        let text = String::from_utf8_lossy(&bytes);
        let token = text.trim();
        match secret_flaw(token) {
            None => Ok(Secret::new(token)),
            Some(_) if token.is_empty() => Err(failed("is empty; it must contain only the token")),
            Some(why) => Err(failed(&format!("has a token that {why}; it must contain only the token"))),
        }
    }
}
