//! The `Debug` output of an error: its text and its causes, because a `main` that returns an error prints it.

use std::time::Duration;

use huaweicloud_iotda::mock::MockResponse;
use huaweicloud_iotda::{CredentialFuture, CredentialProvider, Credentials, Error};

use crate::support::{no_backoff, server_with_devices, total};

/// A provider that fails with a text that would forge log lines.
struct FailingProvider;

impl CredentialProvider for FailingProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        Box::pin(async { Err("the vault\nis \u{1b}[31msealed\u{202e}".into()) })
    }
}

#[tokio::test]
async fn debug_is_the_display_text() {
    let (_server, client) = server_with_devices(1).await;
    let error = client.list_device_by_device_certificate("unknown").send().await.unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[tokio::test]
async fn alternate_debug_shows_the_fields() {
    let (_server, client) = server_with_devices(1).await;
    let error = client.list_device_by_device_certificate("unknown").send().await.unwrap_err();
    let fields = format!("{error:#?}");
    assert!(fields.contains("kind: Service"), "{fields}");
    assert!(fields.contains("\"IOTDA.015500\""), "{fields}");
}

#[tokio::test]
async fn causes_are_shown_sanitized_on_the_same_line() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().credentials(Credentials::from_provider(FailingProvider)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{error}; caused by: the vault is [31msealed"));
}

#[tokio::test]
async fn cause_that_the_text_contains_is_not_repeated() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let builder = server.builder().call_timeout(Duration::from_secs(1));
    let client = builder.retry_policy(no_backoff(5)).build().unwrap();
    let error: Error = total(&client).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(format!("{error:?}").matches("503").count(), 1, "{error:?}");
}
