//! The mock on a bad day, and on a port of the caller's choice.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use huaweicloud_iotda::RetryPolicy;
use huaweicloud_iotda::mock::{Faults, MockServer};
use support::{CERTIFICATE, drain, serve};

/// What becomes of so many calls: an answer, or an error's status, if it has one.
async fn fates(faults: Faults, calls: usize) -> Vec<Result<(), Option<u16>>> {
    let (server, client) = serve(1).await;
    server.set_faults(faults);
    let mut fates = Vec::new();
    for _ in 0..calls {
        let answer = client.list_device_by_device_certificate(CERTIFICATE).send().await;
        fates.push(answer.map(|page| assert_eq!(page.items.len(), 1)).map_err(|error| {
            assert!(error.is_retryable(), "{error}");
            error.status()
        }));
    }
    fates
}

#[tokio::test]
async fn faults_are_as_many_as_asked_for_and_the_same_for_the_same_seed() {
    let faults = || Faults::default().rate(0.3).seed(7);
    let first = fates(faults(), 200).await;
    let failed = first.iter().filter(|fate| fate.is_err()).count();
    assert!((40..80).contains(&failed), "{failed} of 200 failed");
    assert_eq!(fates(faults(), 200).await, first);
    assert_ne!(fates(faults().seed(8), 200).await, first);
    // 200 is one that was cut off in its body.
    for status in [Some(429), Some(500), Some(502), Some(503), Some(200), None] {
        assert!(first.contains(&Err(status)), "{status:?}");
    }
}

#[tokio::test]
async fn without_a_rate_nothing_fails_and_with_1_everything_does() {
    assert!(fates(Faults::default().seed(3), 50).await.iter().all(Result::is_ok));
    assert!(fates(Faults::default().rate(1.0), 50).await.iter().all(Result::is_err));
}

#[tokio::test]
async fn with_retries_a_listing_gets_through_a_bad_day() {
    let (server, _) = serve(300).await;
    server.set_faults(Faults::default().rate(0.3).seed(1));
    let patient = RetryPolicy::default().max_attempts(20).initial_backoff(Duration::from_millis(1));
    let client = server.builder().retry_policy(patient).build().expect("a client");
    let (devices, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(devices.len(), 300);
    assert!(server.requests().len() > 7, "{}", server.requests().len());
}

#[tokio::test]
async fn answers_that_are_held_back_come_after_the_attempts_time() {
    let (server, _) = serve(1).await;
    server.set_faults(Faults::default().latency(Duration::from_secs(3600)));
    let client = server.builder().attempt_timeout(Duration::from_millis(50)).build().expect("a client");
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("no time for it");
    assert!(error.is_timeout(), "{error}");
    server.set_faults(Faults::default());
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect("an answer at once");
}

#[tokio::test]
async fn a_port_can_be_chosen_and_is_had_by_one_server_only() {
    let free = MockServer::start_on(0).await.expect("a free port");
    let endpoint = free.endpoint();
    let port = endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let taken = MockServer::start_on(port).await.expect_err("it is taken");
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
    drop(free);
    // The listener's task ends at its next turn.
    let server = loop {
        match MockServer::start_on(port).await {
            Ok(server) => break server,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(server.endpoint(), endpoint);
}
