//! The Rust part of the comparison with Huawei Cloud's SDK for Python (`tests/sdk/run`):
//!
//! ```sh
//! cargo run --example interop --features mock -- serve
//! cargo run --example interop --features mock -- record
//! ```
//!
//! `serve` starts two mock servers with the same records, one for each signing algorithm. It prints their endpoints and
//! contents as one line of JSON, and runs until its standard input is closed.
//!
//! `record` makes calls with this crate's client against other mock servers. Each received request is printed as one
//! line of JSON with the access key that signed it. All keys are invented.

#![allow(clippy::print_stdout)]

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{ClientBuilder, IamCredential, Signing};
use serde_json::json;

const REGION: &str = "cn-north-4";
const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
/// More than two full pages of 50.
const DEVICES: usize = 125;
/// More than two pages of 10.
const TEMPLATES: usize = 23;
/// Certificate IDs with characters that a URL must encode.
const SPECIAL_CERTIFICATES: [&str; 7] = ["a b", "a+b", "ä", "a%2fb", "a?b#c", "a~b!*'()", "a&b=c;d,e:f@g$"];
const DEVICES_PER_SPECIAL_CERTIFICATE: usize = 2;

/// Workload identities.
const PROVIDER_URN: &str = "iam::0123456789:oidcProvider:ci";
const AGENCY_URN: &str = "iam::0123456789:agency:reader";
const IDP_ID: &str = "my-idp";
const AUDIENCE: &str = "my-audience";
const POD_TOKEN: &str = "pod-authorization-token";

/// An invented access key.
#[derive(Clone, Copy)]
struct AccessKey {
    access: &'static str,
    secret: &'static str,
    security_token: Option<&'static str>,
}

const PERMANENT: AccessKey = AccessKey {
    access: "HUAWEIAKEXAMPLE00001",
    secret: "ExampleSecretKey0123456789abcdefABCDEF01",
    security_token: None,
};
const TEMPORARY: AccessKey = AccessKey {
    access: "HUAWEIAKEXAMPLE00002",
    secret: "ExampleSecretKey0123456789abcdefABCDEF02",
    security_token: Some("example-security-token/+=="),
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        Some("record") => record().await,
        _ => Err("usage: interop serve|record")?,
    }
}

fn derived_signing() -> Signing {
    Signing::Derived { region: REGION.to_owned() }
}

/// Starts a server with all records that accepts this signing algorithm.
async fn start_server(signing: Signing) -> io::Result<MockServer> {
    let server = MockServer::start().await?;
    server.set_signing(signing);
    server.add_project(MockServer::PROJECT_ID, REGION);
    for AccessKey { access, secret, security_token } in [PERMANENT, TEMPORARY] {
        match security_token {
            None => server.add_access_key(access, secret),
            Some(token) => server.add_temporary_access_key(access, secret, token),
        }
    }
    server.add_sample_devices(CERTIFICATE, DEVICES);
    for id in SPECIAL_CERTIFICATES {
        server.add_sample_devices(id, DEVICES_PER_SPECIAL_CERTIFICATE);
    }
    server.add_sample_templates(TEMPLATES);
    server.add_oidc_agency(PROVIDER_URN, AGENCY_URN, AUDIENCE);
    server.add_identity_provider(IDP_ID, AUDIENCE);
    server.add_pod_token(POD_TOKEN);
    Ok(server)
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let standard_server = start_server(Signing::Standard).await?;
    let derived_server = start_server(derived_signing()).await?;
    let key = |key: AccessKey| json!({ "ak": key.access, "sk": key.secret, "security_token": key.security_token });
    let description = json!({
        "endpoints": { "standard": standard_server.endpoint(), "derived": derived_server.endpoint() },
        "region": REGION,
        "project_id": MockServer::PROJECT_ID,
        "permanent": key(PERMANENT),
        "temporary": key(TEMPORARY),
        "certificate_id": CERTIFICATE,
        "devices": DEVICES,
        "odd_certificate_ids": SPECIAL_CERTIFICATES,
        "odd_devices": DEVICES_PER_SPECIAL_CERTIFICATE,
        "templates": TEMPLATES,
        "identity": {
            "provider_urn": PROVIDER_URN,
            "agency_urn": AGENCY_URN,
            "idp_id": IDP_ID,
            "id_token": MockServer::id_token(AUDIENCE, SystemTime::now() + Duration::from_secs(3600)),
            "pod_token": POD_TOKEN,
            "pod_uri": standard_server.pod_identity_uri(),
        },
    });
    println!("{description}");
    io::stdout().flush()?;
    // This blocks the main thread only: the servers run on other threads.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

async fn record() -> Result<(), Box<dyn Error>> {
    for (name, signing) in [("standard", Signing::Standard), ("derived", derived_signing())] {
        let server = start_server(signing.clone()).await?;
        let recorder = Recorder { server: &server, signing: name, host: address(&server) };
        recorder.device_calls(&signing).await?;
        recorder.template_calls(&signing).await?;
    }
    // Host names that imply the signing algorithm. The client resolves them to the mock servers.
    for (host, signing) in [
        ("iotda.cn-north-4.myhuaweicloud.com", Signing::Standard),
        ("9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com", derived_signing()),
    ] {
        let server = start_server(signing).await?;
        let recorder = Recorder { server: &server, signing: "by host", host: host.to_owned() };
        recorder.calls_by_host().await?;
    }
    Ok(())
}

/// Returns the host and port of a server.
fn address(server: &MockServer) -> String {
    server.endpoint().trim_start_matches("http://").to_owned()
}

/// Makes calls and prints the recorded requests.
struct Recorder<'a> {
    server: &'a MockServer,
    /// The signing algorithm: `standard`, `derived`, or `by host` if only the host implies it.
    signing: &'static str,
    /// The host of the endpoint, which the `Host` header must contain.
    host: String,
}

impl Recorder<'_> {
    async fn device_calls(&self, signing: &Signing) -> Result<(), Box<dyn Error>> {
        let client = self.builder(PERMANENT).signing(signing.clone()).build()?;
        let devices = || client.list_device_by_device_certificate(CERTIFICATE);
        let marker = devices().send().await?.next_marker.ok_or("the listing has one page only")?;
        self.print("devices", PERMANENT);
        devices().limit(50).marker(marker).offset(7).send().await?;
        self.print("devices with limit, marker and offset", PERMANENT);
        devices().items().try_collect::<Vec<_>>().await?;
        self.print("all devices", PERMANENT);
        devices().instance_id("an-instance;id=+1~(x)").send().await?;
        self.print("devices of an instance", PERMANENT);
        for id in SPECIAL_CERTIFICATES {
            client.list_device_by_device_certificate(id).send().await?;
            self.print(&format!("devices of {id}"), PERMANENT);
        }
        let client = self.builder(TEMPORARY).signing(signing.clone()).instance_id("i-1").build()?;
        client.list_device_by_device_certificate(CERTIFICATE).send().await?;
        self.print("devices by a temporary key", TEMPORARY);
        Ok(())
    }

    async fn template_calls(&self, signing: &Signing) -> Result<(), Box<dyn Error>> {
        let client = self.builder(PERMANENT).signing(signing.clone()).build()?;
        let templates = || client.list_device_authentication_templates();
        let marker = templates().send().await?.next_marker.ok_or("the listing has one page only")?;
        self.print("templates", PERMANENT);
        templates().template_name("sample-template-2").limit(5).marker(marker.clone()).offset(0).send().await?;
        self.print("templates with name, limit, marker and offset", PERMANENT);
        templates().marker(marker).send().await?;
        self.print("templates with marker", PERMANENT);
        templates().limit(5).pages().try_collect::<Vec<_>>().await?;
        self.print("all templates", PERMANENT);
        templates().instance_id("an-instance;id=+1~(x)").send().await?;
        self.print("templates of an instance", PERMANENT);
        let client = self.builder(TEMPORARY).signing(signing.clone()).instance_id("i-1").build()?;
        client.list_device_authentication_templates().template_name("sample_2-A").send().await?;
        self.print("templates by a temporary key", TEMPORARY);
        Ok(())
    }

    async fn calls_by_host(&self) -> Result<(), Box<dyn Error>> {
        let (host, address) = (self.host.clone(), address(self.server).parse()?);
        let builder = self.builder(PERMANENT).endpoint(format!("http://{host}")).allow_http(true);
        let client = builder.configure_http(move |http| http.resolve(&host, address)).build()?;
        client.list_device_by_device_certificate(CERTIFICATE).send().await?;
        self.print(&format!("devices at {}", self.host), PERMANENT);
        client.list_device_authentication_templates().limit(1).send().await?;
        self.print(&format!("templates at {}", self.host), PERMANENT);
        Ok(())
    }

    fn builder(&self, key: AccessKey) -> ClientBuilder {
        let credentials = IamCredential::access_key(key.access, key.secret);
        self.server.builder().credentials(match key.security_token {
            None => credentials,
            Some(token) => credentials.security_token(token),
        })
    }

    /// Prints the requests since the last call of this method.
    fn print(&self, what: &str, key: AccessKey) {
        for request in self.server.requests() {
            let line = json!({
                "what": what,
                "signing": self.signing,
                "region": REGION,
                "host": self.host,
                "project_id": MockServer::PROJECT_ID,
                "ak": key.access,
                "sk": key.secret,
                "security_token": key.security_token,
                "method": request.method,
                "target": request.target,
                "headers": request.headers,
                "body": String::from_utf8_lossy(&request.body),
            });
            println!("{line}");
        }
        self.server.clear_requests();
    }
}
