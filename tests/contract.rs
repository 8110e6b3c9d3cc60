//! The client and the mock against the document: every request that the client sends, and every answer that the mock
//! gives, is valid there.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "contract/check.rs"]
mod check;
mod support;

use check::{Sent, faults, parameters};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockServer, RecordedRequest};
use serde_json::{Value, json};
use support::document::{assert_valid, at, document, follow, operations, validator};
use support::{CERTIFICATE, drain, serve};

const INSTANCE: &str = "7b5d6a2e-3f1c-4f0e-9a58-0d7c2b1e4f60";

async fn call_in_every_way(client: &Client) {
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let templates = || client.list_device_authentication_templates();
    assert!(drain(devices().items()).await.1.is_none());
    assert!(drain(devices().limit(50).pages()).await.1.is_none());
    assert!(drain(devices().limit(7).offset(500).instance_id(INSTANCE).items()).await.1.is_none());
    assert!(drain(devices().limit(50).page_number(11).pages()).await.1.is_none());
    devices().marker("66178ADD3B98944277731D0A").limit(1).offset(0).send().await.expect("a page");
    devices().total().await.expect("a total");
    assert!(drain(templates().instance_id(INSTANCE).items()).await.1.is_none());
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
    for request in &requests {
        assert_eq!(faults(&document, request), [""; 0], "{request:?}");
    }
    // Only what is sent was checked: nothing of the document may be left out, and the ids are the caller's.
    let sent: Vec<_> = requests.iter().filter_map(|request| Sent::read(&document, request)).collect();
    for (path, _, operation) in operations(&document) {
        for parameter in parameters(&document, operation) {
            let of_operation = sent.iter().filter(|sent| sent.operation == operation);
            let values: Vec<_> = of_operation.flat_map(|sent| sent.values(parameter)).collect();
            assert!(!values.is_empty(), "{path}: nothing sends {parameter}");
            let id = match parameter["name"].as_str() {
                Some("project_id") => MockServer::PROJECT_ID,
                Some("certificate_id") => CERTIFICATE,
                Some("Instance-Id") => INSTANCE,
                _ => continue,
            };
            assert!(values.iter().all(|value| *value == id), "{path}: {values:?}");
        }
    }
}

/// A request of each operation, as the client sends it.
async fn one_of_each() -> (RecordedRequest, RecordedRequest) {
    let (server, client) = serve(0).await;
    client.list_device_by_device_certificate(CERTIFICATE).instance_id(INSTANCE).send().await.expect("a page");
    client.list_device_authentication_templates().limit(1).send().await.expect("a page");
    let mut requests = server.requests().into_iter();
    (requests.next().expect("a request"), requests.next().expect("a request"))
}

#[tokio::test]
async fn the_check_of_requests_sees_every_kind_of_fault() {
    let document = document();
    let (devices, templates) = one_of_each().await;
    let assert_broken = |request: &RecordedRequest, change: &dyn Fn(&mut RecordedRequest)| {
        let mut broken = request.clone();
        change(&mut broken);
        assert!(&broken != request && !faults(&document, &broken).is_empty(), "{broken:?}");
    };
    for request in [&devices, &templates] {
        assert_eq!(faults(&document, request), [""; 0]);
        assert_broken(request, &|request| request.method = "PUT".to_owned());
        assert_broken(request, &|request| request.target = request.target.replace(MockServer::PROJECT_ID, ""));
        assert_broken(request, &|request| request.target = request.target.replace("/v5/", "/v6/"));
        assert_broken(request, &|request| request.headers.retain(|(name, _)| name != "x-auth-token"));
    }
    assert_broken(&devices, &|request| request.target = request.target.replace(CERTIFICATE, ""));
    assert_broken(&devices, &|request| request.target.push_str("/more"));
    assert_broken(&devices, &|request| request.target.push_str("?limit=1"));
    assert_broken(&devices, &|request| request.headers.push(("Instance-Id".to_owned(), "another".to_owned())));
    assert_broken(&devices, &|request| request.headers.retain(|(name, _)| name != "content-type"));
    for body in ["", "{", "[]", r#"{"limit": 51}"#, r#"{"page": 1}"#] {
        assert_broken(&devices, &|request| request.body = body.into());
    }
    for limit in ["51", "x", "", "%2B1", "1&limit=2", "1&page=2"] {
        assert_broken(&templates, &|request| {
            request.target = request.target.replace("limit=1", &format!("limit={limit}"))
        });
    }
    assert_broken(&templates, &|request| request.body = b"{}".to_vec());
}

/// Sets a keyword of every parameter of this name.
fn set(document: &mut Value, name: &str, pointer: &str, keyword: &str, value: &Value) {
    if document["name"] == name && document.get("in").is_some() {
        document.pointer_mut(pointer).expect("an object")[keyword] = value.clone();
    }
    let values: Vec<_> = match document {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => vec![],
    };
    values.into_iter().for_each(|inner| set(inner, name, pointer, keyword, value));
}

/// The document asks little of these; were it to ask more, the check would see it.
#[tokio::test]
async fn the_check_of_requests_holds_ids_against_their_own_schemas() {
    let (devices, templates) = one_of_each().await;
    let valid = |name, pointer, keyword, value| {
        let mut document = document();
        set(&mut document, name, pointer, keyword, &value);
        [&devices, &templates].map(|request| faults(&document, request).is_empty())
    };
    assert_eq!(valid("Instance-Id", "/schema", "maxLength", json!(2)), [false, true], "the second sends none");
    assert_eq!(valid("Instance-Id", "", "required", json!(true)), [true, false]);
    assert_eq!(valid("certificate_id", "/schema", "maxLength", json!(2)), [false, true]);
    assert_eq!(valid("project_id", "/schema", "maxLength", json!(2)), [false, false]);
}

/// A request of the document's, as a client in any language would send it.
struct Call {
    method: &'static str,
    target: String,
    token: Option<&'static str>,
    body: String,
}

impl Call {
    async fn answer(&self, server: &MockServer) -> reqwest::Response {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let method = self.method.parse().expect("a method");
        let mut request = http.request(method, format!("{}{}", server.endpoint(), self.target)).body(self.body.clone());
        if let Some(token) = self.token {
            request = request.header("X-Auth-Token", token);
        }
        request.send().await.expect("an answer")
    }
}

fn devices(body: &str) -> Call {
    Call {
        method: "POST",
        target: format!("/v5/iot/p/device-certificates/{CERTIFICATE}/list-device"),
        token: TOKEN,
        body: body.to_owned(),
    }
}

fn templates(query: &str) -> Call {
    Call {
        method: "GET",
        target: format!("/v5/iot/p/device-authentication-templates{query}"),
        token: TOKEN,
        body: String::new(),
    }
}

const TOKEN: Option<&str> = Some(MockServer::TOKEN);

/// Each call with the status and the code that the service gives it.
fn calls() -> Vec<(Call, u16, &'static str)> {
    let call = |method, target: &str| Call { method, target: target.to_owned(), token: TOKEN, body: String::new() };
    vec![
        (devices("{}"), 200, ""),
        (devices(r#"{"limit": 50, "marker": "66178ADD3B98944277731D0A", "offset": 500}"#), 200, ""),
        (devices(r#"{"limit": 10.0, "offset": 5e2}"#), 200, ""),
        (templates(""), 200, ""),
        (templates("?limit=1&offset=1&marker=ffffffffffffffffffffffff&template_name=sample-template-1"), 200, ""),
        (templates("?template_name=none"), 200, ""),
        (templates(&format!("?template_name={}", "a".repeat(128))), 200, ""),
        (devices(r#"{"limit": 51}"#), 400, "IOTDA.000017"),
        (devices(r#"{"limit": 0}"#), 400, "IOTDA.000017"),
        (devices(r#"{"limit": -1.0}"#), 400, "IOTDA.000017"),
        (devices(r#"{"limit": 1e300}"#), 400, "IOTDA.000017"),
        (devices(r#"{"limit": 18446744073709551615}"#), 400, "IOTDA.000017"),
        (templates("?limit=51"), 400, "IOTDA.000017"),
        (templates("?limit=-1"), 400, "IOTDA.000017"),
        (templates("?limit=99999999999999999999"), 400, "IOTDA.000017"),
        (devices(r#"{"marker": "xyz"}"#), 400, "IOTDA.000018"),
        (templates("?marker="), 400, "IOTDA.000018"),
        (templates("?marker=66178add3b98944277731d0"), 400, "IOTDA.000018"),
        (templates("?marker=66178add3b98944277731d0a0"), 400, "IOTDA.000018"),
        (devices(r#"{"offset": 501}"#), 400, "IOTDA.000006"),
        (devices(r#"{"offset": -1}"#), 400, "IOTDA.000006"),
        (devices(r#"{"limit": "10"}"#), 400, "IOTDA.000006"),
        (devices(r#"{"limit": 10.5}"#), 400, "IOTDA.000006"),
        (devices(r#"{"limit": null}"#), 400, "IOTDA.000006"),
        (devices(r#"{"page": 1}"#), 400, "IOTDA.000006"),
        (devices("[]"), 400, "IOTDA.000006"),
        (devices(""), 400, "IOTDA.000006"),
        (templates("?limit=x"), 400, "IOTDA.000006"),
        (templates("?limit="), 400, "IOTDA.000006"),
        (templates("?limit=10.0"), 400, "IOTDA.000006"),
        (templates("?limit=%2B5"), 400, "IOTDA.000006"),
        (templates("?limit=+5"), 400, "IOTDA.000006"),
        (templates("?offset=%2B0"), 400, "IOTDA.000006"),
        (templates("?offset=-0"), 400, "IOTDA.000006"),
        (templates("?marker=%2B6178add3b98944277731d0a"), 400, "IOTDA.000018"),
        (templates("?template_name="), 400, "IOTDA.000006"),
        (templates(&format!("?template_name={}", "a".repeat(129))), 400, "IOTDA.000006"),
        (templates("?template_name=a%20b"), 400, "IOTDA.000006"),
        (templates("?template_name=%C3%A4"), 400, "IOTDA.000006"),
        (Call { token: None, ..devices("{}") }, 401, "IOTDA.000002"),
        (Call { token: Some("another"), ..templates("") }, 401, "APIG.0301"),
        (call("POST", "/v5/iot/p/device-certificates/unknown/list-device"), 400, "IOTDA.000006"),
        (
            Call { body: "{}".to_owned(), ..call("POST", "/v5/iot/p/device-certificates/unknown/list-device") },
            404,
            "IOTDA.015500",
        ),
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
        // The gateway's answer to an unknown path is the same at every known one.
        let operation = Sent::read(&document, &request).map_or(operations(&document)[0].2, |sent| sent.operation);
        let response = follow(&document, &operation["responses"][status.to_string()]);
        assert_valid(&validator(&document, &response["content"]["application/json"]["schema"]), &body, &what);
    }
}

#[tokio::test]
async fn the_mock_takes_the_documents_default_for_a_value_that_is_not_sent() {
    let document = document();
    let (server, _) = serve(60).await;
    let default = |schema: &str| at(&document, &format!("/components/schemas/{schema}"))["default"].clone();
    let defaults =
        json!({"limit": default("PageLimit"), "offset": default("PageOffset"), "marker": default("PageMarker")});
    let mut answers = Vec::new();
    for body in [json!({}), defaults] {
        let answer: Value = devices(&body.to_string()).answer(&server).await.json().await.expect("JSON");
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(
        answers[0]["devices"].as_array().map(Vec::len),
        default("PageLimit").as_u64().map(|limit| limit as usize)
    );
}
