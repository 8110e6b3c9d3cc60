//! What several tests share.

#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses its own part")]

pub mod clock;
pub mod document;
pub mod elsewhere;
pub mod example;
pub mod faults;
pub mod keys;
#[cfg(feature = "cli")]
pub mod program;
pub mod raw;

use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, thread};

use futures::StreamExt;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Error, IamCredential, RetryPolicy,
};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The certificate that the tests ask for.
pub const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";

/// A server on which this many sample devices use the certificate, and a client of it.
pub async fn serve(devices: usize) -> (MockServer, Client) {
    let server = MockServer::start().await.expect("a port on 127.0.0.1");
    server.add_certificate(CERTIFICATE);
    server.add_sample_devices(CERTIFICATE, devices);
    let client = builder_of(&server).build().expect("a client of the mock");
    (server, client)
}

/// The variables by which a program in a process of its own finds the server at this endpoint.
pub fn settings(endpoint: &str) -> [(&'static str, &str); 3] {
    [
        ("HUAWEICLOUD_IOTDA_ENDPOINT", endpoint),
        ("HUAWEICLOUD_SDK_PROJECT_ID", MockServer::PROJECT_ID),
        ("HW_AUTH_TOKEN", MockServer::TOKEN),
    ]
}

/// How many devices use the certificate, as the service counts.
pub async fn total(client: &Client) -> Result<u64, Error> {
    client.list_device_by_device_certificate(CERTIFICATE).total().await
}

/// Tries again at once, so many times in all.
pub fn at_once(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts).initial_backoff(Duration::ZERO)
}

/// Spares a client of a plain server reading the platform's root certificates: for tests that build hundreds.
pub fn without_roots(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    return builder.configure_http(|http| http.tls_certs_only([]));
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    builder
}

/// Straight to the server, or through the validating proxy that `tests/document/prism/run` has started: one for all tests,
/// which is told with each request whose it is and where it goes on to.
pub fn builder_of(server: &MockServer) -> ClientBuilder {
    let Ok(proxy) = env::var("IOTDA_TEST_PROXY") else { return without_roots(server.builder()) };
    let test = thread::current().name().expect("the test's name").to_owned();
    let headers = [("x-test", test), ("x-test-server", server.endpoint())];
    let headers = headers.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
    let headers = HeaderMap::from_iter(headers);
    server.builder().endpoint(proxy).configure_http(|http| http.default_headers(headers))
}

/// The names of the sample devices with these numbers.
pub fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("sample-device-{number}")).collect()
}

/// Everything a stream yields before its end, or its first error.
pub async fn drain<T>(mut stream: impl futures::Stream<Item = Result<T, Error>> + Unpin) -> (Vec<T>, Option<Error>) {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => return (items, Some(error)),
        }
    }
    (items, None)
}

/// The bodies of the requests that the server received.
pub fn bodies(server: &MockServer) -> Vec<Value> {
    server.requests().iter().map(|request| request.json().expect("a JSON body")).collect()
}

/// A source whose key a test replaces.
#[derive(Clone)]
pub struct Vault(pub Arc<Mutex<IamCredential>>);

impl CredentialProvider for Vault {
    fn credential(&self) -> CredentialFuture<'_> {
        let credential = self.0.lock().expect("the vault").clone();
        Box::pin(async { Ok(Some(credential)) })
    }
}
