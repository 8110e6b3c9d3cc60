//! The metadata service of an ECS instance, which issues temporary access keys.
//!
//! Source: docs/sources.md, ECS metadata.

use std::time::Duration;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::exchange::Server;
use crate::auth::secret::Secret;
use crate::auth::temporary_key;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::http::direct::direct_client;

/// A link-local address of the hypervisor, which supports plain HTTP only.
const DEFAULT_ENDPOINT: &str = "http://169.254.169.254";
/// The name of the setting in errors.
const ENDPOINT: &str = "InstanceMetadata::endpoint";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// The requested lifetime of the metadata token: six hours.
const TOKEN_TTL_SECONDS: &str = "21600";
/// The names of the requests in errors and logs.
const TOKEN: &str = "instance metadata token";
const KEY: &str = "instance metadata key";

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
    async fn request_key(&self, context: &ClientContext) -> Result<Lookup, Error> {
        let endpoint = &Endpoint::parse_agent(ENDPOINT, &self.endpoint)?;
        let server = |call| Server { call, endpoint, help: None };
        let http = direct_client(endpoint, REQUEST_TIMEOUT)?;

        let request = http.put(format!("{}/meta-data/latest/api/token", endpoint.base_url));
        let request = request.header("X-Metadata-Token-Ttl-Seconds", TOKEN_TTL_SECONDS);
        let unredacted = |text: &str| text.to_owned();
        let token = match context.direct_exchange(server(TOKEN), request, &unredacted).await {
            Ok(success) => Some(Secret::new(String::from_utf8_lossy(&success.body))),
            // Older hosts issue no tokens and do not require one.
            Err(failed) if matches!(failed.error.status(), Some(404 | 405 | 503)) => None,
            Err(failed) => return self.failure(TOKEN, failed.error),
        };

        let mut request = http.get(format!("{}/openstack/latest/securitykey", endpoint.base_url));
        if let Some(token) = &token {
            let rejected = |_| failed("the token contains characters that HTTP does not allow in a header");
            request = request.header("X-Metadata-Token", token.header().map_err(rejected)?);
        }
        let redact = |text: &str| token.as_ref().map_or_else(|| text.to_owned(), |token| token.redact(text));
        match context.direct_exchange(server(KEY), request, &redact).await {
            Ok(success) => {
                let (key, expiry) = temporary_key::parse(&success.body).map_err(|error| failed(error.message()))?;
                Ok(Lookup::found(key.expires_at(expiry), "instance metadata"))
            }
            Err(failed) if failed.error.status() == Some(404) => self.not_found("no key: the instance has no agency"),
            Err(failed) => self.failure(KEY, failed.error),
        }
    }

    fn not_found(&self, why: &str) -> Result<Lookup, Error> {
        Ok(Lookup::not_found(format!("the instance metadata service {} ({why})", self.endpoint)))
    }

    /// Converts the failure of a request. Without a response, this machine has no metadata service.
    fn failure(&self, call: &str, error: Error) -> Result<Lookup, Error> {
        match (error.status(), error.kind()) {
            (None, ErrorKind::Timeout) => self.not_found(&format!("no response within {REQUEST_TIMEOUT:?}")),
            (None, ErrorKind::Connection) => self.not_found("connection failed"),
            (Some(200..=299) | None, _) => Err(Error::credentials(error.message()).with_source(error)),
            (Some(status), _) => Err(Error::credentials(format!("{call}: unexpected status {status}"))),
        }
    }
}

impl Provider for InstanceMetadata {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(self.request_key(context))
    }

    fn check(&self) -> Result<(), Error> {
        Endpoint::parse_agent(ENDPOINT, &self.endpoint).map(drop)
    }

    fn time_limit(&self, _: &ClientContext) -> Duration {
        // Two requests, and time to report which of them timed out.
        2 * REQUEST_TIMEOUT + REQUEST_TIMEOUT / 10
    }
}

fn failed(why: &str) -> Error {
    Error::credentials(format!("instance metadata service: {why}"))
}
