//! What `Debug` shows of an error: its text and its causes, for a `main` that returns one.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use huaweicloud_iotda::mock::MockResponse;
use huaweicloud_iotda::{CredentialFuture, CredentialProvider, Credentials, Error};
use support::{at_once, serve, total};

/// Fails with a text that would forge a log's lines.
struct Sealed;

impl CredentialProvider for Sealed {
    fn credential(&self) -> CredentialFuture<'_> {
        Box::pin(async { Err("the vault\nis \u{1b}[31msealed\u{202e}".into()) })
    }
}

#[tokio::test]
async fn a_main_that_returns_an_error_shows_its_text_and_the_parts_are_there_to_look_at() {
    let (_server, client) = serve(1).await;
    let error = client.list_device_by_device_certificate("unknown").send().await.unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    let parts = format!("{error:#?}");
    assert!(parts.contains("kind: Service") && parts.contains("\"IOTDA.015500\""), "{parts}");
}

#[tokio::test]
async fn causes_are_shown_on_the_same_line() {
    let (server, _) = serve(1).await;
    let client = server.builder().credentials(Credentials::from_provider(Sealed)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{error}; caused by: the vault is [31msealed"));
}

#[tokio::test]
async fn what_the_text_says_already_is_not_shown_again() {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let client = server.builder().call_timeout(Duration::from_millis(300)).retry_policy(at_once(5)).build().unwrap();
    let error: Error = total(&client).await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("the attempt before this one") && shown.matches("503").count() == 1, "{shown}");
}
