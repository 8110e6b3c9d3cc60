//! The pod identity of CCE: an agent on the node issues temporary access keys for the service account of a pod.
//!
//! Source: docs/sources.md, the vendor's SDKs.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::Server;
use crate::auth::token_source::TokenSource;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::direct::direct_client;
use crate::variables::{both_or_neither, path, variable};

pub(crate) const SEARCHED: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI and HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const URI: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const NAME: &str = "pod identity";
const HELP: &str = "Likely cause: the authorization token has expired, or the service account of the pod is not associated \
                    with an agency. Check the pod identity association of the service account in CCE";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The pod identity of CCE: an agent on the node issues temporary access keys for the service account of a pod.
/// [`Credentials::from_pod_identity`](crate::Credentials::from_pod_identity) reads the variables that CCE sets in a pod.
///
/// The key is refreshed ten minutes before it expires. The file of the authorization token is read again at each refresh,
/// because it rotates. A request has a timeout of 5 seconds.
///
/// A plain `http` URI must contain a loopback or link-local address, because the response contains a key. Such a request is
/// never sent through a proxy, and [`configure_http`](crate::ClientBuilder::configure_http) has no effect on it.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, PodIdentity};
///
/// # fn main() -> Result<(), Error> {
/// let identity = PodIdentity::new("http://169.254.1.1/v1/credentials", "/var/run/secrets/pod-identity/token");
/// let client = Client::builder().region("cn-north-4").credentials(identity).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [the vendor's SDKs](crate::guide::sources).
#[derive(Clone, Debug)]
#[must_use = "the provider has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct PodIdentity {
    uri: String,
    token: TokenSource,
    uri_name: &'static str,
}

impl PodIdentity {
    /// Creates the provider. `uri` is the full URI of the agent, `token_file` the path of a file that contains only the
    /// authorization token.
    pub fn new(uri: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        Self { uri: uri.into(), token: TokenSource::File(token_file.into()), uri_name: "uri" }
    }

    /// Reads the variables `HC_CONTAINER_CREDENTIALS_FULL_URI` and `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`; `None` if none
    /// of them is set.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): only one of them is set.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): the URI is invalid.
    pub fn from_env() -> Result<Option<Self>, Error> {
        let values = both_or_neither((URI, variable(URI)), (TOKEN_FILE, path(TOKEN_FILE)))?;
        let Some((uri, file)) = values else { return Ok(None) };
        let identity = Self { uri_name: URI, ..Self::new(uri, file) };
        identity.check()?;
        Ok(Some(identity))
    }

    async fn request_key(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let endpoint = &Endpoint::parse_agent(self.uri_name, &self.uri)?;
        let server = Server { call: NAME, endpoint, help: Some(HELP) };
        let token = self.token.read(NAME)?;
        let http = if endpoint.is_plain_http {
            direct_client(endpoint, REQUEST_TIMEOUT)?
        } else {
            context.transport.clients.https.clone()
        };
        let request = http.post(&self.uri).timeout(REQUEST_TIMEOUT);
        let request = request.header("Authorization", token.header()?).json(&json!({}));
        let redact = |text: &str| token.redact(text);
        let exchange = if endpoint.is_plain_http {
            context.direct_exchange(server, request, &redact).await
        } else {
            context.exchange(server, request, &redact).await
        };
        exchange?.temporary_key(context)
    }
}

impl Provider for PodIdentity {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.request_key(context).await?, "pod identity")) })
    }

    fn check(&self) -> Result<(), Error> {
        Endpoint::parse_agent(self.uri_name, &self.uri).map(drop)
    }

    fn time_limit(&self, _: &ClientContext) -> Duration {
        // Time to report that the request timed out.
        REQUEST_TIMEOUT + REQUEST_TIMEOUT / 10
    }
}
