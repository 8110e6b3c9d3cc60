//! Signed requests if the client's clock differs from the server's.

use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::Error;
use huaweicloud_iotda::mock::MockResponse;

use crate::support::clock::Clock;
use crate::support::keys::{server_with_key, signing_builder, wrong_secret_builder};
use crate::support::total;

const MINUTE: Duration = Duration::from_secs(60);

/// Returns `true` if the error reports clock skew of this many minutes.
fn reports_skew(error: &Error, minutes: u32) -> bool {
    error.to_string().contains(&format!("{minutes} minutes"))
}

#[tokio::test]
async fn clock_skew_is_corrected_from_the_server_time() {
    for skew_seconds in [-3600_i64, -1200, 1200, 86_400] {
        let server = server_with_key(1).await;
        let now = SystemTime::now();
        let skew = Duration::from_secs(skew_seconds.unsigned_abs());
        server.set_time(if skew_seconds > 0 { now + skew } else { now - skew });
        let client = signing_builder(&server).clock(move || now).build().unwrap();
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{skew_seconds}");
        assert_eq!(server.requests().len(), 2, "one retry");
        assert_eq!(total(&client).await.unwrap(), 1);
        assert_eq!(server.requests().len(), 3, "the second call reuses the correction");
    }
}

#[tokio::test]
async fn wrong_key_with_clock_skew_reports_the_skew() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now + 40 * MINUTE);
    let client = wrong_secret_builder(&server).clock(move || now).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(reports_skew(&error, 40), "{error}");
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 2, "one retry with the corrected clock, then the lockout guard");
}

#[tokio::test]
async fn clock_step_during_concurrent_calls_fails_none_of_them() {
    let server = server_with_key(1).await;
    let clock = Clock::now();
    server.set_time(clock.read());
    let client = signing_builder(&server).clock(clock.time_source()).build().unwrap();
    total(&client).await.unwrap();
    clock.advance(60 * MINUTE);
    let results = join_all((0..5).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    server.clear_requests();
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 1, "the correction is cached");
    // Without the skew, the cached correction is wrong, and is corrected again.
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn rejected_key_within_the_tolerance_reports_the_skew() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now + 10 * MINUTE);
    let error = total(&wrong_secret_builder(&server).clock(move || now).build().unwrap()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(reports_skew(&error, 10), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn error_after_an_accepted_signature_does_not_report_the_skew() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now + 60 * MINUTE);
    let client = signing_builder(&server).clock(move || now).build().unwrap();
    let error = client.list_device_by_device_certificate("unknown").total().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(!reports_skew(&error, 60), "{error}");
}

#[tokio::test]
async fn correction_that_did_not_help_is_discarded() {
    let server = server_with_key(1).await;
    let clock = Clock::now();
    let client = signing_builder(&server).clock(clock.time_source()).build().unwrap();
    server.enqueue(MockResponse::new(401).header("Date", "Fri, 01 Jan 2100 00:00:00 GMT"));
    server.enqueue(MockResponse::new(401));
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 2);
    clock.advance(5 * MINUTE);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 3, "the first attempt uses the client's clock");
}

#[tokio::test]
async fn implausible_date_header_is_ignored() {
    for date in ["31 Dec 262142 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", ""] {
        let server = server_with_key(1).await;
        let clock = Clock::now();
        let client = signing_builder(&server).clock(clock.time_source()).build().unwrap();
        server.enqueue(MockResponse::new(401).header("Date", date));
        assert!(total(&client).await.unwrap_err().is_unauthorized());
        assert_eq!(server.requests().len(), 1, "{date}");
        clock.advance(10 * MINUTE);
        server.set_time(clock.read());
        assert_eq!(total(&client).await.unwrap(), 1, "{date}");
    }
}

#[tokio::test]
async fn skew_below_five_minutes_is_not_reported() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now + 4 * MINUTE);
    let client = wrong_secret_builder(&server).clock(move || now).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(!reports_skew(&error, 4), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn skew_below_15_minutes_is_accepted_by_the_mock() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now + 14 * MINUTE);
    assert_eq!(total(&signing_builder(&server).clock(move || now).build().unwrap()).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 1);
}
