//! The mock server of a test, clients for it, and what they list.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, thread};

use futures::{Stream, StreamExt};
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Error, IamCredential, RetryPolicy,
};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The device certificate that most tests list.
pub const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";

/// Starts a server with this many sample devices of [`CERTIFICATE`], and builds a client for it.
pub async fn server_with_devices(devices: usize) -> (MockServer, Client) {
    let server = MockServer::start().await.expect("bind to 127.0.0.1");
    server.add_certificate(CERTIFICATE);
    server.add_sample_devices(CERTIFICATE, devices);
    let client = client_builder(&server).build().expect("a client");
    (server, client)
}

/// The environment variables that configure another process for the mock server at this endpoint.
pub fn server_env(endpoint: &str) -> [(&'static str, &str); 3] {
    [
        ("HUAWEICLOUD_IOTDA_ENDPOINT", endpoint),
        ("HUAWEICLOUD_SDK_PROJECT_ID", MockServer::PROJECT_ID),
        ("HW_AUTH_TOKEN", MockServer::TOKEN),
    ]
}

/// Requests the total number of devices of [`CERTIFICATE`].
pub async fn total(client: &Client) -> Result<u64, Error> {
    client.list_device_by_device_certificate(CERTIFICATE).total().await
}

/// A retry policy without backoff.
pub fn no_backoff(max_attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(max_attempts).initial_backoff(Duration::ZERO)
}

/// Skips loading the root certificates of the platform, which is slow if a test builds hundreds of clients.
pub fn without_root_certificates(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
    return builder.configure_http(|http| http.tls_certs_only([]));
    #[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
    builder
}

/// A builder for this server. If `tests/document/prism/run` has started its validating proxy, requests go through the proxy.
/// All tests share that proxy: headers name the test and the server to forward to.
pub fn client_builder(server: &MockServer) -> ClientBuilder {
    let Ok(proxy) = env::var("IOTDA_TEST_PROXY") else { return without_root_certificates(server.builder()) };
    let test = thread::current().name().expect("a test name").to_owned();
    let headers = [("x-test", test), ("x-test-server", server.endpoint())];
    let headers =
        headers.map(|(name, value)| (name.parse().expect("a header name"), value.parse().expect("a header value")));
    let headers = HeaderMap::from_iter(headers);
    server.builder().endpoint(proxy).configure_http(|http| http.default_headers(headers))
}

/// The names of the sample devices with these numbers.
pub fn sample_device_names(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("sample-device-{number}")).collect()
}

/// Collects the items of a stream up to its end or its first error.
pub async fn collect_until_error<T>(
    mut stream: impl Stream<Item = Result<T, Error>> + Unpin,
) -> (Vec<T>, Option<Error>) {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => return (items, Some(error)),
        }
    }
    (items, None)
}

/// The JSON bodies of the requests that the server received.
pub fn request_bodies(server: &MockServer) -> Vec<Value> {
    server.requests().iter().map(|request| request.json().expect("a JSON body")).collect()
}

/// A credential provider whose credential a test can replace.
#[derive(Clone)]
pub struct ReplaceableProvider(pub Arc<Mutex<IamCredential>>);

impl CredentialProvider for ReplaceableProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        let credential = self.0.lock().expect("the lock").clone();
        Box::pin(async { Ok(Some(credential)) })
    }
}

/// Replaces host and port of the test's servers.
pub fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    let is_digit = |letter: char| letter.is_ascii_digit();
    parts.fold(first, |text, part| text + "HOST:PORT" + part.trim_start_matches(is_digit))
}
