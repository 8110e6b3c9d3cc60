//! The proxy that the HTTP client uses for a host, to name it in errors.

use hyper_util::client::proxy::matcher::Matcher;

/// The rules of the environment's proxy variables. The HTTP client has the same.
pub(crate) struct ProxyRules {
    /// `None` if no proxy is used, or if the application configured the HTTP client, which may replace these rules.
    matcher: Option<Matcher>,
}

impl ProxyRules {
    /// Reads the proxy variables, unless proxies are disabled or unknown.
    pub(crate) fn new(no_proxy: bool, is_configured: bool) -> Self {
        Self { matcher: (!no_proxy && !is_configured).then(Matcher::from_system) }
    }

    /// Returns host and port of the proxy for requests to this URL, without user info.
    pub(crate) fn of(&self, url: &str) -> Option<String> {
        let proxy = self.matcher.as_ref()?.intercept(&url.parse().ok()?)?;
        let (host, port) = (proxy.uri().host()?, proxy.uri().port_u16());
        let default_port = match proxy.uri().scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => 1080,
        };
        Some(format!("{host}:{}", port.unwrap_or(default_port)))
    }
}
