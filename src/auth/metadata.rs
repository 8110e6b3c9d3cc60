//! The metadata service of an ECS instance, which hands temporary access keys to the programs on it.
//!
//! Source: the vendor's pages on ECS metadata.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;

use super::credential::IamCredential;
use super::lookup::Lookup;
use crate::body;
use crate::error::Error;
use crate::http_date;

/// A link-local address: it is this machine's hypervisor that answers, so plain http is what there is.
const DEFAULT_ENDPOINT: &str = "http://169.254.169.254";
const TIMEOUT: Duration = Duration::from_secs(3);
/// Six hours.
const TOKEN_TTL_SECONDS: &str = "21600";
/// The most that is read of an answer.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The metadata service of the instance that the program runs on; what
/// [`Credentials::from_instance_metadata`](super::Credentials::from_instance_metadata) gives.
///
/// Its keys are temporary and are renewed ten minutes before their end. The address `169.254.169.254` is asked directly,
/// never through a proxy, by two requests of at most 3 seconds each. No answer, and an instance without an agency, is "no
/// credential"; an answer that is not the documented one is [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) of the call.
///
/// Source: the vendor's pages on ECS metadata.
#[derive(Clone, Debug)]
#[must_use = "the metadata service is used when it is given to a client"]
pub struct InstanceMetadata {
    endpoint: String,
}

impl Default for InstanceMetadata {
    fn default() -> Self {
        Self { endpoint: DEFAULT_ENDPOINT.to_owned() }
    }
}

#[derive(Deserialize)]
struct SecurityKey {
    credential: Keys,
}

#[derive(Deserialize)]
struct Keys {
    access: String,
    secret: String,
    securitytoken: String,
    expires_at: String,
}

impl InstanceMetadata {
    /// Creates the provider with the address that every ECS instance has, `http://169.254.169.254`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another base URL than `http://169.254.169.254`, for tests: a mock server's, say.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into().trim_end_matches('/').to_owned();
        self
    }

    /// The instance's key; nothing when no metadata service answers or it has no key.
    pub(crate) async fn lookup(&self) -> Result<Lookup, Error> {
        let http = Client::builder().no_proxy().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| Error::credentials("no HTTP client for the metadata").with_source(error))?;
        let nothing = |why: &str| {
            Ok(Lookup::NotFound { searched: vec![format!("the instance metadata at {} ({why})", self.endpoint)] })
        };

        let request = http.put(format!("{}/meta-data/latest/api/token", self.endpoint));
        let token = match request.header("X-Metadata-Token-Ttl-Seconds", TOKEN_TTL_SECONDS).send().await {
            Ok(answer) if answer.status().is_success() => Some(read(answer).await?),
            // An older host: it goes without.
            Ok(answer) if matches!(answer.status().as_u16(), 404 | 405 | 503) => None,
            Ok(answer) => return Err(failed(&format!("it answered {} to the request for a token", answer.status()))),
            Err(error) => return nothing(if error.is_timeout() { "no answer in time" } else { "no connection" }),
        };
        let mut request = http.get(format!("{}/openstack/latest/securitykey", self.endpoint));
        if let Some(token) = token {
            let mut token =
                reqwest::header::HeaderValue::from_bytes(&token).map_err(|_| failed("its token is no text"))?;
            token.set_sensitive(true);
            request = request.header("X-Metadata-Token", token);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return nothing(if error.is_timeout() { "no answer in time" } else { "no connection" }),
        };
        match answer.status() {
            StatusCode::OK => parse_key(&read(answer).await?).map(Lookup::from),
            StatusCode::NOT_FOUND => nothing("it has no key: the instance has no agency"),
            status => Err(failed(&format!("it answered {status} to the request for a key"))),
        }
    }
}

fn parse_key(body: &[u8]) -> Result<IamCredential, Error> {
    // No excerpt: the body holds secrets.
    let SecurityKey { credential: keys } =
        serde_json::from_slice(body).map_err(|_| failed("its answer is not the documented JSON"))?;
    let end = http_date::parse_rfc3339(&keys.expires_at)
        .ok_or_else(|| failed("its key's end is no RFC 3339 time between 1970 and 9999"))?;
    let key = IamCredential::access_key(keys.access, keys.secret).security_token(keys.securitytoken);
    Ok(key.expires_at(end))
}

async fn read(answer: Response) -> Result<Bytes, Error> {
    let body = body::read_limited(answer, MAX_BODY_BYTES).await;
    let body = body.map_err(|error| failed("its answer ended early").with_source(error.without_url()))?;
    body.ok_or_else(|| failed("its answer is larger than 64 KiB"))
}

fn failed(why: &str) -> Error {
    Error::credentials(format!("the instance metadata: {why}"))
}
