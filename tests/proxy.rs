//! The proxy variables of the environment, as the HTTP client reads them when a client is built.

#![cfg(all(feature = "cli", any(feature = "rustls", feature = "native-tls")))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::process::Command;

use support::program::{Ran, iotda, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Never asked by its name: `.invalid` has no address (RFC 6761, section 6.4).
const HOST: &str = "iotda.example.invalid";

fn asking() -> Command {
    let endpoint = format!("https://{HOST}");
    let mut command = iotda(&["--endpoint", &endpoint, "--retries", "0", "devices", "61c970ce2d63eb6ee655dbf0"]);
    command
        .env("HUAWEICLOUD_SDK_PROJECT_ID", "0123456789abcdef0123456789abcdef")
        .env("HW_AUTH_TOKEN", "a-token-of-iam");
    command
}

/// What the program came to with this proxy, and the first line that the proxy was sent, if it was asked.
async fn through(variable: &str, more: &[(&str, &str)]) -> (Ran, Option<String>) {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = asking();
    command.env(variable, format!("http://{}", proxy.local_addr().unwrap())).envs(more.iter().copied());
    let asked = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let mut first = None;
    let ran = run(command);
    tokio::pin!(ran, asked);
    loop {
        tokio::select! {
            biased;
            request = &mut asked, if first.is_none() => first = Some(request),
            ran = &mut ran => return (ran, first),
        }
    }
}

#[tokio::test]
async fn https_goes_through_the_proxy_of_the_environment() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (ran, asked) = through(variable, &[]).await;
        let asked = asked.unwrap_or_else(|| panic!("{variable}: {}", ran.stderr));
        assert!(asked.starts_with(&format!("CONNECT {HOST}:443 ")), "{variable}: {asked}");
        assert!(!asked.contains("a-token-of-iam"), "{asked}");
        assert!(ran.status != Some(0) && ran.stderr.contains("no connection"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn hosts_of_no_proxy_are_asked_directly() {
    let (ran, asked) = through("HTTPS_PROXY", &[("NO_PROXY", ".example.invalid")]).await;
    assert!(asked.is_none() && ran.status != Some(0), "{asked:?}");
}
