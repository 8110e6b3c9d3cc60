//! Mock servers for clients in other languages, for `tests/clients/run`:
//!
//! ```sh
//! cargo run --example mock_server --features mock -- tests/clients/cases.json
//! ```
//!
//! Starts a server for each case of the file, with the records or the answers that the case asks for. Prints each case
//! as one line of JSON, with what a client must know of its server instead of what the server holds, and then an empty
//! line; serves until its standard input ends. The file says what a case is.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{self, Write};
use std::{env, fs};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    mock: Mock,
    /// What is for the clients alone.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What a server holds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mock {
    /// How many, by certificate.
    devices: BTreeMap<String, usize>,
    templates: usize,
    answers: Vec<Scripted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A text is sent as it is, anything else as JSON.
    body: Option<Value>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("the argument is a file of cases")?;
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let file: File = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    let names: BTreeSet<_> = file.cases.iter().map(|case| &case.name).collect();
    if names.is_empty() || names.len() < file.cases.len() {
        Err(format!("{path}: there must be cases, each of a name of its own"))?;
    }
    if let Some(case) = file.cases.iter().find(|case| !case.expects_something()) {
        Err(format!("{path}: {}: every call must expect something", case.name))?;
    }

    let mut servers = Vec::new();
    for case in file.cases {
        let server = MockServer::start().await?;
        case.mock.stock(&server);
        println!("{}", for_clients(case.name, case.rest, &server));
        servers.push(server);
    }
    println!();
    io::stdout().flush()?;
    // This blocks the main thread only; the servers run on the others.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

impl Case {
    /// Otherwise it would pass whatever comes.
    fn expects_something(&self) -> bool {
        let something = |expect: Option<&Value>| expect.and_then(Value::as_object).is_some_and(|them| !them.is_empty());
        match self.rest.get("calls").and_then(Value::as_array) {
            Some(calls) => !calls.is_empty() && calls.iter().all(|call| something(call.get("expect"))),
            None => something(self.rest.get("expect")),
        }
    }
}

impl Mock {
    fn stock(self, server: &MockServer) {
        for (certificate_id, devices) in self.devices {
            server.add_sample_devices(certificate_id, devices);
        }
        server.add_sample_templates(self.templates);
        for answer in self.answers {
            server.enqueue(answer.into());
        }
    }
}

impl From<Scripted> for MockResponse {
    fn from(scripted: Scripted) -> Self {
        let answer = Self::new(scripted.status);
        let answer = scripted.headers.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value));
        match scripted.body {
            None => answer,
            Some(Value::String(text)) => answer.body(text),
            Some(body) => answer.json(&body),
        }
    }
}

fn for_clients(name: String, mut case: Map<String, Value>, server: &MockServer) -> Value {
    case.insert("name".to_owned(), json!(name));
    case.insert("endpoint".to_owned(), json!(server.endpoint()));
    case.insert("project_id".to_owned(), json!(MockServer::PROJECT_ID));
    case.entry("token").or_insert_with(|| json!(MockServer::TOKEN));
    Value::Object(case)
}
