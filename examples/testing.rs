//! Testing an application that uses this crate: against `MockServer`, over real HTTP, without Huawei Cloud.
//!
//! ```sh
//! cargo test --example testing --features mock
//! ```
//!
//! The application asks whether a certificate may be disabled; `revocation_check.rs` is a complete one. Only the tests need
//! the mock: in your application, add it to the `dev-dependencies`:
//! `huaweicloud-iotda = { version = "0.1", features = ["mock"] }`.

#![allow(clippy::print_stdout)]

use std::error::Error;

use huaweicloud_iotda::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let certificate_id = std::env::args().nth(1).ok_or("missing argument: the certificate ID")?;
    println!("may be disabled: {}", may_disable(&Client::from_env()?, &certificate_id).await?);
    Ok(())
}

/// Returns true if no device uses the certificate. One record is enough to decide. An empty list alone is not: the
/// count must be zero, too. An error means neither yes nor no.
async fn may_disable(client: &Client, certificate_id: &str) -> Result<bool, Box<dyn Error>> {
    let page = client.list_device_by_device_certificate(certificate_id).limit(1).send().await?;
    match page.total {
        _ if !page.items.is_empty() => Ok(false),
        Some(0) => Ok(true),
        Some(count) => Err(format!("{certificate_id}: the list is empty, but the count is {count}").into()),
        None => Err(format!("{certificate_id}: the list is empty and the count is missing").into()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use huaweicloud_iotda::mock::{MockResponse, MockServer};
    use huaweicloud_iotda::{Error, RetryPolicy};
    use serde_json::json;

    use super::may_disable;

    /// A failing test reports its error.
    type TestResult = Result<(), Box<dyn std::error::Error>>;

    #[tokio::test]
    async fn certificate_may_be_disabled_if_no_device_uses_it() -> TestResult {
        let server = MockServer::start().await?;
        server.add_certificate("unused");
        server.add_sample_devices("used", 120);
        let client = server.client()?;
        assert!(may_disable(&client, "unused").await?);
        assert!(!may_disable(&client, "used").await?);
        Ok(())
    }

    #[tokio::test]
    async fn one_record_of_the_certificate_is_requested() -> TestResult {
        let server = MockServer::start().await?;
        server.add_certificate("unused");
        may_disable(&server.client()?, "unused").await?;
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].method.as_str(), requests[0].json()), ("POST", Some(json!({"limit": 1}))));
        let path = format!("/v5/iot/{}/device-certificates/unused/list-device", MockServer::PROJECT_ID);
        assert_eq!(requests[0].target, path);
        Ok(())
    }

    #[tokio::test]
    async fn throttled_request_is_retried() -> TestResult {
        let server = MockServer::start().await?;
        server.add_sample_devices("used", 1);
        server.enqueue(MockResponse::new(429));
        // Clients of the mock do not retry by default. Without backoff, the test is fast.
        let retry = RetryPolicy::default().initial_backoff(Duration::ZERO);
        let client = server.builder().retry_policy(retry).build()?;
        assert!(!may_disable(&client, "used").await?);
        assert_eq!(server.request_count(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn missing_permission_is_an_error() -> TestResult {
        let server = MockServer::start().await?;
        server.add_certificate("unused");
        server.enqueue(MockResponse::new(403));
        let Err(error) = may_disable(&server.client()?, "unused").await else {
            return Err("the call succeeded".into());
        };
        assert!(error.downcast_ref().is_some_and(Error::is_forbidden), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn unknown_certificate_is_an_error() -> TestResult {
        let server = MockServer::start().await?;
        let Err(error) = may_disable(&server.client()?, "mistyped").await else {
            return Err("the call succeeded".into());
        };
        assert!(error.downcast_ref().is_some_and(Error::is_not_found), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn empty_list_is_an_error_unless_the_count_is_zero() -> TestResult {
        let server = MockServer::start().await?;
        for page in [json!({"count": 7}), json!(null)] {
            server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": page})));
            assert!(may_disable(&server.client()?, "used").await.is_err(), "{page}");
        }
        assert_eq!(server.request_count(), 2);
        Ok(())
    }
}
