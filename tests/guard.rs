//! The guard against locking an access key, when calls are cancelled, not polled, late, or their keys change.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential};
use serde_json::json;
use support::keys::{AK, SK, keyed, signed};
use support::{Vault, total};

const HOUR: Duration = Duration::from_secs(3600);

fn with_key(server: &MockServer, secret: &str) -> Client {
    server.builder().credentials(Credentials::ak_sk(AK, secret)).build().unwrap()
}

/// Until the server has received so many requests.
async fn received(server: &MockServer, requests: usize) {
    while server.requests().len() < requests {
        tokio::task::yield_now().await;
    }
}

fn sent_with(server: &MockServer, access: &str) -> usize {
    let sent = server.requests();
    let with = |authorization: &str| authorization.contains(&format!("Access={access},"));
    sent.iter().filter(|request| request.header("authorization").is_some_and(with)).count()
}

#[tokio::test]
async fn cancelled_calls_may_have_counted_and_are_bounded() {
    let server = keyed(1).await;
    let client = with_key(&server, "wrong");
    for request in 1..=4 {
        server.enqueue(MockResponse::pass_through().delay(HOUR));
        tokio::select! {
            result = total(&client) => panic!("not answered: {result:?}"),
            () = received(&server, request) => {}
        }
    }
    for _ in 0..10 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains("five minutes"), "{error}");
    }
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn unanswered_calls_are_bounded_too_and_forgotten_after_five_minutes() {
    let server = keyed(1).await;
    let start = SystemTime::now();
    let now = Arc::new(Mutex::new(start));
    let read = now.clone();
    let builder = signed(&server).clock(move || *read.lock().unwrap());
    let client = builder.build().unwrap();
    server.set_time(start);
    (0..4).for_each(|_| server.enqueue(MockResponse::disconnect()));
    let results = join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_err), "{results:?}");
    assert_eq!(server.requests().len(), 4);
    *now.lock().unwrap() = start + Duration::from_secs(300);
    server.set_time(start + Duration::from_secs(300));
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn requests_that_never_left_do_not_count() {
    let server = keyed(1).await;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = signed(&server).endpoint(format!("http://{nowhere}"));
    let client = builder.build().unwrap();
    for _ in 0..10 {
        assert_eq!(total(&client).await.unwrap_err().kind(), ErrorKind::Connection);
    }
}

#[tokio::test]
async fn a_call_that_is_not_polled_any_more_blocks_no_other() {
    let server = keyed(1).await;
    let builder = signed(&server);
    let client = builder.attempt_timeout(Duration::from_millis(100)).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(HOUR));
    let mut first = pin!(total(&client));
    tokio::select! {
        result = &mut first => panic!("not answered: {result:?}"),
        () = received(&server, 1) => {}
    }
    // The first is neither polled nor dropped from here on.
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn a_waiting_call_that_is_not_polled_blocks_no_other() {
    let server = keyed(1).await;
    let client = with_key(&server, SK);
    server.enqueue(MockResponse::new(503).delay(Duration::from_millis(50)));
    let mut first = pin!(total(&client));
    let mut waiting = pin!(total(&client));
    tokio::select! {
        // In this order, so that it is the first that has the turn.
        biased;
        _ = &mut first => panic!("not answered yet"),
        _ = &mut waiting => panic!("not its turn yet"),
        () = received(&server, 1) => {}
    }
    assert!(first.await.is_err());
    // The second waits for its turn, and is not polled when the turn is given back.
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(waiting.await.unwrap(), 1);
}

#[tokio::test]
async fn an_answer_of_the_gateway_does_not_accept_a_key_though_it_has_a_code() {
    let server = keyed(1).await;
    let client = with_key(&server, "wrong");
    server.enqueue(MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": "throttled"})));
    assert!(total(&client).await.unwrap_err().is_throttled());
    let results = join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()));
    assert_eq!(server.requests().len(), 2);
}

/// A source whose keys come one after the other, the last one for ever.
struct Keys(Vec<IamCredential>, AtomicUsize);

impl CredentialProvider for Keys {
    fn credential(&self) -> CredentialFuture<'_> {
        let index = self.1.fetch_add(1, Ordering::Relaxed) % self.0.len();
        let key = self.0[index].clone();
        Box::pin(async { Ok(Some(key)) })
    }
}

#[tokio::test]
async fn each_of_two_wrong_keys_is_sent_once_however_they_alternate() {
    let server = keyed(1).await;
    let keys = ["K1", "K2"].map(|access| IamCredential::access_key(access, "wrong"));
    let source = Keys(keys.into(), AtomicUsize::new(0));
    let client = server.builder().credentials(Credentials::from_provider(source)).build().unwrap();
    for _ in 0..20 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!((sent_with(&server, "K1"), sent_with(&server, "K2")), (1, 1));
}

#[tokio::test]
async fn late_refusals_of_an_old_key_do_not_send_a_wrong_new_one_again() {
    let server = keyed(1).await;
    let vault = Vault(Arc::new(Mutex::new(IamCredential::access_key(AK, SK))));
    let client = server.builder().credentials(Credentials::from_provider(vault.clone())).build().unwrap();
    total(&client).await.unwrap();
    *vault.0.lock().unwrap() = IamCredential::access_key("NEW", "wrong");
    for delay in 0..10 {
        let refused = MockResponse::new(401).json(&json!({"error_code": "APIG.0301", "error_msg": "revoked"}));
        server.enqueue(refused.delay(Duration::from_millis(20 * delay)));
    }
    let results = join_all((0..10).map(|_| total(&client))).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert_eq!(sent_with(&server, "NEW"), 1);
}

#[tokio::test]
async fn a_late_success_does_not_clear_a_rejection() {
    let server = keyed(1).await;
    let client = with_key(&server, SK);
    total(&client).await.unwrap();
    let late = json!({"devices": [{}], "page": {"count": 1}});
    server.enqueue(MockResponse::new(200).json(&late).delay(Duration::from_millis(200)));
    let mut slow = pin!(total(&client));
    tokio::select! {
        result = &mut slow => panic!("not answered yet: {result:?}"),
        () = received(&server, 2) => {}
    }
    server.add_access_key(AK, "another");
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(slow.await.unwrap(), 1);
    server.clear_requests();
    assert!(join_all((0..50).map(|_| total(&client))).await.iter().all(Result::is_err));
    assert_eq!(server.requests().len(), 0);
}
