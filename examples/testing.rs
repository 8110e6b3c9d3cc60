//! How a program that uses this crate is tested: against `MockServer`, over real HTTP, without the service.
//!
//! ```sh
//! cargo test --example testing --features mock
//! ```
//!
//! The program says whether certificates may be disabled, at the service of the environment (see `Client::from_env`):
//!
//! ```sh
//! cargo run --example testing --features mock -- 61c970ce2d63eb6ee655dbf0
//! ```
//!
//! Only the tests need the mock: a program of one's own has it in its `dev-dependencies`, as
//! `huaweicloud-iotda = { version = "0.1", features = ["mock"] }`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::process::ExitCode;

use huaweicloud_iotda::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let client = Client::from_env()?;
    for certificate_id in env::args().skip(1) {
        let verdict = if may_disable(&client, &certificate_id).await? { "may be disabled" } else { "is in use" };
        println!("{certificate_id}: {verdict}");
    }
    Ok(())
}

/// Whether no device uses it. One record is enough to know; an error says nothing, and must not be taken for either.
async fn may_disable(client: &Client, certificate_id: &str) -> Result<bool, Error> {
    let page = client.list_device_by_device_certificate(certificate_id).limit(1).send().await?;
    Ok(page.items.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use huaweicloud_iotda::RetryPolicy;
    use huaweicloud_iotda::mock::{Answer, MockServer};
    use serde_json::json;

    use super::may_disable;

    /// Tests that fail tell why by their error.
    type Tested = Result<(), Box<dyn std::error::Error>>;

    #[tokio::test]
    async fn a_certificate_may_be_disabled_when_no_device_uses_it() -> Tested {
        let server = MockServer::start().await?;
        server.add_certificate("unused");
        server.add_sample_devices("used", 120);
        let client = server.client()?;
        assert!(may_disable(&client, "unused").await?);
        assert!(!may_disable(&client, "used").await?);
        Ok(())
    }

    #[tokio::test]
    async fn one_record_of_the_right_certificate_is_asked_for() -> Tested {
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
    async fn a_throttled_request_is_sent_again() -> Tested {
        let server = MockServer::start().await?;
        server.add_sample_devices("used", 1);
        server.script(Answer::new(429));
        // The mock's clients try nothing again unless they are told to; the test need not wait as long as a program does.
        let retry = RetryPolicy::default().first_wait(Duration::ZERO);
        let client = server.builder().retry(retry).build()?;
        assert!(!may_disable(&client, "used").await?);
        assert_eq!(server.request_count(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn a_missing_permission_is_an_error_and_no_verdict() -> Tested {
        let server = MockServer::start().await?;
        server.add_certificate("unused");
        server.script(Answer::new(403));
        let Err(error) = may_disable(&server.client()?, "unused").await else { return Err("it was answered".into()) };
        assert!(error.is_forbidden(), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn an_unknown_certificate_is_an_error_and_not_an_unused_one() -> Tested {
        let server = MockServer::start().await?;
        let Err(error) = may_disable(&server.client()?, "mistyped").await else { return Err("it was answered".into()) };
        assert!(error.is_not_found(), "{error}");
        Ok(())
    }
}
