//! Secrets: `Debug` does not show them, and they are removed from text that a server may have echoed.

use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// The shortest part of a secret that is redacted. A part of this length fits a `u64`.
const REDACTION_WINDOW_BYTES: usize = 8;

/// A text that `Debug` does not show. Its memory is overwritten when it is dropped; that of requests and header values is
/// not.
#[derive(Clone)]
pub(crate) struct Secret(Arc<SecretValue>);

/// A secret with values that are computed from it once.
struct SecretValue {
    text: SecretString,
    /// Each window of its bytes as a number, sorted; computed by the first redaction. The secret can be reconstructed from
    /// them, so they are overwritten, too.
    windows: OnceLock<Zeroizing<Vec<u64>>>,
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
            let numbers: Vec<u64> = self.expose().as_bytes().windows(length).map(number).collect();
            // The heap sorts in place; `sort` copies parts to other memory.
            Zeroizing::new(BinaryHeap::from(numbers).into_sorted_vec())
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
