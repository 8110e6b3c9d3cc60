//! The HTTP client for services on this machine or its host, such as the metadata service. It uses no proxy.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::tls;
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Creates a client for requests to this endpoint, each with this timeout. It follows no redirects.
pub(crate) fn direct_client(endpoint: &Endpoint, timeout: Duration) -> Result<Client, Error> {
    let mut http = Client::builder().no_proxy().timeout(timeout).redirect(Policy::none());
    if endpoint.is_plain_http {
        http = tls::without_platform_roots(http);
    }
    http.build().map_err(|error| Error::credentials("failed to create the HTTP client").with_source(error))
}
