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
#[derive(Clone)]
pub(crate) enum ProxyRules {
    /// No proxy is used.
    Disabled { reason: &'static str },
    /// The application configured the HTTP client, which may replace the rules.
    Unknown,
    /// The variables that are set.
    Variables(Arc<Variables>),
    /// No variable is set. The HTTP client uses the settings of the operating system, if it was built to do so.
    System(Arc<Matcher>),
}

/// The variables that are set.
pub(crate) struct Variables {
    http: Option<ProxyVariable>,
    https: Option<ProxyVariable>,
    exceptions: Exceptions,
}

impl ProxyRules {
    /// Reads the proxy variables, unless proxies are disabled.
    pub(crate) fn new(disabled: Option<&'static str>, is_configured: bool) -> Result<Self, Error> {
        if let Some(reason) = disabled {
            return Ok(Self::Disabled { reason });
        }
        if env::var_os(CGI).is_some() {
            return Ok(Self::Disabled { reason: "REQUEST_METHOD is set, as for a CGI program" });
        }
        let variables = Variables::read()?;
        Ok(match variables {
            _ if is_configured => Self::Unknown,
            Some(variables) => Self::Variables(Arc::new(variables)),
            None => Self::System(Arc::new(Matcher::from_system())),
        })
    }

    /// Makes the HTTP client use these rules.
    pub(crate) fn apply(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match self {
            Self::Disabled { .. } => http.no_proxy(),
            Self::Variables(variables) => {
                let variables = variables.clone();
                http.proxy(reqwest::Proxy::custom(move |url| Some(variables.proxy(url).ok()?.url.clone())))
            }
            // By default, the HTTP client uses the settings of the operating system.
            Self::Unknown | Self::System(_) => http,
        }
    }

    /// Returns the way of requests to this URL.
    pub(crate) fn route(&self, url: &str) -> Route {
        let direct = |reason: &str| Route::Direct { reason: reason.to_owned(), variable: None };
        match (self, Url::parse(url)) {
            (Self::Disabled { reason }, _) => direct(reason),
            (Self::Unknown, _) => Route::Unknown,
            (Self::Variables(variables), Ok(url)) => match variables.proxy(&url) {
                Ok(variable) => Route::Proxy { host: variable.host.clone(), variable: Some(variable.name) },
                Err(route) => route,
            },
            (Self::System(matcher), Ok(url)) => {
                let proxy = url.as_str().parse().ok().and_then(|uri| matcher.intercept(&uri));
                match proxy.and_then(|proxy| variable::authority(&proxy)) {
                    Some(host) => Route::Proxy { host, variable: None },
                    None => direct("no proxy variable is set"),
                }
            }
            (_, Err(_)) => direct("not a URL"),
        }
    }

    /// Returns `true` if the proxy for requests to this URL has a user name in its variable.
    pub(crate) fn has_login(&self, url: &str) -> bool {
        let Self::Variables(variables) = self else { return false };
        let url = Url::parse(url);
        url.is_ok_and(|url| variables.proxy(&url).is_ok_and(|variable| !variable.url.username().is_empty()))
    }

    /// Returns host and port of the proxy for requests to this URL.
    pub(crate) fn of(&self, url: &str) -> Option<String> {
        match self.route(url) {
            Route::Proxy { host, .. } => Some(host),
            Route::Direct { .. } | Route::Unknown => None,
        }
    }
}

impl Variables {
    /// Returns `None` if no variable is set. Like for the HTTP client, an empty variable disables the one in lower case.
    fn read() -> Result<Option<Self>, Error> {
        let (http, https) = (first_variable(&HTTP_PROXY), first_variable(&HTTPS_PROXY));
        let all = if http.is_some() && https.is_some() { None } else { first_variable(&ALL_PROXY) };
        let parse = |variable: Option<variable::Raw>| variable.map(ProxyVariable::parse).transpose();
        let (http, https) = (parse(http.or_else(|| all.clone()))?, parse(https.or(all))?);
        if http.is_none() && https.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { http, https, exceptions: Exceptions::read() }))
    }

    /// Returns the proxy for a URL, or the direct route.
    fn proxy(&self, url: &Url) -> Result<&ProxyVariable, Route> {
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
