//! `docs/troubleshooting.md` has a heading for every error code, and quotes each error as the library prints it.
//!
//! `UPDATE_EXPECT=1 cargo test --features full --test library troubleshooting::` rewrites the quotations in the page.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};
use std::{fs, io, iter};

use expect_test::expect_file;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Credentials, Error, IamCredential, IdentityProvider,
    OidcFederation, PodIdentity, Profile, RetryPolicy, Signing,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::sources::rust_sources;
use crate::support::token_file::TokenFile;
use crate::support::{CERTIFICATE, server_with_devices, without_ports};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md");
/// The start and the end of a quoted error.
const FENCES: (&str, &str) = ("```text\n", "\n```");
/// Columns of a quoted error.
const QUOTE_WIDTH: usize = 88;
/// The text that replaces what differs from case to case.
const ELLIPSIS: &str = "\u{2026}";

fn page() -> String {
    fs::read_to_string(PAGE).expect("the page")
}

/// An error on the page.
struct Quote {
    /// The heading of its section, without `### `.
    heading: &'static str,
    error: Error,
    /// Leaves out the help, because an earlier quotation shows it.
    without_help: bool,
    /// Keeps the text of the innermost cause, which is the same everywhere.
    with_cause: bool,
    /// Text that differs from case to case.
    volatile: Option<&'static str>,
}

impl Quote {
    fn new(heading: &'static str, error: Error) -> Self {
        Self { heading, error, without_help: false, with_cause: false, volatile: None }
    }

    fn without_help(self) -> Self {
        Self { without_help: true, ..self }
    }

    fn with_cause(self) -> Self {
        Self { with_cause: true, ..self }
    }

    fn without(self, volatile: &'static str) -> Self {
        Self { volatile: Some(volatile), ..self }
    }

    /// The error's text, wrapped, with an ellipsis for the request ID, the operating system's message and so on.
    fn text(&self) -> String {
        let help = self.error.help().filter(|_| self.without_help);
        let source = iter::successors(self.error.source(), |&source| source.source()).last().map(ToString::to_string);
        let source = source.filter(|_| !self.with_cause);
        let request_id = self.error.request_id().map(str::to_owned);
        let volatile = [help, source, request_id, self.volatile.map(str::to_owned)];
        let text =
            volatile.into_iter().flatten().fold(self.error.to_string(), |text, part| text.replace(&part, ELLIPSIS));
        wrap(&without_ports(&text))
    }
}

fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= QUOTE_WIDTH {
            line.push_str(&format!(" {word}"));
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// The page with these texts in its quotations, and the heading of each quotation. The format description, which comes
/// before the first section, is not a quotation.
fn with_quotes(page: &str, texts: &[String]) -> (String, Vec<String>) {
    let mut texts = texts.iter();
    let (mut result, mut headings) = (String::new(), Vec::new());
    for (index, section) in page.split("\n### ").enumerate() {
        if index == 0 {
            result.push_str(section);
            continue;
        }
        let mut blocks = section.split(FENCES.0);
        result.push_str("\n### ");
        result.push_str(blocks.next().unwrap_or_default());
        for block in blocks {
            let (quoted, rest) = block.split_once(FENCES.1).expect("the end of a quotation");
            let text = texts.next().map_or(quoted, String::as_str);
            result.push_str(&[FENCES.0, text, FENCES.1, rest].concat());
            headings.push(section.lines().next().unwrap_or_default().to_owned());
        }
    }
    (result, headings)
}

/// Returns the error of listing devices from a server that sends this response.
async fn response_error(response: MockResponse) -> Error {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(response);
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

async fn service_error(status: u16, code: &str, message: &str) -> Error {
    response_error(MockResponse::new(status).json(&json!({"error_code": code, "error_msg": message}))).await
}

/// Returns the error of listing devices with a client of this configuration.
async fn call_error(builder: ClientBuilder) -> Error {
    let client = builder.build().expect("a client");
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

fn build_error(builder: ClientBuilder) -> Error {
    builder.build().expect_err("an error")
}

async fn wrong_signing_algorithm() -> Error {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK", "SK");
    server.set_signing(Signing::Derived { region: "cn-north-4".to_owned() });
    call_error(server.builder().credentials(Credentials::ak_sk("AK", "SK"))).await
}

async fn clock_skew() -> Error {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK", "SK");
    server.set_time(SystemTime::now() + Duration::from_secs(20 * 60));
    call_error(server.builder().credentials(Credentials::ak_sk("AK", "another"))).await
}

async fn delay_above_max_backoff() -> Error {
    let (server, _) = server_with_devices(3).await;
    let message = "policy user over ratelimit,limit:50,time:1 minute";
    server.enqueue(MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": message})));
    call_error(server.builder().retry_policy(RetryPolicy::default())).await
}

async fn rejected_login() -> Error {
    let (server, _) = server_with_devices(3).await;
    call_error(server.builder().credentials(Credentials::password("domain", "user", "another one"))).await
}

async fn unknown_iam_endpoint() -> Error {
    let (server, _) = server_with_devices(3).await;
    let builder = Client::builder().endpoint(server.endpoint()).region("cn-north-4").project_id("p");
    call_error(builder.credentials(Credentials::password("domain", "user", "password"))).await
}

async fn malformed_login() -> Error {
    let (server, _) = server_with_devices(3).await;
    let body = json!({"error_code": "IAM.0011", "error_msg": "Request body is invalid."});
    server.enqueue(MockResponse::new(400).header("X-IAM-Trace-Id", "r-1").json(&body));
    call_error(server.builder().credentials(Credentials::password("domain", "user", "password"))).await
}

fn id_token(audience: &str) -> String {
    MockServer::id_token(audience, SystemTime::now() + Duration::from_secs(3600))
}

async fn rejected_id_token() -> Error {
    let (server, _) = server_with_devices(3).await;
    server.add_identity_provider("my-idp", "my-client-id");
    call_error(server.builder().credentials(IdentityProvider::with_token("my-idp", id_token("another")))).await
}

async fn rejected_agency() -> Error {
    let (server, _) = server_with_devices(3).await;
    let federation = OidcFederation::with_token("provider-urn", "agency-urn", id_token("a"));
    call_error(server.builder().credentials(federation.sts_endpoint(server.endpoint()))).await
}

async fn rejected_pod() -> Error {
    let (server, _) = server_with_devices(3).await;
    let file = TokenFile::new("eyJhbGciOiJub25lIn0");
    call_error(server.builder().credentials(PodIdentity::new(server.pod_identity_uri(), file.path()))).await
}

async fn unknown_sts_endpoint() -> Error {
    let (server, _) = server_with_devices(3).await;
    let federation = OidcFederation::with_token("provider-urn", "agency-urn", id_token("a"));
    call_error(server.builder().credentials(federation)).await
}

async fn missing_token_file() -> Error {
    let (server, _) = server_with_devices(3).await;
    call_error(server.builder().credentials(IdentityProvider::new("my-idp", "/no/such/token"))).await
}

async fn connection_refused() -> Error {
    let (server, _) = server_with_devices(3).await;
    let builder = server.builder();
    drop(server);
    // The server's task closes the listener when it is polled.
    tokio::task::yield_now().await;
    call_error(builder).await
}

async fn timeout_error(set_timeout: fn(ClientBuilder, Duration) -> ClientBuilder) -> Error {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(60)));
    call_error(set_timeout(server.builder(), Duration::from_millis(50))).await
}

/// Returns the error of a page with one device and this page object, requested with this marker.
async fn page_error(page: Value, marker: &str) -> Error {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [{"device_id": "d-1"}], "page": page})));
    client.list_device_by_device_certificate(CERTIFICATE).marker(marker).send().await.expect_err("an error")
}

async fn missing_count() -> Error {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {}})));
    client.list_device_by_device_certificate(CERTIFICATE).total().await.expect_err("an error")
}

enum CustomProvider {
    Empty,
    Failing,
}

impl CredentialProvider for CustomProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        let result: Result<Option<IamCredential>, _> = match self {
            Self::Empty => Ok(None),
            Self::Failing => Err(io::Error::other("the vault is sealed").into()),
        };
        Box::pin(async move { result })
    }
}

async fn credential_error(credentials: impl Into<Credentials>) -> Error {
    let (server, _) = server_with_devices(3).await;
    call_error(server.builder().credentials(credentials)).await
}

async fn lockout_risk() -> Error {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK", "SK");
    for _ in 0..4 {
        server.enqueue(MockResponse::disconnect());
    }
    let client = server.builder().credentials(Credentials::ak_sk("AK", "SK")).build().expect("a client");
    let call = || client.list_device_by_device_certificate(CERTIFICATE).send();
    for _ in 0..4 {
        assert!(call().await.is_err());
    }
    call().await.expect_err("an error")
}

/// Returns the error of a client without a project ID, if IAM has these projects that have the same name as the region.
async fn project_error(ids: &[&str]) -> Error {
    let server = MockServer::start().await.expect("a server");
    for id in ids {
        server.add_project(*id, "cn-north-4");
    }
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).no_proxy();
    call_error(builder.region("cn-north-4").credentials(Credentials::token(MockServer::TOKEN))).await
}

const PAGE_HEADING: &str = "401, 403, 404, 418 or another status, with a page: proxy or firewall";
const BLOCKED: &str = "<html><head><title>Request blocked</title></head><body><p>Event ID: 1</p></body></html>";
const SIGN_IN: &str = "<html><body>Please sign in</body></html>";

fn gbk_page() -> MockResponse {
    MockResponse::new(403).header("Content-Type", "text/html; charset=gb2312").body(b"<p>\xbd\xfb\xd6\xb9</p>")
}

fn compressed() -> MockResponse {
    MockResponse::new(200).header("Content-Encoding", "gzip").body([0x1f, 0x8b, 8, 0])
}

/// Returns the error of an `https` endpoint behind a proxy that rejects the tunnel with this status.
async fn tunnel_error(status: &str) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    let proxy = format!("http://{}", listener.local_addr().expect("a local address"));
    let proxy = reqwest::Proxy::all(proxy).expect("a URL");
    let reject = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.expect("a request"), 0);
        }
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(response.as_bytes()).await.expect("a connection");
        stream
    };
    let builder = Client::builder().endpoint("https://iotda.example").project_id("p");
    let builder = builder.credentials(Credentials::token("t")).retry_policy(RetryPolicy::none());
    let (_stream, error) = tokio::join!(reject, call_error(builder.configure_http(|http| http.proxy(proxy))));
    error
}

/// The errors that the page quotes, in its order.
async fn quotes() -> Vec<Quote> {
    let (server, client) = server_with_devices(3).await;
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let token = || Client::builder().credentials(Credentials::token("t")).project_id("p");
    let decrypt_token_fail = "Incorrect IAM authentication information: decrypt token fail";
    let throttled = "policy user over ratelimit,limit:50,time:1 second";
    let limit_out_of_range = "Invalid input. The specified parameter 'limit' is out of range.";
    let marker_out_of_range = "Invalid input. The specified parameter 'marker' is out of range.";
    let html = MockResponse::new(200).body("<html><h1>Welcome</h1></html>");
    let marker = "66178add3b98944277000000";
    let control_character = Client::builder().endpoint("http://127.0.0.1").project_id("p");
    let control_character = control_character.credentials(Credentials::token("t\n"));
    vec![
        Quote::new("`IOTDA.000002` (401): authentication failed", wrong_signing_algorithm().await),
        Quote::new(
            "`APIG.0301`, `APIGW.0301` (401): credential rejected by the gateway",
            service_error(401, "APIG.0301", decrypt_token_fail).await,
        ),
        Quote::new("`APIG.0301`, `APIGW.0301` (401): credential rejected by the gateway", clock_skew().await)
            .without_help(),
        Quote::new(
            "`IOTDA.000004` (403): invalid access token",
            service_error(403, "IOTDA.000004", "Invalid access token.").await,
        )
        .without_help(),
        Quote::new(
            "`IOTDA.000006`, `IOTDA.000008` (400): invalid input",
            service_error(400, "IOTDA.000006", "Invalid input data.").await,
        ),
        Quote::new(
            "`IOTDA.000017` (400): limit out of range",
            service_error(400, "IOTDA.000017", limit_out_of_range).await,
        )
        .without_help(),
        Quote::new(
            "`IOTDA.000018` (400): marker out of range",
            service_error(400, "IOTDA.000018", marker_out_of_range).await,
        )
        .without_help(),
        Quote::new(
            "`IOTDA.000021` (403): user not found, or service not subscribed",
            service_error(403, "IOTDA.000021", "MESSAGE").await,
        )
        .without("MESSAGE"),
        Quote::new(
            "`IOTDA.001000` (403): resource space does not exist",
            service_error(403, "IOTDA.001000", "MESSAGE").await,
        )
        .without("MESSAGE"),
        Quote::new(
            "`IOTDA.015500` (404): certificate does not exist",
            client.list_device_by_device_certificate("unknown").await.expect_err("an error"),
        ),
        Quote::new(
            "`IOTDA.021101`, `IOTDA.021102` (403): rate limit reached",
            service_error(403, "IOTDA.021101", "Request reached the maximum rate limit.").await,
        ),
        Quote::new(
            "`APIG.0308`, `APIGW.0308` (429): throttled by the gateway",
            service_error(429, "APIGW.0308", throttled).await,
        )
        .without_help(),
        Quote::new("`APIG.0308`, `APIGW.0308` (429): throttled by the gateway", delay_above_max_backoff().await)
            .without_help(),
        Quote::new(
            "`APIG.0101`, `APIGW.0101` (404): no such API at this host",
            call_error(server.builder().endpoint(format!("{}/another", server.endpoint()))).await,
        ),
        Quote::new("`IAM.0101` (401): login rejected", rejected_login().await),
        Quote::new("`IAM.0011` (400): malformed login request", malformed_login().await),
        Quote::new("`IAM.0001` (401), `IAM.0004` (404): ID token rejected", rejected_id_token().await),
        Quote::new(
            "`STS5.1106` (404), or a 400, 401 or 403 of OIDC federation: ID token or agency rejected",
            rejected_agency().await,
        ),
        Quote::new("Pod identity rejected (401)", rejected_pod().await).without("MOCK.0401"),
        Quote::new(
            "Another code with status 403: permission missing",
            service_error(403, "PDP5.0003", "MESSAGE").await,
        )
        .without("MESSAGE"),
        Quote::new(PAGE_HEADING, response_error(MockResponse::new(418).body(BLOCKED)).await),
        Quote::new(PAGE_HEADING, response_error(MockResponse::new(401).body(SIGN_IN)).await),
        Quote::new("Text in another charset", response_error(gbk_page()).await).without_help(),
        Quote::new("300 to 399: redirect", response_error(MockResponse::new(302)).await),
        Quote::new("407: proxy authentication required", response_error(MockResponse::new(407)).await),
        Quote::new("407: proxy authentication required", tunnel_error("407 Proxy Authentication Required").await)
            .with_cause()
            .without_help(),
        Quote::new("408, 500, 502, 503, 504: service failure", response_error(MockResponse::new(503)).await),
        Quote::new("413, 414, 494: request too large", response_error(MockResponse::new(494)).await),
        Quote::new("No connection", connection_refused().await),
        Quote::new("Proxy refuses the connection", tunnel_error("403 Forbidden").await).with_cause(),
        Quote::new("Connection closed early", response_error(MockResponse::new(200).body("{}").truncate_body()).await)
            .without_help(),
        Quote::new("Timeout", timeout_error(ClientBuilder::attempt_timeout).await),
        Quote::new("Timeout", timeout_error(ClientBuilder::call_timeout).await).without_help(),
        Quote::new("Body is not the documented JSON", response_error(html).await),
        Quote::new("Compressed body", response_error(compressed()).await),
        Quote::new("Body contains an error code", service_error(200, "IOTDA.000999", "MESSAGE").await)
            .without("MESSAGE")
            .without_help(),
        Quote::new(
            "Body of another service",
            response_error(MockResponse::new(200).json(&json!({"status": "up"}))).await,
        )
        .without_help(),
        Quote::new(
            "Count without records",
            response_error(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 7}}))).await,
        )
        .without_help(),
        Quote::new(
            "Body too large",
            response_error(MockResponse::new(200).body(vec![b' '; 8 * 1024 * 1024 + 1])).await,
        )
        .without_help(),
        Quote::new("Marker did not decrease", page_error(json!({"marker": "66178add3b98944277001500"}), marker).await)
            .without_help(),
        Quote::new("Malformed marker in the response", page_error(json!({"marker": "not-a-marker"}), marker).await)
            .without_help(),
        Quote::new("Count missing", missing_count().await).without_help(),
        Quote::new(
            "Endpoint, project or credentials missing",
            build_error(Client::builder().credentials(Credentials::token("t")).project_id("p")),
        ),
        Quote::new(
            "Endpoint, project or credentials missing",
            build_error(Client::builder().credentials(Credentials::token("t")).endpoint("http://127.0.0.1")),
        ),
        Quote::new(
            "Endpoint, project or credentials missing",
            build_error(Client::builder().endpoint("http://127.0.0.1").project_id("p")),
        ),
        Quote::new("Invalid endpoint", build_error(token().endpoint("http://iotda.example"))),
        Quote::new("Invalid region", build_error(token().endpoint("http://127.0.0.1").region("CN North"))),
        Quote::new("Unknown IAM endpoint", unknown_iam_endpoint().await),
        Quote::new("Unknown STS endpoint", unknown_sts_endpoint().await),
        Quote::new("Limit or offset out of range", devices().limit(51).await.expect_err("an error")),
        Quote::new("Limit or offset out of range", devices().offset(501).await.expect_err("an error")),
        Quote::new("Invalid marker", devices().marker("device-1").await.expect_err("an error")),
        Quote::new("Empty or invalid ID", client.list_device_by_device_certificate("").await.expect_err("an error")),
        Quote::new("No credential found", credential_error(Credentials::from_provider(CustomProvider::Empty)).await),
        Quote::new("Token file cannot be read", missing_token_file().await),
        Quote::new("Profile cannot be read", credential_error(Profile::new().file("/no/such/file")).await),
        Quote::new("Invalid characters in a credential", build_error(control_character)),
        Quote::new(
            "Custom credential provider failed",
            credential_error(Credentials::from_provider(CustomProvider::Failing)).await,
        ),
        Quote::new("Access key not sent, to avoid locking it", lockout_risk().await),
        Quote::new("No project, or several", project_error(&[]).await),
        Quote::new("No project, or several", project_error(&["p-1", "p-2"]).await),
    ]
}

#[tokio::test]
async fn quoted_errors_are_those_of_the_library() {
    let quotes = quotes().await;
    let texts: Vec<_> = quotes.iter().map(Quote::text).collect();
    let page = page();
    let (updated, headings) = with_quotes(&page, &texts);
    assert_eq!(headings, quotes.iter().map(|quote| quote.heading).collect::<Vec<_>>(), "sections with a quotation");
    expect_file![PAGE].assert_eq(&updated);
}

/// The error codes in a text, such as `IOTDA.000002`.
fn codes(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
    let is_code = |word: &&str| {
        let digits = ["IOTDA.", "APIG.", "APIGW.", "IAM."].iter().find_map(|prefix| word.strip_prefix(prefix));
        digits.is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    words.map(|word| word.trim_matches('.')).filter(is_code).collect()
}

#[test]
fn every_code_in_the_library_and_the_openapi_document_has_a_heading() {
    let page = page();
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with("### ")).flat_map(codes).collect();
    let known = rust_sources() + huaweicloud_iotda::spec::OPENAPI_YAML;
    let known = codes(&known);
    for code in ["IOTDA.015500", "IOTDA.021102", "APIG.0101", "APIGW.0308", "IAM.0101"] {
        assert!(known.contains(&code), "{code} is not in the sources");
    }
    for code in known {
        assert!(headings.contains(&code), "{code} has no heading in docs/troubleshooting.md");
    }
}

#[test]
fn only_quotations_in_sections_are_replaced() {
    let page = "# Page\n\n```text\nformat\n```\n\n### A\n\n```text\nold\n```\n\nText.\n\n### B\n\n```text\nold\n```\n";
    let (updated, headings) = with_quotes(page, &["new".to_owned(), "a longer\ntext".to_owned()]);
    assert_eq!(headings, ["A", "B"]);
    assert_eq!(updated, page.replacen("old", "new", 1).replace("old", "a longer\ntext"));
}
