//! `iotda mock`: an in-memory mock server for other applications.

use std::io;
use std::time::Duration;

use huaweicloud_iotda::Signing;
use huaweicloud_iotda::mock::{Faults, MockServer};

use crate::arguments::{FaultOptions, Flags, Mock, Rate, Records, SigningAlgorithm};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::sample_data::{self, CERTIFICATE, SHARED, UNUSED};

mod access_keys;
mod data;
mod identities;
mod shell;

use shell::Variables;

/// The region of the project and of derived signatures.
const DEFAULT_REGION: &str = "cn-north-4";

pub(crate) async fn run(options: Mock, flags: &Flags) -> Result<Exit, Failure> {
    let Mock { port, host, allow_origin, allow_host, log, records, access, faults } = options;
    let region = region(flags)?;
    let keys = access_keys::parse(&access.access_key)?;
    let certificates = data::read(&records.data)?;
    let server = MockServer::start_at((host, port)).await.map_err(|error| match port {
        0 => Failure::Local(format!("cannot bind to a port of {host}: {error}")),
        port => Failure::Local(format!(
            "cannot bind to {host} port {port}: {error}; use another --port, or omit it to use a free port"
        )),
    })?;
    server.add_project(MockServer::PROJECT_ID, region);
    set_signing(&server, flags.signing, region);
    server.set_faults(to_faults(faults));
    allow_origin.into_iter().for_each(|origin| server.allow_origin(origin));
    server.restrict_hosts(allow_host);
    if log {
        server.set_log(io::stderr());
    }
    let certificates = add_records(&server, records, certificates);

    let mut text = start_of_output(&server, &certificates);
    text.push_str(&access_keys::add(&server, &keys, flags.signing, region));
    if let Some(directory) = &access.identities {
        text.push_str(&identities::add(&server, directory, &access)?);
    }
    text.push_str(&format!(
        "# Script failures at {0}/mock; its OpenAPI document: {0}/mock/openapi.yaml\n",
        server.endpoint()
    ));
    output::write(text.as_bytes())?;
    // A signal ends the process.
    std::future::pending().await
}

/// Returns the region. A part of a printed variable's name follows from it.
fn region(flags: &Flags) -> Result<&str, Failure> {
    let region = flags.region.as_deref().unwrap_or(DEFAULT_REGION);
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    match !region.is_empty() && region.chars().all(is_allowed) {
        true => Ok(region),
        false => Err(Failure::Usage(format!(
            "--region {region:?} must be a region ID of lowercase letters, digits and hyphens, for example cn-north-4"
        ))),
    }
}

fn set_signing(server: &MockServer, algorithm: SigningAlgorithm, region: &str) {
    match algorithm {
        SigningAlgorithm::Auto => server.accept_any_signing(),
        SigningAlgorithm::Standard => server.set_signing(Signing::Standard),
        SigningAlgorithm::Derived => server.set_signing(Signing::Derived { region: region.to_owned() }),
    }
}

fn to_faults(options: FaultOptions) -> Faults {
    let FaultOptions { latency, fault_rate, throttle, seed } = options;
    let faults = Faults::default().rate(fault_rate).seed(seed).latency(Duration::from_millis(latency));
    match throttle {
        Some(Rate { requests, window }) => faults.throttle(requests, window),
        None => faults,
    }
}

/// Adds the records of the files, or the sample data. Returns a description of the certificates.
fn add_records(server: &MockServer, options: Records, data: data::Data) -> String {
    if options.data.is_empty() {
        sample_data::fill(server, options.devices, options.templates);
        return format!("{CERTIFICATE}, {SHARED} (shares devices with the first), {UNUSED} (no devices)");
    }
    data.add_to(server)
}

/// The first five lines. Programs read them, so do not change them.
fn start_of_output(server: &MockServer, certificates: &str) -> String {
    let endpoint = server.endpoint();
    let mut variables = Variables::default();
    variables.export("HUAWEICLOUD_IOTDA_ENDPOINT", &endpoint);
    variables.export("HUAWEICLOUD_SDK_PROJECT_ID", MockServer::PROJECT_ID);
    variables.export("HW_AUTH_TOKEN", MockServer::TOKEN);
    format!(
        "# IoTDA mock server at {endpoint}; press Ctrl-C to stop it. To use it, run in another shell:\n\
         {variables}# Certificates: {certificates}\n"
    )
}
