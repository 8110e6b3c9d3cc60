//! Proxy environment variables, which the HTTP client reads when a client is built.

use std::future::poll_fn;
use std::process::Command;
use std::task::Poll;

use huaweicloud_iotda::mock::MockServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::tls::Authority;
use crate::support::tls::CountingServer;

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

/// An error names the variable and not its value, and nothing is sent, neither to the proxy nor to the endpoint.
#[tokio::test]
async fn unusable_proxy_variable_is_a_configuration_error() {
    let endpoint = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = endpoint.local_addr().unwrap().port();
    for (value, part) in [
        ("http://user:Zq8x#W2@127.0.0.1:9", "percent-encoded"),
        ("http://user:Zq8x/W2@127.0.0.1:9", "percent-encoded"),
        ("http://user:Zq8x?W2@127.0.0.1:9", "percent-encoded"),
        ("http://user:Zq8x@W2@127.0.0.1:9", "percent-encoded"),
        ("http://CORP\\user:Zq8xW2@127.0.0.1:9", "percent-encoded"),
        ("http://user:Zq8x%FFW2@127.0.0.1:9", "UTF-8"),
        ("\"http://user:Zq8xW2@127.0.0.1:9\"", "quotes"),
        ("'http://user:Zq8xW2@127.0.0.1:9'", "quotes"),
        ("\u{201c}http://user:Zq8xW2@127.0.0.1:9\u{201d}", "quotes"),
        ("http://user:Zq8xW2@127.0.0.1:9\r", "line break"),
        (" http://user:Zq8xW2@127.0.0.1:9", "a space"),
        ("http://user:Zq8x\tW2@127.0.0.1:9", "a tab"),
        ("ftp://user:Zq8xW2@127.0.0.1:9", "socks5h"),
        ("socks://user:Zq8xW2@127.0.0.1:9", "socks5h"),
        ("http:user:Zq8xW2@127.0.0.1:9", "URL"),
        ("//user:Zq8xW2@127.0.0.1:9", "URL"),
        ("http//user:Zq8xW2@127.0.0.1:9", "URL"),
        ("http\u{ff1a}//127.0.0.1:9", "URL"),
        ("http://user:Zq8xW2@", "URL"),
        ("http://user:Zq8xW2@127.0.0.1:99999", "URL"),
        ("http://user:Zq8xW2@{proxy}:9", "URL"),
    ] {
        for name in ["HTTPS_PROXY", "all_proxy"] {
            let mut command = iotda(&["--endpoint", &format!("https://127.0.0.1:{port}"), "templates"]);
            command.env("HUAWEICLOUD_SDK_PROJECT_ID", "p").env("HW_AUTH_TOKEN", TOKEN).env(name, value);
            let ran = run(command).await;
            assert_eq!(ran.status, Some(2), "{value}: {}", ran.stderr);
            assert!(ran.stderr.to_lowercase().contains(&name.to_lowercase()), "{value}: {}", ran.stderr);
            assert!(ran.stderr.contains(part) && ran.stderr.contains("%23"), "{value}: {}", ran.stderr);
            assert!(!ran.stderr.contains("Zq8x") && !ran.stderr.contains("W2"), "{value}: {}", ran.stderr);
        }
    }
    let pending = poll_fn(|context| Poll::Ready(endpoint.poll_accept(context).is_pending())).await;
    assert!(pending, "no request is sent to the endpoint");
}

#[tokio::test]
async fn doctor_reports_an_unusable_proxy_variable_with_all_other_failures() {
    let mut command = iotda(&["doctor", "--output", "table"]);
    command.env("HTTPS_PROXY", "http://user:Zq8x#W2@127.0.0.1:9");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stdout);
    for step in ["failed   endpoint ", "failed   credential ", "failed   network "] {
        assert!(ran.stdout.contains(step), "{step}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("HTTPS_PROXY") && !ran.stdout.contains("Zq8x"), "{}", ran.stdout);
}

#[tokio::test]
async fn doctor_reports_no_unusable_proxy_variable_for_hosts_in_no_proxy() {
    let mut command = iotda(&["doctor", "--output", "table", "--endpoint", "https://iotda.example"]);
    command.env("HTTPS_PROXY", "ftp://127.0.0.1:9").env("NO_PROXY", "iotda.example");
    let ran = run(command).await;
    assert!(ran.stdout.contains("failed   credential "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("failed   network "), "{}", ran.stdout);
}

/// A variable that is not used may have any value.
#[tokio::test]
async fn unused_proxy_variable_is_not_checked() {
    let server = MockServer::start().await.unwrap();
    let mut command = iotda_at(&server, &["templates"]);
    command.env("HTTPS_PROXY", "ftp://127.0.0.1:9").env("HTTP_PROXY", "\"");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "plain http to a loopback address uses no proxy: {}", ran.stderr);
    let run = run_with_proxy("HTTPS_PROXY", &[("HTTP_PROXY", "http://127.0.0.1:9"), ("ALL_PROXY", "socks://x")]).await;
    assert!(run.proxy_request.is_some(), "{}", run.stderr);
}

/// A server in the place of IAM, and a run with these variables. The endpoint of the service uses https.
async fn run_with_plain_iam(variables: &[(&str, &str)], options: &[&str]) -> (MockServer, Ran) {
    let iam = MockServer::start().await.unwrap();
    iam.add_user("account", "user", "a-password");
    let mut command = iotda(&[&["--endpoint", "https://iotda.example", "--project-id", "p"], options].concat());
    let login = [("HW_DOMAIN_NAME", "account"), ("HW_USER_NAME", "user"), ("HW_USER_PASSWORD", "a-password")];
    command.envs(login).env("HW_AUTH_URL", iam.endpoint()).envs(variables.iter().copied());
    let ran = run(command).await;
    (iam, ran)
}

#[tokio::test]
async fn https_requests_use_the_proxy_while_iam_uses_plain_http() {
    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["iotda.example"], |_| {})).await;
    let ca = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mixed-ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    for variable in ["HTTPS_PROXY", "ALL_PROXY"] {
        let proxy = CountingServer::start_proxy(server.address).await;
        let url = format!("http://{}", proxy.address);
        let options = ["--ca-file", ca.to_str().unwrap(), "templates"];
        let (iam, ran) = run_with_plain_iam(&[(variable, &url)], &options).await;
        assert_eq!(ran.status, Some(0), "{variable}: {}", ran.stderr);
        assert_eq!((proxy.connections(), iam.login_count()), (1, 1), "{variable}: {}", ran.stderr);
    }
}

/// IAM uses none of these variables, and the service only that for https.
#[tokio::test]
async fn unusable_proxy_variable_of_an_https_host_is_reported_while_iam_uses_plain_http() {
    for command in ["templates", "doctor"] {
        let (iam, ran) = run_with_plain_iam(&[("HTTPS_PROXY", "http://user:Zq8x#W2@127.0.0.1:9")], &[command]).await;
        assert_eq!(ran.status, Some(2), "{command}: {}{}", ran.stdout, ran.stderr);
        let printed = ran.stdout + &ran.stderr;
        assert!(printed.contains("HTTPS_PROXY") && !printed.contains("Zq8x"), "{command}: {printed}");
        assert_eq!(iam.requests().len(), 0, "{command}");
    }
    let unused = [("HTTPS_PROXY", "ftp://x"), ("HTTP_PROXY", "\""), ("NO_PROXY", "*.example,iotda.example")];
    for variables in [&unused[..], &unused[1..2]] {
        let (iam, ran) = run_with_plain_iam(variables, &["--retries", "0", "templates"]).await;
        assert_eq!(ran.status, Some(5), "the host does not exist: {}", ran.stderr);
        assert_eq!(iam.login_count(), 1, "{}", ran.stderr);
    }
}

#[tokio::test]
async fn doctor_prints_the_way_to_an_https_host_and_to_iam_with_plain_http() {
    let proxy = CountingServer::start_raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let url = format!("http://{}", proxy.address);
    let (iam, ran) = run_with_plain_iam(&[("ALL_PROXY", &url)], &["doctor", "--output", "table"]).await;
    let printed = one_space(&ran.stdout);
    let iam = iam.endpoint().replace("http://", "");
    for line in [
        format!("set proxy iotda.example: through {} (variable ALL_PROXY)", proxy.address),
        format!("default proxy {iam}: none, because plain http uses no proxy"),
    ] {
        assert!(printed.contains(&line), "{line}: {printed}");
    }
}

#[tokio::test]
async fn wildcards_in_no_proxy_bypass_the_proxy() {
    for value in ["*.example.invalid", "localhost, *.EXAMPLE.invalid", "a.example iotda.*", "iotda*invalid,10.*", "*"] {
        let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", value)]).await;
        assert_eq!(run.proxy_request, None, "{value}");
    }
    for value in ["*.iotda.example.invalid", "*.example", "127.*", "x*"] {
        let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", value)]).await;
        assert!(run.proxy_request.is_some(), "{value}: {}", run.stderr);
    }
}

/// The error shows host and port, so users copy both. Go and Python read a port in `NO_PROXY`, too.
#[tokio::test]
async fn ports_in_no_proxy_are_compared() {
    for value in
        ["iotda.example.invalid:443", ".example.invalid:443", "*.example.invalid:443", "a:1,*:443", "[::1]:1,*"]
    {
        let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", value)]).await;
        assert_eq!(run.proxy_request, None, "{value}");
    }
    for value in ["iotda.example.invalid:8443", "*:80", "iotda.example.invalid:x", "::443"] {
        let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", value)]).await;
        assert!(run.proxy_request.is_some(), "{value}: {}", run.stderr);
    }
}

#[tokio::test]
async fn mistakes_in_no_proxy_are_ignored() {
    for value in [
        "\"a.example,.example.invalid\"",
        "'iotda.example.invalid'",
        "\u{201c}iotda.example.invalid\u{201d}",
        "iotda.example.invalid\u{200b}",
        "https://iotda.example.invalid/",
        "iotda.example.invalid.",
        "a;iotda.example.invalid",
        "a|iotda.example.invalid\r",
    ] {
        let run = run_with_proxy("HTTPS_PROXY", &[("NO_PROXY", value)]).await;
        assert_eq!(run.proxy_request, None, "{value}");
    }
}

#[tokio::test]
async fn percent_encoded_password_is_decoded_for_the_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:p%23%2F%40ss@{}", proxy.local_addr().unwrap());
    let request = connect_request(&proxy, &url).await.to_lowercase();
    // `printf 'user:p#/@ss' | base64`, in lowercase.
    assert!(request.contains("\r\nproxy-authorization: basic dxnlcjpwiy9ac3m=\r\n"), "{request}");
}

#[tokio::test]
async fn proxy_variable_without_a_scheme_is_an_http_proxy() {
    for suffix in ["", "/"] {
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{}{suffix}", proxy.local_addr().unwrap());
        assert!(connect_request(&proxy, &url).await.starts_with("CONNECT "), "{url}");
    }
}

/// Returns the start of the request that a proxy of this URL receives.
async fn connect_request(proxy: &TcpListener, url: &str) -> String {
    let mut command = list_devices();
    command.env("HTTPS_PROXY", url);
    let receive = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        request.truncate(length);
        String::from_utf8(request).unwrap()
    };
    let (request, _) = tokio::join!(receive, run(command));
    request
}

/// RFC 1928: version 5, the methods "no authentication" and, with a user name, "user name and password"; then CONNECT to
/// a host name (type 3).
#[tokio::test]
async fn socks5h_proxy_receives_the_host_name() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = list_devices();
    command.env("ALL_PROXY", format!("socks5h://{}", proxy.local_addr().unwrap()));
    let receive = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        assert_eq!(greeting, [5, 1, 0]);
        stream.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 5 + HOST.len()];
        stream.read_exact(&mut request).await.unwrap();
        assert_eq!(request[..5], [5, 1, 0, 3, HOST.len() as u8]);
        String::from_utf8(request[5..].to_vec()).unwrap()
    };
    let (host, ran) = tokio::join!(receive, run(command));
    assert_eq!(host, HOST);
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

#[tokio::test]
async fn doctor_prints_the_way_to_each_host() {
    let endpoint = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    let mut command = iotda(&["doctor", "--endpoint", endpoint, "--project-id", "p", "--output", "table"]);
    command.env("HW_AUTH_TOKEN", TOKEN).env("HTTPS_PROXY", "http://user:Zq8xW2@127.0.0.1:9");
    command.env("NO_PROXY", "*.iotda-app.cn-north-4.myhuaweicloud.com,iam.*").env("ALL_PROXY", "http://127.0.0.1:8");
    let ran = run(command).await;
    let printed = one_space(&ran.stdout);
    assert!(printed.contains("set proxy none, because NO_PROXY contains the host (variable NO_PROXY)"), "{printed}");

    let mut command = iotda(&["doctor", "--endpoint", endpoint, "--project-id", "p", "--output", "table"]);
    command.env("HW_AUTH_TOKEN", TOKEN).env("HTTPS_PROXY", "http://user:Zq8xW2@127.0.0.1:9").env("NO_PROXY", "iam.*");
    let ran = run(command).await;
    let printed = one_space(&ran.stdout);
    for line in [
        "set proxy 9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com: through 127.0.0.1:9 (variable HTTPS_PROXY)",
        "set proxy iam.cn-north-4.myhuaweicloud.com: none, because NO_PROXY contains the host (variable NO_PROXY)",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    assert!(!ran.stdout.contains("Zq8x"), "{}", ran.stdout);
}

/// Replaces each run of spaces by one.
fn one_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const REJECTION: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";

/// Returns `iotda` for six certificates, with a proxy that requires a login.
fn six_certificates(proxy: &CountingServer, options: &[&str]) -> Command {
    let mut command = iotda(&[&["--endpoint", "https://iotda.example", "devices"], options].concat());
    command.args(["c1", "c2", "c3", "c4", "c5", "c6"]).env("HW_AUTH_TOKEN", TOKEN).env("HW_PROJECT_ID", "p");
    command.env("HTTPS_PROXY", format!("http://user:password@{}", proxy.address));
    command
}

/// A directory locks an account after a few wrong passwords.
#[tokio::test]
async fn wrong_proxy_password_is_sent_once_for_all_certificates() {
    let proxy = CountingServer::start_raw(REJECTION).await;
    let ran = run(six_certificates(&proxy, &[])).await;
    assert_eq!((ran.status, proxy.connections()), (Some(5), 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("user:password@host:port"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("ClientBuilder"), "{}", ran.stderr);
}

/// The other endpoint would not be reached sooner, because the proxy is the same.
#[tokio::test]
async fn wait_for_a_proxy_does_not_lead_to_the_next_endpoint() {
    let proxy = CountingServer::start_silent().await;
    let endpoints =
        ["--endpoint", "https://iotda.example,https://next.example", "-v", "--timeout", "1", "--retries", "0"];
    let mut command = iotda(&[&endpoints[..], &["devices", "c1", "c2", "c3"]].concat());
    command.env("HW_AUTH_TOKEN", TOKEN).env("HW_PROJECT_ID", "p");
    command.env("HTTPS_PROXY", format!("http://user:password@{}", proxy.address));
    let ran = run(command).await;
    assert!(ran.stderr.contains("no request was sent within 1s (iotda.example:443"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("next.example"), "{}", ran.stderr);
}

/// One request is in flight, and its timeout is also that of the others, which wait for it.
#[tokio::test]
async fn wait_for_a_proxy_that_does_not_respond_ends_with_the_timeout() {
    let proxy = CountingServer::start_silent().await;
    let ran = run(six_certificates(&proxy, &["--timeout", "1", "--retries", "0"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(proxy.connections() < 6, "{} connections", proxy.connections());
    let waited = format!("no request was sent within 1s (iotda.example:443 through the proxy {})", proxy.address);
    assert!(ran.stderr.contains(&waited) && ran.stderr.contains("check that the proxy runs"), "{}", ran.stderr);
}

#[tokio::test]
async fn correct_proxy_password_is_used_for_all_certificates() {
    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["iotda.example"], |_| {})).await;
    let proxy = CountingServer::start_proxy(server.address).await;
    let ca = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proxied-ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let ran = run(six_certificates(&proxy, &["--ca-file", ca.to_str().unwrap(), "--unused"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 6, "{}", ran.stdout);
}
