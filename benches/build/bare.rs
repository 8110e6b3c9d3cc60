//! Prints the devices that use a certificate, with a client that only progenitor generates.

use client::Client;
use client::types::{ListDeviceRequest, PageLimit, PageMarker};
use reqwest::header::{HeaderMap, HeaderValue};

#[allow(clippy::all, dead_code, unused_imports)]
mod client {
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [endpoint, project, token, certificate]: [String; 4] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "four arguments")?;
    let headers = HeaderMap::from_iter([("x-auth-token".parse()?, HeaderValue::from_str(&token)?)]);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let client = Client::new_with_client(&endpoint, http);
    let mut body = ListDeviceRequest { limit: Some(PageLimit(50.try_into()?)), ..Default::default() };
    loop {
        let list = client.list_device_by_device_certificate(&project, &certificate, None, &body).await?.into_inner();
        let devices = list.devices.unwrap_or_default();
        for device in &devices {
            println!("{device:?}");
        }
        let Some(marker) = list.page.and_then(|page| page.0).and_then(|page| page.marker) else { return Ok(()) };
        if devices.is_empty() {
            return Ok(());
        }
        body.marker = Some(PageMarker::try_from(marker)?);
    }
}
