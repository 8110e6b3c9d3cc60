//! Fault injection by the mock server, and its port.

use std::time::Duration;

use huaweicloud_iotda::RetryPolicy;
use huaweicloud_iotda::mock::{Faults, MockServer};

use crate::support::{CERTIFICATE, collect_until_error, server_with_devices};

/// Makes this number of calls, and returns the status of each error.
async fn results(faults: Faults, calls: usize) -> Vec<Result<(), Option<u16>>> {
    let (server, client) = server_with_devices(1).await;
    server.set_faults(faults);
    let mut results = Vec::new();
    for _ in 0..calls {
        let result = client.list_device_by_device_certificate(CERTIFICATE).send().await;
        results.push(result.map(|page| assert_eq!(page.items.len(), 1)).map_err(|error| {
            assert!(error.is_retryable(), "{error}");
            error.status()
        }));
    }
    results
}

#[tokio::test]
async fn seed_reproduces_the_faults() {
    let faults = || Faults::default().rate(0.3).seed(7);
    let first = results(faults(), 200).await;
    assert_eq!(results(faults(), 200).await, first);
    assert_ne!(results(faults().seed(8), 200).await, first);
}

#[tokio::test]
async fn fault_rate_is_met_with_faults_of_every_kind() {
    let first = results(Faults::default().rate(0.3).seed(7), 200).await;
    let failed = first.iter().filter(|result| result.is_err()).count();
    assert!((40..80).contains(&failed), "{failed} of 200 failed");
    // 200 is the status of a truncated body.
    for status in [Some(429), Some(500), Some(502), Some(503), Some(200), None] {
        assert!(first.contains(&Err(status)), "{status:?}");
    }
}

#[tokio::test]
async fn default_fault_rate_fails_no_request() {
    assert!(results(Faults::default().seed(3), 50).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn fault_rate_1_fails_all_requests() {
    assert!(results(Faults::default().rate(1.0), 50).await.iter().all(Result::is_err));
}

#[tokio::test]
async fn listing_with_retries_is_complete_despite_faults() {
    let (server, _) = server_with_devices(300).await;
    server.set_faults(Faults::default().rate(0.3).seed(1));
    let retry_policy = RetryPolicy::default().max_attempts(20).initial_backoff(Duration::from_millis(1));
    let client = server.builder().retry_policy(retry_policy).build().expect("a client");
    let (devices, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(devices.len(), 300);
    assert!(server.requests().len() > 7, "{}", server.requests().len());
}

#[tokio::test]
async fn latency_above_the_attempt_timeout_times_out() {
    let (server, _) = server_with_devices(1).await;
    server.set_faults(Faults::default().latency(Duration::from_secs(3600)));
    let client = server.builder().attempt_timeout(Duration::from_millis(50)).build().expect("a client");
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("a timeout");
    assert!(error.is_timeout(), "{error}");
    server.set_faults(Faults::default());
    let client = server.client().expect("a client without a short timeout");
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect("a page without latency");
}

#[tokio::test]
async fn start_on_binds_the_port_and_fails_if_it_is_in_use() {
    let first = MockServer::start_on(0).await.expect("a free port");
    let endpoint = first.endpoint();
    let port = endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let error = MockServer::start_on(port).await.expect_err("the port is in use");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    drop(first);
    // The port is free once the runtime has dropped the listener's task.
    let server = loop {
        match MockServer::start_on(port).await {
            Ok(server) => break server,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(server.endpoint(), endpoint);
}
