//! Counts the devices that are cut off if any of several certificates is disabled. One client reads the certificates
//! concurrently; a failure of one certificate does not stop the others.
//!
//! The example runs against an embedded server with sample data:
//!
//! ```sh
//! cargo run --example blast_radius --features mock
//! ```
//!
//! For Huawei Cloud, build the client with `Client::from_env()`.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockServer, sample_device};
use huaweicloud_iotda::types::DeviceSimple;

/// Certificates that are read concurrently.
const MAX_CERTIFICATES: usize = 4;
/// Concurrent pages of each certificate. At most `MAX_CERTIFICATES * MAX_PAGES` requests are in flight.
const MAX_PAGES: u32 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    let certificates = add_sample_data(&server);
    // An enterprise instance allows 50 device queries per second for each 1,000 TPS.
    let client = server.builder().rate_limit(50).build()?;

    let mut certificates_by_device: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut results = stream::iter(certificates).map(|id| devices_of(&client, id)).buffer_unordered(MAX_CERTIFICATES);
    while let Some((certificate, devices)) = results.next().await {
        match devices {
            Ok(devices) => {
                println!("{certificate}: {} devices are cut off", devices.len());
                for device in devices.into_iter().filter_map(|device| device.device_id) {
                    certificates_by_device.entry(device).or_default().insert(certificate.clone());
                }
            }
            Err(error) => println!("{certificate}: not known, do not disable it: {error}"),
        }
    }
    let shared = certificates_by_device.values().filter(|certificates| certificates.len() > 1).count();
    println!("{} devices in all, {shared} of them with more than one certificate", certificates_by_device.len());
    Ok(())
}

async fn devices_of(client: &Client, id: String) -> (String, Result<Vec<DeviceSimple>, huaweicloud_iotda::Error>) {
    let mut items = client.list_device_by_device_certificate(&id).concurrency(MAX_PAGES).items();
    let devices = (&mut items).try_collect().await;
    if items.summary().is_some_and(|summary| !summary.is_complete()) {
        println!("{id}: the service counts more devices, list them again before you disable it");
    }
    (id, devices)
}

/// Adds six certificates, whose sample devices overlap, and returns their IDs and one unknown ID.
fn add_sample_data(server: &MockServer) -> Vec<String> {
    for (index, devices) in [0, 1, 49, 50, 51, 120].into_iter().enumerate() {
        server.add_certificate(format!("certificate-{index}"));
        for number in 1..=devices {
            server.add_device(format!("certificate-{index}"), sample_device(number));
        }
    }
    (0..7).map(|index| format!("certificate-{index}")).collect()
}
