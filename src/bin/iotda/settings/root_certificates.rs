//! Additional root certificates: those of the option `--ca-file`, otherwise those of the variable `HW_CACERT`.

use std::env;
use std::fs;
use std::path::PathBuf;

use super::setting::Origin;
use crate::arguments::Flags;
use crate::failure::Failure;

const VARIABLE: &str = "HW_CACERT";

/// Root certificates in PEM form, and their origin.
#[derive(Clone, Debug)]
pub(crate) struct RootCertificates {
    source: Source,
    pub(crate) origin: Origin,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Text(String),
}

impl RootCertificates {
    pub(super) fn resolve(flags: &Flags) -> Option<Self> {
        if let Some(path) = &flags.ca_file {
            return Some(Self { source: Source::File(path.clone()), origin: Origin::Flag("--ca-file") });
        }
        let value = env::var_os(VARIABLE).filter(|value| !value.is_empty())?;
        let source = match value.to_str() {
            Some(text) if text.contains("-----BEGIN") => Source::Text(text.to_owned()),
            _ => Source::File(value.into()),
        };
        Some(Self { source, origin: Origin::Variable(VARIABLE.to_owned()) })
    }

    /// Returns the certificates. A file is read each time.
    pub(super) fn pem(&self) -> Result<Vec<u8>, Failure> {
        match &self.source {
            Source::Text(text) => Ok(text.clone().into_bytes()),
            Source::File(path) => fs::read(path).map_err(|error| {
                Failure::Usage(format!("{}: cannot read the file {}: {error}", self.origin, path.display()))
            }),
        }
    }

    /// Describes where the certificates are.
    pub(crate) fn location(&self) -> String {
        match &self.source {
            Source::Text(_) => "certificates in the variable".to_owned(),
            Source::File(path) => path.display().to_string(),
        }
    }
}
