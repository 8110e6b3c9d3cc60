//! Reads a whole listing: with this crate, and with a hand-written loop.

use std::time::Duration;

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::{DeviceList, Marker};
use huaweicloud_iotda::{Client, Credentials};
use serde::Serialize;

pub(crate) const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";

/// Reads a listing with this crate. Returns the number of devices.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn with_crate(endpoint: &str) -> usize {
    let client = Client::builder()
        .endpoint(endpoint)
        .project_id(MockServer::PROJECT_ID)
        .credentials(Credentials::token(MockServer::TOKEN))
        .no_proxy()
        .build()
        .expect("a client");
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    let mut count = 0;
    while let Some(device) = devices.try_next().await.expect("no error") {
        count += usize::from(device.device_id.is_some());
    }
    count
}

#[derive(Serialize)]
struct Body {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<Marker>,
}

/// Reads a listing with a hand-written loop, which stops at an empty list and does not report errors. Returns the
/// number of devices.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn by_hand(endpoint: &str) -> usize {
    // The same timeouts as the client, because each of them needs a timer.
    let http = reqwest::Client::builder().no_proxy().no_gzip();
    let http = http.connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(30));
    // Like the client, it reads no root certificates for plain http.
    #[cfg(feature = "rustls")]
    let http = http.tls_certs_only([]);
    let http = http.build().expect("an HTTP client");
    let project = MockServer::PROJECT_ID;
    let url = format!("{endpoint}/v5/iot/{project}/device-certificates/{CERTIFICATE}/list-device");
    let (mut count, mut marker) = (0, None);
    loop {
        let request = http.post(&url).header("X-Auth-Token", MockServer::TOKEN).json(&Body { limit: 50, marker });
        let response = request.send().await.and_then(|response| response.error_for_status()).expect("a response");
        let list: DeviceList = response.json().await.expect("the documented JSON");
        let devices = list.devices.unwrap_or_default();
        if devices.is_empty() {
            return count;
        }
        count += devices.iter().filter(|device| device.device_id.is_some()).count();
        marker = list.page.and_then(|page| page.marker).and_then(|marker| Marker::try_from(marker).ok());
        if marker.is_none() {
            return count;
        }
    }
}
