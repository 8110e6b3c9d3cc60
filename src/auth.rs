//! Credentials: what lets an application in. Nothing here is ever shown by `Debug`, an error or a log.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::error::Error;

/// What the client proves its identity with.
///
/// Nothing is read from the environment, a file or the network unless the constructor's name says so.
///
/// ```
/// use huaweicloud_iotda::Credentials;
///
/// let credentials = Credentials::token("MIIF-secret");
/// assert!(!format!("{credentials:?}").contains("MIIF-secret"));
/// ```
#[derive(Clone)]
pub struct Credentials {
    token: Secret,
}

impl Credentials {
    /// A user token of IAM, sent as `X-Auth-Token`: what the vendor's IAM API for obtaining a user token through
    /// password authentication returns in its header `X-Subject-Token`. It lives for 24 hours.
    ///
    /// An empty token, or one with a character that no header can hold, is an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    pub fn token(token: impl Into<String>) -> Self {
        Self { token: Secret(token.into()) }
    }

    /// Refuses what no header can hold, without showing it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.header().map(|_| ())
    }

    /// The value of `X-Auth-Token`, marked as sensitive.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let visible = !self.token.0.is_empty() && self.token.0.bytes().all(|byte| byte.is_ascii_graphic());
        let value = visible.then(|| HeaderValue::from_str(&self.token.0).ok()).flatten();
        let mut value = value.ok_or_else(|| {
            Error::configuration(
                "the token is empty or has a character that a token can't have (a space or a line break, say); pass the \
                 text of IAM's X-Subject-Token header as it is, without quotes around it or a line break at its end",
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The text without the secret, should a server have sent it back.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.token.redact(text)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("token", &self.token).finish()
    }
}

/// A text that no `Debug` shows.
#[derive(Clone)]
struct Secret(String);

impl Secret {
    fn redact(&self, text: &str) -> String {
        match self.0.is_empty() {
            true => text.to_owned(),
            false => text.replace(&self.0, "[redacted]"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
