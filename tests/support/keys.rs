//! An access key, and clients that sign with it.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{ClientBuilder, Credentials};

use super::serve;

pub const AK: &str = "HUAWEIAKEXAMPLE00001";
pub const SK: &str = "ExampleSecretKey0123456789abcdefABCDEF01";

/// A server that knows the key.
pub async fn keyed(devices: usize) -> MockServer {
    let (server, _) = serve(devices).await;
    server.add_sample_templates(3);
    server.add_access_key(AK, SK);
    server
}

pub fn signed(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(Credentials::ak_sk(AK, SK))
}

pub fn wrong(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(Credentials::ak_sk(AK, "wrong"))
}
