//! The client: what all its clones share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::Session;
use crate::retry::RetryPolicy;

/// A client of IoTDA: one endpoint, one project, one credential.
///
/// Cheap to clone; all clones share one pool of connections. It works on any tokio runtime and starts no thread
/// or task of its own. Dropping a call's future or stream cancels it.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use huaweicloud_iotda::{Client, Credentials};
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 120);
/// # let (endpoint, token) = (server.endpoint(), huaweicloud_iotda::mock::MockServer::TOKEN);
///
/// let client = Client::builder()
///     .endpoint(endpoint) // https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
///     .project_id("0123456789abcdef0123456789abcdef")
///     .credentials(Credentials::token(token))
///     .build()?;
///
/// let listing = client.list_device_by_device_certificate("my-certificate");
/// let devices: Vec<_> = listing.items().try_collect().await?;
/// assert_eq!(devices.len(), 120);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What all clones share.
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        f.debug_struct("Client")
            .field("endpoint", &inner.base_url)
            .field("project_id", &inner.session.configured_project_id())
            .field("instance_id", &inner.instance_id)
            .field("credentials", inner.session.credentials())
            .finish_non_exhaustive()
    }
}
