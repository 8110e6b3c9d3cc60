//! `iotda mock`: an in-memory mock server for other applications.

use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockServer};

use crate::arguments::{Mock, Rate};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::sample_data::{self, CERTIFICATE, SHARED, UNUSED};

pub(crate) async fn run(arguments: Mock) -> Result<Exit, Failure> {
    let Mock { port, devices, templates, latency, fault_rate, throttle, seed } = arguments;
    let server = MockServer::start_on(port).await.map_err(|error| match port {
        0 => Failure::Local(format!("cannot bind to a port of 127.0.0.1: {error}")),
        port => Failure::Local(format!(
            "cannot bind to 127.0.0.1 port {port}: {error}; use another --port, or omit it to use a free port"
        )),
    })?;
    sample_data::fill(&server, devices, templates);
    let faults = Faults::default().rate(fault_rate).seed(seed).latency(Duration::from_millis(latency));
    server.set_faults(match throttle {
        Some(Rate { requests, window }) => faults.throttle(requests, window),
        None => faults,
    });
    let text = format!(
        "# IoTDA mock server at {endpoint}; press Ctrl-C to stop it. To use it, run in another shell:\n\
         export HUAWEICLOUD_IOTDA_ENDPOINT={endpoint}\n\
         export HUAWEICLOUD_SDK_PROJECT_ID={project}\n\
         export HW_AUTH_TOKEN={token}\n\
         # Certificates: {CERTIFICATE}, {SHARED} (shares devices with the first), {UNUSED} (no devices)\n",
        endpoint = server.endpoint(),
        project = MockServer::PROJECT_ID,
        token = MockServer::TOKEN,
    );
    output::write(text.as_bytes())?;
    // Ctrl-C ends the process.
    std::future::pending().await
}
