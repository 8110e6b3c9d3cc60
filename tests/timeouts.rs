//! The times that are set for connecting, an attempt and a call, and what is told when one of them is over.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use huaweicloud_iotda::ClientBuilder;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use support::{at_once, serve, total};
use tokio::net::{TcpSocket, TcpStream};

const SECOND: Duration = Duration::from_secs(1);

fn slow() -> MockResponse {
    MockResponse::pass_through().delay(3600 * SECOND)
}

#[tokio::test]
async fn the_timeouts_of_an_attempt_and_of_a_call_are_told_apart() {
    let (server, _) = serve(3).await;
    let error = async |answer: MockResponse, builder: ClientBuilder| {
        server.enqueue(answer);
        let error = total(&builder.build().unwrap()).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        error.message().to_owned()
    };
    let tenth = SECOND / 10;
    let attempt = error(slow(), server.builder().attempt_timeout(tenth)).await;
    assert_eq!(attempt, "no whole answer within 100ms (the attempt timeout)");
    let trickle = error(MockResponse::pass_through().trickle(SECOND), server.builder().attempt_timeout(tenth)).await;
    assert_eq!(trickle, "no whole answer within 100ms (the attempt timeout)");
    let call = error(slow(), server.builder().call_timeout(tenth)).await;
    assert_eq!(call, "the call was not done within 100ms (the call timeout)");
    server.enqueue(MockResponse::new(503));
    let call = error(slow(), server.builder().call_timeout(SECOND / 2).retry_policy(at_once(5))).await;
    assert!(call.starts_with("the call was not done within 500ms (the call timeout)"), "{call}");
    assert!(call.contains("the attempt before") && call.contains("503"), "{call}");
}

#[tokio::test]
async fn the_timeout_of_connecting_is_told_apart() {
    // Nobody accepts, and the queue is full: the system answers no further connection.
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
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert_eq!(error.message(), "no connection within 100ms (the connect timeout)");
}

#[tokio::test]
async fn a_call_ends_when_no_time_is_left_for_another_attempt() {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::new(503).header("Retry-After", "10"));
    let client = server.builder().call_timeout(5 * SECOND).retry_policy(at_once(5)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!((error.status(), server.requests().len()), (Some(503), 1));
    assert!(error.message().contains("no time is left for another attempt within 5s (the call timeout)"), "{error}");
}

#[tokio::test]
async fn a_wait_counts_in_the_time_that_is_left_of_the_call() {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::new(503).header("Retry-After", "2").delay(SECOND));
    let client = server.builder().call_timeout(SECOND * 5 / 2).retry_policy(at_once(5)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!((error.status(), server.requests().len()), (Some(503), 1));
    assert!(error.message().contains("no time is left"), "{error}");
}

#[tokio::test]
async fn a_timeout_of_the_callers_is_not_told_as_the_clients_own() {
    let (server, _) = serve(3).await;
    server.enqueue(slow());
    let builder = server.builder().configure_http(|http| http.read_timeout(SECOND / 10));
    let error = total(&builder.build().unwrap()).await.unwrap_err();
    assert!(error.is_timeout() && error.message().contains("not the client's own"), "{error}");
}
