//! Proxy environment variables, which the HTTP client reads when a client is built.

use std::process::Command;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::program::{iotda, run};

/// A name that never resolves: `.invalid` has no address (RFC 6761, section 6.4).
const HOST: &str = "iotda.example.invalid";
const TOKEN: &str = "a-token-of-iam";

/// The result of a run behind a proxy.
struct ProxiedRun {
    status: Option<i32>,
    stderr: String,
    /// The request that the proxy received, if any.
    proxy_request: Option<String>,
}

fn list_devices() -> Command {
    let endpoint = format!("https://{HOST}");
    let mut command = iotda(&["--endpoint", &endpoint, "--retries", "0", "devices", "61c970ce2d63eb6ee655dbf0"]);
    command.env("HUAWEICLOUD_SDK_PROJECT_ID", "0123456789abcdef0123456789abcdef").env("HW_AUTH_TOKEN", TOKEN);
    command
}

/// Lists devices with a proxy in this variable. The proxy rejects every request.
async fn run_with_proxy(proxy_variable: &str, other_variables: &[(&str, &str)]) -> ProxiedRun {
    run_with_rejecting_proxy("403 Forbidden", proxy_variable, other_variables).await
}

/// Lists devices with a proxy in this variable. The proxy responds to every request with this status.
async fn run_with_rejecting_proxy(status: &str, proxy_variable: &str, other_variables: &[(&str, &str)]) -> ProxiedRun {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = list_devices();
    let proxy_url = format!("http://user:password@{}", proxy.local_addr().unwrap());
    command.env(proxy_variable, proxy_url).envs(other_variables.iter().copied());
    let serve_proxy = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let mut proxy_request = None;
    let run = run(command);
    tokio::pin!(run, serve_proxy);
    loop {
        tokio::select! {
            biased;
            request = &mut serve_proxy, if proxy_request.is_none() => proxy_request = Some(request),
            output = &mut run => {
                return ProxiedRun { status: output.status, stderr: output.stderr, proxy_request };
            }
        }
    }
}

#[tokio::test]
async fn https_requests_use_the_proxy_of_the_environment() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let run = run_with_proxy(variable, &[]).await;
        let request = run.proxy_request.unwrap_or_else(|| panic!("{variable}: no request: {}", run.stderr));
        assert!(request.starts_with(&format!("CONNECT {HOST}:443 ")), "{variable}: {request}");
        assert!(!request.contains(TOKEN), "{variable}: the proxy must not see the token: {request}");
        assert_eq!(run.status, Some(5), "{variable}: {}", run.stderr);
    }
}

#[tokio::test]
async fn hosts_in_no_proxy_bypass_the_proxy() {
    let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", ".example.invalid")]).await;
    assert_eq!(run.proxy_request, None);
    assert_eq!(run.status, Some(5), "{}", run.stderr);
}

/// The help for a 407 names this form of a proxy variable.
#[tokio::test]
async fn user_and_password_of_a_proxy_variable_are_sent_to_the_proxy() {
    let run = run_with_proxy("HTTPS_PROXY", &[]).await;
    let request = run.proxy_request.unwrap_or_default().to_lowercase();
    // `printf user:password | base64`, in lowercase.
    assert!(request.contains("\r\nproxy-authorization: basic dxnlcjpwyxnzd29yza==\r\n"), "{request}");
    assert!(!run.stderr.contains("password"), "{}", run.stderr);
}

#[tokio::test]
async fn proxy_of_an_https_endpoint_that_rejects_a_request_is_explained() {
    for (status, remedy) in [("403 Forbidden", "NO_PROXY"), ("407 Proxy Authentication Required", "user:password")] {
        let run = run_with_rejecting_proxy(status, "HTTPS_PROXY", &[]).await;
        let last = run.stderr.lines().last().unwrap_or_default();
        assert!(last.contains("proxy") && last.contains(remedy), "{status}: {}", run.stderr);
        assert!(!last.contains("ClientBuilder"), "{status}: {}", run.stderr);
    }
}
