//! Signing with an access key: SDK-HMAC-SHA256 and V11-HMAC-SHA256.
//!
//! The stages are pure functions: request to canonical request, with the date to string to sign, with the key to
//! signature. The module reads no clock and depends on no other module of this crate, because benchmarks and fuzz
//! targets include it as a file.
//!
//! Source: the vendor's signers. `signing_vectors.rs` compares each stage with their output.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters to percent-encode in a canonical path or query: all except `A-Za-z0-9-_.~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The value that replaces the payload hash if the body is not signed.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The header that replaces the payload hash.
pub(crate) const CONTENT_SHA256: &str = "x-sdk-content-sha256";

/// The service name of IoTDA in derived keys.
pub(crate) const SERVICE: &str = "iotdm";

/// A signing algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme<'a> {
    /// SDK-HMAC-SHA256: signs with the secret key.
    Standard,
    /// V11-HMAC-SHA256: signs with a key that is derived for a day, a region and a service.
    Derived { region: &'a str, service: &'a str },
}

/// The parts of a request that are signed.
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a str,
    /// The path, percent-encoded or not.
    pub(crate) path: &'a str,
    /// The decoded names and values of the query.
    pub(crate) query: Vec<(String, String)>,
    /// The headers to sign, including `host` and `x-sdk-date`.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

/// Returns true if a body of this type is signed. For another type, [`CONTENT_SHA256`] declares that it is not.
pub(crate) fn signs_payload(content_type: &str) -> bool {
    ["application/json", "application/bson"].iter().any(|json| content_type.starts_with(json))
}

/// Returns the canonical request and the names of the signed headers.
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

    /// Returns the day, region and service for which a key is derived.
    pub(crate) fn derivation_info(&self, date: &str) -> Option<String> {
        match self {
            Self::Standard => None,
            Self::Derived { region, service } => Some(format!("{}/{region}/{service}", date.get(..8).unwrap_or(date))),
        }
    }

    /// Returns the string to sign. `date` is the value of `X-Sdk-Date`: UTC in the format `YYYYMMDDTHHMMSSZ`.
    pub(crate) fn string_to_sign(&self, date: &str, canonical_request: &str) -> String {
        let hash = hex(&hmac_sha256::Hash::hash(canonical_request.as_bytes()));
        match self.derivation_info(date) {
            None => format!("{}\n{date}\n{hash}", self.algorithm()),
            Some(info) => format!("{}\n{date}\n{info}\n{hash}", self.algorithm()),
        }
    }

    /// Returns the signing key. A derived key is used as hexadecimal text, not as bytes.
    pub(crate) fn signing_key(&self, access: &str, secret: &str, date: &str) -> String {
        match self.derivation_info(date) {
            None => secret.to_owned(),
            Some(info) => derived_key(access, secret, &info),
        }
    }

    /// Returns the value of the header `Authorization`.
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
        text.extend([byte >> 4, byte & 0xf].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
    }
    text
}
