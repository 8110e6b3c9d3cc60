//! The connect, attempt and call timeouts, and the errors that name them.

use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{ClientBuilder, Error};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{no_backoff, server_with_devices, total};

const SECOND: Duration = Duration::from_secs(1);

/// A response that arrives after every timeout of these tests.
fn delayed() -> MockResponse {
    MockResponse::pass_through().delay(3600 * SECOND)
}

/// Requests the total of a server that first sends these responses. Returns the error.
async fn error_after(
    responses: impl IntoIterator<Item = MockResponse>,
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> (Error, usize) {
    let (server, _) = server_with_devices(3).await;
    responses.into_iter().for_each(|response| server.enqueue(response));
    let error = total(&configure(server.builder()).build().unwrap()).await.unwrap_err();
    (error, server.requests().len())
}

/// Returns the message with a placeholder for host and port.
fn without_host(error: &Error) -> String {
    error.message().replace(error.host().expect("a host"), "HOST")
}

#[tokio::test]
async fn attempt_timeout_is_reported_if_no_response_arrives() {
    let (error, _) = error_after([delayed()], |builder| builder.attempt_timeout(SECOND / 10)).await;
    assert!(error.is_timeout(), "{error}");
    expect!["attempt timed out after 100ms (HOST)"].assert_eq(&without_host(&error));
}

#[tokio::test]
async fn attempt_timeout_is_reported_if_the_body_is_slow() {
    let trickle = MockResponse::pass_through().trickle(SECOND);
    let (error, _) = error_after([trickle], |builder| builder.attempt_timeout(SECOND / 10)).await;
    assert!(error.is_timeout(), "{error}");
    expect!["attempt timed out after 100ms (HOST)"].assert_eq(&without_host(&error));
}

#[tokio::test]
async fn call_timeout_is_reported() {
    let (error, _) = error_after([delayed()], |builder| builder.call_timeout(SECOND / 10)).await;
    assert!(error.is_timeout(), "{error}");
    expect!["call timed out after 100ms"].assert_eq(error.message());
}

#[tokio::test]
async fn call_timeout_reports_the_error_of_the_previous_attempt() {
    let responses = [MockResponse::new(503), delayed()];
    let configure = |builder: ClientBuilder| builder.call_timeout(SECOND / 2).retry_policy(no_backoff(5));
    let (error, _) = error_after(responses, configure).await;
    assert!(error.is_timeout(), "{error}");
    assert!(error.message().contains("503"), "the message must name the status: {error}");
}

#[tokio::test]
async fn connect_timeout_is_reported() {
    // No process accepts connections and the queue is full, so the operating system completes no further connection.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = tokio::time::timeout(SECOND / 5, TcpStream::connect(address)).await {
        queued.push(stream.unwrap());
    }
    let mock = MockServer::start().await.unwrap();
    let builder = mock.builder().endpoint(format!("http://{address}")).connect_timeout(SECOND / 10);
    let error = total(&builder.build().unwrap()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.is_retryable(), "{error}");
    expect!["connect timed out after 100ms (HOST)"].assert_eq(&without_host(&error));
}

#[tokio::test]
async fn call_is_not_retried_if_the_delay_exceeds_the_call_timeout() {
    let response = MockResponse::new(503).header("Retry-After", "10");
    let configure = |builder: ClientBuilder| builder.call_timeout(5 * SECOND).retry_policy(no_backoff(5));
    let (error, requests) = error_after([response], configure).await;
    assert_eq!(error.status(), Some(503), "{error}");
    assert_eq!(requests, 1);
    assert!(error.message().contains("5s"), "the message must name the call timeout: {error}");
}

#[tokio::test]
async fn call_is_not_retried_if_the_delay_exceeds_the_remaining_time() {
    let response = MockResponse::new(503).header("Retry-After", "2").delay(SECOND);
    let configure = |builder: ClientBuilder| builder.call_timeout(SECOND * 5 / 2).retry_policy(no_backoff(5));
    let (error, requests) = error_after([response], configure).await;
    assert_eq!(error.status(), Some(503), "{error}");
    assert_eq!(requests, 1);
    assert!(error.message().contains("2.5s"), "the message must name the call timeout: {error}");
}

#[tokio::test]
async fn custom_read_timeout_is_not_reported_as_an_option_of_the_client() {
    let configure = |builder: ClientBuilder| builder.configure_http(|http| http.read_timeout(SECOND / 10));
    let (error, _) = error_after([delayed()], configure).await;
    assert!(error.is_timeout(), "{error}");
    for option in ["attempt timeout", "attempt timed out", "call timeout", "call timed out", "connect timeout"] {
        assert!(!error.message().contains(option), "{option}: {error}");
    }
}
