//! Lists all devices that use a certificate, and the device authentication templates.
//!
//! Without configuration, the example runs against an embedded server with sample data:
//!
//! ```sh
//! cargo run --example quickstart --features mock
//! ```
//!
//! With Huawei Cloud, and a certificate ID as the argument:
//!
//! ```sh
//! export HUAWEICLOUD_IOTDA_ENDPOINT=https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
//! export HUAWEICLOUD_SDK_PROJECT_ID=0123456789abcdef0123456789abcdef
//! export HW_AUTH_TOKEN=...
//! cargo run --example quickstart --features mock -- 61c970ce2d63eb6ee655dbf0
//! ```
//!
//! Professional editions also need `HUAWEICLOUD_IOTDA_INSTANCE_ID`.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::error::Error;
use std::process::ExitCode;

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, Credentials};

const SAMPLE_CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
const VARIABLES: [&str; 3] = ["HUAWEICLOUD_IOTDA_ENDPOINT", "HUAWEICLOUD_SDK_PROJECT_ID", "HW_AUTH_TOKEN"];

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

async fn run() -> Result<(), Box<dyn Error>> {
    let argument = env::args().nth(1);
    let values = VARIABLES.map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    match values {
        [Some(endpoint), Some(project_id), Some(token)] => {
            let certificate_id = argument.ok_or("missing argument: the certificate ID")?;
            println!("Using the service at {endpoint}.\n");
            let credentials = Credentials::token(token);
            let mut client = Client::builder().endpoint(endpoint).project_id(project_id).credentials(credentials);
            if let Ok(instance_id) = env::var("HUAWEICLOUD_IOTDA_INSTANCE_ID") {
                client = client.instance_id(instance_id);
            }
            list(&client.build()?, &certificate_id).await
        }
        [None, None, None] => {
            let server = MockServer::start().await?;
            server.add_sample_devices(SAMPLE_CERTIFICATE, 120);
            server.add_sample_templates(3);
            println!("Using an embedded server with sample data at {}.", server.endpoint());
            println!("Set {} to use Huawei Cloud instead.\n", VARIABLES.join(", "));
            list(&server.client()?, argument.as_deref().unwrap_or(SAMPLE_CERTIFICATE)).await
        }
        values => {
            let variables = VARIABLES.iter().zip(values);
            let missing: Vec<_> = variables.filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
            Err(format!(
                "missing environment variables: {} (to use the embedded server, unset the others instead)",
                missing.join(", ")
            ))?
        }
    }
}

async fn list(client: &Client, certificate_id: &str) -> Result<(), Box<dyn Error>> {
    println!("Devices that use certificate {certificate_id}:");
    let mut pages = client.list_device_by_device_certificate(certificate_id).limit(50).pages();
    let (mut page_number, mut devices) = (0, 0);
    while let Some(page) = pages.try_next().await? {
        page_number += 1;
        devices += page.items.len();
        println!("  page {page_number}: {} devices, {} in all", page.items.len(), page.total.unwrap_or_default());
        for device in page.items {
            let name = device.device_name.unwrap_or_default();
            println!("    {}  {name}", device.device_id.unwrap_or_default());
        }
    }
    println!("{devices} devices are cut off if this certificate is disabled.\n");
    if pages.summary().is_some_and(|summary| !summary.is_complete()) {
        println!("The service counts more devices: list them again before you disable the certificate.\n");
    }

    println!("Authentication templates:");
    let mut templates = client.list_device_authentication_templates().items();
    while let Some(template) = templates.try_next().await? {
        let status = template.status.map(String::from).unwrap_or_default();
        println!("  {}  {status}", template.template_name.unwrap_or_default());
    }
    Ok(())
}
