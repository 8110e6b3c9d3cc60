//! So many requests a second, for all clones of a client and all attempts.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use futures::StreamExt;
use huaweicloud_iotda::Credentials;
use huaweicloud_iotda::mock::MockResponse;
use support::{CERTIFICATE, at_once, serve, total};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn the_rate_is_limited_for_all_clones_and_all_attempts_together() {
    let (server, _) = serve(3).await;
    let builder = || server.builder().rate_limit(1).call_timeout(SECOND / 5);
    let client = builder().build().unwrap();
    total(&client).await.unwrap();
    // The next permit is a second away.
    let error = total(&client.clone()).await.unwrap_err();
    assert!(error.message().contains("the call timeout"), "{error}");
    assert_eq!(server.requests().len(), 1);

    server.clear_requests();
    server.enqueue(MockResponse::new(503));
    let error = total(&builder().retry_policy(at_once(3)).build().unwrap()).await.unwrap_err();
    assert!(error.message().contains("the call timeout") && error.message().contains("503"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_not_polled_holds_up_no_other_under_a_rate_limit() {
    let (server, _) = serve(200).await;
    let client = server.builder().rate_limit(20).build().unwrap();
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    let mut read = 0;
    while let Some(device) = devices.next().await {
        device.unwrap();
        read += 1;
        if read % 50 == 0 {
            // The pages read ahead wait for their permits meanwhile, and nobody polls them.
            let call = tokio::time::timeout(60 * SECOND, total(&client)).await;
            assert_eq!(call.expect("a permit").unwrap(), 200);
        }
    }
    assert_eq!(read, 200);
}

#[tokio::test]
async fn waiting_for_a_permit_is_no_request_without_an_answer() {
    let (server, _) = serve(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    let builder = || server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY")).rate_limit(1);
    // The gateway's answer says nothing of the key; the calls after it get no permit in time.
    server.enqueue(MockResponse::new(503));
    let client = builder().call_timeout(SECOND / 20).build().unwrap();
    for _ in 0..6 {
        total(&client).await.unwrap_err();
    }
    let mut last = total(&client).await;
    while last.as_ref().is_err_and(|error| error.is_timeout()) {
        last = total(&client).await;
    }
    assert_eq!(last.unwrap(), 3, "the key is not refused for requests that never went out");
}
