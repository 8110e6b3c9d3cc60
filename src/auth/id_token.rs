//! The claims of an ID token (a JSON Web Token), without a check of its signature. Only the issuer's keys could check it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

/// Base64 with the alphabet for URLs (RFC 4648, section 5). Some issuers add padding.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Returns the claims; `None` if the text is not a JSON Web Token.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, claims, _signature, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
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
