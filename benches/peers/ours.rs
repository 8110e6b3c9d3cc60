//! The programs that use this crate.

use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::{Client, Credentials, Error};

fn client(endpoint: &str) -> Result<Client, Error> {
    Client::builder()
        .endpoint(endpoint)
        .project_id(std::env::var("HUAWEICLOUD_SDK_PROJECT_ID").expect("a project ID"))
        .credentials(Credentials::from_env())
        .build()
}

async fn count_devices(client: &Client, certificate: &str, concurrency: u32) -> Result<usize, Error> {
    let mut devices = client.list_device_by_device_certificate(certificate).concurrency(concurrency).items();
    let mut count = 0;
    while let Some(device) = devices.try_next().await? {
        count += usize::from(device.device_id.is_some());
    }
    Ok(count)
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn list(endpoint: &str, certificate: &str, concurrency: u32) -> usize {
    let client = client(endpoint).expect("a client");
    count_devices(&client, certificate, concurrency).await.expect("no error")
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn list_many(endpoint: &str, workers: usize, certificates: &[&str]) -> usize {
    let client = &client(endpoint).expect("a client");
    let counts = stream::iter(certificates).map(|certificate| count_devices(client, certificate, 1));
    let total = counts.buffer_unordered(workers).try_fold(0, |total, count| async move { Ok(total + count) });
    total.await.expect("no error")
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn first_page(endpoint: &str, certificate: &str) -> usize {
    let client = client(endpoint).expect("a client");
    let page = client.list_device_by_device_certificate(certificate).limit(50).await.expect("no error");
    page.items.len()
}
