//! The example `aide` over HTTP: its document, and responses that conform to it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::spec;
use serde_json::{Value, json};

use crate::program::{CERTIFICATE, command, mock_server};

/// The example in a separate process, which is killed on drop.
struct Service {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Service {
    fn start(server: &MockServer) -> Self {
        let mut command = command(env!("CARGO_BIN_EXE_aide"), server);
        let mut child = command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().expect("the example starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { child, url, http }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.expect("a response");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a complete body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The process may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn document_contains_the_types_with_their_documentation() {
    let service = Service::start(&mock_server().await);
    let (status, document) = service.get("/openapi.json").await;
    assert_eq!(status, 200);
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = &document["components"]["schemas"];
    let devices = &schemas["Impact"]["properties"]["newest"];
    assert_eq!(devices["items"], json!({"$ref": "#/components/schemas/DeviceSimple"}));
    let documented: Value = serde_json::from_str(spec::OPENAPI_JSON).expect("JSON");
    let documented = &documented["components"]["schemas"]["DeviceSimple"];
    let names =
        |schema: &Value| schema["properties"].as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>());
    assert_eq!(names(&schemas["DeviceSimple"]), names(documented));
    for (name, field) in documented["properties"].as_object().expect("fields") {
        let description = &schemas["DeviceSimple"]["properties"][name]["description"];
        assert_eq!(description, &field["description"], "{name}");
    }

    let operation = &document["paths"]["/certificates/{certificate_id}/impact"]["get"];
    let parameters = operation["parameters"].as_array().expect("parameters");
    let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").expect("the limit");
    assert_eq!((&limit["in"], &limit["schema"]["$ref"]), (&json!("query"), &json!("#/components/schemas/PageLimit")));
    assert_eq!((&schemas["PageLimit"]["minimum"], &schemas["PageLimit"]["maximum"]), (&json!(1), &json!(50)));
    let statuses: Vec<_> = operation["responses"].as_object().expect("responses").keys().collect();
    assert_eq!(statuses, ["200", "400", "404", "502"]);
}

#[tokio::test]
async fn responses_are_those_of_the_document() {
    let server = mock_server().await;
    let service = Service::start(&server);
    let path = format!("/certificates/{CERTIFICATE}/impact");
    for (query, devices) in [("", 10), ("?limit=50", 50)] {
        let (status, impact) = service.get(&format!("{path}{query}")).await;
        assert_eq!((status, &impact["total"]), (200, &json!(120)), "{impact}");
        assert_eq!(impact["newest"].as_array().map(Vec::len), Some(devices));
    }
    let (status, problem) = service.get("/certificates/unknown/impact").await;
    assert_eq!(status, 404, "{problem}");
    assert!(problem["request_id"].is_string(), "{problem}");
    assert_eq!(service.get(&format!("{path}?limit=51")).await.0, 400);
    server.enqueue(MockResponse::new(403).json(&json!({"error_code": "IOTDA.000021", "error_msg": "secret account"})));
    let (status, problem) = service.get(&path).await;
    assert_eq!(status, 502, "{problem}");
    assert!(!problem.to_string().contains("secret account"), "{problem}");
}
