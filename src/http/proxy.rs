//! The proxy of each host: the rules of the proxy variables, which are read once, when a client is built.
//!
//! The HTTP client asks these rules for each connection, so that what they report is what it does.

mod exceptions;
mod variable;

use std::env;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use crate::error::Error;
use exceptions::Exceptions;
use variable::{ProxyVariable, first_variable};

const HTTP_PROXY: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS_PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL_PROXY: [&str; 2] = ["ALL_PROXY", "all_proxy"];

/// The variable of CGI programs. A request sets `HTTP_PROXY` there, by its header `Proxy`.
const CGI: &str = "REQUEST_METHOD";

/// The reason why a request over plain HTTP goes through no proxy.
const PLAIN_HTTP: &str = "plain http uses no proxy";

/// The way of requests to a host, returned by [`Client::route`](crate::Client::route).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// Without a proxy.
    #[non_exhaustive]
    Direct {
        /// The reason why no proxy is used, for example "no proxy variable is set". For users; the text may change.
        reason: String,
        /// The variable that excludes the host, `NO_PROXY`.
        variable: Option<&'static str>,
    },
    /// Through a proxy.
    #[non_exhaustive]
    Proxy {
        /// Host and port of the proxy, without user name and password.
        host: String,
        /// The proxy variable; `None` for the proxy of the operating system's settings, which is used only if the
        /// application enables the feature `system-proxy` of reqwest.
        variable: Option<&'static str>,
    },
    /// [`configure_http`](crate::ClientBuilder::configure_http) may have set a proxy. If it has not, the proxy variables
    /// are used.
    Unknown,
}

/// The rules of a client.
pub(crate) struct ProxyRules {
    source: Source,
    /// Requests over plain HTTP may go through a proxy. It is `false` unless plain HTTP to other machines is allowed: through
    /// a proxy, a request to a loopback address would leave this machine unencrypted.
    plain_http: bool,
    /// The application configured the HTTP client, which may replace the rules.
    is_configured: bool,
}

enum Source {
    /// No proxy is used.
    Disabled { reason: &'static str },
    /// The variables that are set.
    Variables(Arc<Variables>),
    /// No variable is set. The HTTP client uses the settings of the operating system, if it was built to do so.
    System(Box<Matcher>),
}

/// The variables that are set. One that cannot be used is an error of the requests that would use it.
pub(crate) struct Variables {
    http: Option<Result<ProxyVariable, Error>>,
    https: Option<Result<ProxyVariable, Error>>,
    exceptions: Exceptions,
}

impl ProxyRules {
    /// Reads the proxy variables, unless proxies are disabled.
    pub(crate) fn new(disabled: Option<&'static str>, plain_http: bool, is_configured: bool) -> Self {
        // The HTTP client ignores the variable itself, but uses a proxy that the application set.
        let is_cgi = env::var_os(CGI).is_some() && !is_configured;
        let disabled = disabled.or(is_cgi.then_some("REQUEST_METHOD is set, as for a CGI program"));
        let source = match disabled {
            Some(reason) => Source::Disabled { reason },
            None => match Variables::read() {
                Some(variables) => Source::Variables(Arc::new(variables)),
                None => Source::System(Box::new(Matcher::from_system())),
            },
        };
        Self { source, plain_http, is_configured }
    }

    /// Returns `true` if requests over https may use a proxy, and those over plain HTTP may not.
    pub(crate) fn is_for_https_only(&self) -> bool {
        !self.plain_http && !matches!(self.source, Source::Disabled { .. })
    }

    /// Makes the HTTP client use these rules.
    pub(crate) fn apply(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match &self.source {
            Source::Disabled { .. } => http.no_proxy(),
            Source::Variables(variables) if !self.is_configured => {
                let variables = variables.clone();
                let proxy = move |url: &Url| Some(variables.proxy(url).ok()?.as_ref().ok()?.url.clone());
                http.proxy(reqwest::Proxy::custom(proxy))
            }
            // By default, the HTTP client uses the settings of the operating system.
            Source::Variables(_) | Source::System(_) => http,
        }
    }

    /// Returns the way of requests to this URL.
    pub(crate) fn route(&self, url: &str) -> Route {
        let direct = |reason: &str| Route::Direct { reason: reason.to_owned(), variable: None };
        let Ok(url) = Url::parse(url) else { return direct("not a URL") };
        match &self.source {
            Source::Disabled { reason } => direct(reason),
            _ if self.excludes(&url) => direct(PLAIN_HTTP),
            _ if self.is_configured => Route::Unknown,
            Source::Variables(variables) => match variables.proxy(&url) {
                Ok(Ok(variable)) => Route::Proxy { host: variable.host.clone(), variable: Some(variable.name) },
                Ok(Err(error)) => direct(error.message()),
                Err(route) => route,
            },
            Source::System(matcher) => {
                let proxy = url.as_str().parse().ok().and_then(|uri| matcher.intercept(&uri));
                match proxy.and_then(|proxy| variable::authority(&proxy)) {
                    Some(host) => Route::Proxy { host, variable: None },
                    None => direct("no proxy variable is set"),
                }
            }
        }
    }

    /// Returns `true` if the proxy for requests to this URL has a user name in its variable, and an error if the variable
    /// cannot be used.
    pub(crate) fn has_login(&self, url: &str) -> Result<bool, Error> {
        match self.variable(url) {
            Some(Ok(variable)) => Ok(!self.is_configured && !variable.url.username().is_empty()),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(false),
        }
    }

    /// Returns host and port of the proxy for requests to this URL.
    pub(crate) fn of(&self, url: &str) -> Option<String> {
        match self.route(url) {
            Route::Proxy { host, .. } => Some(host),
            Route::Direct { .. } | Route::Unknown => None,
        }
    }

    /// Returns the variable with the proxy for this URL, if there is one.
    fn variable(&self, url: &str) -> Option<&Result<ProxyVariable, Error>> {
        let Source::Variables(variables) = &self.source else { return None };
        let url = Url::parse(url).ok().filter(|url| !self.excludes(url))?;
        variables.proxy(&url).ok()
    }

    fn excludes(&self, url: &Url) -> bool {
        url.scheme() == "http" && !self.plain_http
    }
}

impl Variables {
    /// Returns `None` if no variable is set. Like for the HTTP client, an empty variable disables the one in lower case.
    fn read() -> Option<Self> {
        let (http, https) = (first_variable(&HTTP_PROXY), first_variable(&HTTPS_PROXY));
        let all = if http.is_some() && https.is_some() { None } else { first_variable(&ALL_PROXY) };
        let (http, https) = (http.or_else(|| all.clone()), https.or(all));
        if http.is_none() && https.is_none() {
            return None;
        }
        let parse = |variable: Option<variable::Raw>| variable.map(ProxyVariable::parse);
        Some(Self { http: parse(http), https: parse(https), exceptions: Exceptions::read() })
    }

    /// Returns the variable with the proxy for a URL, or the direct route.
    fn proxy(&self, url: &Url) -> Result<&Result<ProxyVariable, Error>, Route> {
        let direct = |reason, variable| Route::Direct { reason, variable };
        let variable = if url.scheme() == "https" { &self.https } else { &self.http };
        let Some(variable) = variable else {
            return Err(direct(format!("no proxy variable is set for {} URLs", url.scheme()), None));
        };
        match self.exceptions.matching(url.host_str().unwrap_or_default(), url.port_or_known_default()) {
            Some(name) => Err(direct(format!("{name} contains the host"), Some(name))),
            None => Ok(variable),
        }
    }
}
