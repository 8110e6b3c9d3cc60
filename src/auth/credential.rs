//! A token or an access key, with secrets that no text shows.

use std::sync::Arc;
use std::time::SystemTime;

use super::secret::Secret;
use crate::error::Error;
use crate::settings::{check_header_secret, check_secret_key};

/// One IAM token or access key, optionally with its expiry. A [`CredentialProvider`](crate::CredentialProvider) returns
/// it.
///
/// `Debug` shows no secret. Two credentials are equal if their values are equal; the expiry is not compared.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use huaweicloud_iotda::IamCredential;
///
/// let key = IamCredential::access_key("AK", "my-secret-key")
///     .security_token("my-security-token")
///     .expires_at(SystemTime::now() + Duration::from_secs(3600));
/// assert!(!format!("{key:?}").contains("my-"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a credential has no effect until it is returned by a provider or passed to `ClientBuilder::credentials`"]
pub struct IamCredential {
    pub(crate) kind: CredentialKind,
    pub(crate) expires_at: Option<SystemTime>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    Token(Secret),
    AccessKey { access: Arc<str>, secret: Secret, security_token: Option<Secret> },
}

impl IamCredential {
    /// Creates an IAM user token, sent as `X-Auth-Token`.
    ///
    /// It consists of visible ASCII characters without quotes. Otherwise its first use fails with
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
    pub fn token(token: impl Into<String>) -> Self {
        Self { kind: CredentialKind::Token(Secret::new(token)), expires_at: None }
    }

    /// Creates an access key (AK) with its secret key (SK), which sign each request.
    ///
    /// If one of them is empty or contains whitespace, line breaks or quotes, the first use fails with
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
    pub fn access_key(access: impl Into<String>, secret: impl Into<String>) -> Self {
        let kind = CredentialKind::AccessKey {
            access: access.into().into(),
            secret: Secret::new(secret),
            security_token: None,
        };
        Self { kind, expires_at: None }
    }

    /// Sets the security token of a temporary access key, sent as `X-Security-Token` and signed. It has no effect on a
    /// token.
    pub fn security_token(mut self, token: impl Into<String>) -> Self {
        if let CredentialKind::AccessKey { security_token, .. } = &mut self.kind {
            *security_token = Some(Secret::new(token));
        }
        self
    }

    /// Sets the expiry. Default: none; the credential is used until the service rejects it.
    ///
    /// A token is refreshed five minutes before it expires, an access key ten minutes before, and each at the latest
    /// after half of its lifetime if that is less.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// Rejects values that cannot be valid, without showing them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_named(["token", "access_key", "secret_key", "security_token"])
    }

    /// Like [`check`](Self::check), with the names of token, access key, secret key and security token in errors.
    pub(crate) fn check_named(&self, names: [&str; 4]) -> Result<(), Error> {
        match &self.kind {
            CredentialKind::Token(token) => check_header_secret(names[0], token.expose()),
            CredentialKind::AccessKey { access, secret, security_token } => {
                check_header_secret(names[1], access)?;
                check_secret_key(names[2], secret.expose())?;
                security_token.as_ref().map_or(Ok(()), |token| check_header_secret(names[3], token.expose()))
            }
        }
    }

    pub(crate) fn is_access_key(&self) -> bool {
        matches!(self.kind, CredentialKind::AccessKey { .. })
    }

    /// Removes the secrets from a text that a server may have echoed.
    pub(crate) fn redact(&self, text: &str) -> String {
        match &self.kind {
            CredentialKind::Token(token) => token.redact(text),
            CredentialKind::AccessKey { secret, security_token, .. } => {
                let text = without_signatures(secret.redact(text));
                match security_token {
                    Some(token) => token.redact(&text),
                    None => text,
                }
            }
        }
    }
}

impl PartialEq for IamCredential {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for IamCredential {}

/// Removes signatures, because a signature remains valid for up to 15 minutes.
fn without_signatures(text: String) -> String {
    const SIGNATURE: &str = "Signature=";
    if !text.contains(SIGNATURE) {
        return text;
    }
    let mut parts = text.split(SIGNATURE);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("[redacted]");
        clean.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()));
    }
    clean
}
