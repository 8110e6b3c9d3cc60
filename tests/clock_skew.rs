//! Signed requests when this machine's clock and the service's differ.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::MockResponse;
use support::clock::Clock;
use support::keys::{keyed, signed, wrong};
use support::total;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_clock_that_is_off_is_mended_by_the_servers_time() {
    for off in [-3600_i64, -1200, 1200, 86_400] {
        let server = keyed(1).await;
        let now = SystemTime::now();
        let magnitude = Duration::from_secs(off.unsigned_abs());
        server.set_time(if off > 0 { now + magnitude } else { now - magnitude });
        let client = signed(&server).clock(move || now).build().unwrap();
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{off}");
        assert_eq!(server.requests().len(), 2);
        assert_eq!(total(&client).await.unwrap(), 1);
        assert_eq!(server.requests().len(), 3, "what was learnt is kept");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_clock_that_is_off_are_both_told() {
    let server = keyed(1).await;
    let now = SystemTime::now();
    server.set_time(now + 40 * MINUTE);
    let client = wrong(&server).clock(move || now).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert!(error.to_string().contains("40 minutes behind"), "{error}");
    assert!(total(&client).await.is_err());
    assert_eq!(server.requests().len(), 2, "one exception, and then the guard");
}

#[tokio::test]
async fn a_clock_that_steps_while_many_calls_are_made_fails_none_of_them() {
    let server = keyed(1).await;
    let clock = Clock::now();
    server.set_time(clock.read());
    let client = signed(&server).clock(clock.given()).build().unwrap();
    total(&client).await.unwrap();
    clock.advance(60 * MINUTE);
    let results = join_all((0..5).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    server.clear_requests();
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 1, "the difference is known by now");
    // It is mended: off again, by what was learnt.
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_difference_that_the_service_takes_is_told_when_the_key_is_refused() {
    let server = keyed(1).await;
    let now = SystemTime::now();
    server.set_time(now + 10 * MINUTE);
    let error = total(&wrong(&server).clock(move || now).build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("10 minutes behind"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_error_that_proves_the_signature_good_does_not_tell_of_the_clock() {
    let server = keyed(1).await;
    let now = SystemTime::now();
    server.set_time(now + 60 * MINUTE);
    let client = signed(&server).clock(move || now).build().unwrap();
    let error = client.list_device_by_device_certificate("unknown").total().await.unwrap_err();
    assert!(error.is_not_found() && !error.to_string().contains("clock"), "{error}");
}

#[tokio::test]
async fn a_difference_that_did_not_help_is_not_kept() {
    let server = keyed(1).await;
    let clock = Clock::now();
    let client = signed(&server).clock(clock.given()).build().unwrap();
    server.enqueue(MockResponse::new(401).header("Date", "Fri, 01 Jan 2100 00:00:00 GMT"));
    server.enqueue(MockResponse::new(401));
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 2);
    clock.advance(5 * MINUTE);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 3, "signed by this machine's time, at once");
}

#[tokio::test]
async fn a_date_that_is_no_clocks_is_ignored() {
    for date in ["31 Dec 262142 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", ""] {
        let server = keyed(1).await;
        let clock = Clock::now();
        let client = signed(&server).clock(clock.given()).build().unwrap();
        server.enqueue(MockResponse::new(401).header("Date", date));
        assert!(total(&client).await.unwrap_err().is_unauthorized());
        assert_eq!(server.requests().len(), 1, "{date}");
        clock.advance(10 * MINUTE);
        server.set_time(clock.read());
        assert_eq!(total(&client).await.unwrap(), 1, "{date}");
    }
}

#[tokio::test]
async fn a_small_difference_of_the_clocks_is_no_cause() {
    let server = keyed(1).await;
    let now = SystemTime::now();
    server.set_time(now + 4 * MINUTE);
    let client = wrong(&server).clock(move || now).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert!(!error.to_string().contains("behind"), "{error}");
    assert_eq!(server.requests().len(), 1);
    server.set_time(now + 14 * MINUTE);
    assert_eq!(
        total(&signed(&server).clock(move || now).build().unwrap()).await.unwrap(),
        1,
        "the service takes 15 minutes"
    );
    assert_eq!(server.requests().len(), 2);
}
