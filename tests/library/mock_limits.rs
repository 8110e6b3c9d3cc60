//! The limits of the mock server: what it keeps, accepts and waits for.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::MockServer;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The documented limit of the service for a header and for a URI.
const MAX_LINE_BYTES: usize = 32 * KIB;
/// The documented limit of the service for a body.
const MAX_BODY_BYTES: usize = 12 * MIB;

/// Sends these bytes on a new connection, and returns all that the server sends until it closes the connection.
async fn exchange(server: &MockServer, sent: impl AsRef<[u8]>) -> String {
    let port = Url::parse(&server.endpoint()).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(sent.as_ref()).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    String::from_utf8(received).unwrap()
}

fn request(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n{headers}\r\n")
}

fn post_with_body(length: usize) -> Vec<u8> {
    let head = format!("POST / HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    [head.into_bytes(), vec![b'x'; length]].concat()
}

fn targets(server: &MockServer) -> Vec<String> {
    server.requests().into_iter().map(|request| request.target).collect()
}

#[tokio::test]
async fn most_recent_requests_are_kept_and_all_are_counted() {
    let server = MockServer::start().await.unwrap();
    server.set_max_recorded_requests(2);
    for target in ["/1", "/2", "/3"] {
        exchange(&server, request(target, "")).await;
    }
    assert_eq!(targets(&server), ["/2", "/3"]);
    assert_eq!(server.request_count(), 3);

    server.set_max_recorded_requests(1);
    assert_eq!(targets(&server), ["/3"]);
    assert_eq!(server.request_count(), 3);

    server.clear_requests();
    assert!(server.requests().is_empty());
    assert_eq!(server.request_count(), 0);

    server.set_max_recorded_requests(0);
    exchange(&server, request("/4", "")).await;
    assert!(server.requests().is_empty());
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn ten_thousand_requests_are_kept_by_default() {
    let server = MockServer::start().await.unwrap();
    let pipelined = "GET / HTTP/1.1\r\nHost: mock\r\n\r\n".repeat(10_000) + &request("/last", "");
    // Without a reader, the responses would fill the buffers of the connection.
    let port = Url::parse(&server.endpoint()).unwrap().port().unwrap();
    let (mut read, mut write) = TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
    let mut received = Vec::new();
    let (sent, received) = tokio::join!(write.write_all(pipelined.as_bytes()), read.read_to_end(&mut received));
    sent.unwrap();
    received.unwrap();
    assert_eq!(server.request_count(), 10_001);
    let targets = targets(&server);
    assert_eq!(targets.len(), 10_000);
    assert_eq!(targets.last().unwrap(), "/last");
}

#[tokio::test]
async fn bodies_are_accepted_up_to_the_limit_and_kept_up_to_64_mib() {
    let server = MockServer::start().await.unwrap();
    for _ in 0..6 {
        let received = exchange(&server, post_with_body(MAX_BODY_BYTES)).await;
        assert!(received.starts_with("HTTP/1.1 404 "), "{received}");
    }
    assert_eq!(server.request_count(), 6);
    let sizes: Vec<_> = server.requests().iter().map(|request| request.body.len()).collect();
    assert_eq!(sizes, [MAX_BODY_BYTES; 5]);
}

/// Asserts that the server rejects this request with a status, without an ID, and does not record it.
async fn assert_rejected(sent: impl AsRef<[u8]>, status: u16) {
    let server = MockServer::start().await.unwrap();
    let received = exchange(&server, sent).await;
    assert!(received.starts_with(&format!("HTTP/1.1 {status} ")), "{received}");
    assert!(!received.to_ascii_lowercase().contains("x-request-id"), "{received}");
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn longer_declared_body_is_rejected_before_it_is_sent() {
    let head = format!("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: {}\r\n\r\n", 300 * MIB);
    assert_rejected(head, 413).await;
    let head = format!("POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: {}\r\n\r\n", MAX_BODY_BYTES + 1);
    assert_rejected(head, 413).await;
}

#[tokio::test]
async fn longer_chunked_body_is_rejected_before_its_end() {
    let head = "POST / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}", MAX_BODY_BYTES + 1, "x".repeat(MAX_BODY_BYTES + 1));
    assert_rejected(format!("{head}{chunk}"), 413).await;
}

#[tokio::test]
async fn longer_target_is_rejected() {
    assert_rejected(request(&"/".repeat(MAX_LINE_BYTES + 1), ""), 414).await;
}

#[tokio::test]
async fn longer_header_is_rejected() {
    assert_rejected(request("/", &format!("a: {}\r\n", "b".repeat(MAX_LINE_BYTES - 2))), 494).await;
}

#[tokio::test]
async fn target_and_header_of_the_maximum_length_are_accepted() {
    let server = MockServer::start().await.unwrap();
    let (target, header) = ("/".repeat(MAX_LINE_BYTES), format!("a: {}\r\n", "b".repeat(MAX_LINE_BYTES - 3)));
    let received = exchange(&server, request(&target, &header)).await;
    assert!(received.starts_with("HTTP/1.1 404 "), "{received}");
    assert_eq!(server.requests()[0].header("a").unwrap().len(), MAX_LINE_BYTES - 3);
}

#[tokio::test]
async fn unlimited_read_timeout_is_accepted() {
    let server = MockServer::start().await.unwrap();
    server.set_read_timeout(Duration::MAX);
    assert!(exchange(&server, post_with_body(1)).await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn connection_is_closed_if_the_request_does_not_arrive_in_time() {
    let server = MockServer::start().await.unwrap();
    server.set_read_timeout(Duration::from_millis(50));
    let incomplete_body = "POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 10\r\n\r\nhalf";
    for sent in ["", "GET / HTTP/1.1\r\nHost: mo", incomplete_body] {
        assert_eq!(exchange(&server, sent).await, "", "{sent}");
    }
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn lifetime_of_an_issued_key_is_checked() {
    let server = MockServer::start().await.unwrap();
    server.add_identity_provider("idp", "audience");
    let id_token = MockServer::id_token("audience", SystemTime::now() + Duration::from_secs(3600));
    let http = Client::builder().no_proxy().build().unwrap();
    let post = |path: &str, body: Value| http.post(format!("{}{path}", server.endpoint())).json(&body);
    let log_in = post("/v3.0/OS-AUTH/id-token/tokens", json!({"auth": {"id_token": {"id": id_token}}}));
    let response = log_in.header("X-Idp-Id", "idp").send().await.unwrap();
    let token = response.headers()["x-subject-token"].to_str().unwrap();
    let request_key = async |seconds: u64| {
        let token = json!({"id": token, "duration_seconds": seconds});
        let body = json!({"auth": {"identity": {"methods": ["token"], "token": token}}});
        post("/v3.0/OS-CREDENTIAL/securitytokens", body).send().await.unwrap().status().as_u16()
    };
    for (seconds, status) in [(899, 400), (900, 201), (86_400, 201), (86_401, 400), (u64::MAX, 400)] {
        assert_eq!(request_key(seconds).await, status, "{seconds}");
    }
    server.set_issued_key_lifetime(Duration::MAX);
    assert_eq!(request_key(900).await, 201);
}
