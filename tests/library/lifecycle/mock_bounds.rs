//! Requests that exceed the limits of the mock server, or never end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use huaweicloud_iotda::mock::MockServer;

use super::world::MAX_RECORDED_REQUESTS;

const READ_TIMEOUT: Duration = Duration::from_millis(20);
const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Ends a test that would otherwise hang.
const HANGS: Duration = Duration::from_secs(120);

/// The server rejects a large body before it is sent.
pub(super) fn send_large_body(server: &MockServer) {
    let response = exchange(server, "POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 300000000\r\n\r\n");
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

/// The server closes the connection if the rest of the head does not arrive.
pub(super) fn send_half_of_head(server: &MockServer) {
    server.set_read_timeout(READ_TIMEOUT);
    assert_eq!(exchange(server, "GET / HTTP/1.1\r\nHost: mo"), "");
    server.set_read_timeout(DEFAULT_READ_TIMEOUT);
}

pub(super) fn check_recorded_requests(server: &MockServer) {
    assert!(server.requests().len() <= MAX_RECORDED_REQUESTS, "the server keeps all requests");
}

/// Sends this text, and returns all that the server sends until it closes the connection.
fn exchange(server: &MockServer, sent: &str) -> String {
    let mut stream = TcpStream::connect(server.endpoint().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(HANGS)).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).expect("the server closes the connection");
    received
}
