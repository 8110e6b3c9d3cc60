//! The rate limit, which all clones of a client and all attempts share.

use std::time::Duration;

use huaweicloud_iotda::Credentials;
use huaweicloud_iotda::mock::MockResponse;

use crate::support::{CERTIFICATE, no_backoff, server_with_devices, total};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn clones_share_the_rate_limit() {
    let (server, _) = server_with_devices(3).await;
    let client = server.builder().rate_limit(1).call_timeout(SECOND / 5).build().unwrap();
    total(&client).await.unwrap();
    // The next permit is available after one second.
    let error = total(&client.clone()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn retries_count_toward_the_rate_limit() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(503));
    let builder = server.builder().rate_limit(1).call_timeout(SECOND / 5).retry_policy(no_backoff(3));
    let error = total(&builder.build().unwrap()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.message().contains("503"), "the message must name the status of the first attempt: {error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn unpolled_call_does_not_block_others_at_the_rate_limit() {
    let (server, _) = server_with_devices(200).await;
    let client = server.builder().rate_limit(20).build().unwrap();
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    let mut read = 0;
    while let Some(device) = devices.next().await {
        device.unwrap();
        read += 1;
        if read % 50 == 0 {
            // The prefetched pages need permits, but the stream is not polled here.
            let call = tokio::time::timeout(60 * SECOND, total(&client)).await;
            assert_eq!(call.expect("a permit").unwrap(), 200);
        }
    }
    assert_eq!(read, 200);
}

#[tokio::test]
async fn timeout_before_a_permit_does_not_count_as_an_unverified_request() {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    let builder = server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY")).rate_limit(1);
    // The 503 of the gateway does not verify the key. The following calls receive no permit before their timeout.
    server.enqueue(MockResponse::new(503));
    let client = builder.call_timeout(SECOND / 8).build().unwrap();
    for _ in 0..6 {
        total(&client).await.unwrap_err();
    }
    let mut result = total(&client).await;
    while result.as_ref().is_err_and(|error| error.is_timeout()) {
        result = total(&client).await;
    }
    assert_eq!(result.unwrap(), 3, "the lockout guard must not count requests that were never sent");
}

#[tokio::test]
async fn throttled_for_returns_the_delay_that_the_service_requested() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().adaptive(true).build().unwrap();
    assert_eq!(client.throttled_for(), None);
    server.enqueue(MockResponse::new(429).header("Retry-After", "15"));
    assert!(total(&client).await.is_err());
    let delay = client.throttled_for().expect("a delay");
    assert!(delay <= Duration::from_secs(15), "{delay:?}");
}
