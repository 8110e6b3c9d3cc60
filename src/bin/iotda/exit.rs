//! Exit statuses.

use std::process::ExitCode;

use huaweicloud_iotda::{Error, ErrorKind};

/// The list in `iotda --help`. A test compares the table in docs/command-line.md with it.
pub(crate) const HELP: &str = "\
Exit status:
  0    success: all requested data was printed
  1    other failure
  2    usage: an argument or setting is invalid or missing
  3    authentication: the credential is missing, was rejected, or lacks the permission
  4    not found: no such certificate, instance or resource space
  5    throttled, unavailable or unreachable, after all retries
  6    partial: some of the requested data is missing; standard error says which
  7    in use: with --fail-if-used, a device uses one of the certificates
  8    timeout: with --wait, a certificate was still in use when the time was over
  129  ended by SIGHUP; standard error shows how to resume
  130  interrupted by Ctrl-C; standard error shows how to resume
  143  ended by SIGTERM; standard error shows how to resume";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    Other = 1,
    Usage = 2,
    Authentication = 3,
    NotFound = 4,
    Unavailable = 5,
    Partial = 6,
    InUse = 7,
    WaitTimeout = 8,
}

impl Exit {
    pub(crate) fn from_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Configuration => Self::Usage,
            ErrorKind::Connection => Self::Unavailable,
            _ if error.is_retryable() => Self::Unavailable,
            // IAM's errors have a code. A response without one may be a page of a proxy or firewall.
            ErrorKind::Credentials if error.status().is_none() || error.code().is_some() => Self::Authentication,
            _ if error.is_unauthorized() || error.is_forbidden() => Self::Authentication,
            _ if error.is_not_found() => Self::NotFound,
            _ => Self::Other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
