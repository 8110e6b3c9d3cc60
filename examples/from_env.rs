//! Counts the devices of each certificate ID in the arguments, with a client configured by environment variables.
//!
//! ```sh
//! export HUAWEICLOUD_IOTDA_ENDPOINT=https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
//! export HUAWEICLOUD_SDK_AK=... HUAWEICLOUD_SDK_SK=... HUAWEICLOUD_SDK_PROJECT_ID=...
//! cargo run --example from_env -- 61c970ce2d63eb6ee655dbf0
//! ```
//!
//! The documentation of `Client::from_env` lists the variables.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::process::ExitCode;

use huaweicloud_iotda::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match count().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn count() -> Result<(), Error> {
    let client = Client::from_env()?;
    for certificate_id in env::args().skip(1) {
        let total = client.list_device_by_device_certificate(&*certificate_id).total().await?;
        println!("{certificate_id}: {total} devices");
    }
    Ok(())
}
