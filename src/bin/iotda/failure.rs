//! Why a run ends early, and how it is told: what failed, why, and what to do.

use std::error::Error as _;
use std::io;

use huaweicloud_iotda::{Error, ErrorKind};

use crate::exit::Exit;

#[derive(Debug)]
pub(crate) enum Failure {
    /// What the library says; and of what, as "certificate X".
    Call { of: Option<String>, error: Error },
    /// An argument or a setting is wrong or missing; the text says what to give.
    Usage(String),
    /// There is no credential, or it can't be read.
    NoCredential(String),
    /// Standard output can't be written.
    Output(io::Error),
    /// Anything else.
    Local(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call { of: None, error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Of one certificate's listing.
    pub(crate) fn of_certificate(id: &str, error: Error) -> Self {
        Self::Call { of: Some(format!("certificate {id}")), error }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Call { error, .. } => Exit::of(error),
            Self::Usage(_) => Exit::Usage,
            Self::NoCredential(_) => Exit::Authentication,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
            Self::Output(_) | Self::Local(_) => Exit::Other,
        }
    }

    /// A reader that has seen enough.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether every other call would fail the same way.
    pub(crate) fn concerns_all(&self) -> bool {
        let Self::Call { error, .. } = self else { return true };
        error.is_unauthorized() || matches!(error.kind(), ErrorKind::Credentials | ErrorKind::Configuration)
    }

    /// The lines to print; none for a pipe that its reader has closed, which is no failure.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Call { of: Some(of), error } => told(&format!("{of}: "), error),
            Self::Call { of: None, error } => told("", error),
            Self::Usage(text) | Self::NoCredential(text) | Self::Local(text) => vec![text.clone()],
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Vec::new(),
            Self::Output(error) => vec![format!("standard output can't be written: {error}")],
        }
    }
}

/// What failed and why; what to quote to the vendor; what to do.
fn told(of: &str, error: &Error) -> Vec<String> {
    let mut lines = vec![format!("{of}{}", error.message())];
    let sources = std::iter::successors(error.source(), |source| (*source).source()).map(ToString::to_string);
    let unsaid = |text: &String| !lines[0].contains(text.as_str());
    lines.extend(sources.last().filter(unsaid).map(|source| format!("because: {source}")));
    lines.extend(facts(error));
    lines.extend(remedy(error));
    lines
}

fn facts(error: &Error) -> Option<String> {
    let mut facts = Vec::new();
    facts.extend(error.status().map(|status| format!("HTTP {status}")));
    facts.extend(error.code().map(|code| format!("code {code}")));
    facts.extend(error.request_id().map(|id| format!("request id {id}")));
    facts.extend(error.operation().map(str::to_owned));
    if error.attempts() > 1 {
        facts.push(format!("after {} attempts in {:.1?}", error.attempts(), error.elapsed()));
    }
    (!facts.is_empty()).then(|| facts.join(", "))
}

/// The library's advice; where it names a method to call, the option or variable instead.
fn remedy(error: &Error) -> Option<String> {
    match (error.kind(), error.status()) {
        (ErrorKind::Timeout, _) => Some(
            "Likely cause: a slow network path or an overloaded service. Try again, or give it more time by --timeout"
                .to_owned(),
        ),
        (_, Some(407)) => Some(
            "The proxy wants a login: put it into the proxy variable, as HTTPS_PROXY=http://user:password@host:port"
                .to_owned(),
        ),
        _ if error.is_throttled() => Some(
            "The service limits the rate of calls. Wait, then go on with --rate-limit, and with more --retries"
                .to_owned(),
        ),
        _ => error.help(),
    }
}
