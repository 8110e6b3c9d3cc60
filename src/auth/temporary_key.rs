//! The temporary access key in a response of IAM, STS, the metadata service or the pod identity agent.
//!
//! Each of them has other names for the same four values. The names are those that the vendor's SDKs accept.

use std::time::SystemTime;

use serde_json::Value;

use super::credential::IamCredential;
use crate::calendar;
use crate::error::Error;

const ACCESS: [&str; 3] = ["access", "accessKeyId", "access_key_id"];
const SECRET: [&str; 3] = ["secret", "secretAccessKey", "secret_access_key"];
const SECURITY_TOKEN: [&str; 3] = ["securitytoken", "securityToken", "security_token"];
const EXPIRY: [&str; 2] = ["expires_at", "expiration"];

/// Reads the key and its expiry. An error shows nothing of the body, because the body contains secrets.
pub(crate) fn parse(body: &[u8]) -> Result<(IamCredential, SystemTime), Error> {
    let undocumented = |why: String| Error::unexpected_response(format!("the temporary access key {why}"));
    let body: Value =
        serde_json::from_slice(body).map_err(|_| undocumented("is not the documented JSON".to_owned()))?;
    let nested = ["credential", "credentials"].iter().find_map(|name| body.get(name).filter(|value| !value.is_null()));
    let key = nested.unwrap_or(&body);
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| key.get(name)?.as_str().filter(|text| !text.is_empty()));
        value.ok_or_else(|| undocumented(format!("is not the documented JSON: it has no `{}`", names[0])))
    };
    let credential = IamCredential::access_key(text(&ACCESS)?, text(&SECRET)?).security_token(text(&SECURITY_TOKEN)?);
    let expiry = calendar::parse_rfc3339(text(&EXPIRY)?);
    let expiry = expiry
        .ok_or_else(|| undocumented("has an expiry that is not an RFC 3339 time between 1970 and 9999".to_owned()))?;
    Ok((credential, expiry))
}
