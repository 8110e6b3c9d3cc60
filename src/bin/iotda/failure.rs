//! Failures and their text: what failed, why, and what to do.

use std::error::Error as _;
use std::io;

use huaweicloud_iotda::{Error, ErrorKind};

use crate::credential_kind::ConfiguredCredential;
use crate::env_group::METADATA_VARIABLE;
use crate::exit::Exit;
use crate::help::help;

#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the library. The subject is, for example, "certificate X".
    Call { subject: Option<String>, error: Error },
    /// An argument or a setting is invalid or missing; the text says what to do.
    Usage(String),
    /// There is no credential, or it can't be read.
    NoCredential(String),
    /// Writing to standard output failed.
    Output(io::Error),
    /// A certificate was still in use when the time to wait was over.
    StillInUse(String),
    /// There was no response when the time to wait was over.
    NoResponse(String),
    /// Any other failure.
    Local(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call { subject: None, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Returns the failure of one certificate's listing.
    pub(crate) fn for_certificate(id: &str, error: Error) -> Self {
        Self::Call { subject: Some(format!("certificate {id}")), error }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Call { error, .. } => Exit::from_error(error),
            Self::Usage(_) => Exit::Usage,
            Self::NoCredential(_) => Exit::Authentication,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
            Self::StillInUse(_) => Exit::WaitTimeout,
            Self::NoResponse(_) => Exit::Unavailable,
            Self::Output(_) | Self::Local(_) => Exit::Other,
        }
    }

    /// Returns true if the reader of standard output has closed the pipe, which is not an error.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Returns true if every other call would fail in the same way.
    pub(crate) fn affects_all_calls(&self) -> bool {
        let Self::Call { error, .. } = self else { return true };
        let is_permanent = error.kind() == ErrorKind::Connection && !error.is_retryable();
        is_permanent
            || error.is_unauthorized()
            || matches!(error.kind(), ErrorKind::Credentials | ErrorKind::Configuration)
    }

    /// Returns the lines to print; none for a closed pipe. They depend on the credential that the calls used.
    pub(crate) fn lines(&self, credential: Option<ConfiguredCredential>) -> Vec<String> {
        match self {
            Self::Call { subject: Some(subject), error } => error_lines(&format!("{subject}: "), error, credential),
            Self::Call { subject: None, error } => error_lines("", error, credential),
            Self::Usage(text)
            | Self::NoCredential(text)
            | Self::StillInUse(text)
            | Self::NoResponse(text)
            | Self::Local(text) => vec![text.clone()],
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Vec::new(),
            Self::Output(error) => vec![format!("cannot write to standard output: {error}")],
        }
    }
}

/// Returns the lines of an error: message, cause, details for a support request, and help.
fn error_lines(prefix: &str, error: &Error, credential: Option<ConfiguredCredential>) -> Vec<String> {
    let mut lines = vec![format!("{prefix}{}", in_cli_terms(error.message()))];
    let sources = std::iter::successors(error.source(), |source| (*source).source()).map(ToString::to_string);
    let is_new = |text: &String| !lines[0].contains(text.as_str());
    lines.extend(sources.last().filter(is_new).map(|source| format!("cause: {source}")));
    lines.extend(details(error));
    lines.extend(help(error, credential).map(|help| in_cli_terms(&help)));
    lines
}

/// Replaces the library's setters by the options and variables of the CLI.
pub(crate) fn in_cli_terms(message: &str) -> String {
    const TERMS: [(&str, &str); 20] = [
        ("InstanceMetadata::endpoint", METADATA_VARIABLE),
        (
            "Compare its values with the bounds in the documentation",
            "Check the certificate ID, the project ID and the instance ID, and the options of the command",
        ),
        ("retry the call", "run again"),
        ("Retry the call", "Run again"),
        ("List again", "Run again"),
        (", or call allow_http(true)", ""),
        (
            "call iam_endpoint(...), or cloud(...) and region(...), on the client builder",
            "set HUAWEICLOUD_SDK_IAM_ENDPOINT or HW_AUTH_URL, or use --region and set HW_CLOUD",
        ),
        (
            "call sts_endpoint(...) on OidcFederation, or cloud(...) and region(...) on the client builder, or set \
             HUAWEICLOUD_SDK_STS_ENDPOINT if the provider reads the environment",
            "set HUAWEICLOUD_SDK_STS_ENDPOINT, or use --region and set HW_CLOUD",
        ),
        (", or set the algorithm with signing(...)", ", or use --signing"),
        (
            "set project_id(...) or region(...) on the client builder, or project_name(...) on Password",
            "use --project-id or --region",
        ),
        (
            "set project_id(...), or region(...) to look it up via IAM",
            "use --project-id, or --region to look it up via IAM",
        ),
        ("set project_id(...) to one of them", "use --project-id with one of them"),
        ("set project_id(...)", "use --project-id"),
        ("more than max_backoff (", "more than --max-wait ("),
        ("start after max_elapsed (", "start after the time limit for retries, which a higher --max-wait raises ("),
        (", or configure the proxy with ClientBuilder::configure_http", ""),
        ("with ClientBuilder::root_certificates", "with --ca-file"),
        ("or call root_certificates(...)", "or use --ca-file"),
        ("check configure_http, root_certificates and", "check"),
        (
            "Set a client certificate with ClientBuilder::configure_http",
            "The CLI cannot send one: use an endpoint that does not require it",
        ),
    ];
    TERMS.iter().fold(message.to_owned(), |text, (setter, option)| text.replace(setter, option))
}

fn details(error: &Error) -> Option<String> {
    let mut details = Vec::new();
    details.extend(error.status().map(|status| format!("HTTP {status}")));
    details.extend(error.code().map(|code| format!("code {code}")));
    details.extend(error.request_id().map(|id| format!("request ID {id}")));
    // A code of IoTDA shows that the host is the right one. The messages of errors without a status contain the host.
    let is_of_service = error.code().is_some_and(|code| code.starts_with("IOTDA.")) && !error.is_unauthorized();
    details.extend(error.status().and(error.host()).filter(|_| !is_of_service).map(|host| format!("host {host}")));
    details.extend(error.operation().map(str::to_owned));
    if error.attempts() > 1 {
        details.push(format!("after {} attempts in {:.1?}", error.attempts(), error.elapsed()));
    }
    (!details.is_empty()).then(|| details.join(", "))
}
