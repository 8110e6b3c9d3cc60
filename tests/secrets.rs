//! No credential in any text: `Debug`, errors, their sources, log lines.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use huaweicloud_iotda::mock::{Answer, MockServer};
use huaweicloud_iotda::{Client, Credentials, Error};
use serde_json::json;
use support::{CERTIFICATE, drain};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

const TOKEN: &str = "MIIF-very-secret-token.Zm9vYmFy/QUJDREVGRw+a1b2c3d4e5/f6==";

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

/// What a hostile or a careless server may send back of what it received.
fn echoes() -> Vec<Answer> {
    let echo = |status| Answer::new(status).header("X-Request-Id", TOKEN);
    vec![
        echo(401).json(&json!({"error_code": TOKEN, "error_msg": format!("bad token {TOKEN}"), "request_id": TOKEN})),
        echo(403).json(&json!({"error": {"code": 403, "message": TOKEN}})),
        echo(500).body(format!("<pre>GET / HTTP/1.1\r\nX-Auth-Token: {TOKEN}</pre>")),
        // The excerpt's end, the body's end and the end of what is read in the middle of the token.
        echo(502).body(format!("{}{TOKEN}", "x".repeat(490))),
        echo(502).body(format!("bad: {}", &TOKEN[..40])).cut_in_body(),
        echo(502).body(format!("{}{TOKEN}", " ".repeat(64 * 1024 - 20))),
        // With some of its characters escaped.
        echo(502).body(format!("{{\"broken\": \"{}\"", TOKEN.replace('/', "\\/"))),
        echo(502).body(TOKEN.replace('/', "&#x2F;").replace('+', "&#43;")),
        echo(200).body(format!("{{\"devices\": \"{TOKEN}\"}}")),
        echo(200).body(TOKEN),
        echo(302).header("Location", format!("http://127.0.0.1/{TOKEN}")),
        echo(200).json(&json!({"devices": [], "page": {}})).cut_in_body(),
        echo(200).json(&json!({"devices": [{}], "page": {"marker": "x"}})),
        Answer::cut(),
    ]
}

async fn failing_runs(server: &MockServer, client: &Client) -> String {
    let mut texts = String::new();
    for answer in echoes() {
        server.script(answer);
        let (_, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
        texts += &texts_of(&error.expect("an error"));
    }
    server.remove_token(TOKEN);
    let error = client.list_device_authentication_templates().send().await.expect_err("a refused token");
    texts + &texts_of(&error)
}

#[tokio::test]
async fn no_text_and_no_log_line_holds_the_token_or_an_id() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();

    let server = MockServer::start().await.unwrap();
    server.add_token(TOKEN);
    server.add_sample_devices(CERTIFICATE, 3);
    let builder = || server.builder().credentials(Credentials::token(TOKEN));
    let client = builder().instance_id("the-instance").build().unwrap();
    let request = client.list_device_by_device_certificate(CERTIFICATE);
    let page = request.clone().send().await.unwrap();
    let mut texts = format!("{:?}{:#?}{client:?}{client:#?}{request:?}{page:?}", builder(), Credentials::token(TOKEN));
    write!(texts, "{:?}{:?}{:?}", request.clone().pages(), request.items(), server.requests()).unwrap();
    texts += &failing_runs(&server, &client).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // No run of it either.
    for start in 0..=TOKEN.len() - 8 {
        let run = &TOKEN[start..start + 8];
        assert!(!texts.contains(run), "{run} in {texts}");
        assert!(!log.contains(run), "{run} in {log}");
    }
    assert!(texts.contains("[redacted]"), "{texts}");

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
