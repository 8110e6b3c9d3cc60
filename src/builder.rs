//! How a client is configured.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::auth::{ClientContext, Clock, Credentials, Session, Signing};
use crate::client::{Client, Inner};
use crate::endpoint::{Endpoint, check_id, check_region, redacted_endpoint};
use crate::error::Error;
use crate::http::HttpTransport;
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

impl Client {
    /// Starts a client's configuration: what must be set, and what the rest is unless it is set, says [`ClientBuilder`].
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

type HttpHook = Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>;

/// The configuration of a [`Client`]. Setters never fail; [`build`](Self::build) says what is wrong.
///
/// Required are a credential, an [`endpoint`](Self::endpoint) or a [`region`](Self::region), and a
/// [`project_id`](Self::project_id), unless IAM can be asked for it. What is not set is
///
/// | setting | unless set |
/// |---|---|
/// | [`connect_timeout`](Self::connect_timeout) | 10 seconds |
/// | [`attempt_timeout`](Self::attempt_timeout) | 30 seconds |
/// | [`call_timeout`](Self::call_timeout) | none |
/// | [`retry_policy`](Self::retry_policy) | 5 attempts in 2 minutes, see [`RetryPolicy`] |
/// | [`rate_limit`](Self::rate_limit) | none |
/// | [`instance_id`](Self::instance_id) | not sent |
/// | [`iam_endpoint`](Self::iam_endpoint) | that of the region |
/// | [`signing`](Self::signing) | by the endpoint's host |
/// | [`allow_http`](Self::allow_http) | plain `http://` to this machine alone |
/// | [`clock`](Self::clock) | the system's |
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use huaweicloud_iotda::{Client, Credentials, ErrorKind};
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # let (endpoint, token) = (server.endpoint(), huaweicloud_iotda::mock::MockServer::TOKEN);
///
/// let client = Client::builder()
///     .endpoint(endpoint)
///     .project_id("p-1")
///     .credentials(Credentials::token(token))
///     .call_timeout(Duration::from_secs(60))
///     .build()?;
/// assert_eq!(client.list_device_authentication_templates().total().await?, 0);
///
/// let error = Client::builder().build().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Configuration); // it has no endpoint
/// # Ok(())
/// # }
/// ```
///
/// No environment variable or file is read, but for what the HTTP client reads when it is built: the proxy variables
/// (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in upper or lower case), which [`no_proxy`](Self::no_proxy)
/// switches off, and the platform's root certificates (with `SSL_CERT_FILE` and `SSL_CERT_DIR`, where rustls looks for
/// them), which [`configure_http`](Self::configure_http) can replace.
#[derive(Default)]
#[must_use = "a configuration does nothing until `build` is called"]
pub struct ClientBuilder {
    endpoint: Option<String>,
    region: Option<String>,
    project_id: Option<String>,
    instance_id: Option<String>,
    iam_endpoint: Option<String>,
    credentials: Option<Credentials>,
    signing: Option<Signing>,
    clock: Option<Clock>,
    connect_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    call_timeout: Option<Duration>,
    retry_policy: RetryPolicy,
    rate_limit: Option<u32>,
    allow_http: bool,
    no_proxy: bool,
    configure_http: Option<HttpHook>,
}

impl ClientBuilder {
    /// The endpoint as the IoTDA console's Overview page shows it: a URL, or a host alone (then https). A path in it
    /// is put before every operation's path.
    ///
    /// Plain `http://` is for this machine's loopback addresses alone, unless [`allow_http`](Self::allow_http) says
    /// otherwise; `https://` needs a TLS feature of this crate. A user, a password, a query, a fragment and blanks are
    /// refused by [`build`](Self::build).
    ///
    /// Standard and enterprise instances have a host of their own; only the basic edition is at a
    /// [`region`](Self::region)'s shared endpoint. When both are given, the endpoint is where requests go.
    ///
    /// Source: the vendor's page of endpoints.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The region whose shared endpoint is used: `cn-north-4` is `https://iotda.cn-north-4.myhuaweicloud.com`. Beside an
    /// [`endpoint`](Self::endpoint) whose name does not tell its region, it says where IAM is.
    ///
    /// Lower-case letters, digits and hyphens; whether there is such a region is not checked.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Where IAM is, for [`Credentials::password`] and for looking up a project: `https://iam.{region}.myhuaweicloud.com`
    /// of the client's region unless said otherwise. A token of the global endpoint, `https://iam.myhuaweicloud.com`, works
    /// in all regions, one of a regional endpoint in its own. The same is refused as of an [`endpoint`](Self::endpoint).
    ///
    /// Source: the vendor's page on obtaining a user token.
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// The project's id, 32 hexadecimal digits as a rule. The console shows it under My Credentials.
    ///
    /// Without it, IAM is asked once for the project of the [`region`](Self::region)'s name, when the first call is made;
    /// if there is none or several, the call fails and lists them.
    ///
    /// It stands in the path: one that is empty, a dot segment, or has a slash or a control character is refused, anything
    /// else is percent-encoded.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// The instance's id (header `Instance-Id`), for all requests that do not set
    /// [their own](crate::ListRequest::instance_id). The console's Overview page shows it.
    ///
    /// The vendor's two pages differ: for listing devices it is mandatory for professional editions and recommended
    /// otherwise; for listing templates it is required only for calls from the management plane. Refused is the same as of a
    /// [`project_id`](Self::project_id).
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.instance_id = Some(instance_id.into());
        self
    }

    /// What the client proves its identity with: [`Credentials`], or what turns into them, as a
    /// [`IamCredential`](crate::IamCredential) and a [`Password`](crate::Password).
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = Some(credentials.into());
        self
    }

    /// The kind of signature that an access key makes, where the host's name does not tell it: an instance behind a name
    /// or a proxy of one's own takes [`Signing::Derived`].
    pub fn signing(mut self, signing: Signing) -> Self {
        self.signing = Some(signing);
        self
    }

    /// What tells the time, instead of the system's clock: for tests of what happens when a credential ends.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// How long connecting may take, name look-up and TLS included: 10 seconds unless said otherwise.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long one attempt may take, from connecting to the answer's last byte: 30 seconds unless said otherwise.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long a whole call may take: one page, with its credential, all attempts and the waits between them. Unless it is
    /// set, only the attempts' own times and the [retry policy](Self::retry_policy) bound it.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout);
        self
    }

    /// How calls that failed for the moment are tried again: 5 attempts in 2 minutes unless it is set, see [`RetryPolicy`].
    /// [`RetryPolicy::none`] switches it off.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// How many requests a second go to the service at most, by all clones of this client together and with every attempt
    /// counted: 1 or more, evenly spread but for a hundredth of them, which may go at once. Unlimited unless it is set.
    ///
    /// 0 is refused by [`build`](Self::build). An enterprise instance takes 50 device queries a second for each 1,000 TPS
    /// bought, and 200 calls in all.
    ///
    /// Source: the vendor's specifications of enterprise instances.
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Allows `http://` to a host that is not this machine's loopback, and through a proxy: `false` unless it is set. The
    /// credential then crosses the network unencrypted: for private test beds only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Ignores the proxy variables of the environment, and every proxy set by [`configure_http`](Self::configure_http). With a plain
    /// `http://` endpoint, or IAM's, no proxy is used, unless [`allow_http`](Self::allow_http) is set.
    pub fn no_proxy(mut self) -> Self {
        self.no_proxy = true;
        self
    }

    /// Shapes the HTTP client: a proxy, private root certificates, a client certificate, the connection pool.
    ///
    /// It is applied before this crate's own settings, which win: no redirects (a credential must not travel to another
    /// host), no transparent decompression (so that the size bound counts what arrives), no retries within reqwest,
    /// and the two timeouts.
    ///
    /// ```
    /// use huaweicloud_iotda::Client;
    ///
    /// let builder = Client::builder()
    ///     .configure_http(|http| http.pool_max_idle_per_host(4).user_agent("inventory/1.0"));
    /// ```
    pub fn configure_http(
        mut self,
        shape: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.configure_http = Some(Box::new(shape));
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) when the endpoint, the project or the credential is
    /// missing, or when endpoint, region, credential or HTTP settings can't work (an https endpoint in a build without
    /// TLS, plain http to another machine). [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a project id or
    /// instance id that is empty or could change a path, and for 0 [attempts](RetryPolicy::max_attempts) or a
    /// [rate limit](Self::rate_limit) of 0.
    pub fn build(mut self) -> Result<Client, Error> {
        let endpoint = self.service()?;
        let region = match self.region.take().or_else(|| endpoint.region().map(str::to_owned)) {
            Some(region) => check_region(&region).map(|()| Some(region))?,
            None => None,
        };
        let iam_endpoint = self.iam(region.as_deref())?;
        match &self.project_id {
            Some(project_id) => check_id("project_id", project_id)?,
            None if region.is_some() && iam_endpoint.is_some() => {}
            None => return Err(missing("project", "project_id(...), or region(...), by which IAM is asked for it,")),
        }
        if let Some(instance_id) = &self.instance_id {
            check_id("instance_id", instance_id)?;
        }
        let credentials = self.credentials.take();
        let credentials = credentials.ok_or_else(|| missing("credential", "credentials(Credentials::token(...))"))?;
        credentials.check()?;
        let signing = self.signing.take().unwrap_or_else(|| Signing::of(&endpoint));
        if let Signing::Derived { region } = &signing {
            check_region(region)?;
        }
        let (instance_id, project_id) = (self.instance_id.take(), self.project_id.take().map(Arc::from));
        let clock = self.clock.take().unwrap_or_else(|| Arc::new(SystemTime::now));
        let connect_timeout = self.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let attempt_timeout = self.attempt_timeout.unwrap_or(ATTEMPT_TIMEOUT);
        // A loopback endpoint's request would leave this machine through a proxy, unencrypted.
        let plain =
            [Some(&endpoint), iam_endpoint.as_ref()].into_iter().flatten().any(|endpoint| endpoint.is_plain_http);
        self.no_proxy |= plain && !self.allow_http;
        let (retry_policy, call_timeout) = (self.retry_policy.clone(), self.call_timeout);
        retry_policy.check()?;
        let rate_limit = self.rate_limit.map(RateLimit::new).transpose()?;
        let http = self.http_client(connect_timeout, attempt_timeout)?;
        let transport = HttpTransport { http, connect_timeout, attempt_timeout, rate_limit };
        let iam = ClientContext { transport, endpoint: iam_endpoint, region, project_id, clock };
        let session = Arc::new(Session::new(iam, credentials, signing));
        Ok(Client::new(Inner { base_url: endpoint.base_url, instance_id, session, retry_policy, call_timeout }))
    }

    fn service(&self) -> Result<Endpoint, Error> {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => Endpoint::parse("endpoint", endpoint, self.allow_http),
            (None, Some(region)) => Endpoint::of_region(region, self.allow_http),
            (None, None) => Err(missing("endpoint", "endpoint(...) or region(...)")),
        }
    }

    /// IAM's endpoint as it was set, or that of the region. Without TLS, a region's can't be reached.
    fn iam(&self, region: Option<&str>) -> Result<Option<Endpoint>, Error> {
        match (&self.iam_endpoint, region) {
            (Some(endpoint), _) => Endpoint::parse("iam_endpoint", endpoint, self.allow_http).map(Some),
            (None, Some(region)) => Ok(Endpoint::iam_of_region(region).ok()),
            (None, None) => Ok(None),
        }
    }

    fn http_client(self, connect_timeout: Duration, attempt_timeout: Duration) -> Result<reqwest::Client, Error> {
        let user_agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let mut builder = reqwest::Client::builder().user_agent(user_agent);
        if let Some(shape) = self.configure_http {
            builder = shape(builder);
        }
        if self.no_proxy {
            builder = builder.no_proxy();
        }
        builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Whatever features another crate has switched on in reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(connect_timeout)
            .timeout(attempt_timeout)
            .build()
            .map_err(|error| Error::configuration("the HTTP client can't be built as configured").with_source(error))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoint.as_deref().map(redacted_endpoint))
            .field("region", &self.region)
            .field("project_id", &self.project_id)
            .field("instance_id", &self.instance_id)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

fn missing(what: &str, how: &str) -> Error {
    Error::configuration(format!("the client has no {what}: call {how} before build()"))
}
