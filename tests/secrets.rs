//! No credential in any text: `Debug`, errors, their sources, log lines.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, Error, InstanceMetadata};
use serde_json::json;
use support::{CERTIFICATE, drain};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Each secret that a credential has; no part of one stands in another text of these tests.
const TOKEN: &str = "MIIF-very-secret-token.Zm9vYmFy/QUJDREVGRw+a1b2c3d4e5/f6==";

const SECRET_KEY: &str = "Sk9QUkVUVVZX/YZabcd+efghij0987";
const SECURITY_TOKEN: &str = "gQpjbi1ub3J0aC00/Wmxtbm9w+cXJzdA==";
const PASSWORD: &str = "Pferd-Batterie-Heftklammer";

/// Every log line of this process, at the finest level, of all crates.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that a person may come to read of an error.
fn texts_of(error: &Error) -> String {
    let mut texts = format!("{error}\n{error:?}\n{error:#?}\n{:?} {:?}\n", error.code(), error.request_id());
    let mut cause = error.source();
    while let Some(error) = cause {
        writeln!(texts, "{error}\n{error:?}").expect("a text");
        cause = error.source();
    }
    texts
}

/// What a hostile or a careless server may send back of what it received, or has handed out.
fn echoes(secret: &str) -> Vec<MockResponse> {
    let echo = |status| MockResponse::new(status).header("X-Request-Id", secret);
    vec![
        echo(401).json(&json!({"error_code": secret, "error_msg": format!("bad {secret}"), "request_id": secret})),
        echo(403).json(&json!({"error": {"code": 403, "message": secret}})),
        echo(500).body(format!("<pre>GET / HTTP/1.1\r\nX-Auth-Token: {secret}</pre>")),
        // The excerpt's end, the body's end and the end of what is read in the middle of the secret.
        echo(502).body(format!("{}{secret}", "x".repeat(490))),
        echo(502).body(format!("bad: {}", &secret[..20])).truncate_body(),
        echo(502).body(format!("{}{secret}", " ".repeat(64 * 1024 - 20))),
        // With some of its characters escaped.
        echo(502).body(format!("{{\"broken\": \"{}\"", secret.replace('/', "\\/"))),
        echo(502).body(secret.replace('/', "&#x2F;").replace('+', "&#43;")),
        echo(200).body(format!("{{\"devices\": \"{secret}\"}}")),
        echo(200).body(secret),
        echo(302).header("Location", format!("http://127.0.0.1/{secret}")),
        echo(200).json(&json!({"devices": [], "page": {}})).truncate_body(),
        echo(200).json(&json!({"devices": [{}], "page": {"marker": secret}})),
        MockResponse::disconnect(),
    ]
}

/// A server that takes every kind of credential.
async fn server() -> MockServer {
    let server = MockServer::start().await.unwrap();
    server.add_token(TOKEN);
    server.add_user("account", "user", PASSWORD);
    server.add_temporary_access_key("AK", SECRET_KEY, SECURITY_TOKEN);
    server.set_metadata("METADATA-AK", SECRET_KEY, SECURITY_TOKEN, SystemTime::now() + Duration::from_secs(3600), true);
    server.add_sample_devices(CERTIFICATE, 3);
    server
}

/// Each kind of credential, its secrets, and how many requests go before the first that is authenticated with it.
fn kinds(server: &MockServer) -> [(Credentials, &'static [&'static str], usize); 4] {
    [
        (Credentials::token(TOKEN), &[TOKEN], 0),
        (Credentials::temporary_ak_sk("AK", SECRET_KEY, SECURITY_TOKEN), &[SECRET_KEY, SECURITY_TOKEN], 0),
        (Credentials::password("account", "user", PASSWORD).into(), &[PASSWORD], 0),
        (InstanceMetadata::new().endpoint(server.endpoint()).into(), &[SECRET_KEY, SECURITY_TOKEN], 2),
    ]
}

/// Everything that is shown of runs that succeed and of runs that fail, and how many of them failed.
async fn runs(server: &MockServer, credentials: &Credentials, secrets: &[&str], before: usize) -> (String, usize) {
    let builder = || server.builder().credentials(credentials.clone()).instance_id("the-instance");
    let client = builder().build().unwrap();
    let request = client.list_device_by_device_certificate(CERTIFICATE);
    let page = request.clone().send().await.unwrap();
    let mut texts = format!("{:?}{credentials:?}{credentials:#?}{client:?}{client:#?}{request:?}{page:?}", builder());
    write!(texts, "{:?}{:?}", request.clone().pages(), request.items()).unwrap();
    let mut failed = 0;
    for answer in secrets.iter().flat_map(|secret| echoes(secret)) {
        // A client of its own, for a rejected key is not sent again.
        let client = builder().build().unwrap();
        (0..before).for_each(|_| server.enqueue(MockResponse::pass_through()));
        server.enqueue(answer);
        let (_, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
        failed += usize::from(error.is_some());
        texts += &error.as_ref().map(texts_of).unwrap_or_default();
    }
    (texts + &format!("{:?}", server.requests()), failed)
}

fn assert_holds_no_secret(text: &str, what: &str) {
    for secret in [TOKEN, SECRET_KEY, SECURITY_TOKEN, PASSWORD] {
        // No run of it either.
        for start in 0..=secret.len() - 8 {
            let run = &secret[start..start + 8];
            assert!(!text.contains(run), "{run} in {what}: {text}");
        }
    }
    assert!(!text.contains("Signature="), "a signature in {what}: {text}");
}

#[tokio::test]
async fn a_signature_that_is_sent_back_and_an_endpoint_with_a_password_are_not_shown() {
    let server = server().await;
    let client = server.builder().credentials(Credentials::ak_sk("AK", SECRET_KEY)).build().unwrap();
    let echoed = format!("bad header: SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={}.", "0a".repeat(32));
    server.enqueue(MockResponse::new(500).body(echoed));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    let texts = texts_of(&error);
    assert!(texts.contains("SignedHeaders=host, [redacted].") && !texts.contains("0a0a0a"), "{texts}");

    let builder = Client::builder().endpoint("https://user:a-password@127.0.0.1?token=a-token");
    assert!(
        !format!("{builder:?}").contains("a-password") && !format!("{builder:?}").contains("a-token"),
        "{builder:?}"
    );
}

#[tokio::test]
async fn no_text_and_no_log_line_holds_a_secret_or_an_id() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();

    let server = server().await;
    for (credentials, secrets, before) in kinds(&server) {
        let (texts, failed) = runs(&server, &credentials, secrets, before).await;
        assert_holds_no_secret(&texts, "what is shown");
        // A 401 in a row of good answers may be mended by a new login.
        assert!(failed >= secrets.len() * (echoes(TOKEN).len() - 1), "{failed} failed with {credentials:?}");
        assert!(texts.contains("[redacted]"), "{texts}");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_holds_no_secret(&log, "the log");

    // What the log is for: operation, attempt, status, request id, duration; and never an id of the customer's.
    let ours: Vec<_> = log.lines().filter(|line| line.contains("iotda.attempt")).collect();
    let parts =
        ["operation=\"ListDeviceByDeviceCertificate\"", "attempt=1", "status=200", "request_id=\"0", "duration_ms="];
    for part in parts {
        assert!(ours.iter().any(|line| line.contains(part)), "`{part}` is in no line of {ours:#?}");
    }
    for id in [CERTIFICATE, MockServer::PROJECT_ID, "the-instance", "sample-device"] {
        assert!(!ours.iter().any(|line| line.contains(id)), "{id} in {ours:#?}");
    }
}
