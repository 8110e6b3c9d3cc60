//! The HTTP clients of a client, with the settings that all requests have in common.

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

use crate::error::Error;
use crate::http::proxy::ProxyRules;
use crate::http::{HttpClients, Timeouts, tls};

/// The application's configuration of the HTTP client.
pub(super) type HttpHook = Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>;

pub(super) struct HttpSettings<'a> {
    pub(super) timeouts: Timeouts,
    pub(super) root_certificates: &'a [Vec<u8>],
    pub(super) proxy: &'a ProxyRules,
    pub(super) uses_https: bool,
    pub(super) uses_plain_http: bool,
}

impl HttpSettings<'_> {
    /// Builds the HTTP clients. If only requests over https may use a proxy, the client for plain HTTP is another one: reqwest
    /// applies the proxies of the application to both schemes.
    pub(super) fn build(&self, configure: Option<HttpHook>) -> Result<HttpClients, Error> {
        let mut http = new_builder();
        // An application that configures the HTTP client may use it for other hosts.
        if !self.uses_https && configure.is_none() {
            http = tls::without_platform_roots(http);
        }
        http = tls::add_roots(http, self.root_certificates)?;
        if let Some(configure) = configure {
            http = configure(http);
        }
        let https = self.build_client(self.proxy.apply(http))?;
        let plain_http = if self.uses_https && self.uses_plain_http && self.proxy.is_for_https_only() {
            self.build_client(tls::without_platform_roots(new_builder()).no_proxy())?
        } else {
            https.clone()
        };
        Ok(HttpClients { https, plain_http })
    }

    /// Builds an HTTP client with the settings that take precedence over those of the application.
    fn build_client(&self, http: ClientBuilder) -> Result<reqwest::Client, Error> {
        tls::select_provider();
        http.redirect(Policy::none())
            .retry(reqwest::retry::never())
            // Another crate may enable these features of reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            // It would log each request with its credential.
            .connection_verbose(false)
            .connect_timeout(self.timeouts.connect)
            .timeout(self.timeouts.attempt)
            .build()
            .map_err(tls::build_error)
    }
}

fn new_builder() -> ClientBuilder {
    reqwest::Client::builder().user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
}
