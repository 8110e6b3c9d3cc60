//! The client: the state that its clones share, its effective settings, and diagnostics.

pub(crate) mod builder;
pub(crate) mod from_env;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::auth::session::Session;
use crate::auth::signing::Signing;
use crate::error::Error;
use crate::http::classify::ErrorContext;
use crate::http::headers;
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
/// All clones share the connections, the credential cache and the rate limit. The client works on any tokio runtime, and
/// on several: each has a separate connection pool, because a connection works only while the runtime that opened it is
/// driven. (If [`allow_http`](crate::ClientBuilder::allow_http) allows plain HTTP through a proxy, all runtimes share one
/// pool, and each of them must be driven.) This crate itself starts no threads or tasks. Dropping a call's future or stream
/// cancels the call.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// The state that all clones share.
pub(crate) struct Inner {
    pub(crate) base_url: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) session: Arc<Session>,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) call_timeout: Option<Duration>,
}

impl Client {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Client {
    /// Returns the service's base URL, without a trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.inner().base_url
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
        transport.acquire().await;
        let unredacted = |text: &str| text.to_owned();
        let context = ErrorContext::new(&transport.timeouts, &unredacted);
        let response = async { transport.execute(transport.http.get(self.endpoint()).build()?).await };
        let response = response.await.map_err(|error| context.no_response(error))?;
        Ok(headers::date(response.headers()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("Client")
            .field("endpoint", &inner.base_url)
            .field("project_id", &inner.session.context.project_id.as_deref())
            .field("instance_id", &inner.instance_id)
            .field("credentials", &inner.session.credentials)
            .finish_non_exhaustive()
    }
}
