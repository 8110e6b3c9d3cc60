//! Starts an example in a separate process.

use std::env;
use std::process::Command;

use huaweicloud_iotda::mock::MockServer;

pub const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";

/// Starts a mock server with 120 devices of [`CERTIFICATE`].
pub async fn mock_server() -> MockServer {
    let server = MockServer::start().await.expect("bind to 127.0.0.1");
    server.add_sample_devices(CERTIFICATE, 120);
    server
}

/// Returns a command that runs the program with a client for this server. It inherits no variable that configures a client, a
/// proxy or an exporter.
pub fn command(program: &str, server: &MockServer) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars() {
        let prefixes = ["HUAWEICLOUD_", "HW_", "HC_CONTAINER_", "OTEL_"];
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
        .env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint())
        .env("HUAWEICLOUD_SDK_PROJECT_ID", MockServer::PROJECT_ID)
        .env("HW_AUTH_TOKEN", MockServer::TOKEN);
    command
}
