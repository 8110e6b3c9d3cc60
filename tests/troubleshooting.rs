//! The page `docs/troubleshooting.md`: it has every code that the library and the document know, and the errors that it
//! quotes are those that the library makes.

#![cfg(all(unix, feature = "mock"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Credentials, Error, IamCredential, Profile,
    RetryPolicy, Signing,
};
use serde_json::{Value, json};
use support::{CERTIFICATE, serve};

const PAGE: &str = include_str!("../docs/troubleshooting.md");

/// The errors that the page quotes, each on one line and with its heading.
fn quoted() -> Vec<(&'static str, String)> {
    let sections = PAGE.split("\n### ").skip(1).filter_map(|section| section.split_once('\n'));
    let quoted = sections.flat_map(|(heading, text)| {
        let blocks = text.split("```text\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        blocks.map(move |(error, _)| (heading, error.replace('\n', " ")))
    });
    quoted.collect()
}

/// Whether a text is what the page quotes, where `…` stands for anything.
fn fits(quoted: &str, text: &str) -> bool {
    let mut parts = quoted.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    open || rest.is_empty()
}

/// The error of listing devices when the service answers like this.
async fn answered(answer: MockResponse) -> Error {
    let (server, client) = serve(3).await;
    server.enqueue(answer);
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

async fn coded(status: u16, code: &str, message: &str) -> Error {
    answered(MockResponse::new(status).json(&json!({"error_code": code, "error_msg": message}))).await
}

/// The error of listing devices by a client of this configuration.
async fn called(builder: ClientBuilder) -> Error {
    let client = builder.build().expect("a client");
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

fn built(builder: ClientBuilder) -> Error {
    builder.build().expect_err("an error")
}

async fn wrong_kind_of_signature() -> Error {
    let (server, _) = serve(3).await;
    server.add_access_key("AK", "SK");
    server.set_signing(Signing::Derived { region: "cn-north-4".to_owned() });
    called(server.builder().credentials(Credentials::ak_sk("AK", "SK"))).await
}

async fn clock_is_off() -> Error {
    let (server, _) = serve(3).await;
    server.add_access_key("AK", "SK");
    server.set_time(SystemTime::now() + Duration::from_secs(20 * 60));
    called(server.builder().credentials(Credentials::ak_sk("AK", "another"))).await
}

async fn long_window() -> Error {
    let (server, _) = serve(3).await;
    let message = "policy user over ratelimit,limit:50,time:1 minute";
    server.enqueue(MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": message})));
    called(server.builder().retry_policy(RetryPolicy::default())).await
}

async fn login_refused() -> Error {
    let (server, _) = serve(3).await;
    called(server.builder().credentials(Credentials::password("domain", "user", "another one"))).await
}

async fn login_not_taken() -> Error {
    let (server, _) = serve(3).await;
    let body = json!({"error_code": "IAM.0011", "error_msg": "Request body is invalid."});
    server.enqueue(MockResponse::new(400).header("X-IAM-Trace-Id", "r-1").json(&body));
    called(server.builder().credentials(Credentials::password("domain", "user", "password"))).await
}

async fn nobody_listens() -> Error {
    let (server, _) = serve(3).await;
    let builder = server.builder();
    drop(server);
    // The listener is closed by its task, which ends when it is polled.
    tokio::task::yield_now().await;
    called(builder).await
}

async fn too_slow(limit: fn(ClientBuilder, Duration) -> ClientBuilder) -> Error {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(60)));
    called(limit(server.builder(), Duration::from_millis(50))).await
}

/// The error of a page of one device and this page object.
async fn paged(page: Value, marker: &str) -> Error {
    let (server, client) = serve(3).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [{"device_id": "d-1"}], "page": page})));
    client.list_device_by_device_certificate(CERTIFICATE).marker(marker).send().await.expect_err("an error")
}

async fn without_count() -> Error {
    let (server, client) = serve(3).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {}})));
    client.list_device_by_device_certificate(CERTIFICATE).total().await.expect_err("an error")
}

enum Own {
    Empty,
    Failing,
}

impl CredentialProvider for Own {
    fn credential(&self) -> CredentialFuture<'_> {
        let answer: Result<Option<IamCredential>, _> = match self {
            Self::Empty => Ok(None),
            Self::Failing => Err(io::Error::other("the vault is sealed").into()),
        };
        Box::pin(async move { answer })
    }
}

async fn found_in(credentials: impl Into<Credentials>) -> Error {
    let (server, _) = serve(3).await;
    called(server.builder().credentials(credentials)).await
}

async fn four_without_an_answer() -> Error {
    let (server, _) = serve(3).await;
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

async fn projects(ids: &[&str]) -> Error {
    let server = MockServer::start().await.expect("a server");
    for id in ids {
        server.add_project(*id, "cn-north-4");
    }
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).no_proxy();
    called(builder.region("cn-north-4").credentials(Credentials::token(MockServer::TOKEN))).await
}

/// The errors that the page quotes, in its order.
async fn errors() -> Vec<Error> {
    let (server, client) = serve(3).await;
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let token = || Client::builder().credentials(Credentials::token("t")).project_id("p");
    let incorrect = "Incorrect IAM authentication information: decrypt token fail";
    let throttled = "policy user over ratelimit,limit:50,time:1 second";
    let welcome = MockResponse::new(200).body("<html><h1>Welcome</h1></html>");
    vec![
        wrong_kind_of_signature().await,
        coded(401, "APIG.0301", incorrect).await,
        clock_is_off().await,
        coded(403, "IOTDA.000004", "Invalid access token.").await,
        coded(400, "IOTDA.000006", "Invalid input data.").await,
        coded(400, "IOTDA.000017", "Said so.").await,
        coded(400, "IOTDA.000018", "Said so.").await,
        coded(403, "IOTDA.000021", "Said so.").await,
        coded(403, "IOTDA.001000", "Said so.").await,
        client.list_device_by_device_certificate("unknown").send().await.expect_err("an error"),
        coded(403, "IOTDA.021101", "Request reached the maximum rate limit.").await,
        coded(429, "APIGW.0308", throttled).await,
        long_window().await,
        called(server.builder().endpoint(format!("{}/another", server.endpoint()))).await,
        login_refused().await,
        login_not_taken().await,
        coded(403, "PDP5.0003", "Said so.").await,
        answered(MockResponse::new(302)).await,
        answered(MockResponse::new(407)).await,
        answered(MockResponse::new(503)).await,
        nobody_listens().await,
        answered(MockResponse::new(200).body("{}").truncate_body()).await,
        too_slow(ClientBuilder::attempt_timeout).await,
        too_slow(ClientBuilder::call_timeout).await,
        answered(welcome).await,
        coded(200, "IOTDA.000999", "Said so.").await,
        answered(MockResponse::new(200).json(&json!({"status": "up"}))).await,
        answered(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 7}}))).await,
        answered(MockResponse::new(200).body(vec![b' '; 8 * 1024 * 1024 + 1])).await,
        paged(json!({"marker": "66178add3b98944277001500"}), "66178add3b98944277000000").await,
        paged(json!({"marker": "not-a-marker"}), "66178add3b98944277000000").await,
        without_count().await,
        built(Client::builder().credentials(Credentials::token("t")).project_id("p")),
        built(Client::builder().credentials(Credentials::token("t")).endpoint("http://127.0.0.1")),
        built(Client::builder().endpoint("http://127.0.0.1").project_id("p")),
        built(token().endpoint("http://iotda.example")),
        built(token().endpoint("http://127.0.0.1").region("CN North")),
        devices().limit(51).send().await.expect_err("an error"),
        devices().offset(501).send().await.expect_err("an error"),
        devices().marker("device-1").send().await.expect_err("an error"),
        client.list_device_by_device_certificate("").send().await.expect_err("an error"),
        found_in(Credentials::from_provider(Own::Empty)).await,
        found_in(Profile::new().file("/no/such/file")).await,
        built(Client::builder().endpoint("http://127.0.0.1").project_id("p").credentials(Credentials::token("t\n"))),
        found_in(Credentials::from_provider(Own::Failing)).await,
        four_without_an_answer().await,
        projects(&[]).await,
        projects(&["p-1", "p-2"]).await,
    ]
}

#[tokio::test]
async fn the_errors_on_the_page_are_those_that_the_library_makes() {
    let quoted = quoted();
    let errors = errors().await;
    let texts = errors.iter().map(Error::to_string);
    let pairs = quoted.iter().zip(texts);
    let differ = pairs.filter(|((_, quoted), text)| !fits(quoted, text));
    let differ: Vec<_> = differ.map(|((heading, _), text)| format!("{heading}\n    {text}")).collect();
    assert!(differ.is_empty(), "the page should quote\n{}", differ.join("\n"));
    assert_eq!(quoted.len(), errors.len());
}

/// The codes in a text: `IOTDA.` and the like with their digits.
fn codes(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
    let is_code = |word: &&str| {
        let digits = ["IOTDA.", "APIG.", "APIGW.", "IAM."].iter().find_map(|prefix| word.strip_prefix(prefix));
        digits.is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    words.map(|word| word.trim_matches('.')).filter(is_code).collect()
}

/// The text of all Rust files below a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a text"));
        }
    }
    text
}

#[test]
fn every_code_that_the_library_or_the_document_knows_has_its_heading() {
    let headings: Vec<_> = PAGE.lines().filter(|line| line.starts_with("### ")).flat_map(codes).collect();
    let known = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) + huaweicloud_iotda::spec::OPENAPI_YAML;
    let known = codes(&known);
    for code in ["IOTDA.015500", "IOTDA.021102", "APIG.0101", "APIGW.0308", "IAM.0101"] {
        assert!(known.contains(&code), "{code} is not found in the sources");
    }
    for code in known {
        assert!(headings.contains(&code), "{code} has no heading in docs/troubleshooting.md");
    }
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    for (quoted, text, expected) in [
        ("a b", "a b", true),
        ("a b", "a b c", false),
        ("a … c", "a b c", true),
        ("a …", "a b c", true),
        ("a … c", "a b c d", false),
        ("… c", "a b", false),
    ] {
        assert_eq!(fits(quoted, text), expected, "{quoted} against {text}");
    }
}
