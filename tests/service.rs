//! The example `service` streams over real HTTP, and cuts nothing off silently.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use serde_json::{Value, json};
use support::example::example;
use support::{CERTIFICATE, serve, settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// The example as a program of its own. It ends with this.
struct Service {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Service {
    /// In front of the IoTDA at this endpoint, or of its embedded server.
    fn start(endpoint: Option<&str>) -> Self {
        let mut command = example("service");
        match endpoint {
            Some(endpoint) => command.envs(settings(endpoint)),
            None => command.arg("--demo"),
        };
        let mut child = command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().expect("the example starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let url =
            line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("it says {line:?}")).to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { child, url, http }
    }

    async fn get(&self, certificate: &str) -> reqwest::Response {
        let url = format!("{}/certificates/{certificate}/devices", self.url);
        self.http.get(url).send().await.expect("an answer")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for what happens at once unless the service is at fault: a failing test shall end too.
async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), event).await.expect("in time")
}

async fn requested(server: &MockServer, count: usize) {
    soon(async {
        while server.request_count() < count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// What the lines name, and what is expected of so many sample devices.
fn ids(text: &str) -> Vec<String> {
    let id = |line: &str| line.parse::<Value>().expect("JSON")["device_id"].as_str().expect("an id").to_owned();
    text.lines().map(id).collect()
}

fn samples(count: usize) -> Vec<String> {
    (1..=count).rev().filter_map(|number| sample_device(number).device_id).collect()
}

#[tokio::test]
async fn all_devices_come_as_json_lines() {
    let (server, _) = serve(120).await;
    server.add_certificate("unused");
    for (service, unused) in [(Service::start(Some(&server.endpoint())), true), (Service::start(None), false)] {
        let answer = service.get(CERTIFICATE).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
        assert_eq!(ids(&answer.text().await.expect("a whole body")), samples(120));
        if unused {
            let answer = service.get("unused").await;
            assert_eq!((answer.status().as_u16(), answer.text().await.expect("a body").as_str()), (200, ""));
        }
    }
}

#[tokio::test]
async fn a_failure_before_the_first_device_is_a_status_with_its_reason() {
    let (server, _) = serve(1).await;
    let service = Service::start(Some(&server.endpoint()));
    let later = |status| MockResponse::new(status).header("Retry-After", "3600");
    let said =
        |status, code: &str| MockResponse::new(status).json(&json!({"error_code": code, "error_msg": "Not you."}));
    let cases = [
        (None, "unknown", 404, json!("IOTDA.015500")),
        (None, "a%2Fb", 400, Value::Null),
        (Some(said(429, "APIGW.0308").header("Retry-After", "3600")), CERTIFICATE, 429, json!("APIGW.0308")),
        (Some(later(503)), CERTIFICATE, 503, Value::Null),
        (Some(later(504)), CERTIFICATE, 504, Value::Null),
        (Some(said(404, "APIGW.0101")), CERTIFICATE, 502, Value::Null),
        (Some(said(403, "IOTDA.000021")), CERTIFICATE, 502, Value::Null),
        (Some(MockResponse::new(200).body("<html>")), CERTIFICATE, 502, Value::Null),
    ];
    for (scripted, certificate, status, code) in cases {
        let (sent, waits) = (status != 400, [429, 503, 504].contains(&status));
        scripted.into_iter().for_each(|answer| server.enqueue(answer));
        server.clear_requests();
        let answer = service.get(certificate).await;
        assert_eq!(answer.status(), status, "{code}");
        assert_eq!(answer.headers().get("retry-after").map(|wait| wait.as_bytes()), waits.then_some(&b"3600"[..]));
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["code"], code, "{body}");
        let ours = body["message"] == "the devices can't be listed now";
        assert_eq!(ours, ![400, 404, 429].contains(&status), "what does not concern the caller is for the log: {body}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        assert_eq!(body["request_id"].is_string(), sent, "{body}");
        assert_eq!(server.request_count(), usize::from(sent), "{status}");
    }
}

#[tokio::test]
async fn a_failure_after_the_first_device_is_no_end_of_the_list() {
    let (server, _) = serve(120).await;
    let service = Service::start(Some(&server.endpoint()));
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(403));
    let mut answer = service.get(CERTIFICATE).await;
    assert_eq!(answer.status(), 200);
    let mut text = Vec::new();
    let ended = loop {
        match answer.chunk().await {
            Ok(Some(bytes)) => text.extend_from_slice(&bytes),
            ended => break ended,
        }
    };
    assert!(ended.is_err(), "the list seems to be whole");
    // How much of the first page has left before the connection was broken off is the system's affair.
    let text = String::from_utf8(text).expect("UTF-8");
    let whole_lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    assert!(samples(120)[..50].starts_with(&ids(whole_lines)), "what came before is good: {text}");

    let answer = service.get(CERTIFICATE).await;
    assert_eq!(ids(&answer.text().await.expect("a whole body")), samples(120), "and the service goes on");
}

#[tokio::test]
async fn a_reader_of_http_1_0_that_could_not_see_a_list_broken_off_gets_none() {
    let (server, _) = serve(120).await;
    let service = Service::start(Some(&server.endpoint()));
    let mut stream = TcpStream::connect(service.url.trim_start_matches("http://")).await.expect("a connection");
    let request = format!("GET /certificates/{CERTIFICATE}/devices HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 505 ") && answer.contains("HTTP/1.1 is needed"), "{answer}");
    assert_eq!(server.request_count(), 0);
}

/// Between the service and the mock: holds answers back, and tells when the service closes a connection.
struct Between {
    endpoint: String,
    open: watch::Sender<bool>,
    closed: mpsc::UnboundedReceiver<()>,
}

async fn between(server: &MockServer) -> Between {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on 127.0.0.1");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let address = server.endpoint().trim_start_matches("http://").to_owned();
    let (open, opened) = watch::channel(true);
    let (tell, closed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((service, _)) = listener.accept().await {
            let (mut asked, mut told) = service.into_split();
            let (mut answers, mut asks) = TcpStream::connect(&address).await.expect("the mock").into_split();
            let (tell, mut opened) = (tell.clone(), opened.clone());
            tokio::spawn(async move {
                let _ = copy(&mut asked, &mut asks).await;
                let _ = tell.send(());
                let _ = asks.shutdown().await;
            });
            tokio::spawn(async move {
                answers.readable().await.expect("an answer");
                opened.wait_for(|open| *open).await.expect("the test waits");
                let _ = copy(&mut answers, &mut told).await;
            });
        }
    });
    Between { endpoint, open, closed }
}

#[tokio::test]
async fn a_reader_that_goes_away_cancels_the_request_under_way() {
    let (server, _) = serve(120).await;
    let mut between = between(&server).await;
    let service = Service::start(Some(&between.endpoint));
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let mut answer = service.get(CERTIFICATE).await;
    assert!(answer.chunk().await.expect("the first page").is_some());
    requested(&server, 2).await;
    assert!(between.closed.try_recv().is_err(), "the second page is waited for");
    drop(answer);
    soon(between.closed.recv()).await.expect("the request is given up");
    assert_eq!(server.request_count(), 2);

    let answer = service.get(CERTIFICATE).await;
    assert_eq!(ids(&answer.text().await.expect("a whole body")), samples(120));
    assert_eq!(server.request_count(), 2 + 4);
}

#[cfg(unix)]
mod interrupted {
    use std::process::Command;

    use super::*;

    /// Presses Ctrl-C, and waits until the service takes no new connection.
    async fn interrupt(service: &Service) {
        press(service);
        let address = service.url.trim_start_matches("http://");
        soon(async { while TcpStream::connect(address).await.is_ok() {} }).await;
    }

    fn press(service: &Service) {
        let kill = format!("kill -INT {}", service.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    }

    /// A service whose first answer waits at the gate.
    async fn held(server: &MockServer) -> (Between, Service, tokio::task::JoinHandle<reqwest::Result<String>>) {
        let between = between(server).await;
        between.open.send_replace(false);
        let service = Service::start(Some(&between.endpoint));
        let request = service.http.get(format!("{}/certificates/{CERTIFICATE}/devices", service.url));
        let answer = tokio::spawn(async move { request.send().await?.text().await });
        requested(server, 1).await;
        (between, service, answer)
    }

    #[tokio::test]
    async fn ctrl_c_lets_the_answers_under_way_come_to_their_end() {
        let (server, _) = serve(120).await;
        let (between, mut service, answer) = held(&server).await;
        interrupt(&service).await;
        between.open.send_replace(true);
        let text = soon(answer).await.expect("no panic").expect("a whole body");
        assert_eq!(ids(&text), samples(120));
        let ended = tokio::task::spawn_blocking(move || service.child.wait()).await;
        assert!(ended.expect("no panic").expect("a status").success());
    }

    #[tokio::test]
    async fn ctrl_c_pressed_again_does_not_wait_for_them() {
        let (server, _) = serve(120).await;
        let (_between, mut service, answer) = held(&server).await;
        interrupt(&service).await;
        assert_eq!(service.child.try_wait().expect("a process"), None, "an answer is under way");
        press(&service);
        assert!(soon(answer).await.expect("no panic").is_err());
        let ended = tokio::task::spawn_blocking(move || service.child.wait()).await;
        assert_eq!(ended.expect("no panic").expect("a status").code(), Some(1));
    }
}
