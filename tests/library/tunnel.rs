//! Connections that cannot be made: permanent failures are not retried, transient ones are.

use std::io;

use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind};
use reqwest::dns::{Name, Resolve, Resolving};

use crate::support::no_backoff;
use crate::support::tls::CountingServer;

const ATTEMPTS: u32 = 3;

fn builder(endpoint: &str) -> ClientBuilder {
    let builder = Client::builder().endpoint(endpoint).project_id("p").credentials(Credentials::token("t"));
    builder.retry_policy(no_backoff(ATTEMPTS))
}

async fn error(builder: ClientBuilder) -> Error {
    let client = builder.build().expect("a client");
    client.list_device_authentication_templates().send().await.expect_err("an error")
}

async fn proxy_error(response: &'static [u8]) -> (Error, usize) {
    let proxy = CountingServer::start_raw(response).await;
    let via = reqwest::Proxy::all(format!("http://user:password@{}", proxy.address)).expect("a URL");
    let error = error(builder("https://iotda.example").configure_http(|http| http.proxy(via))).await;
    (error, proxy.connections())
}

#[tokio::test]
async fn rejection_of_a_proxy_is_not_retried() {
    for (response, help) in [
        (&b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"[..], "user name and password"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "NO_PROXY"),
        (b"HTTP/1.1 405 Method Not Allowed\r\n\r\n", "NO_PROXY"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "NO_PROXY"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "NO_PROXY"),
    ] {
        let (error, connections) = proxy_error(response).await;
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(!error.is_retryable() && error.message().contains("the proxy "), "{error}");
        assert!(error.help().is_some_and(|text| text.contains(help)), "{error}");
        assert_eq!((connections, error.attempts()), (1, 1), "{error}");
    }
}

#[tokio::test]
async fn proxy_that_closes_the_connection_is_retried() {
    let (error, connections) = proxy_error(b"").await;
    assert!(error.is_retryable(), "{error}");
    assert_eq!(connections, ATTEMPTS as usize, "{error}");
}

/// RFC 1928: version 5, reply 2 ("connection not allowed by ruleset"). RFC 1929: version 1, status 1 (failure).
#[tokio::test]
async fn rejection_of_a_socks_proxy_is_not_retried() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for (user, replies, text) in [
        ("", [&[5, 0][..], &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]], "refuses"),
        ("user:password@", [&[5, 2], &[1, 1]], "authentication"),
    ] {
        let proxy = CountingServer::start(move |mut stream| async move {
            for reply in replies {
                let _ = stream.read(&mut [0; 512]).await;
                let _ = stream.write_all(reply).await;
            }
            let _ = stream.read(&mut [0; 512]).await;
        })
        .await;
        let via = reqwest::Proxy::all(format!("socks5h://{user}{}", proxy.address)).expect("a URL");
        let error = error(builder("https://iotda.example").configure_http(|http| http.proxy(via))).await;
        assert!(!error.is_retryable() && error.message().contains(text), "{error}");
        assert_eq!(proxy.connections(), 1, "{error}");
    }
}

/// A resolver that fails with the text of an operating system.
struct FailingResolver(&'static str);

impl Resolve for FailingResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let error = io::Error::other(format!("failed to lookup address information: {}", self.0));
        Box::pin(async { Err(error.into()) })
    }
}

/// The texts of glibc, musl, macOS and Windows.
#[tokio::test]
async fn host_name_that_does_not_exist_is_not_retried_but_a_temporary_failure_is() {
    for (text, attempts) in [
        ("Name or service not known", 1),
        ("No address associated with hostname", 1),
        ("Name does not resolve", 1),
        ("nodename nor servname provided, or not known", 1),
        ("No such host is known. (os error 11001)", 1),
        ("Temporary failure in name resolution", ATTEMPTS),
        ("Try again", ATTEMPTS),
        ("This is usually a temporary error during hostname resolution. (os error 11002)", ATTEMPTS),
    ] {
        let resolver = FailingResolver(text);
        let builder = builder("https://iotda.example").no_proxy().configure_http(|http| http.dns_resolver(resolver));
        let error = error(builder).await;
        assert_eq!(error.attempts(), attempts, "{error}");
        assert_eq!(error.message().contains("does not exist"), attempts == 1, "{error}");
    }
}

#[tokio::test]
async fn refused_connection_is_retried() {
    let server = CountingServer::start_raw(b"").await;
    let closed = server.https();
    drop(server);
    tokio::task::yield_now().await;
    let error = error(builder(&closed).no_proxy()).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, ATTEMPTS), "{error}");
}
