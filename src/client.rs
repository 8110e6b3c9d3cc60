//! The client, and the state that its clones share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::Session;
use crate::retry::RetryPolicy;

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
/// All clones share the connection pool, the credential cache and the rate limit. The client works on any tokio runtime
/// and this crate itself starts no
/// threads or tasks. Dropping a call's future or stream cancels the call.
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
