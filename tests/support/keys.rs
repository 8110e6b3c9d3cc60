//! An access key, and clients that sign with it.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{ClientBuilder, Credentials};

use super::server_with_devices;

pub const AK: &str = "HUAWEIAKEXAMPLE00001";
pub const SK: &str = "ExampleSecretKey0123456789abcdefABCDEF01";

/// Starts a server that accepts the access key.
pub async fn server_with_key(devices: usize) -> MockServer {
    let (server, _) = server_with_devices(devices).await;
    server.add_sample_templates(3);
    server.add_access_key(AK, SK);
    server
}

/// A builder with the access key.
pub fn signing_builder(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(Credentials::ak_sk(AK, SK))
}

/// A builder with the access key and a wrong secret.
pub fn wrong_secret_builder(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(Credentials::ak_sk(AK, "wrong"))
}
