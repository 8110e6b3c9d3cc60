//! The claims of an ID token (a JSON Web Token), without a check of its signature. Only the issuer's keys could check it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Returns the claims; `None` if the text is not a JSON Web Token.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, claims, _signature, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    serde_json::from_slice(&decode_base64url(claims)?).ok()
}

/// Returns the expiry (claim `exp`, in seconds since 1970), if there is one.
pub(crate) fn expiry(claims: &Value) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(claims.get("exp")?.as_f64()? as u64))
}

/// Returns a note for the error of a rejected token: whether it has expired.
pub(crate) fn expiry_note(token: &str, now: SystemTime) -> Option<String> {
    let expiry = expiry(&claims(token)?)?;
    (expiry <= now).then(|| "the ID token has expired by the local clock".to_owned())
}

/// Encodes Base64 with the alphabet for URLs, without padding.
#[cfg(feature = "mock")]
pub(crate) fn encode_base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let buffer = (0..3).fold(0_u32, |buffer, index| buffer << 8 | chunk.get(index).copied().map_or(0, u32::from));
        for index in 0..=chunk.len() {
            let digit = buffer >> (18 - 6 * index) & 63;
            text.push(char::from(ALPHABET[digit as usize]));
        }
    }
    text
}

/// Decodes Base64 with the alphabet for URLs, without padding (RFC 4648, section 5).
fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}
