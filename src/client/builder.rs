//! The configuration of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::endpoint_settings::{EndpointSettings, ResolvedEndpoints, missing};
use super::http_clients::{HttpHook, HttpSettings};
use super::{Client, Inner};
use crate::auth::clock_skew::Clock;
use crate::auth::context::ClientContext;
use crate::auth::credentials::Credentials;
use crate::auth::lockout::LockoutGuard;
use crate::auth::session::Session;
use crate::auth::signing::Signing;
use crate::endpoint::redacted_endpoint;
use crate::error::Error;
use crate::http::failover::Endpoints;
use crate::http::pace::Pace;
use crate::http::pools::RuntimePools;
use crate::http::proxy::ProxyRules;
use crate::http::retry::RetryPolicy;
use crate::http::retry_budget::RetryBudget;
use crate::http::{HttpTransport, Timeouts};
use crate::settings::{Check, check_cloud, check_id, check_name, check_region};

impl Client {
    /// Returns a builder for a client; [`ClientBuilder`] lists the required settings and the defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

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
/// | [`project_id`](Self::project_id) | looked up via IAM, by its name; required if IAM's endpoint is unknown |
/// | [`project_name`](Self::project_name) | the name of the region |
/// | [`instance_id`](Self::instance_id) | not sent |
/// | [`connect_timeout`](Self::connect_timeout) | 10 seconds |
/// | [`attempt_timeout`](Self::attempt_timeout) | 30 seconds |
/// | [`call_timeout`](Self::call_timeout) | none |
/// | [`retry_policy`](Self::retry_policy) | 5 attempts within 2 minutes, see [`RetryPolicy`] |
/// | [`rate_limit`](Self::rate_limit) | none |
/// | [`iam_endpoint`](Self::iam_endpoint) | derived from the endpoint's host name, or from [`cloud`](Self::cloud) and region |
/// | [`cloud`](Self::cloud) | the cloud of the endpoint's host name |
/// | [`signing`](Self::signing) | determined by the endpoint's host |
/// | [`root_certificates`](Self::root_certificates) | those of the platform |
/// | [`allow_http`](Self::allow_http) | `false`: plain `http://` to loopback addresses only |
/// | [`clock`](Self::clock) | the system clock |
///
/// # Environment
///
/// The builder reads no environment variable and no file. The HTTP client reads two things when it is built:
///
/// - the proxy variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case, with the schemes
///   `http`, `https`, `socks4`, `socks4a`, `socks5` and `socks5h`. A value that cannot be used is an error, if requests to
///   an endpoint would use it. In `NO_PROXY`, `*` is a wildcard, and a host may have a port. Requests to plain `http://`
///   endpoints use no proxy, except with [`allow_http`](Self::allow_http). [`no_proxy`](Self::no_proxy) disables them for
///   all endpoints, [`Client::route`] returns the proxy of a URL. If [`configure_http`](Self::configure_http) is set,
///   reqwest reads the variables, and ignores ports and wildcards other than `*`;
/// - the platform's root certificates; with rustls, also those named by `SSL_CERT_FILE` and `SSL_CERT_DIR`.
///   They are read only if an endpoint of the service or of IAM uses https, or if
///   [`configure_http`](Self::configure_http) is set, which can replace them.
///   [`root_certificates`](Self::root_certificates) adds others.
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
    endpoints: EndpointSettings,
    project_id: Option<String>,
    project_name: Option<String>,
    instance_id: Option<String>,
    credentials: Option<Credentials>,
    signing: Option<Signing>,
    clock: Option<Clock>,
    timeouts: Timeouts,
    call_timeout: Option<Duration>,
    retry_policy: RetryPolicy,
    rate_limit: Option<(u32, Duration)>,
    adaptive: Option<bool>,
    no_proxy: bool,
    root_certificates: Vec<Vec<u8>>,
    configure_http: Option<HttpHook>,
}

impl ClientBuilder {
    /// Sets the endpoint that the IoTDA console shows on its Overview page: a URL, or a host (then https).
    ///
    /// A path in the URL is prepended to the path of every operation. [`build`](Self::build) rejects user info, a
    /// query, a fragment, a placeholder such as `{instance}`, quotes, and characters that a URL cannot contain. It also
    /// rejects `https://` if the crate is built without a TLS feature, and plain `http://` to anything but a loopback
    /// address, except with [`allow_http`](Self::allow_http).
    ///
    /// Several endpoints are separated by commas. The first one is used until no connection to it can be made: then the
    /// next one, which stays in use as long as connections to it can be made. They must be of the same kind, because
    /// all use the same credential and [`signing`](Self::signing) algorithm.
    ///
    /// Each standard and enterprise instance has its own host. Only the basic edition uses the shared endpoint of a
    /// [`region`](Self::region). If both are set, requests go to the endpoint.
    ///
    /// Source: [API reference, "Endpoints"](crate::guide::sources).
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoints.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the region: its shared endpoint is used if no [`endpoint`](Self::endpoint) is set.
    ///
    /// For example, `cn-north-4` means `https://iotda.cn-north-4.myhuaweicloud.com`, and `eu-west-101` means
    /// `https://iotda.eu-west-101.myhuaweicloud.eu`; [`cloud`](Self::cloud) sets another domain. If an endpoint is set,
    /// the region determines only the IAM endpoint and the project to look up. Default: the region in the endpoint's
    /// host name.
    ///
    /// A region ID consists of lowercase letters, digits and hyphens. The builder does not check that the region
    /// exists.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.endpoints.region = Some(region.into());
        self
    }

    /// Sets the domain of the cloud that the [`region`](Self::region) belongs to, for example `myhuaweicloud.eu` or
    /// `otc.t-systems.com`.
    ///
    /// It determines the shared endpoint, if no [`endpoint`](Self::endpoint) is set, and the default of
    /// [`iam_endpoint`](Self::iam_endpoint), if the endpoint's host name contains no domain. Default: without an
    /// endpoint, `myhuaweicloud.com`, or `myhuaweicloud.eu` for the regions `eu-west-1xx`; with an endpoint, none.
    pub fn cloud(mut self, domain: impl Into<String>) -> Self {
        self.endpoints.cloud = Some(domain.into());
        self
    }

    /// Sets the IAM endpoint, for [`Credentials::password`] and for looking up the project. It may end with `/v3`.
    ///
    /// Default: `https://iam.{region}.{domain}`. The domain is that of the endpoint's host name
    /// (`….iotda-app.{region}.{domain}` or `iotda.{region}.{domain}`); otherwise the [`cloud`](Self::cloud) that is
    /// set. The password or the signature is never sent to another operator's domain: if the host name contains no
    /// domain and no cloud is set, a call that needs IAM fails before anything is sent.
    ///
    /// A token from the global endpoint, `https://iam.myhuaweicloud.com`, is valid in all regions; one from a regional
    /// endpoint is valid in that region only. The same values are rejected as for [`endpoint`](Self::endpoint).
    ///
    /// Source: [IAM, "Obtaining a user token through password authentication"](crate::guide::sources).
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoints.iam_endpoint = Some(endpoint.into());
        self
    }

    /// Sets the project ID, usually 32 hexadecimal digits. The console shows it on the My Credentials page.
    ///
    /// Default: the first call looks up the project with the [`project_name`](Self::project_name) via IAM, once. If
    /// there is no such project, or several, the call fails with an error that lists them.
    ///
    /// The ID is part of the request path. [`build`](Self::build) rejects an ID that is empty, is a dot segment, or
    /// contains a slash, a backslash, a quotation mark, or anything but visible ASCII characters; other characters are
    /// percent-encoded.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// Sets the name of the project to look up if no [`project_id`](Self::project_id) is set, for example
    /// `cn-north-4_test`. Default: the name of the [`region`](Self::region).
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
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
        self.timeouts.connect = timeout;
        self
    }

    /// Sets the timeout of one attempt, from connecting to the last byte of the response. Default: 30 seconds.
    ///
    /// It limits only the time in which the call is polled: a consumer that stops polling a stream for longer costs a fresh
    /// attempt, not the listing.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.attempt = timeout;
        self
    }

    /// Sets the timeout of a call: one page, including the time to obtain the credential, all attempts and the delays
    /// between them. Default: none.
    ///
    /// Without it, only the [`attempt_timeout`](Self::attempt_timeout) and the [retry policy](Self::retry_policy) limit
    /// a call. A pause of the consumer does not count, like for the attempt timeout.
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

    /// Limits the requests per second to the service across all clones and attempts: 1 or more. Default: no fixed limit,
    /// see [`adaptive`](Self::adaptive).
    ///
    /// Requests are evenly spaced, with bursts of at most 1% of the rate. Callers are served in the order in which they
    /// arrive. [`build`](Self::build) rejects 0.
    ///
    /// For each 1,000 TPS purchased, an enterprise instance allows 200 calls per second, of which 50 may be device
    /// queries.
    ///
    /// Source: ["Enterprise edition specifications"](crate::guide::sources).
    pub fn rate_limit(self, per_second: u32) -> Self {
        self.rate_limit_per(per_second, Duration::from_secs(1))
    }

    /// Limits the requests in a window of time, like [`rate_limit`](Self::rate_limit). For example, 300 requests in 5
    /// minutes are one request per second.
    ///
    /// Requests are evenly spaced in the window. [`build`](Self::build) rejects 0 requests and a window of 0 seconds.
    pub fn rate_limit_per(mut self, requests: u32, window: Duration) -> Self {
        self.rate_limit = Some((requests, window));
        self
    }

    /// Enables or disables learning the service's rate limit. Default: enabled, if no [`rate_limit`](Self::rate_limit)
    /// is set.
    ///
    /// A client that was never throttled sends requests without a limit. If the service throttles a request, all clones
    /// of the client reduce their rate at once: below the limit that the gateway's message names, or below the rate of
    /// the last requests. Successes raise it slowly, never above a limit that was named.
    pub fn adaptive(mut self, enabled: bool) -> Self {
        self.adaptive = Some(enabled);
        self
    }

    /// Allows plain `http://` to hosts other than loopback addresses, and through a proxy. Default: `false`.
    ///
    /// The credential is then sent unencrypted: use it for private test beds only.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.endpoints.allow_http = allow;
        self
    }

    /// Disables all proxies: those of the environment's proxy variables, and those set by
    /// [`configure_http`](Self::configure_http).
    ///
    /// For the requests to a plain `http://` endpoint, such as a mock server on this machine, proxies are always disabled,
    /// except with [`allow_http`](Self::allow_http).
    pub fn no_proxy(mut self) -> Self {
        self.no_proxy = true;
        self
    }

    /// Adds root certificates in PEM form to those of the platform, for example that of a proxy that inspects TLS. May be
    /// called several times. Default: none.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let builder = huaweicloud_iotda::Client::builder().root_certificates(std::fs::read("corporate-root.pem")?);
    /// # let _ = builder;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`build`](Self::build) rejects text without a certificate, and a build without TLS. To trust only these certificates
    /// and not those of the platform, use [`configure_http`](Self::configure_http).
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Configures the HTTP client: a proxy, private root certificates, a client certificate, the connection pool.
    ///
    /// This crate's settings are applied afterwards and take precedence: the connect and attempt timeouts, no redirects
    /// (they would send the credential to another host), no transparent decompression (the size limit counts received
    /// bytes), HTTP/1.1 only, no retries within reqwest, and no `connection_verbose` (it would log the credential).
    ///
    /// If a client has both `https://` and plain `http://` endpoints, only the requests to the `https://` endpoints use the
    /// configuration, because it may contain a proxy. With [`allow_http`](Self::allow_http) or [`no_proxy`](Self::no_proxy),
    /// all requests use it.
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
    ///   build without TLS, plain http to another machine, or a proxy variable that is not a URL.
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
        self.check_names()?;
        let sts_endpoint = self.credentials.as_ref().and_then(|credentials| credentials.provider.sts_endpoint());
        let endpoints = self.endpoints.resolve(sts_endpoint)?;
        let project_name = self.project_name.take().or_else(|| endpoints.region.clone());
        match &self.project_id {
            Some(project_id) => check_id("project_id", project_id)?,
            None if project_name.is_none() => {
                return Err(missing("project", "project_id(...), or region(...) to look it up via IAM,"));
            }
            None => {}
        }
        let credentials = self.credentials.take();
        let credentials = credentials.ok_or_else(|| missing("credential", "credentials(Credentials::token(...))"))?;
        credentials.provider.check()?;
        let signing = match self.signing.take() {
            Some(signing) => signing.check().map(|()| signing)?,
            None => endpoints.signing()?,
        };
        self.retry_policy.check()?;
        let transport = self.transport(&endpoints)?;
        let context = ClientContext {
            transport,
            endpoint: endpoints.iam,
            sts_endpoint: endpoints.sts,
            region: endpoints.region,
            project_id: self.project_id.map(Arc::from),
            project_name,
            lockout: credentials.lockout.clone(),
        };
        let inner = Inner {
            endpoints: Endpoints::new(endpoints.service),
            instance_id: self.instance_id,
            session: Arc::new(Session::new(context, credentials, signing)),
            retry_policy: self.retry_policy,
            call_timeout: self.call_timeout,
        };
        Ok(Client { inner: Arc::new(inner) })
    }

    fn check_names(&self) -> Result<(), Error> {
        let checks: [(&str, &Option<String>, Check); 4] = [
            ("region", &self.endpoints.region, check_region),
            ("cloud", &self.endpoints.cloud, check_cloud),
            ("project_name", &self.project_name, check_name),
            ("instance_id", &self.instance_id, check_id),
        ];
        let mut set = checks.into_iter().filter_map(|(name, value, check)| Some((name, value.as_ref()?, check)));
        set.try_for_each(|(name, value, check)| check(name, value))
    }

    fn transport(&mut self, endpoints: &ResolvedEndpoints) -> Result<HttpTransport, Error> {
        let pace = self.pace()?;
        let uses_https = endpoints.all().any(|endpoint| !endpoint.is_plain_http);
        let uses_plain_http = endpoints.all().any(|endpoint| endpoint.is_plain_http);
        let without_proxy = match () {
            () if self.no_proxy => Some("no_proxy() is set"),
            () if !uses_https && !self.endpoints.allow_http => Some("all endpoints use plain http"),
            () => None,
        };
        let proxy = ProxyRules::new(without_proxy, self.endpoints.allow_http, self.configure_http.is_some());
        endpoints.all().try_for_each(|endpoint| proxy.has_login(&endpoint.base_url).map(drop))?;
        let (timeouts, root_certificates) = (self.timeouts, &self.root_certificates);
        let settings = HttpSettings { timeouts, root_certificates, proxy: &proxy, uses_https, uses_plain_http };
        Ok(HttpTransport {
            clients: settings.build(self.configure_http.take())?,
            // A request over plain HTTP to a proxy contains the authority, which must not contain user info.
            pools: RuntimePools::new(!uses_plain_http || !self.endpoints.allow_http || self.no_proxy),
            timeouts,
            pace,
            retry_budget: RetryBudget::default(),
            proxy,
            proxy_lockout: LockoutGuard::default(),
            clock: self.clock.take().unwrap_or_else(|| Arc::new(SystemTime::now)),
        })
    }

    fn pace(&self) -> Result<Pace, Error> {
        match self.rate_limit {
            Some((requests, window)) if requests == 0 || window.is_zero() => Err(Error::invalid_input(format!(
                "rate_limit is {requests} requests per {window:?}, but must be 1 or more per window of more than 0 seconds"
            ))),
            Some((requests, window)) => Ok(Pace::fixed(window / requests)),
            None if self.adaptive.unwrap_or(true) => Ok(Pace::adaptive(self.retry_policy.limits().1)),
            None => Ok(Pace::fixed(Duration::ZERO)),
        }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("endpoint", &self.endpoints.endpoint.as_deref().map(redacted_endpoint))
            .field("region", &self.endpoints.region)
            .field("cloud", &self.endpoints.cloud)
            .field("project_id", &self.project_id)
            .field("instance_id", &self.instance_id)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
