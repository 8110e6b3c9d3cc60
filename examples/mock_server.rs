//! Mock servers for the generated clients in other languages (`tests/clients/run`):
//!
//! ```sh
//! cargo run --example mock_server --features mock -- tests/clients/cases.json
//! ```
//!
//! Starts a server for each case of the file, with the records or responses of the case. Prints each case as one line
//! of JSON, in which the endpoint, project ID and token of the server replace the field `mock`, and then an empty line.
//! Serves until its standard input is closed. Then it fails if a request was not the one that its response expects. The
//! file describes its format.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, Write};
use std::{env, fs};

use huaweicloud_iotda::Signing;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct CaseFile {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    mock: Mock,
    /// The fields for the client, which this program passes on.
    #[serde(flatten)]
    client_fields: Map<String, Value>,
}

/// The content of a server.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mock {
    /// The number of sample devices of each certificate.
    devices: BTreeMap<String, usize>,
    templates: usize,
    /// An access key and its secret key.
    access_key: Option<(String, String)>,
    /// The region of derived signatures. Default: standard signatures.
    signing_region: Option<String>,
    /// The number of pages without records, each with a lower marker, that are sent before the responses.
    empty_pages: u32,
    responses: Vec<Response>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    /// Fields that the JSON body of the request must contain.
    #[serde(default)]
    request: Map<String, Value>,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A string is sent unchanged, any other value as JSON.
    body: Option<Value>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: mock_server CASES_FILE")?;
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let file: CaseFile = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    let names: BTreeSet<_> = file.cases.iter().map(|case| &case.name).collect();
    if names.is_empty() || names.len() < file.cases.len() {
        Err(format!("{path}: the file must contain cases with unique names"))?;
    }
    if let Some(case) = file.cases.iter().find(|case| !case.has_expectations()) {
        Err(format!("{path}: {}: every call needs a non-empty `expect`", case.name))?;
    }

    let mut servers = Vec::new();
    for case in file.cases {
        let server = MockServer::start().await?;
        let expected = case.mock.expected_requests();
        case.mock.apply(&server);
        println!("{}", client_view(case.name.clone(), case.client_fields, &server));
        servers.push((case.name, server, expected));
    }
    println!();
    io::stdout().flush()?;
    // This blocks the main thread only: the servers run on other threads.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    for (name, server, expected) in servers {
        check_requests(&server, &expected).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// Checks the bodies of the requests that a server received.
fn check_requests(server: &MockServer, expected: &[Map<String, Value>]) -> Result<(), String> {
    for (number, (request, fields)) in (1..).zip(server.requests().iter().zip(expected)) {
        let body = request.json().unwrap_or_default();
        if let Some((name, value)) = fields.iter().find(|(name, value)| body.get(name.as_str()) != Some(value)) {
            return Err(format!("request {number}: expected {name} {value} in the body {body}"));
        }
    }
    Ok(())
}

impl Case {
    /// Returns true if every call has an expectation. A case without one would always pass.
    fn has_expectations(&self) -> bool {
        let is_nonempty =
            |expect: Option<&Value>| expect.and_then(Value::as_object).is_some_and(|fields| !fields.is_empty());
        match self.client_fields.get("calls").and_then(Value::as_array) {
            Some(calls) => !calls.is_empty() && calls.iter().all(|call| is_nonempty(call.get("expect"))),
            None => is_nonempty(self.client_fields.get("expect")),
        }
    }
}

impl Mock {
    /// Returns the expected fields of each request.
    fn expected_requests(&self) -> Vec<Map<String, Value>> {
        let expected = self.responses.iter().map(|response| response.request.clone());
        (0..self.empty_pages).map(|_| Map::new()).chain(expected).collect()
    }

    fn apply(self, server: &MockServer) {
        for (certificate_id, devices) in self.devices {
            server.add_sample_devices(certificate_id, devices);
        }
        server.add_sample_templates(self.templates);
        if let Some((access_key, secret_key)) = self.access_key {
            server.add_access_key(access_key, secret_key);
        }
        if let Some(region) = self.signing_region {
            server.set_signing(Signing::Derived { region });
        }
        for number in (0..self.empty_pages).rev() {
            let page = json!({ "devices": [], "page": { "count": 1, "marker": format!("{number:024x}") } });
            server.enqueue(MockResponse::new(200).json(&page));
        }
        for response in self.responses {
            server.enqueue(response.into());
        }
    }
}

impl From<Response> for MockResponse {
    fn from(Response { status, headers, body, .. }: Response) -> Self {
        let mut response = Self::new(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        match body {
            None => response,
            Some(Value::String(text)) => response.body(text),
            Some(body) => response.json(&body),
        }
    }
}

/// Returns the case as the client sees it.
fn client_view(name: String, mut case: Map<String, Value>, server: &MockServer) -> Value {
    case.insert("name".to_owned(), json!(name));
    case.insert("endpoint".to_owned(), json!(server.endpoint()));
    case.insert("project_id".to_owned(), json!(MockServer::PROJECT_ID));
    case.entry("token").or_insert_with(|| json!(MockServer::TOKEN));
    Value::Object(case)
}
