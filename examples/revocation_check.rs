//! A scheduled check: fails if a certificate that is to be revoked is still in use. `revocation_check.yaml` runs it as a
//! CronJob of Kubernetes. Environment variables configure its client, see `Client::from_env`.
//!
//! ```sh
//! cargo run --example revocation_check -- 61c970ce2d63eb6ee655dbf0
//! ```
//!
//! | exit status | meaning |
//! |---|---|
//! | 0 | no device uses any of the certificates |
//! | 7 | at least one certificate is in use; repeating the check at once does not help |
//! | 1 | the use of a certificate is not known; repeat the check |
//!
//! The command `iotda devices --unused --fail-if-used` does the same.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::process::ExitCode;

use huaweicloud_iotda::Client;

const IN_USE: u8 = 7;
const NOT_KNOWN: u8 = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let status = check(std::env::args().skip(1).collect()).await.unwrap_or_else(|error| {
        eprintln!("{error}");
        NOT_KNOWN
    });
    status.into()
}

/// Checks all certificates, also after a failure, and returns the exit status.
async fn check(certificates: Vec<String>) -> Result<u8, Box<dyn Error>> {
    if certificates.is_empty() {
        return Err("usage: revocation_check CERTIFICATE_ID...".into());
    }
    let client = Client::from_env()?;
    let mut status = 0;
    for certificate in certificates {
        match count_devices(&client, &certificate).await {
            Ok(0) => println!("{certificate}: not in use"),
            Ok(devices) => {
                println!("{certificate}: in use by {devices} devices");
                status = IN_USE;
            }
            Err(error) => {
                eprintln!("{certificate}: {error}");
                // A certificate that is in use matters more.
                status = status.max(NOT_KNOWN);
            }
        }
    }
    Ok(status)
}

/// Returns 0 only if the service states it twice: by an empty list, and by the count.
async fn count_devices(client: &Client, certificate: &str) -> Result<u64, Box<dyn Error>> {
    let page = client.list_device_by_device_certificate(certificate).limit(1).send().await?;
    match (page.items.len() as u64, page.total) {
        (0, Some(0)) => Ok(0),
        (0, total) => Err(format!("the list is empty, but the count is {total:?}").into()),
        (listed, total) => Ok(total.unwrap_or_default().max(listed)),
    }
}
