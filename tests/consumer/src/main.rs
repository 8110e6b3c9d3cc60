//! An application that uses the crate. It prints the records of a server, one per line as JSON, and one line per
//! feature:
//!
//! ```sh
//! consumer ENDPOINT PROJECT TOKEN CERTIFICATE
//! ```

use std::error::Error;

use huaweicloud_iotda::{Client, Credentials};
use serde_json::json;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [endpoint, project_id, token, certificate] =
        arguments.try_into().map_err(|_| "usage: consumer ENDPOINT PROJECT TOKEN CERTIFICATE")?;
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

/// Builds a client for an https endpoint. Nothing is sent.
fn https() -> Result {
    let builder = Client::builder().region("cn-north-4").project_id("p").credentials(Credentials::token("t"));
    let result = match builder.build() {
        Ok(_) => json!({ "https": "built" }),
        Err(error) => json!({ "https": format!("{:?}", error.kind()) }),
    };
    println!("{result}");
    Ok(())
}

/// Calls the mock, like a test of an application does.
#[cfg(any(feature = "mock", feature = "cli", feature = "full"))]
async fn mock() -> Result {
    let server = huaweicloud_iotda::mock::MockServer::start().await?;
    server.add_sample_devices("my-certificate", 3);
    let page = server.client()?.list_device_by_device_certificate("my-certificate").send().await?;
    let request = &server.requests()[0];
    println!("{}", json!({ "mock": [request.method, page.items.len()] }));
    Ok(())
}

/// Creates a schema that contains a type of the crate.
#[cfg(any(feature = "schemars", feature = "full"))]
fn schemars() -> Result {
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Impact {
        devices: Vec<huaweicloud_iotda::types::DeviceSimple>,
    }
    let schema = schemars::schema_for!(Impact).to_value();
    let fields = schema["$defs"]["DeviceSimple"]["properties"].as_object().ok_or("DeviceSimple has no schema")?;
    println!("{}", json!({ "schemars": fields.keys().collect::<Vec<_>>() }));
    Ok(())
}
