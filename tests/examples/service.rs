//! The example `service` over real HTTP: streaming, failures, cancellation and shutdown.

use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use crate::support::example::example;
use crate::support::{CERTIFICATE, server_env, server_with_devices};
use crate::web_service::WebService;

/// Starts the example for the IoTDA at this endpoint. `None` means its embedded server.
fn start(endpoint: Option<&str>) -> WebService {
    let mut command = example("service");
    match endpoint {
        Some(endpoint) => command.envs(server_env(endpoint)),
        None => command.arg("--demo"),
    };
    command.arg("127.0.0.1:0");
    WebService::start(command)
}

impl WebService {
    async fn devices(&self, certificate: &str) -> reqwest::Response {
        self.get(&format!("/certificates/{certificate}/devices")).await
    }
}

/// Waits for an event, with a timeout so that a failing test ends.
async fn with_timeout<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), event).await.expect("the event within 60 seconds")
}

async fn wait_for_requests(server: &MockServer, count: usize) {
    with_timeout(async {
        while server.request_count() < count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The device IDs in JSON lines.
fn device_ids(text: &str) -> Vec<String> {
    let id = |line: &str| line.parse::<Value>().expect("JSON")["device_id"].as_str().expect("a device ID").to_owned();
    text.lines().map(id).collect()
}

/// The IDs of this many sample devices, in the order of the service.
fn sample_ids(count: usize) -> Vec<String> {
    (1..=count).rev().filter_map(|number| sample_device(number).device_id).collect()
}

#[tokio::test]
async fn devices_are_streamed_as_json_lines() {
    let (server, _) = server_with_devices(120).await;
    for service in [start(Some(&server.endpoint())), start(None)] {
        let response = service.devices(CERTIFICATE).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        assert_eq!(device_ids(&response.text().await.expect("a complete body")), sample_ids(120));
    }
}

#[tokio::test]
async fn unused_certificate_is_an_empty_list() {
    let (server, _) = server_with_devices(0).await;
    server.add_certificate("unused");
    let response = start(Some(&server.endpoint())).devices("unused").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.expect("a complete body"), "");
}

/// A failure before the first device, and the response of the service.
struct FailureCase {
    /// The response of IoTDA. `None`: the response of the mock.
    upstream: Option<MockResponse>,
    certificate: &'static str,
    status: u16,
    code: Value,
    /// True if the body describes the failure. Otherwise its message is generic, and the details are only logged.
    detailed: bool,
}

#[tokio::test]
async fn failure_before_the_first_device_is_an_http_status() {
    let (server, _) = server_with_devices(1).await;
    let service = start(Some(&server.endpoint()));
    let retry_later = |status| MockResponse::new(status).header("Retry-After", "3600");
    let with_code =
        |status, code: &str| MockResponse::new(status).json(&json!({"error_code": code, "error_msg": "Not you."}));
    let throttled = with_code(429, "APIGW.0308").header("Retry-After", "3600");
    let case =
        |upstream, certificate, status, code, detailed| FailureCase { upstream, certificate, status, code, detailed };
    let cases = [
        case(None, "unknown", 404, json!("IOTDA.015500"), true),
        case(None, "a%2Fb", 400, Value::Null, true),
        case(Some(throttled), CERTIFICATE, 429, json!("APIGW.0308"), true),
        case(Some(retry_later(503)), CERTIFICATE, 503, Value::Null, false),
        case(Some(retry_later(504)), CERTIFICATE, 504, Value::Null, false),
        case(Some(with_code(404, "APIGW.0101")), CERTIFICATE, 502, Value::Null, false),
        case(Some(with_code(403, "IOTDA.000021")), CERTIFICATE, 502, Value::Null, false),
        case(Some(MockResponse::new(200).body("<html>")), CERTIFICATE, 502, Value::Null, false),
    ];
    for FailureCase { upstream, certificate, status, code, detailed } in cases {
        upstream.into_iter().for_each(|response| server.enqueue(response));
        server.clear_requests();
        let response = service.devices(certificate).await;
        assert_eq!(response.status(), status, "{code}");
        let retry_after = response.headers().get("retry-after").map(|value| value.as_bytes());
        assert_eq!(retry_after, [429, 503, 504].contains(&status).then_some(&b"3600"[..]), "{status}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["code"], code, "{status}: {body}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{status}: {body}");
        let is_generic = body["message"] == "the devices cannot be listed now";
        assert_eq!(is_generic, !detailed, "{status}: {body}");
        let sent = status != 400;
        assert_eq!(body["request_id"].is_string(), sent, "{status}: {body}");
        assert_eq!(server.request_count(), usize::from(sent), "{status}");
    }
}

#[tokio::test]
async fn failure_after_the_first_device_aborts_the_response() {
    let (server, _) = server_with_devices(120).await;
    let service = start(Some(&server.endpoint()));
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(403));
    let mut response = service.devices(CERTIFICATE).await;
    assert_eq!(response.status(), 200);
    let mut text = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(bytes)) => text.extend_from_slice(&bytes),
            end => break end,
        }
    };
    assert!(end.is_err(), "the list must not look complete");
    // How much of the first page was sent before the connection was closed depends on the operating system.
    let text = String::from_utf8(text).expect("UTF-8");
    let complete_lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    assert!(sample_ids(120)[..50].starts_with(&device_ids(complete_lines)), "{text}");

    let response = service.devices(CERTIFICATE).await;
    let text = response.text().await.expect("a complete body");
    assert_eq!(device_ids(&text), sample_ids(120), "the service must continue to serve");
}

#[tokio::test]
async fn http_1_0_request_is_rejected_because_truncation_would_be_invisible() {
    let (server, _) = server_with_devices(120).await;
    let service = start(Some(&server.endpoint()));
    let mut stream = TcpStream::connect(service.url.trim_start_matches("http://")).await.expect("a connection");
    let request = format!("GET /certificates/{CERTIFICATE}/devices HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("send the request");
    let mut response = String::new();
    with_timeout(stream.read_to_string(&mut response)).await.expect("a response");
    assert!(response.starts_with("HTTP/1.0 505 "), "{response}");
    assert!(response.contains("HTTP/1.1"), "the body must name the required version: {response}");
    assert_eq!(server.request_count(), 0);
}

/// A TCP relay between the service and the mock. It can delay responses, and reports when the service closes a
/// connection.
struct Relay {
    endpoint: String,
    /// Responses are forwarded while this is true.
    open: watch::Sender<bool>,
    closed: mpsc::UnboundedReceiver<()>,
}

async fn start_relay(server: &MockServer) -> Relay {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    let endpoint = format!("http://{}", listener.local_addr().expect("a local address"));
    let address = server.endpoint().trim_start_matches("http://").to_owned();
    let (open, opened) = watch::channel(true);
    let (close_sender, closed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((service, _)) = listener.accept().await {
            let (mut from_service, mut to_service) = service.into_split();
            let mock = TcpStream::connect(&address).await.expect("a connection to the mock");
            let (mut from_mock, mut to_mock) = mock.into_split();
            let (close_sender, mut opened) = (close_sender.clone(), opened.clone());
            tokio::spawn(async move {
                let _ = copy(&mut from_service, &mut to_mock).await;
                let _ = close_sender.send(());
                let _ = to_mock.shutdown().await;
            });
            tokio::spawn(async move {
                from_mock.readable().await.expect("a response");
                opened.wait_for(|open| *open).await.expect("the relay exists");
                let _ = copy(&mut from_mock, &mut to_service).await;
            });
        }
    });
    Relay { endpoint, open, closed }
}

#[tokio::test]
async fn disconnected_reader_cancels_the_request_in_flight() {
    let (server, _) = server_with_devices(120).await;
    let mut relay = start_relay(&server).await;
    let service = start(Some(&relay.endpoint));
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let mut response = service.devices(CERTIFICATE).await;
    assert!(response.chunk().await.expect("the first page").is_some());
    wait_for_requests(&server, 2).await;
    assert!(relay.closed.try_recv().is_err(), "the second request must be in flight");
    drop(response);
    with_timeout(relay.closed.recv()).await.expect("the service closes the connection");
    assert_eq!(server.request_count(), 2);

    let response = service.devices(CERTIFICATE).await;
    assert_eq!(device_ids(&response.text().await.expect("a complete body")), sample_ids(120));
    assert_eq!(server.request_count(), 2 + 4);
}

#[cfg(unix)]
mod shutdown {
    use std::process::Command;

    use super::*;

    /// Sends a signal, and waits until the service accepts no new connections.
    async fn interrupt(service: &WebService, signal: &str) {
        send(service, signal);
        let address = service.url.trim_start_matches("http://");
        with_timeout(async { while TcpStream::connect(address).await.is_ok() {} }).await;
    }

    fn send(service: &WebService, signal: &str) {
        let kill = format!("kill -{signal} {}", service.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh starts").success());
    }

    /// Starts a service and a request whose first response the relay delays.
    async fn start_delayed_request(
        server: &MockServer,
    ) -> (Relay, WebService, tokio::task::JoinHandle<reqwest::Result<String>>) {
        let relay = start_relay(server).await;
        relay.open.send_replace(false);
        let service = start(Some(&relay.endpoint));
        let request = service.http.get(format!("{}/certificates/{CERTIFICATE}/devices", service.url));
        let response = tokio::spawn(async move { request.send().await?.text().await });
        wait_for_requests(server, 1).await;
        (relay, service, response)
    }

    #[tokio::test]
    async fn signal_completes_the_responses_in_progress() {
        for signal in ["INT", "TERM"] {
            let (server, _) = server_with_devices(120).await;
            let (relay, mut service, response) = start_delayed_request(&server).await;
            interrupt(&service, signal).await;
            relay.open.send_replace(true);
            let text = with_timeout(response).await.expect("no panic").expect("a complete body");
            assert_eq!(device_ids(&text), sample_ids(120));
            let status = tokio::task::spawn_blocking(move || service.child.wait()).await;
            assert!(status.expect("no panic").expect("an exit status").success(), "{signal}");
        }
    }

    #[tokio::test]
    async fn second_signal_aborts_the_responses_in_progress() {
        let (server, _) = server_with_devices(120).await;
        let (_relay, mut service, response) = start_delayed_request(&server).await;
        interrupt(&service, "TERM").await;
        assert_eq!(service.child.try_wait().expect("a status"), None, "a response is in progress");
        send(&service, "TERM");
        assert!(with_timeout(response).await.expect("no panic").is_err());
        let status = tokio::task::spawn_blocking(move || service.child.wait()).await;
        assert_eq!(status.expect("no panic").expect("an exit status").code(), Some(1));
    }
}
