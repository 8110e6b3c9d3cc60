//! Prints the devices that use a certificate, with a hand-written loop.

use futures::{TryStreamExt, stream};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Body {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Deserialize)]
struct List {
    devices: Option<Vec<Device>>,
    page: Option<Page>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "printed")]
struct Device {
    app_id: Option<String>,
    device_id: Option<String>,
    node_id: Option<String>,
    gateway_id: Option<String>,
    device_name: Option<String>,
    product_id: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    marker: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [endpoint, project, token, certificate]: [String; 4] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "four arguments")?;
    let http = reqwest::Client::new();
    let url = format!("{endpoint}/v5/iot/{project}/device-certificates/{certificate}/list-device");
    let page = |marker: Option<Option<String>>| {
        let (http, url, token) = (&http, &url, &token);
        async move {
            let Some(marker) = marker else { return Ok::<_, reqwest::Error>(None) };
            let request = http.post(url).header("X-Auth-Token", token).json(&Body { limit: 50, marker });
            let list: List = request.send().await?.error_for_status()?.json().await?;
            let devices = list.devices.unwrap_or_default();
            let next = list.page.and_then(|page| page.marker).filter(|_| !devices.is_empty());
            Ok(Some((devices, next.map(Some))))
        }
    };
    let mut pages = std::pin::pin!(stream::try_unfold(Some(None), page));
    while let Some(devices) = pages.try_next().await? {
        for device in devices {
            println!("{device:?}");
        }
    }
    Ok(())
}
