//! Signing with an access key: SDK-HMAC-SHA256 and V11-HMAC-SHA256, in pure stages.
//!
//! A request becomes a canonical request, that and a date a string to sign, that and a key a signature. Nothing here
//! reads a clock, touches a request or knows the rest of the crate.
//!
//! Source: the vendor's own signers; `tests/signing.rs` compares every stage with what they compute.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a canonical path or query: `A-Za-z0-9-_.~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The payload hash of a body that is not signed.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The header that takes the payload hash's place.
pub(crate) const CONTENT_SHA256: &str = "x-sdk-content-sha256";

/// The name of IoTDA in derived keys.
pub(crate) const SERVICE: &str = "iotdm";

/// The kind of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme<'a> {
    /// SDK-HMAC-SHA256: the secret key itself signs.
    Standard,
    /// V11-HMAC-SHA256: a key derived for a day, a region and a service signs.
    Derived { region: &'a str, service: &'a str },
}

/// A request as it is signed.
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a str,
    /// The path, percent-encoded or not.
    pub(crate) path: &'a str,
    /// The query's names and values, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The headers to sign, `host` and `x-sdk-date` among them.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

/// Whether a body of this type is signed; of another, a header says that it is not.
pub(crate) fn signs_payload(content_type: &str) -> bool {
    ["application/json", "application/bson"].iter().any(|json| content_type.starts_with(json))
}

/// The canonical request, and the names of the signed headers.
pub(crate) fn canonical_request(parts: &Parts<'_>) -> (String, String) {
    let mut headers: Vec<_> = parts
        .headers
        .iter()
        .filter(|(name, _)| !name.contains('_'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .collect();
    headers.sort_unstable();
    let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let payload = match headers.iter().find(|(name, _)| name == CONTENT_SHA256) {
        Some((_, value)) if !parts.body.is_empty() => (*value).to_owned(),
        _ => hex(&hmac_sha256::Hash::hash(parts.body)),
    };
    let mut text = format!(
        "{}\n{}\n{}\n",
        parts.method.to_ascii_uppercase(),
        canonical_path(parts.path),
        canonical_query(parts.query.clone())
    );
    for (name, value) in &headers {
        text.push_str(name);
        text.push(':');
        text.push_str(value);
        text.push('\n');
    }
    (format!("{text}\n{names}\n{payload}"), names)
}

fn canonical_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut canonical = decoded.split('/').map(encode).collect::<Vec<_>>().join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

fn canonical_query(mut query: Vec<(String, String)>) -> String {
    query.sort_unstable();
    query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

impl Scheme<'_> {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Standard => "SDK-HMAC-SHA256",
            Self::Derived { .. } => "V11-HMAC-SHA256",
        }
    }

    /// What a derived key is for.
    pub(crate) fn derivation_info(&self, date: &str) -> Option<String> {
        match self {
            Self::Standard => None,
            Self::Derived { region, service } => Some(format!("{}/{region}/{service}", date.get(..8).unwrap_or(date))),
        }
    }

    /// `date` is that of `X-Sdk-Date`, in UTC as `YYYYMMDDTHHMMSSZ`.
    pub(crate) fn string_to_sign(&self, date: &str, canonical_request: &str) -> String {
        let hash = hex(&hmac_sha256::Hash::hash(canonical_request.as_bytes()));
        match self.derivation_info(date) {
            None => format!("{}\n{date}\n{hash}", self.algorithm()),
            Some(info) => format!("{}\n{date}\n{info}\n{hash}", self.algorithm()),
        }
    }

    /// The key that signs: for the derived scheme the hexadecimal text of what is derived, not its bytes.
    pub(crate) fn signing_key(&self, access: &str, secret: &str, date: &str) -> String {
        match self.derivation_info(date) {
            None => secret.to_owned(),
            Some(info) => derived_key(access, secret, &info),
        }
    }

    /// The value of the header `Authorization`.
    pub(crate) fn authorization(&self, access: &str, date: &str, signed_headers: &str, signature: &str) -> String {
        let algorithm = self.algorithm();
        let key = match self.derivation_info(date) {
            None => format!("Access={access}"),
            Some(info) => format!("Credential={access}/{info}"),
        };
        format!("{algorithm} {key}, SignedHeaders={signed_headers}, Signature={signature}")
    }
}

pub(crate) fn derived_key(access: &str, secret: &str, info: &str) -> String {
    let extracted = hmac_sha256::HKDF::extract(access.as_bytes(), secret.as_bytes());
    let mut key = [0; 32];
    hmac_sha256::HKDF::expand(&mut key, extracted, info.as_bytes());
    hex(&key)
}

pub(crate) fn signature(signing_key: &str, string_to_sign: &str) -> String {
    hex(&hmac_sha256::HMAC::mac(string_to_sign.as_bytes(), signing_key.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
