//! An accepted access key whose requests are rejected in mid-run, because of its secret or of the clock.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials};
use serde_json::json;

use crate::support::keys::{AK, SK, server_with_key, signing_builder};
use crate::support::total;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// 20 listings that prefetch 11 pages each.
const IN_FLIGHT: usize = 220;

/// Waits until the server has received this number of requests.
async fn received(server: &MockServer, requests: usize) {
    while server.request_count() < requests {
        tokio::task::yield_now().await;
    }
}

/// A server and a client whose key it has accepted. The server's clock is 20 minutes ahead of the client's from now on.
async fn accepted_key() -> (MockServer, Client) {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now);
    let client = signing_builder(&server).clock(move || now).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    server.set_time(now + 20 * MINUTE);
    server.clear_requests();
    (server, client)
}

/// A rejection with the server's time in the header `Date`.
fn rejection() -> MockResponse {
    let body = json!({"error_code": "APIG.0301", "error_msg": "verify aksk signature fail"});
    MockResponse::new(401).json(&body)
}

#[tokio::test]
async fn rejections_in_flight_are_followed_by_one_request() {
    let (server, client) = accepted_key().await;
    server.add_access_key(AK, "another secret");
    let mut calls = pin!(join_all((0..IN_FLIGHT).map(|_| total(&client))));
    (0..IN_FLIGHT).for_each(|_| server.enqueue(rejection().delay(Duration::from_millis(300))));
    tokio::select! {
        results = &mut calls => panic!("the responses are delayed: {results:?}"),
        () = received(&server, IN_FLIGHT) => {}
    }
    let results = calls.await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert_eq!(server.request_count(), IN_FLIGHT + 1);
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.request_count(), IN_FLIGHT + 1);
}

#[tokio::test]
async fn calls_wait_while_a_key_is_in_doubt() {
    let (server, client) = accepted_key().await;
    server.enqueue(rejection());
    // The request with the corrected time.
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(200)));
    let mut first = pin!(total(&client));
    tokio::select! {
        result = &mut first => panic!("the response is delayed: {result:?}"),
        () = received(&server, 2) => {}
    }
    let mut others = pin!(join_all((0..50).map(|_| total(&client))));
    for _ in 0..100 {
        assert!(futures::poll!(others.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(server.request_count(), 2, "no request until the question is settled");
    assert_eq!(first.await.unwrap(), 1);
    let results = others.await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[tokio::test]
async fn late_success_does_not_settle_the_doubt() {
    let (server, client) = accepted_key().await;
    let page = json!({"devices": [{}], "page": {"count": 1}});
    server.enqueue(MockResponse::new(200).json(&page).delay(Duration::from_millis(200)));
    let mut late = pin!(total(&client));
    tokio::select! {
        result = &mut late => panic!("the response is delayed: {result:?}"),
        () = received(&server, 1) => {}
    }
    server.enqueue(rejection());
    server.enqueue(MockResponse::pass_through().delay(HOUR));
    let mut first = pin!(total(&client));
    tokio::select! {
        result = &mut first => panic!("the response is delayed: {result:?}"),
        () = received(&server, 3) => {}
    }
    assert_eq!(late.await.unwrap(), 1);
    let mut other = pin!(total(&client));
    for _ in 0..100 {
        assert!(futures::poll!(other.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(server.request_count(), 3);
}

#[tokio::test]
async fn clock_step_fails_no_call_in_flight() {
    let (server, client) = accepted_key().await;
    let results = join_all((0..IN_FLIGHT).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(server.request_count() <= 2 * IN_FLIGHT, "{}", server.request_count());
    server.clear_requests();
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.request_count(), 1, "the correction is cached");
}

#[tokio::test]
async fn clients_of_the_same_credentials_share_the_guard() {
    let server = server_with_key(1).await;
    let credentials = Credentials::ak_sk(AK, "wrong");
    let client = || server.builder().credentials(credentials.clone()).build().unwrap();
    let clients = [client(), client()];
    let results = join_all(clients.iter().cycle().take(20).map(total)).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert!(total(&client()).await.unwrap_err().is_unauthorized());
    assert_eq!(server.request_count(), 1);
    let replaced = server.builder().credentials(Credentials::ak_sk(AK, SK)).build().unwrap();
    assert_eq!(total(&replaced).await.unwrap(), 1);
}
