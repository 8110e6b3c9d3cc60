//! The configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Client, Inner};
use crate::auth::context::{ClientContext, Clock};
use crate::auth::credentials::Credentials;
use crate::auth::session::Session;
use crate::auth::signing::Signing;
use crate::endpoint::{Endpoint, check_id, check_region, redacted_endpoint};
use crate::error::Error;
use crate::http::pools::RuntimePools;
use crate::http::rate_limit::RateLimit;
use crate::http::retry::RetryPolicy;
use crate::http::{HttpTransport, Timeouts};

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

impl Client {
    /// Returns a builder for a client; [`ClientBuilder`] lists the required settings and the defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

type HttpHook = Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>;

/// A builder for a [`Client`], returned by [`Client::builder`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use huaweicloud_iotda::{Client, Credentials};
///
/// # fn main() -> Result<(), huaweicloud_iotda::Error> {
/// let client = Client::builder()
///     .endpoint("https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com")
///     .project_id("0123456789abcdef0123456789abcdef")
///     .credentials(Credentials::ak_sk("AK", "SK"))
///     .call_timeout(Duration::from_secs(60))
///     .rate_limit(20)
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Setters never fail; [`build`](Self::build) reports invalid and missing settings.
///
/// | setting | default |
/// |---|---|
/// | [`endpoint`](Self::endpoint) | required, or a [`region`](Self::region) |
/// | [`credentials`](Self::credentials) | required |
/// | [`project_id`](Self::project_id) | looked up via IAM, by the region's name; required if the region is unknown |
/// | [`instance_id`](Self::instance_id) | not sent |
/// | [`connect_timeout`](Self::connect_timeout) | 10 seconds |
/// | [`attempt_timeout`](Self::attempt_timeout) | 30 seconds |
/// | [`call_timeout`](Self::call_timeout) | none |
/// | [`retry_policy`](Self::retry_policy) | 5 attempts within 2 minutes, see [`RetryPolicy`] |
/// | [`rate_limit`](Self::rate_limit) | none |
/// | [`iam_endpoint`](Self::iam_endpoint) | the region's IAM endpoint |
/// | [`signing`](Self::signing) | determined by the endpoint's host |
/// | [`allow_http`](Self::allow_http) | `false`: plain `http://` to loopback addresses only |
/// | [`clock`](Self::clock) | the system clock |
///
/// # Environment
///
/// The builder reads no environment variable and no file. The HTTP client reads two things when it is built:
///
/// - the proxy variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case;
///   [`no_proxy`](Self::no_proxy) disables them;
/// - the platform's root certificates; with rustls, also those named by `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///   [`configure_http`](Self::configure_http) can replace them.
///
/// # reqwest
///
/// [`configure_http`](Self::configure_http) has a type of [reqwest](crate::reqwest) in its signature (it is the only
/// such method). Therefore, the version of reqwest is part of this crate's API: `huaweicloud_iotda::reqwest` re-exports
/// that version; use it for proxies, certificates and so on. The [source](std::error::Error::source) of an [`Error`]
/// may be a `reqwest::Error`.
#[derive(Default)]
#[must_use = "a builder does nothing until `build` is called"]
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
    /// Sets the endpoint that the IoTDA console shows on its Overview page: a URL, or a host (then https).
    ///
    /// A path in the URL is prepended to the path of every operation. [`build`](Self::build) rejects user info, a
    /// query, a fragment, whitespace, control characters and backslashes. It also rejects `https://` if the crate is built without a TLS feature, and
    /// plain `http://` to anything but a loopback address, except with [`allow_http`](Self::allow_http).
    ///
    /// Each standard and enterprise instance has its own host. Only the basic edition uses the shared endpoint of a
    /// [`region`](Self::region). If both are set, requests go to the endpoint.
    ///
    /// Source: [API reference, "Endpoints"](crate::guide::sources).
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the region: its shared endpoint is used if no [`endpoint`](Self::endpoint) is set.
    ///
    /// For example, `cn-north-4` means `https://iotda.cn-north-4.myhuaweicloud.com`. If an endpoint is set, the region
    /// determines only the IAM endpoint and the project to look up. Default: the region in the endpoint's host name.
    ///
    /// A region ID consists of lowercase letters, digits and hyphens. The builder does not check that the region
    /// exists.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the IAM endpoint, for [`Credentials::password`] and for looking up the project. Default: the endpoint of
    /// the client's region, `https://iam.{region}.myhuaweicloud.com`.
    ///
    /// A token from the global endpoint, `https://iam.myhuaweicloud.com`, is valid in all regions; one from a regional
    /// endpoint is valid in that region only. The same values are rejected as for [`endpoint`](Self::endpoint).
    ///
    /// Source: [IAM, "Obtaining a user token through password authentication"](crate::guide::sources).
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// Sets the project ID, usually 32 hexadecimal digits. The console shows it on the My Credentials page.
    ///
    /// Default: the first call looks up the project that has the same name as the [`region`](Self::region) via IAM,
    /// once. If there is no such project, or several, the call fails with an error that lists them.
    ///
    /// The ID is part of the request path. [`build`](Self::build) rejects an ID that is empty, is a dot segment, or
    /// contains a slash, a backslash or a control character; other characters are percent-encoded.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// Sets the instance ID (header `Instance-Id`) of all requests that do not set
    /// [another one](crate::ListRequest::instance_id). Default: not sent.
    ///
    /// The console shows it on the Overview page. For listing devices, the service requires it for "professional
    /// editions" (the vendor's term, which its page does not define), and recommends it for all others. For listing
    /// templates, the ID is required only for calls from the vendor's management systems, not from applications. If
    /// unsure, set it. The same values are rejected as for [`project_id`](Self::project_id).
    ///
    /// Source: [API reference, both operations, parameter `Instance-Id`](crate::guide::sources).
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.instance_id = Some(instance_id.into());
        self
    }

    /// Sets the credentials used to authenticate requests.
    ///
    /// Accepts [`Credentials`] and the types that convert to them, such as [`IamCredential`](crate::IamCredential),
    /// [`Password`](crate::Password) and [`Profile`](crate::Profile).
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = Some(credentials.into());
        self
    }

    /// Sets the signing algorithm for access keys. Default: determined by the endpoint's host.
    ///
    /// An instance behind a custom host name, such as that of a reverse proxy, needs [`Signing::Derived`].
    pub fn signing(mut self, signing: Signing) -> Self {
        self.signing = Some(signing);
        self
    }

    /// Overrides the system clock, for tests of expiring credentials.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets the connect timeout, including DNS and TLS. Default: 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the timeout of one attempt, from connecting to the last byte of the response. Default: 30 seconds.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets the timeout of a call: one page, including the time to obtain the credential, all attempts and the delays
    /// between them. Default: none.
    ///
    /// Without it, only the [`attempt_timeout`](Self::attempt_timeout) and the [retry policy](Self::retry_policy) limit
    /// a call.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout);
        self
    }

    /// Sets the retry policy. Default: 5 attempts within 2 minutes, see [`RetryPolicy`]. [`RetryPolicy::none`] disables
    /// retries.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Limits the requests per second to the service across all clones and attempts: 1 or more. Default: no limit.
    ///
    /// Requests are evenly spaced, with bursts of at most 1% of the rate. Callers are served in the order in which they
    /// arrive. [`build`](Self::build) rejects 0.
    ///
    /// For each 1,000 TPS purchased, an enterprise instance allows 200 calls per second, of which 50 may be device
    /// queries.
    ///
    /// Source: ["Enterprise edition specifications"](crate::guide::sources).
    pub fn rate_limit(mut self, per_second: u32) -> Self {
        self.rate_limit = Some(per_second);
        self
    }

    /// Allows plain `http://` to hosts other than loopback addresses, and through a proxy. Default: `false`.
    ///
    /// The credential is then sent unencrypted: use it for private test beds only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Disables all proxies: those of the environment's proxy variables, and those set by
    /// [`configure_http`](Self::configure_http).
    ///
    /// With a plain `http://` endpoint of the service or of IAM, proxies are always disabled, except with
    /// [`allow_http`](Self::allow_http).
    pub fn no_proxy(mut self) -> Self {
        self.no_proxy = true;
        self
    }

    /// Configures the HTTP client: a proxy, private root certificates, a client certificate, the connection pool.
    ///
    /// This crate's settings are applied afterwards and take precedence: the connect and attempt timeouts, no redirects
    /// (they would send the credential to another host), no transparent decompression (the size limit counts received
    /// bytes), HTTP/1.1 only, no retries within reqwest, and no `connection_verbose` (it would log the credential).
    ///
    /// ```
    /// use huaweicloud_iotda::Client;
    ///
    /// let builder = Client::builder()
    ///     .configure_http(|http| http.pool_max_idle_per_host(4).user_agent("inventory/1.0"));
    /// ```
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.configure_http = Some(Box::new(configure));
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): the endpoint, the project or the credential is
    ///   missing; or the endpoint, region, credential or HTTP settings cannot work, such as an https endpoint in a
    ///   build without TLS, or plain http to another machine.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): a project ID or instance ID is empty or would
    ///   change the path, or [`max_attempts`](RetryPolicy::max_attempts) or the [rate limit](Self::rate_limit) is 0.
    ///
    /// ```
    /// use huaweicloud_iotda::{Client, ErrorKind};
    ///
    /// let error = Client::builder().build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Configuration);
    /// println!("{error}"); // it names the missing setting
    /// ```
    pub fn build(mut self) -> Result<Client, Error> {
        let endpoint = self.service_endpoint()?;
        let region = match self.region.take().or_else(|| endpoint.region().map(str::to_owned)) {
            Some(region) => check_region(&region).map(|()| Some(region))?,
            None => None,
        };
        let iam_endpoint = self.resolve_iam_endpoint(region.as_deref())?;
        match &self.project_id {
            Some(project_id) => check_id("project_id", project_id)?,
            None if region.is_some() && iam_endpoint.is_some() => {}
            None => return Err(missing("project", "project_id(...), or region(...) to look it up via IAM,")),
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
        let timeouts = Timeouts {
            connect: self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT),
            attempt: self.attempt_timeout.unwrap_or(DEFAULT_ATTEMPT_TIMEOUT),
        };
        // Through a proxy, a request to a loopback endpoint would leave this machine unencrypted.
        let plain_http =
            [Some(&endpoint), iam_endpoint.as_ref()].into_iter().flatten().any(|endpoint| endpoint.is_plain_http);
        self.no_proxy |= plain_http && !self.allow_http;
        let (retry_policy, call_timeout) = (self.retry_policy.clone(), self.call_timeout);
        retry_policy.check()?;
        let rate_limit = self.rate_limit.map(RateLimit::new).transpose()?;
        // A request over plain HTTP to a proxy contains the authority, which must not contain user info.
        let pools = RuntimePools::new(!plain_http || self.no_proxy);
        let transport = HttpTransport { http: self.http_client(timeouts)?, pools, timeouts, rate_limit };
        let context = ClientContext { transport, endpoint: iam_endpoint, region, project_id, clock };
        let session = Arc::new(Session::new(context, credentials, signing));
        Ok(Client::new(Inner { base_url: endpoint.base_url, instance_id, session, retry_policy, call_timeout }))
    }

    fn service_endpoint(&self) -> Result<Endpoint, Error> {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => Endpoint::parse("endpoint", endpoint, self.allow_http),
            (None, Some(region)) => Endpoint::of_region(region, self.allow_http),
            (None, None) => Err(missing("endpoint", "endpoint(...) or region(...)")),
        }
    }

    /// Returns the IAM endpoint that was set, or that of the region; `None` if this build has no TLS for the region's.
    fn resolve_iam_endpoint(&self, region: Option<&str>) -> Result<Option<Endpoint>, Error> {
        match (&self.iam_endpoint, region) {
            (Some(endpoint), _) => Endpoint::parse("iam_endpoint", endpoint, self.allow_http).map(Some),
            (None, Some(region)) => Ok(Endpoint::iam_of_region(region).ok()),
            (None, None) => Ok(None),
        }
    }

    fn http_client(self, timeouts: Timeouts) -> Result<reqwest::Client, Error> {
        let user_agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let mut builder = reqwest::Client::builder().user_agent(user_agent);
        if let Some(configure) = self.configure_http {
            builder = configure(builder);
        }
        if self.no_proxy {
            builder = builder.no_proxy();
        }
        builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Another crate may enable these features of reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            // It would log credentials.
            .connection_verbose(false)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.attempt)
            .build()
            .map_err(|error| {
                let message =
                    "failed to build the HTTP client; check configure_http and the platform's root certificates";
                Error::configuration(message).with_source(error)
            })
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

fn missing(setting: &str, setter: &str) -> Error {
    Error::configuration(format!("the client has no {setting}; call {setter} before build()"))
}
