//! A token or an access key, with secrets that no text shows.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// One IAM token or access key, optionally with its expiry. A [`CredentialProvider`](super::CredentialProvider) returns
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

    /// Rejects values that cannot be sent, without showing them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.kind {
            CredentialKind::Token(token) => token.check("the token"),
            CredentialKind::AccessKey { access, secret, security_token } => {
                check("the access key", access)?;
                // The secret key is in no header, so any letter is possible; whitespace and quotes are copying
                // mistakes.
                let is_valid = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '"';
                check_characters("the secret key", secret.expose(), is_valid)?;
                security_token.as_ref().map_or(Ok(()), |token| token.check("the security token"))
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
                let text = without_signatures(&secret.redact(text));
                security_token.as_ref().map_or(text.clone(), |token| token.redact(&text))
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

/// Checks a value that is sent in a header: visible ASCII, without quotes, which are a copying mistake.
fn check(name: &str, text: &str) -> Result<(), Error> {
    let is_valid = |letter: char| letter.is_ascii_graphic() && letter != '"';
    check_characters(name, text, is_valid)
}

fn check_characters(name: &str, text: &str, is_valid: impl Fn(char) -> bool) -> Result<(), Error> {
    if !text.is_empty() && text.chars().all(is_valid) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "{name} is empty or contains invalid characters (whitespace, line breaks or quotes); copy it from the console \
         or IAM without surrounding quotes or a trailing line break"
    )))
}

/// Creates a header value that logs do not show.
pub(crate) fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = header_value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

pub(crate) fn header_value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid_input("a request header contains characters that HTTP does not allow"))
}

/// Removes signatures, because a signature remains valid for up to 15 minutes.
fn without_signatures(text: &str) -> String {
    const SIGNATURE: &str = "Signature=";
    let mut parts = text.split(SIGNATURE);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("[redacted]");
        clean.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()));
    }
    clean
}

/// The shortest part of a secret that is redacted. A part of this length fits a `u64`.
const REDACTION_WINDOW_BYTES: usize = 8;

/// A text that `Debug` does not show. Its memory is overwritten when it is dropped; the memory of requests is not.
#[derive(Clone)]
pub(crate) struct Secret(Arc<SecretValue>);

/// A secret with values that are computed from it once.
struct SecretValue {
    text: SecretString,
    /// Each window of its bytes as a number, sorted; computed by the first redaction.
    windows: OnceLock<Vec<u64>>,
    header: OnceLock<HeaderValue>,
}

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = SecretString::from(text.into());
        Self(Arc::new(SecretValue { text, windows: OnceLock::new(), header: OnceLock::new() }))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.text.expose_secret()
    }

    /// Returns the secret as a header value, which is created once.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        if let Some(value) = self.0.header.get() {
            return Ok(value.clone());
        }
        let value = sensitive(self.expose())?;
        Ok(self.0.header.get_or_init(|| value).clone())
    }

    fn check(&self, name: &str) -> Result<(), Error> {
        check(name, self.expose())
    }

    /// Removes the secret and each part of it from a text, because a server may echo a part, or the whole with some
    /// characters escaped.
    pub(crate) fn redact(&self, text: &str) -> String {
        let length = REDACTION_WINDOW_BYTES.min(self.expose().len());
        if length == 0 || text.len() < length {
            return text.to_owned();
        }
        let number = |window: &[u8]| match window.try_into() {
            Ok(bytes) => u64::from_be_bytes(bytes),
            Err(_) => window.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        let windows = self.0.windows.get_or_init(|| {
            let mut windows: Vec<u64> = self.expose().as_bytes().windows(length).map(number).collect();
            windows.sort_unstable();
            windows
        });
        let in_secret = |window: &[u8]| windows.binary_search(&number(window)).is_ok();
        if !text.as_bytes().windows(length).any(in_secret) {
            return text.to_owned();
        }
        let mut is_secret = vec![false; text.len()];
        for (start, window) in text.as_bytes().windows(length).enumerate() {
            if in_secret(window) {
                is_secret[start..start + length].fill(true);
            }
        }
        let mut redacted = String::with_capacity(text.len());
        let mut inside = false;
        for (start, letter) in text.char_indices() {
            match (is_secret[start], inside) {
                (true, false) => redacted.push_str("[redacted]"),
                (true, true) => {}
                (false, _) => redacted.push(letter),
            }
            inside = is_secret[start];
        }
        redacted
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
