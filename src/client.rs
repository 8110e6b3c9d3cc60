//! The client: what all its clones share, and the calls it offers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{self, Flight, Session};
use crate::builder::ClientBuilder;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::operations::{ListDeviceAuthenticationTemplates, ListDeviceByDeviceCertificate};
use crate::request::ListRequest;
use crate::transport::Telling;

/// A client of IoTDA: one endpoint, one project, one credential.
///
/// Cheap to clone; all clones share one pool of connections. It works on any tokio runtime and starts no thread
/// or task of its own. Dropping a call's future or stream cancels it.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Credentials};
///
/// let client = Client::builder()
///     .endpoint("https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com")
///     .project_id("0123456789abcdef0123456789abcdef")
///     .credentials(Credentials::token("a user token of IAM"))
///     .build()?;
/// # Ok::<(), huaweicloud_iotda::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    /// As it was set; [`project_id`](Self::project_id) looks it up if it was not.
    pub(crate) project_id: Option<Arc<str>>,
    pub(crate) instance_id: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) session: Session,
    pub(crate) iam_endpoint: Option<Endpoint>,
    pub(crate) project: Flight<Arc<str>>,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
}

impl Inner {
    /// The project's id: as it was set, or looked up at IAM once.
    pub(crate) async fn project_id(&self) -> Result<Arc<str>, Error> {
        match &self.project_id {
            Some(id) => Ok(id.clone()),
            None => self.project.get(|_| true, || async { Ok(auth::look_up_project(self).await?.into()) }).await,
        }
    }

    /// The base URL of IAM.
    pub(crate) fn iam_url(&self) -> Result<&str, Error> {
        let endpoint = self.iam_endpoint.as_ref().ok_or_else(|| {
            Error::configuration("IAM's endpoint is not known: call region(...) or iam_endpoint(...) of the client")
        })?;
        Ok(&endpoint.base_url)
    }

    /// What failures of this client are told with.
    pub(crate) fn telling<'a>(&self, redact: &'a (dyn Fn(&str) -> String + Sync)) -> Telling<'a> {
        Telling { connect_timeout: self.connect_timeout, attempt_timeout: self.attempt_timeout, redact }
    }
}

impl Client {
    /// Starts a client's configuration.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client of what the environment says: the variables of the vendor's SDKs first, then those of its Terraform provider,
    /// then this crate's own for what neither has.
    ///
    /// | what | variables, the first that is set |
    /// |---|---|
    /// | endpoint | `HUAWEICLOUD_IOTDA_ENDPOINT`; of the region, `HUAWEICLOUD_SDK_REGION_IOTDA_<REGION>` |
    /// | region | `HW_REGION_NAME` |
    /// | project | `HUAWEICLOUD_SDK_PROJECT_ID`, `HW_PROJECT_ID`, the profile's `project_id`; else IAM is asked |
    /// | IAM | `HUAWEICLOUD_SDK_IAM_ENDPOINT`, the profile's `iam_endpoint` |
    /// | instance | `HUAWEICLOUD_IOTDA_INSTANCE_ID` |
    /// | credential | see [`Credentials::from_env`](crate::Credentials::from_env) |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) when there is no credential, or one in part: the message
    /// lists what was looked for. Otherwise as [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        auth::environment::configure(&|name| std::env::var(name).ok())?.build()
    }

    /// The devices that use a device certificate: all those that are cut off when it is disabled.
    ///
    /// The certificate's id is what the platform allocated when the certificate was registered. It must not be
    /// empty or change the path (no slash, no dot segment); everything else is percent-encoded.
    ///
    /// IAM action: `iotda:devicecertificates:queryDeviceList`. An unknown certificate is an error with status 404 and
    /// code `IOTDA.015500`.
    ///
    /// Source: the vendor's page "Query the List of Devices that Use a Specified Device Certificate".
    pub fn list_device_by_device_certificate(
        &self,
        certificate_id: impl Into<String>,
    ) -> ListRequest<ListDeviceByDeviceCertificate> {
        ListRequest::new(self.clone(), ListDeviceByDeviceCertificate::new(certificate_id.into()))
    }

    /// The device authentication templates of the project.
    ///
    /// IAM action: `iotda:deviceauthenticationtemplate:queryList`.
    ///
    /// Source: the vendor's page "Query the Device Authentication Template List".
    pub fn list_device_authentication_templates(&self) -> ListRequest<ListDeviceAuthenticationTemplates> {
        ListRequest::new(self.clone(), ListDeviceAuthenticationTemplates::default())
    }

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
            .field("project_id", &inner.project_id)
            .field("instance_id", &inner.instance_id)
            .field("credentials", inner.session.credentials())
            .finish_non_exhaustive()
    }
}
