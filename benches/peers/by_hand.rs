//! A hand-written loop on the same HTTP client. It stops at an empty list, does not retry, and does not report errors.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::types::{DeviceList, Marker};
use reqwest::Url;
use serde::Serialize;

// A hand-written program needs this code, too.
#[allow(dead_code, unused_imports, reason = "used only by the client and in tests")]
#[path = "../../src/calendar.rs"]
mod calendar;
#[allow(dead_code, reason = "used only by the client")]
#[path = "../../src/auth/signer.rs"]
mod signer;

struct AccessKey {
    access: String,
    secret: String,
    project_id: String,
}

impl AccessKey {
    fn from_env() -> Self {
        let variable = |name| std::env::var(name).expect("an access key and a project ID");
        Self {
            access: variable("HUAWEICLOUD_SDK_AK"),
            secret: variable("HUAWEICLOUD_SDK_SK"),
            project_id: variable("HUAWEICLOUD_SDK_PROJECT_ID"),
        }
    }

    /// Returns a request with this body, signed with the standard algorithm.
    fn signed_request(&self, http: &reqwest::Client, url: &Url, body: Vec<u8>) -> reqwest::RequestBuilder {
        let date = calendar::format_basic(SystemTime::now());
        let host = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
        let headers = [
            ("content-type", "application/json"),
            ("host", &host),
            ("x-project-id", &self.project_id),
            ("x-sdk-date", &date),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let parts = signer::Parts { method: "POST", path: url.path(), query: Vec::new(), headers, body: &body };
        let scheme = signer::Scheme::Standard;
        let (canonical, signed_headers) = signer::canonical_request(&parts);
        let signature = signer::signature(&self.secret, &scheme.string_to_sign(&date, &canonical));
        let authorization = scheme.authorization(&self.access, &date, &signed_headers, &signature);
        http.post(url.clone())
            .header("Content-Type", "application/json")
            .header("X-Project-Id", &self.project_id)
            .header("X-Sdk-Date", date)
            .header("Authorization", authorization)
            .body(body)
    }
}

#[derive(Serialize)]
struct Body {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<Marker>,
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn list(endpoint: &str, certificate: &str) -> usize {
    let key = AccessKey::from_env();
    // The same timeouts as the client, because each of them needs a timer.
    let http = reqwest::Client::builder().no_gzip();
    let http = http.connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(30));
    // Like the client, it reads no root certificates for plain http.
    #[cfg(feature = "rustls")]
    let http = http.tls_certs_only([]);
    let http = http.build().expect("an HTTP client");
    let url = format!("{endpoint}/v5/iot/{}/device-certificates/{certificate}/list-device", key.project_id);
    let url = Url::parse(&url).expect("a URL");
    let (mut count, mut marker) = (0, None);
    loop {
        let body = serde_json::to_vec(&Body { limit: 50, marker }).expect("JSON");
        let request = key.signed_request(&http, &url, body);
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
