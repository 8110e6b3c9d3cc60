//! The metadata service of an ECS instance, which issues temporary access keys.
//!
//! Source: docs/sources.md, ECS metadata.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Response, StatusCode};

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::temporary_key;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::body;
use crate::http::direct::direct_client;

/// A link-local address of the hypervisor, which supports plain HTTP only.
const DEFAULT_ENDPOINT: &str = "http://169.254.169.254";
/// The name of the setting in errors.
const ENDPOINT: &str = "InstanceMetadata::endpoint";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// The requested lifetime of the metadata token: six hours.
const TOKEN_TTL_SECONDS: &str = "21600";
/// The maximum size of a response body.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The metadata service of the ECS instance that the application runs on. Without options, use
/// [`Credentials::from_instance_metadata`](crate::Credentials::from_instance_metadata).
///
/// It provides temporary access keys, which are refreshed ten minutes before they expire. A lookup sends two requests
/// to `169.254.169.254`, never through a proxy, each with a timeout of 3 seconds.
///
/// If the service does not respond, or the instance has no agency, the provider has no credential. After any other
/// response that is not documented, the call fails with [`ErrorKind::Credentials`](crate::ErrorKind::Credentials). (An
/// agency is the IAM role that is assigned to an ECS instance.)
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, InstanceMetadata};
///
/// # fn main() -> Result<(), Error> {
/// let client = Client::builder().region("cn-north-4").credentials(InstanceMetadata::new()).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [ECS, metadata](crate::guide::sources).
#[derive(Clone, Debug)]
#[must_use = "the provider has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct InstanceMetadata {
    endpoint: String,
}

impl Default for InstanceMetadata {
    fn default() -> Self {
        Self { endpoint: DEFAULT_ENDPOINT.to_owned() }
    }
}

impl InstanceMetadata {
    /// Creates the provider with the endpoint that is the same on every ECS instance.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the base URL, for tests with a mock server. Default: `http://169.254.169.254`.
    ///
    /// A plain `http` URL must contain a loopback or link-local address, because the response contains a key. Otherwise,
    /// building the client fails with [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into().trim_end_matches('/').to_owned();
        self
    }

    /// Obtains the key of the instance.
    async fn request_key(&self) -> Result<Lookup, Error> {
        let http = direct_client(REQUEST_TIMEOUT)?;
        let not_found =
            |why: &str| Ok(Lookup::not_found(format!("the instance metadata service {} ({why})", self.endpoint)));
        let no_response = |error: reqwest::Error| {
            not_found(&if error.is_timeout() {
                format!("no response within {REQUEST_TIMEOUT:?}")
            } else {
                "connection failed".to_owned()
            })
        };

        let request = http.put(format!("{}/meta-data/latest/api/token", self.endpoint));
        let token = match request.header("X-Metadata-Token-Ttl-Seconds", TOKEN_TTL_SECONDS).send().await {
            Ok(response) if response.status().is_success() => Some(read(response).await?),
            // Older hosts issue no tokens and do not require one.
            Ok(response) if matches!(response.status().as_u16(), 404 | 405 | 503) => None,
            Ok(response) => return Err(failed(&format!("unexpected status {} for the token", response.status()))),
            Err(error) => return no_response(error),
        };
        let mut request = http.get(format!("{}/openstack/latest/securitykey", self.endpoint));
        if let Some(token) = token {
            let mut token = reqwest::header::HeaderValue::from_bytes(&token)
                .map_err(|_| failed("the token contains characters that HTTP does not allow in a header"))?;
            token.set_sensitive(true);
            request = request.header("X-Metadata-Token", token);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return no_response(error),
        };
        match response.status() {
            StatusCode::OK => {
                let (key, expiry) =
                    temporary_key::parse(&read(response).await?).map_err(|error| failed(error.message()))?;
                Ok(Lookup::found(key.expires_at(expiry), "instance metadata"))
            }
            StatusCode::NOT_FOUND => not_found("no key: the instance has no agency"),
            status => Err(failed(&format!("unexpected status {status} for the key"))),
        }
    }
}

impl Provider for InstanceMetadata {
    fn lookup<'a>(&'a self, _: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(self.request_key())
    }

    fn check(&self) -> Result<(), Error> {
        Endpoint::parse_agent(ENDPOINT, &self.endpoint).map(drop)
    }

    fn time_limit(&self, _: &ClientContext) -> Duration {
        // Two requests, and time to report which of them timed out.
        2 * REQUEST_TIMEOUT + REQUEST_TIMEOUT / 10
    }
}

async fn read(response: Response) -> Result<Bytes, Error> {
    let body = body::read_limited(response, MAX_BODY_BYTES).await;
    let body = body.map_err(|error| failed("failed to read the response").with_source(error.without_url()))?;
    body.ok_or_else(|| failed("the response is larger than 64 KiB"))
}

fn failed(why: &str) -> Error {
    Error::credentials(format!("instance metadata service: {why}"))
}
