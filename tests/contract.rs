//! The client and the mock against the document: every request that the client sends, and every answer that the mock
//! gives, is valid there.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockServer, RecordedRequest};
use reqwest::Url;
use serde_json::{Value, json};
use support::document::{assert_valid, at, document, follow, operations, validator};
use support::{CERTIFICATE, drain, serve};

/// The operation that a request is for, by the document's own paths.
fn operation_of<'a>(document: &'a Value, request: &RecordedRequest) -> &'a Value {
    let path = request.target.split('?').next().expect("a path");
    let matches = |template: &str| {
        let parts: Vec<_> = template.split('/').zip(path.split('/')).collect();
        template.split('/').count() == path.split('/').count()
            && parts.iter().all(|(template, part)| template.starts_with('{') || template == part)
    };
    let found = operations(document)
        .into_iter()
        .find(|(path, method, _)| matches(path) && method.eq_ignore_ascii_case(&request.method));
    found.unwrap_or_else(|| panic!("the document has no {} {}", request.method, request.target)).2
}

fn assert_request_is_valid(document: &Value, request: &RecordedRequest) {
    let operation = operation_of(document, request);
    if let Some(body) = operation.get("requestBody") {
        let schema = &body["content"]["application/json"]["schema"];
        assert_valid(&validator(document, schema), &request.json().expect("JSON"), &request.target);
    } else {
        assert!(request.body.is_empty());
    }
    let parameters = operation["parameters"].as_array().expect("parameters").iter();
    let parameters: Vec<_> = parameters.map(|parameter| follow(document, parameter)).collect();
    let url = Url::parse(&format!("http://mock{}", request.target)).expect("a URL");
    for (name, value) in url.query_pairs() {
        let parameter = parameters.iter().find(|parameter| parameter["in"] == "query" && parameter["name"] == *name);
        let schema = &parameter.unwrap_or_else(|| panic!("the document has no query parameter {name}"))["schema"];
        let value = match follow(document, schema)["type"].as_str() {
            Some("integer") => json!(value.parse::<i64>().expect("a number")),
            _ => json!(value),
        };
        assert_valid(&validator(document, schema), &value, &name);
    }
    let scheme = &at(document, "/components/securitySchemes/XAuthToken")["name"];
    assert!(request.header(scheme.as_str().expect("a name")).is_some());
}

async fn call_in_every_way(client: &Client) {
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let templates = || client.list_device_authentication_templates();
    assert!(drain(devices().items()).await.1.is_none());
    assert!(drain(devices().limit(50).pages()).await.1.is_none());
    assert!(drain(devices().limit(7).offset(500).instance_id("i-1").items()).await.1.is_none());
    assert!(drain(devices().limit(50).page_number(11).pages()).await.1.is_none());
    devices().marker("66178ADD3B98944277731D0A").limit(1).offset(0).send().await.expect("a page");
    devices().total().await.expect("a total");
    assert!(drain(templates().items()).await.1.is_none());
    assert!(drain(templates().limit(1).template_name("sample-template-1").pages()).await.1.is_none());
    templates().template_name("a".repeat(128)).limit(50).offset(500).send().await.expect("a page");
    templates().marker("ffffffffffffffffffffffff").total().await.expect("a total");
}

#[tokio::test]
async fn every_request_of_the_client_is_valid() {
    let document = document();
    let (server, client) = serve(620).await;
    server.add_sample_templates(12);
    call_in_every_way(&client).await;
    let requests = server.requests();
    assert!(requests.len() > 50, "{}", requests.len());
    for request in requests {
        assert_request_is_valid(&document, &request);
    }
}

/// A request of the document's, as a client in any language would send it.
struct Call {
    method: &'static str,
    target: String,
    token: Option<&'static str>,
    body: &'static str,
}

impl Call {
    async fn answer(&self, server: &MockServer) -> reqwest::Response {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let method = self.method.parse().expect("a method");
        let mut request = http.request(method, format!("{}{}", server.endpoint(), self.target)).body(self.body);
        if let Some(token) = self.token {
            request = request.header("X-Auth-Token", token);
        }
        request.send().await.expect("an answer")
    }
}

fn devices(body: &'static str) -> Call {
    Call {
        method: "POST",
        target: format!("/v5/iot/p/device-certificates/{CERTIFICATE}/list-device"),
        token: TOKEN,
        body,
    }
}

fn templates(query: &str) -> Call {
    Call { method: "GET", target: format!("/v5/iot/p/device-authentication-templates{query}"), token: TOKEN, body: "" }
}

const TOKEN: Option<&str> = Some(MockServer::TOKEN);

/// Each call with the status and the code that the service gives it.
fn calls() -> Vec<(Call, u16, &'static str)> {
    let call = |method, target: &str| Call { method, target: target.to_owned(), token: TOKEN, body: "" };
    vec![
        (devices("{}"), 200, ""),
        (devices(r#"{"limit": 50, "marker": "66178ADD3B98944277731D0A", "offset": 500}"#), 200, ""),
        (templates(""), 200, ""),
        (templates("?limit=1&offset=1&marker=ffffffffffffffffffffffff&template_name=sample-template-1"), 200, ""),
        (templates("?template_name=none"), 200, ""),
        (devices(r#"{"limit": 51}"#), 400, "IOTDA.000017"),
        (devices(r#"{"limit": 0}"#), 400, "IOTDA.000017"),
        (templates("?limit=51"), 400, "IOTDA.000017"),
        (devices(r#"{"marker": "xyz"}"#), 400, "IOTDA.000018"),
        (templates("?marker=66178add"), 400, "IOTDA.000018"),
        (devices(r#"{"offset": 501}"#), 400, "IOTDA.000006"),
        (devices(r#"{"limit": "10"}"#), 400, "IOTDA.000006"),
        (devices(r#"{"limit": null}"#), 400, "IOTDA.000006"),
        (devices(r#"{"page": 1}"#), 400, "IOTDA.000006"),
        (devices("[]"), 400, "IOTDA.000006"),
        (devices(""), 400, "IOTDA.000006"),
        (templates("?limit=x"), 400, "IOTDA.000006"),
        (templates("?template_name=a%20b"), 400, "IOTDA.000006"),
        (Call { token: None, ..devices("{}") }, 401, "IOTDA.000002"),
        (Call { token: Some("another"), ..templates("") }, 401, "APIG.0301"),
        (call("POST", "/v5/iot/p/device-certificates/unknown/list-device"), 400, "IOTDA.000006"),
        (Call { body: "{}", ..call("POST", "/v5/iot/p/device-certificates/unknown/list-device") }, 404, "IOTDA.015500"),
        (call("GET", &format!("/v5/iot/p/device-certificates/{CERTIFICATE}/list-device")), 404, "APIGW.0101"),
        (call("POST", "/v5/iot/p/device-authentication-templates"), 404, "APIGW.0101"),
        (call("GET", "/v5/iot//device-authentication-templates"), 404, "APIGW.0101"),
        (call("GET", "/"), 404, "APIGW.0101"),
        (call("DELETE", "/v5/iot/p/devices"), 404, "APIGW.0101"),
    ]
}

#[tokio::test]
async fn every_answer_of_the_mock_is_the_services_and_valid() {
    let document = document();
    let (server, _) = serve(620).await;
    server.add_sample_templates(12);
    for (call, status, code) in calls() {
        let what = format!("{} {} {}", call.method, call.target, call.body);
        let answer = call.answer(&server).await;
        assert_eq!(answer.status(), status, "{what}");
        let request_id =
            answer.headers().get("x-request-id").cloned().unwrap_or_else(|| panic!("{what}: no request id"));
        assert_eq!(answer.headers()["content-type"], "application/json", "{what}");
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["error_code"].as_str().unwrap_or_default(), code, "{what}");
        // The gateway's form has the request id in the body too.
        assert_eq!(body.get("request_id").is_some(), code.starts_with("APIG"), "{what}");
        assert!(body.get("request_id").is_none_or(|id| id == request_id.to_str().unwrap()), "{what}");

        let request = server.requests().pop().expect("a request");
        let operation =
            if code == "APIGW.0101" { operations(&document)[0].2 } else { operation_of(&document, &request) };
        let response = follow(&document, &operation["responses"][status.to_string()]);
        assert_valid(&validator(&document, &response["content"]["application/json"]["schema"]), &body, &what);
    }
}
