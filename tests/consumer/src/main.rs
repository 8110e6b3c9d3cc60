//! A program of someone else. It prints what a server holds, a record a line as JSON, and what each feature brought:
//!
//! ```sh
//! consumer ENDPOINT PROJECT TOKEN CERTIFICATE
//! ```

use std::error::Error;

use futures::TryStreamExt;
use huaweicloud_iotda::{Client, Credentials};
use serde_json::json;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [endpoint, project_id, token, certificate] =
        arguments.try_into().map_err(|_| "there must be four arguments")?;
    let client =
        Client::builder().endpoint(endpoint).project_id(project_id).credentials(Credentials::token(token)).build()?;

    let mut devices = client.list_device_by_device_certificate(certificate).items();
    while let Some(device) = devices.try_next().await? {
        println!("{}", json!({ "device": device }));
    }
    let mut templates = client.list_device_authentication_templates().items();
    while let Some(template) = templates.try_next().await? {
        println!("{}", json!({ "template": template }));
    }

    https()?;
    #[cfg(any(feature = "mock", feature = "cli", feature = "full"))]
    mock().await?;
    #[cfg(any(feature = "schemars", feature = "full"))]
    schemars()?;
    Ok(())
}

/// A client of an https endpoint: nothing is sent.
fn https() -> Outcome {
    let builder = Client::builder().region("cn-north-4").project_id("p").credentials(Credentials::token("t"));
    let brought = match builder.build() {
        Ok(_) => json!({ "https": "built" }),
        Err(error) => json!({ "https": format!("{:?}", error.kind()) }),
    };
    println!("{brought}");
    Ok(())
}

/// A test as this program would have it.
#[cfg(any(feature = "mock", feature = "cli", feature = "full"))]
async fn mock() -> Outcome {
    let server = huaweicloud_iotda::mock::MockServer::start().await?;
    server.add_sample_devices("my-certificate", 3);
    let page = server.client()?.list_device_by_device_certificate("my-certificate").send().await?;
    let request = &server.requests()[0];
    println!("{}", json!({ "mock": [request.method, page.items.len()] }));
    Ok(())
}

/// A schema of this program's own, with the crate's records in it.
#[cfg(any(feature = "schemars", feature = "full"))]
fn schemars() -> Outcome {
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code, reason = "only its schema is of interest here")]
    struct Impact {
        devices: Vec<huaweicloud_iotda::types::DeviceSimple>,
    }
    let schema = schemars::schema_for!(Impact).to_value();
    let fields = schema["$defs"]["DeviceSimple"]["properties"].as_object().ok_or("DeviceSimple has no schema")?;
    println!("{}", json!({ "schemars": fields.keys().collect::<Vec<_>>() }));
    Ok(())
}
