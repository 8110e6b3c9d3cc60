//! The connect, attempt and call timeouts, and the errors that name them.

use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{ClientBuilder, Error, RetryPolicy};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{CERTIFICATE, collect_until_error, no_backoff, server_with_devices, total};

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

/// Reads 200 devices, with a pause of the consumer while the second page is in flight: the clock advances, but nothing is
/// polled. Returns the number of devices and the error.
async fn read_with_pause(
    responses: impl IntoIterator<Item = MockResponse>,
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
    concurrency: u32,
) -> (usize, Option<Error>) {
    let (server, _) = server_with_devices(200).await;
    // The clock of the server advances, too.
    server.set_read_timeout(3_600 * SECOND);
    let client = configure(server.builder()).build().unwrap();
    server.enqueue(MockResponse::pass_through());
    responses.into_iter().for_each(|response| server.enqueue(response));
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(concurrency).items();
    for _ in 0..50 {
        devices.try_next().await.unwrap().expect("a device");
    }
    // Dropped while it waits for the response, like by `select!`.
    assert!(futures::poll!(devices.next()).is_pending());
    while server.requests().len() < 2 {
        assert!(futures::poll!(devices.next()).is_pending());
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(125 * SECOND).await;
    tokio::time::resume();
    let (rest, error) = collect_until_error(devices).await;
    (50 + rest.len(), error)
}

#[tokio::test]
async fn listing_survives_a_pause_of_its_consumer() {
    for concurrency in [1, 4] {
        let (devices, error) = read_with_pause([], |builder| builder, concurrency).await;
        assert_eq!(devices, 200, "{concurrency}: {error:?}");
    }
}

#[tokio::test]
async fn pause_of_the_consumer_counts_toward_no_limit() {
    type Configure = fn(ClientBuilder) -> ClientBuilder;
    let cases: [(&str, Configure); 3] = [
        ("call timeout", |builder| builder.call_timeout(20 * SECOND)),
        ("no retries", |builder| builder.retry_policy(RetryPolicy::none())),
        ("both", |builder| builder.call_timeout(SECOND * 40).retry_policy(RetryPolicy::none())),
    ];
    for (name, configure) in cases {
        let (devices, error) = read_with_pause([], configure, 1).await;
        assert_eq!(devices, 200, "{name}: {error:?}");
    }
}

#[tokio::test]
async fn failure_after_a_pause_of_the_consumer_is_retried() {
    // The connection is closed during the pause.
    let response = MockResponse::pass_through().truncate_body();
    let (devices, error) = read_with_pause([response], |builder| builder, 1).await;
    assert_eq!(devices, 200, "{error:?}");
}

#[tokio::test]
async fn server_that_never_responds_after_a_pause_is_a_timeout() {
    let configure = |builder: ClientBuilder| builder.attempt_timeout(SECOND / 5).retry_policy(no_backoff(2));
    let (devices, error) = read_with_pause((0..20).map(|_| delayed()), configure, 1).await;
    assert_eq!(devices, 50);
    let error = error.expect("an error");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.attempts(), 2, "{error}");
}
