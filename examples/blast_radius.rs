//! Who is cut off if these certificates are disabled? Several certificates are read at once, with one client and within its
//! limits; one that fails does not stop the others.
//!
//! It runs against an embedded server with sample data:
//!
//! ```sh
//! cargo run --example blast_radius --features mock
//! ```
//!
//! For the service itself, build the client by `Client::from_env()`.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockServer, sample_device};
use huaweicloud_iotda::types::DeviceSimple;

/// How many certificates are read at once, and how many pages of each. Their product bounds the requests under way; the
/// client's rate bounds those of a second.
const CERTIFICATES: usize = 4;
const PAGES: u32 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    let certificates = sample(&server);
    // A quota of 50 device queries a second is what an enterprise instance has for each 1,000 TPS.
    let client = server.builder().rate_limit(50).build()?;

    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut read = stream::iter(certificates).map(|id| devices_of(&client, id)).buffer_unordered(CERTIFICATES);
    while let Some((certificate, devices)) = read.next().await {
        match devices {
            Ok(devices) => {
                println!("{certificate}: {} devices are cut off", devices.len());
                for device in devices.into_iter().filter_map(|device| device.device_id) {
                    users.entry(device).or_default().insert(certificate.clone());
                }
            }
            Err(error) => println!("{certificate}: not known, do not disable it: {error}"),
        }
    }
    let shared = users.values().filter(|certificates| certificates.len() > 1).count();
    println!("{} devices in all, {shared} of them with more than one certificate", users.len());
    Ok(())
}

async fn devices_of(client: &Client, id: String) -> (String, Result<Vec<DeviceSimple>, huaweicloud_iotda::Error>) {
    let devices = client.list_device_by_device_certificate(&id).concurrency(PAGES).items();
    let devices = devices.try_collect().await;
    (id, devices)
}

/// Six certificates of so many devices each, of which the smaller numbers use several; and one that is not known.
fn sample(server: &MockServer) -> Vec<String> {
    for (index, devices) in [0, 1, 49, 50, 51, 120].into_iter().enumerate() {
        server.add_certificate(format!("certificate-{index}"));
        for number in 1..=devices {
            server.add_device(format!("certificate-{index}"), sample_device(number));
        }
    }
    (0..7).map(|index| format!("certificate-{index}")).collect()
}
