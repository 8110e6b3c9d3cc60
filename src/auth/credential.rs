//! A credential itself: a token or an access key, with secrets that no text shows.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// A credential as a source hands it over: an IAM token or an access key, perhaps with an end.
///
/// Its `Debug` shows no secret. Two are equal when their values are; their ends do not count.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::{Duration, SystemTime};
///
/// use huaweicloud_iotda::IamCredential;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_temporary_access_key("AK", "my-secret-key", "my-security-token");
///
/// let key = IamCredential::access_key("AK", "my-secret-key")
///     .security_token("my-security-token")
///     .expires_at(SystemTime::now() + Duration::from_secs(3600));
/// assert!(!format!("{key:?}").contains("my-"));
///
/// let client = server.builder().credentials(key).build()?;
/// assert!(client.list_device_authentication_templates().send().await.is_ok());
/// # Ok(())
/// # }
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
    /// A user token of IAM, for the header `X-Auth-Token`: visible ASCII characters without quotes. Anything else is
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where it is first used.
    pub fn token(token: impl Into<String>) -> Self {
        Self { kind: CredentialKind::Token(Secret::new(token)), expires_at: None }
    }

    /// An access key and its secret (AK/SK), which sign every request. An empty one, or one with a blank, a line break or a
    /// quote, is [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where it is first used.
    pub fn access_key(access: impl Into<String>, secret: impl Into<String>) -> Self {
        let kind = CredentialKind::AccessKey {
            access: access.into().into(),
            secret: Secret::new(secret),
            security_token: None,
        };
        Self { kind, expires_at: None }
    }

    /// The security token of a temporary access key, sent as `X-Security-Token` and signed. It has no effect on a token.
    pub fn security_token(mut self, token: impl Into<String>) -> Self {
        if let CredentialKind::AccessKey { security_token, .. } = &mut self.kind {
            *security_token = Some(Secret::new(token));
        }
        self
    }

    /// When it ends: its source is asked for a new one five minutes before that for a token, ten for an access key, and at
    /// half its life when that is shorter. Unless it is set, it is used until the service refuses it.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// Refuses what no header can hold, without showing it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.kind {
            CredentialKind::Token(token) => token.check("the token"),
            CredentialKind::AccessKey { access, secret, security_token } => {
                check("the access key", access)?;
                // It goes into no header: any letter signs, but a blank or a line break comes from copying.
                let fits = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '"';
                check_letters("the secret key", secret.expose(), fits)?;
                security_token.as_ref().map_or(Ok(()), |token| token.check("the security token"))
            }
        }
    }

    pub(crate) fn is_access_key(&self) -> bool {
        matches!(self.kind, CredentialKind::AccessKey { .. })
    }

    /// The text without the secrets, should a server have sent one back.
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

/// A secret goes into a header: visible ASCII, and no quotes, which come from a copied assignment.
fn check(what: &str, text: &str) -> Result<(), Error> {
    let fits = |letter: char| letter.is_ascii_graphic() && letter != '"';
    check_letters(what, text, fits)
}

fn check_letters(what: &str, text: &str, fits: impl Fn(char) -> bool) -> Result<(), Error> {
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(());
    }
    Err(Error::configuration(format!(
        "{what} is empty or has a character that it can't have (a space, a line break or a quote, say); pass it as the \
         console or IAM gives it, without quotes around it or a line break at its end"
    )))
}

/// A header's value that no log shows.
pub(crate) fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = header_value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

pub(crate) fn header_value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::invalid_input("a header of the request can't be sent"))
}

/// A signature is good for the rest of its quarter of an hour.
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

/// How long a run of a secret must be to be taken out of a text; no longer than a number.
const REDACTION_WINDOW: usize = 8;

/// A text that `Debug` does not show. It is wiped from memory at its end; what is made of it for a request is not.
#[derive(Clone)]
pub(crate) struct Secret(Arc<Parts>);

/// A secret, and what is made of it once.
struct Parts {
    text: SecretString,
    /// Each run of its bytes as a number, in order; made when the first text is searched for them.
    runs: OnceLock<Vec<u64>>,
    header: OnceLock<HeaderValue>,
}

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = SecretString::from(text.into());
        Self(Arc::new(Parts { text, runs: OnceLock::new(), header: OnceLock::new() }))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.text.expose_secret()
    }

    /// The secret as a header's value, which is made once.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        if let Some(value) = self.0.header.get() {
            return Ok(value.clone());
        }
        let value = sensitive(self.expose())?;
        Ok(self.0.header.get_or_init(|| value).clone())
    }

    fn check(&self, what: &str) -> Result<(), Error> {
        check(what, self.expose())
    }

    /// The text without the secret and without any run of it: a server may send back a part, or all of it with some
    /// characters escaped.
    pub(crate) fn redact(&self, text: &str) -> String {
        let length = REDACTION_WINDOW.min(self.expose().len());
        if length == 0 || text.len() < length {
            return text.to_owned();
        }
        let number = |run: &[u8]| match run.try_into() {
            Ok(bytes) => u64::from_be_bytes(bytes),
            Err(_) => run.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        let runs = self.0.runs.get_or_init(|| {
            let mut runs: Vec<u64> = self.expose().as_bytes().windows(length).map(number).collect();
            runs.sort_unstable();
            runs
        });
        let of_secret = |run: &[u8]| runs.binary_search(&number(run)).is_ok();
        if !text.as_bytes().windows(length).any(of_secret) {
            return text.to_owned();
        }
        let mut secret = vec![false; text.len()];
        for (start, run) in text.as_bytes().windows(length).enumerate() {
            if of_secret(run) {
                secret[start..start + length].fill(true);
            }
        }
        let mut redacted = String::with_capacity(text.len());
        let mut inside = false;
        for (start, letter) in text.char_indices() {
            match (secret[start], inside) {
                (true, false) => redacted.push_str("[redacted]"),
                (true, true) => {}
                (false, _) => redacted.push(letter),
            }
            inside = secret[start];
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
