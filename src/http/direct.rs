//! The HTTP client for services on this machine or its host, such as the metadata service. It uses no proxy.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::error::Error;

/// Creates a client with this timeout for each request. It follows no redirects.
pub(crate) fn direct_client(timeout: Duration) -> Result<Client, Error> {
    let http = Client::builder().no_proxy().timeout(timeout).redirect(Policy::none()).build();
    http.map_err(|error| Error::credentials("failed to create the HTTP client").with_source(error))
}
