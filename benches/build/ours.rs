//! Prints the devices that use a certificate, with this crate.

use huaweicloud_iotda::{Client, Credentials};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [endpoint, project, token, certificate]: [String; 4] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "four arguments")?;
    let client =
        Client::builder().endpoint(endpoint).project_id(project).credentials(Credentials::token(token)).build()?;
    let mut devices = client.list_device_by_device_certificate(certificate).items();
    while let Some(device) = devices.try_next().await? {
        println!("{device:?}");
    }
    Ok(())
}
