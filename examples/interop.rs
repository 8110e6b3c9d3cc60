//! The two sides that the vendor's own SDK is held against, for `tests/sdk/run`:
//!
//! ```sh
//! cargo run --example interop --features mock -- serve
//! cargo run --example interop --features mock -- record
//! ```
//!
//! `serve` starts two servers with the same records, one for each kind of signature, prints where they are and what
//! they hold as one line of JSON, and runs until its standard input ends.
//!
//! `record` lets this crate's client make calls against servers of its own, and prints every request as it arrived
//! there as one line of JSON, with the key that signed it. All keys are made up.

#![allow(clippy::print_stdout)]

use std::env;
use std::error::Error;
use std::io::{self, Write};

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
/// Ids with characters that a URL writes in another way; two devices each.
const ODD_CERTIFICATES: [&str; 7] = ["a b", "a+b", "ä", "a%2fb", "a?b#c", "a~b!*'()", "a&b=c;d,e:f@g$"];
const ODD_DEVICES: usize = 2;

/// A made-up access key.
#[derive(Clone, Copy)]
struct Key {
    access: &'static str,
    secret: &'static str,
    security_token: Option<&'static str>,
}

const PERMANENT: Key =
    Key { access: "HUAWEIAKEXAMPLE00001", secret: "ExampleSecretKey0123456789abcdefABCDEF01", security_token: None };
const TEMPORARY: Key = Key {
    access: "HUAWEIAKEXAMPLE00002",
    secret: "ExampleSecretKey0123456789abcdefABCDEF02",
    security_token: Some("example-security-token/+=="),
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        Some("record") => record().await,
        _ => Err("the argument is serve or record")?,
    }
}

fn derived() -> Signing {
    Signing::Derived { region: REGION.to_owned() }
}

/// A server that takes this kind of signature, with all records.
async fn stocked(signing: Signing) -> io::Result<MockServer> {
    let server = MockServer::start().await?;
    server.set_signing(signing);
    server.add_project(MockServer::PROJECT_ID, REGION);
    for Key { access, secret, security_token } in [PERMANENT, TEMPORARY] {
        match security_token {
            None => server.add_access_key(access, secret),
            Some(token) => server.add_temporary_access_key(access, secret, token),
        }
    }
    server.add_sample_devices(CERTIFICATE, DEVICES);
    for id in ODD_CERTIFICATES {
        server.add_sample_devices(id, ODD_DEVICES);
    }
    server.add_sample_templates(TEMPLATES);
    Ok(server)
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let (standard_server, derived_server) = (stocked(Signing::Standard).await?, stocked(derived()).await?);
    let key = |key: Key| json!({ "ak": key.access, "sk": key.secret, "security_token": key.security_token });
    let what_is_there = json!({
        "endpoints": { "standard": standard_server.endpoint(), "derived": derived_server.endpoint() },
        "region": REGION,
        "project_id": MockServer::PROJECT_ID,
        "permanent": key(PERMANENT),
        "temporary": key(TEMPORARY),
        "certificate_id": CERTIFICATE,
        "devices": DEVICES,
        "odd_certificate_ids": ODD_CERTIFICATES,
        "odd_devices": ODD_DEVICES,
        "templates": TEMPLATES,
    });
    println!("{what_is_there}");
    io::stdout().flush()?;
    // This blocks the main thread only; the servers run on the others.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

async fn record() -> Result<(), Box<dyn Error>> {
    for (kind, signing) in [("standard", Signing::Standard), ("derived", derived())] {
        let server = stocked(signing.clone()).await?;
        let recorder = Recorder { server: &server, kind, host: address(&server) };
        recorder.device_calls(&signing).await?;
        recorder.template_calls(&signing).await?;
    }
    // Names that tell the kind of signature; they lead to the servers on this machine, whatever they are elsewhere.
    for (host, signing) in [
        ("iotda.cn-north-4.myhuaweicloud.com", Signing::Standard),
        ("9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com", derived()),
    ] {
        let server = stocked(signing).await?;
        let recorder = Recorder { server: &server, kind: "by host", host: host.to_owned() };
        recorder.calls_by_name().await?;
    }
    Ok(())
}

/// Host and port of a server.
fn address(server: &MockServer) -> String {
    server.endpoint().trim_start_matches("http://").to_owned()
}

/// Makes calls and prints what came of them.
struct Recorder<'a> {
    server: &'a MockServer,
    /// The kind of signature: `standard`, `derived`, or `by host` where nothing but the host tells it.
    kind: &'static str,
    /// The endpoint's host, from which the header `Host` must follow.
    host: String,
}

impl Recorder<'_> {
    async fn device_calls(&self, signing: &Signing) -> Result<(), Box<dyn Error>> {
        let client = self.signed(PERMANENT).signing(signing.clone()).build()?;
        let devices = || client.list_device_by_device_certificate(CERTIFICATE);
        let marker = devices().send().await?.next_marker.ok_or("the listing has one page only")?;
        self.print("devices", PERMANENT);
        devices().limit(50).marker(marker).offset(7).send().await?;
        self.print("devices with limit, marker and offset", PERMANENT);
        devices().items().try_collect::<Vec<_>>().await?;
        self.print("all devices", PERMANENT);
        devices().instance_id("an instance's  id").send().await?;
        self.print("devices of an instance", PERMANENT);
        for id in ODD_CERTIFICATES {
            client.list_device_by_device_certificate(id).send().await?;
            self.print(&format!("devices of {id}"), PERMANENT);
        }
        let client = self.signed(TEMPORARY).signing(signing.clone()).instance_id("i-1").build()?;
        client.list_device_by_device_certificate(CERTIFICATE).send().await?;
        self.print("devices by a temporary key", TEMPORARY);
        Ok(())
    }

    async fn template_calls(&self, signing: &Signing) -> Result<(), Box<dyn Error>> {
        let client = self.signed(PERMANENT).signing(signing.clone()).build()?;
        let templates = || client.list_device_authentication_templates();
        let marker = templates().send().await?.next_marker.ok_or("the listing has one page only")?;
        self.print("templates", PERMANENT);
        templates().template_name("sample-template-2").limit(5).marker(marker.clone()).offset(0).send().await?;
        self.print("templates with name, limit, marker and offset", PERMANENT);
        templates().marker(marker).send().await?;
        self.print("templates with marker", PERMANENT);
        templates().limit(5).pages().try_collect::<Vec<_>>().await?;
        self.print("all templates", PERMANENT);
        templates().instance_id("an instance's  id").send().await?;
        self.print("templates of an instance", PERMANENT);
        let client = self.signed(TEMPORARY).signing(signing.clone()).instance_id("i-1").build()?;
        client.list_device_authentication_templates().template_name("sample_2-A").send().await?;
        self.print("templates by a temporary key", TEMPORARY);
        Ok(())
    }

    async fn calls_by_name(&self) -> Result<(), Box<dyn Error>> {
        let (host, address) = (self.host.clone(), address(self.server).parse()?);
        let builder = self.signed(PERMANENT).endpoint(format!("http://{host}")).allow_http(true);
        let client = builder.configure_http(move |http| http.resolve(&host, address)).build()?;
        client.list_device_by_device_certificate(CERTIFICATE).send().await?;
        self.print(&format!("devices at {}", self.host), PERMANENT);
        client.list_device_authentication_templates().limit(1).send().await?;
        self.print(&format!("templates at {}", self.host), PERMANENT);
        Ok(())
    }

    fn signed(&self, key: Key) -> ClientBuilder {
        let credentials = IamCredential::access_key(key.access, key.secret);
        self.server.builder().credentials(match key.security_token {
            None => credentials,
            Some(token) => credentials.security_token(token),
        })
    }

    /// Prints the requests since the last time.
    fn print(&self, what: &str, key: Key) {
        for request in self.server.requests() {
            let line = json!({
                "what": what,
                "signing": self.kind,
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
