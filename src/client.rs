//! The client: the state that its clones share, its effective settings, and diagnostics.

pub(crate) mod builder;
mod endpoint_settings;
pub(crate) mod from_env;
mod http_clients;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::auth::session::Session;
use crate::auth::signing::Signing;
use crate::error::Error;
use crate::http::classify::ErrorContext;
use crate::http::context::InContext;
use crate::http::failover::Endpoints;
use crate::http::headers;
use crate::http::proxy::Route;
use crate::http::retry::RetryPolicy;

/// A client of IoTDA for one endpoint, one project and one set of credentials. It is cheap to clone.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Credentials};
///
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = Client::builder()
///     .endpoint("https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com")
///     .project_id("0123456789abcdef0123456789abcdef")
///     .credentials(Credentials::ak_sk("AK", "SK"))
///     .build()?;
///
/// let mut devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").items();
/// while let Some(device) = devices.try_next().await? {
///     println!("{:?}", device.device_id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// All clones share the connections, the credential cache and the rate limit. Dropping a call's future or stream
/// cancels the call.
///
/// # Runtimes
///
/// A call must be polled in a tokio runtime with timers and I/O ([`enable_all`](tokio::runtime::Builder::enable_all)),
/// and always in the same one. Otherwise, it panics, or returns an error, with tokio's message. Different calls of a
/// client may run in different runtimes. Each runtime has a separate connection pool, because a connection works only
/// while the runtime that opened it is driven. (If [`allow_http`](crate::ClientBuilder::allow_http) allows plain HTTP
/// through a proxy, all runtimes share one pool, and each of them must be driven.) If one of them obtains a credential
/// or the project ID, the others wait for it; if its runtime is shut down, or does not complete it in time, another
/// call obtains it.
///
/// This crate starts no threads, and one type of task: if a credential or a project ID is not available immediately,
/// the call that needs it first starts a task on its runtime to obtain it. The task ends after its time limit at the
/// latest (for a credential: the [attempt timeout](crate::ClientBuilder::attempt_timeout) for each provider that it
/// queries), and if its runtime is shut down. If the call is canceled, the task continues, so that the next call need
/// not log in again.
///
/// # Synchronous code
///
/// Create a runtime once, and wait for each call with `block_on`; the [guide](crate::guide::synchronous_code) has the rules,
/// and an iterator over all records.
///
/// ```
/// use tokio::runtime::Runtime;
///
/// # #[cfg(feature = "mock")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::new()?;
/// # let server = runtime.block_on(huaweicloud_iotda::mock::MockServer::start())?;
/// # server.add_sample_devices("61c970ce2d63eb6ee655dbf0", 120);
/// # let client = server.client()?;
/// let total = runtime.block_on(client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").total())?;
/// assert_eq!(total, 120);
///
/// let mut items = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").items();
/// let devices = std::iter::from_fn(|| runtime.block_on(items.next()));
/// assert_eq!(devices.collect::<Result<Vec<_>, _>>()?.len(), 120);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// The state that all clones share.
pub(crate) struct Inner {
    pub(crate) endpoints: Endpoints,
    pub(crate) instance_id: Option<String>,
    pub(crate) session: Arc<Session>,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) call_timeout: Option<Duration>,
}

impl Client {
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Returns the service's base URL, without a trailing slash. If several endpoints are set, it is the one in use.
    pub fn endpoint(&self) -> &str {
        &self.inner().endpoints.current().base_url
    }

    /// Returns the base URL of IAM, without a trailing slash: the one that was set, or the one of the endpoint's cloud.
    ///
    /// `None` if it is unknown; then a login with a password, or a lookup of the project, fails before anything is sent.
    pub fn iam_endpoint(&self) -> Option<&str> {
        Some(&self.inner().session.context.endpoint.as_ref()?.base_url)
    }

    /// Returns the region that was set, or the one implied by the endpoint's host name.
    pub fn region(&self) -> Option<&str> {
        self.inner().session.context.region.as_deref()
    }

    /// Returns the signing algorithm for access keys: the one that was [set](crate::ClientBuilder::signing), or the one
    /// that the endpoint's host requires. Tokens need no signature.
    pub fn signing(&self) -> &Signing {
        &self.inner().session.signing
    }

    /// Returns the way of this client's requests to a URL: through a proxy, or directly. Nothing is sent.
    ///
    /// The client decides with the same rules, which it read from the proxy variables when it was built.
    ///
    /// ```
    /// use huaweicloud_iotda::{Client, Credentials, Route};
    ///
    /// # fn main() -> Result<(), huaweicloud_iotda::Error> {
    /// let builder = Client::builder().endpoint("http://127.0.0.1:8080").project_id("0123456789abcdef0123456789abcdef");
    /// let client = builder.credentials(Credentials::token("...")).no_proxy().build()?;
    /// assert!(matches!(client.route(client.endpoint()), Route::Direct { .. }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn route(&self, url: &str) -> Route {
        self.inner().session.transport().proxy.route(url)
    }

    /// Returns the project ID: the one that was set, or the result of an IAM lookup, which is cached.
    ///
    /// # Errors
    ///
    /// None if the ID was set. Otherwise:
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): there is no credential, or IAM rejects it.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): IAM has no project that has the same name as
    ///   the region, or several.
    /// - [`ErrorKind::Connection`](crate::ErrorKind::Connection), [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) or
    ///   [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse): the lookup failed. It is not retried.
    pub async fn project_id(&self) -> Result<String, Error> {
        Ok(self.inner().session.project_id().await?.to_string())
    }

    /// Returns the time for which all clones of this client send no request, because the service throttled them; `None` if
    /// the next request is sent at once. For the progress display of an application.
    pub fn throttled_for(&self) -> Option<Duration> {
        self.inner().session.transport().pace.throttled_for()
    }

    /// Requests the endpoint's base URL and returns the server's time (header `Date`, whole seconds).
    ///
    /// Returns `None` if the response has no valid `Date`. No credential is sent, the response's status is ignored, and
    /// the request is not retried.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connection`](crate::ErrorKind::Connection) or [`ErrorKind::Timeout`](crate::ErrorKind::Timeout):
    /// the endpoint is unreachable.
    pub async fn server_time(&self) -> Result<Option<SystemTime>, Error> {
        let transport = self.inner().session.transport();
        transport.pace.acquire().await;
        let unredacted = &|text: &str| text.to_owned();
        let request = |endpoint| async move {
            let context = ErrorContext::new(transport, endpoint, unredacted);
            let response = async { transport.execute(transport.clients.https.get(&endpoint.base_url).build()?).await };
            response.await.map_err(|error| context.no_response(error).into())
        };
        let exchange = InContext::new(self.inner().endpoints.exchange(transport, request));
        let response = exchange.await.map_err(|failed| failed.error)?;
        Ok(headers::date(response.headers()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("Client")
            .field("endpoint", &inner.endpoints.current().base_url)
            .field("project_id", &inner.session.context.project_id.as_deref())
            .field("instance_id", &inner.instance_id)
            .field("credentials", &inner.session.credentials)
            .finish_non_exhaustive()
    }
}
