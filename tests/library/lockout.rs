//! The guard against locking an access key if calls are canceled, not polled or late, or if their keys change.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential};
use serde_json::json;

use crate::support::clock::Clock;
use crate::support::keys::{AK, SK, server_with_key, signing_builder};
use crate::support::{ReplaceableProvider, total};

const HOUR: Duration = Duration::from_secs(3600);
const LOCKOUT: Duration = Duration::from_secs(5 * 60);

fn client_with_secret(server: &MockServer, secret: &str) -> Client {
    server.builder().credentials(Credentials::ak_sk(AK, secret)).build().unwrap()
}

/// Waits until the server has received this number of requests.
async fn received(server: &MockServer, requests: usize) {
    while server.requests().len() < requests {
        tokio::task::yield_now().await;
    }
}

/// Counts the requests that were signed with this access key.
fn requests_with_key(server: &MockServer, access_key: &str) -> usize {
    let access = format!("Access={access_key},");
    let requests = server.requests();
    requests.iter().filter_map(|request| request.header("authorization")).filter(|text| text.contains(&access)).count()
}

#[tokio::test]
async fn canceled_calls_count_as_failures() {
    let server = server_with_key(1).await;
    let client = client_with_secret(&server, "wrong");
    for request in 1..=4 {
        server.enqueue(MockResponse::pass_through().delay(HOUR));
        tokio::select! {
            result = total(&client) => panic!("the response is delayed: {result:?}"),
            () = received(&server, request) => {}
        }
    }
    let mut texts = Vec::new();
    for _ in 0..10 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        texts.push(error.to_string());
    }
    assert_eq!(server.requests().len(), 4);
    texts.dedup();
    expect!["ListDeviceByDeviceCertificate: refusing to send: 4 requests with an unverified access key received no response, and each may have counted as a failure (the 6th failure locks the key for 5 minutes); last failure: canceled. Retry after 5 minutes, and let the first call with this key complete: do not cancel it, and raise attempt_timeout if it timed out"].assert_eq(&texts.join("\n"));
}

#[tokio::test]
async fn refusal_after_attempts_of_the_same_call_keeps_the_error_of_the_last_attempt() {
    let server = server_with_key(1).await;
    (0..9).for_each(|_| server.enqueue(MockResponse::disconnect()));
    let client = signing_builder(&server).retry_policy(crate::support::no_backoff(9)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.message().contains("not retried: each request with this access key"), "{error}");
    assert_eq!((error.attempts(), server.requests().len()), (4, 4), "{error}");
    assert_eq!(total(&client).await.unwrap_err().kind(), ErrorKind::Credentials);
}

#[tokio::test]
async fn requests_without_a_response_count_as_failures_for_five_minutes() {
    let server = server_with_key(1).await;
    let clock = Clock::now();
    let client = signing_builder(&server).clock(clock.time_source()).build().unwrap();
    server.set_time(clock.read());
    (0..4).for_each(|_| server.enqueue(MockResponse::disconnect()));
    let results = join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_err), "{results:?}");
    assert_eq!(server.requests().len(), 4);
    clock.advance(LOCKOUT);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn requests_that_were_not_sent_do_not_count() {
    let server = server_with_key(1).await;
    let closed_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = signing_builder(&server).endpoint(format!("http://{closed_port}")).build().unwrap();
    for _ in 0..10 {
        assert_eq!(total(&client).await.unwrap_err().kind(), ErrorKind::Connection);
    }
}

#[tokio::test]
async fn unpolled_call_with_the_permit_does_not_block_others() {
    let server = server_with_key(1).await;
    let client = signing_builder(&server).attempt_timeout(Duration::from_secs(1)).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(HOUR));
    let mut first = pin!(total(&client));
    tokio::select! {
        result = &mut first => panic!("the response is delayed: {result:?}"),
        () = received(&server, 1) => {}
    }
    // From here on, the first call is neither polled nor dropped.
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn unpolled_call_that_waits_for_the_permit_does_not_block_others() {
    let server = server_with_key(1).await;
    let client = client_with_secret(&server, SK);
    server.enqueue(MockResponse::new(503).delay(Duration::from_millis(50)));
    let mut first = pin!(total(&client));
    let mut waiting = pin!(total(&client));
    tokio::select! {
        // In this order, so that the first call gets the permit.
        biased;
        _ = &mut first => panic!("the response is delayed"),
        _ = &mut waiting => panic!("the first call has the permit"),
        () = received(&server, 1) => {}
    }
    assert!(first.await.is_err());
    // The second call waits for the permit, and is not polled when the first one releases it.
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(waiting.await.unwrap(), 1);
}

#[tokio::test]
async fn gateway_error_with_a_code_does_not_accept_the_key() {
    let server = server_with_key(1).await;
    let client = client_with_secret(&server, "wrong");
    server.enqueue(MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": "throttled"})));
    assert!(total(&client).await.unwrap_err().is_throttled());
    let results = join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert_eq!(server.requests().len(), 2);
}

/// A provider that returns its keys in turn.
struct AlternatingProvider {
    keys: Vec<IamCredential>,
    calls: AtomicUsize,
}

impl CredentialProvider for AlternatingProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        let index = self.calls.fetch_add(1, Ordering::Relaxed) % self.keys.len();
        let key = self.keys[index].clone();
        Box::pin(async { Ok(Some(key)) })
    }
}

#[tokio::test]
async fn two_alternating_wrong_keys_are_each_sent_once() {
    let server = server_with_key(1).await;
    let keys = ["K1", "K2"].map(|access_key| IamCredential::access_key(access_key, "wrong"));
    let provider = AlternatingProvider { keys: keys.into(), calls: AtomicUsize::new(0) };
    let client = server.builder().credentials(Credentials::from_provider(provider)).build().unwrap();
    for _ in 0..20 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(requests_with_key(&server, "K1"), 1);
    assert_eq!(requests_with_key(&server, "K2"), 1);
}

#[tokio::test]
async fn late_rejections_of_an_old_key_do_not_resend_a_wrong_new_key() {
    let server = server_with_key(1).await;
    let provider = ReplaceableProvider(Arc::new(Mutex::new(IamCredential::access_key(AK, SK))));
    let client = server.builder().credentials(Credentials::from_provider(provider.clone())).build().unwrap();
    total(&client).await.unwrap();
    *provider.0.lock().unwrap() = IamCredential::access_key("NEW", "wrong");
    for index in 0..10 {
        let rejection = MockResponse::new(401).json(&json!({"error_code": "APIG.0301", "error_msg": "revoked"}));
        server.enqueue(rejection.delay(Duration::from_millis(20 * index)));
    }
    let results = join_all((0..10).map(|_| total(&client))).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert_eq!(requests_with_key(&server, "NEW"), 1);
}

#[tokio::test]
async fn late_success_does_not_clear_a_rejection() {
    let server = server_with_key(1).await;
    let client = client_with_secret(&server, SK);
    total(&client).await.unwrap();
    let page = json!({"devices": [{}], "page": {"count": 1}});
    server.enqueue(MockResponse::new(200).json(&page).delay(Duration::from_millis(200)));
    let mut late = pin!(total(&client));
    tokio::select! {
        result = &mut late => panic!("the response is delayed: {result:?}"),
        () = received(&server, 2) => {}
    }
    server.add_access_key(AK, "another");
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(late.await.unwrap(), 1);
    server.clear_requests();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_err), "{results:?}");
    assert_eq!(server.requests().len(), 0);
}

/// Enqueues this response for the first call, then two slow ones, and returns how many of two later calls are in flight at
/// once: two if the key is accepted by then, one if it is not.
async fn concurrent_requests_after(first: MockResponse) -> usize {
    let server = server_with_key(1).await;
    let client = client_with_secret(&server, SK);
    server.enqueue(first);
    let devices = || client.list_device_by_device_certificate(crate::support::CERTIFICATE);
    assert_eq!(devices().await.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
    (0..2).for_each(|_| server.enqueue(MockResponse::pass_through().delay(HOUR)));
    let mut both = pin!(join_all((0..2).map(|_| devices().send())));
    let one_received = received(&server, 2);
    tokio::select! {
        results = &mut both => panic!("the responses are delayed: {results:?}"),
        () = one_received => {}
    }
    // The other call sends its request as soon as it is polled, or waits for the permit.
    for _ in 0..100 {
        assert!(futures::poll!(&mut both).is_pending());
        tokio::task::yield_now().await;
    }
    server.requests().len() - 1
}

#[tokio::test]
async fn success_with_a_rejected_page_accepts_the_key() {
    let contradictory_page = json!({ "devices": [], "page": { "count": 7 } });
    assert_eq!(concurrent_requests_after(MockResponse::new(200).json(&contradictory_page)).await, 2);
}

#[tokio::test]
async fn success_without_the_documented_json_does_not_accept_the_key() {
    let sign_in_page = MockResponse::new(200).body("<html>Please sign in</html>");
    assert_eq!(concurrent_requests_after(sign_in_page).await, 1);
}
