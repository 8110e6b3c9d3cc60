//! Contract tests: every request of the client and every response of the mock is valid according to the OpenAPI
//! document.

mod check;

use check::{ParsedRequest, parameters, violations};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockServer, RecordedRequest};
use serde_json::{Value, json};

use crate::support::document::{assert_valid, at, document, follow, operations, validator};
use crate::support::{CERTIFICATE, collect_until_error, server_with_devices};

const INSTANCE: &str = "7b5d6a2e-3f1c-4f0e-9a58-0d7c2b1e4f60";

async fn send_every_kind_of_request(client: &Client) {
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let templates = || client.list_device_authentication_templates();
    assert!(collect_until_error(devices().items()).await.1.is_none());
    assert!(collect_until_error(devices().limit(50).pages()).await.1.is_none());
    assert!(collect_until_error(devices().limit(7).offset(500).instance_id(INSTANCE).items()).await.1.is_none());
    assert!(collect_until_error(devices().limit(50).page_number(11).pages()).await.1.is_none());
    devices().marker("66178ADD3B98944277731D0A").limit(1).offset(0).send().await.expect("a page");
    devices().total().await.expect("a total");
    assert!(collect_until_error(templates().instance_id(INSTANCE).items()).await.1.is_none());
    assert!(collect_until_error(templates().limit(1).template_name("sample-template-1").pages()).await.1.is_none());
    templates().template_name("a".repeat(128)).limit(50).offset(500).send().await.expect("a page");
    templates().marker("ffffffffffffffffffffffff").total().await.expect("a total");
}

#[tokio::test]
async fn client_requests_match_the_openapi_document() {
    let document = document();
    let (server, client) = server_with_devices(620).await;
    server.add_sample_templates(12);
    send_every_kind_of_request(&client).await;
    let requests = server.requests();
    assert!(requests.len() > 50, "{}", requests.len());
    for request in &requests {
        assert_eq!(violations(&document, request), [""; 0], "{request:?}");
    }
    // Only parameters that were sent have been checked: each parameter must be sent at least once, with the caller's
    // IDs.
    let sent: Vec<_> = requests.iter().filter_map(|request| ParsedRequest::read(&document, request)).collect();
    for (path, _, operation) in operations(&document) {
        for parameter in parameters(&document, operation) {
            let of_operation = sent.iter().filter(|sent| sent.operation == operation);
            let values: Vec<_> = of_operation.flat_map(|sent| sent.values(parameter)).collect();
            assert!(!values.is_empty(), "{path}: no request has {parameter}");
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

/// A request of each operation, sent by the client.
async fn one_request_per_operation() -> (RecordedRequest, RecordedRequest) {
    let (server, client) = server_with_devices(0).await;
    client.list_device_by_device_certificate(CERTIFICATE).instance_id(INSTANCE).send().await.expect("a page");
    client.list_device_authentication_templates().limit(1).send().await.expect("a page");
    let mut requests = server.requests().into_iter();
    (requests.next().expect("a request"), requests.next().expect("a request"))
}

#[tokio::test]
async fn violations_detects_every_kind_of_invalid_request() {
    let document = document();
    let (devices, templates) = one_request_per_operation().await;
    let assert_rejected = |request: &RecordedRequest, change: &dyn Fn(&mut RecordedRequest)| {
        let mut invalid = request.clone();
        change(&mut invalid);
        assert!(&invalid != request, "{invalid:?}");
        assert!(!violations(&document, &invalid).is_empty(), "{invalid:?}");
    };
    for request in [&devices, &templates] {
        assert_eq!(violations(&document, request), [""; 0]);
        assert_rejected(request, &|request| request.method = "PUT".to_owned());
        assert_rejected(request, &|request| request.target = request.target.replace(MockServer::PROJECT_ID, ""));
        assert_rejected(request, &|request| request.target = request.target.replace("/v5/", "/v6/"));
        assert_rejected(request, &|request| request.headers.retain(|(name, _)| name != "x-auth-token"));
    }
    assert_rejected(&devices, &|request| request.target = request.target.replace(CERTIFICATE, ""));
    assert_rejected(&devices, &|request| request.target.push_str("/more"));
    assert_rejected(&devices, &|request| request.target.push_str("?limit=1"));
    assert_rejected(&devices, &|request| request.headers.push(("Instance-Id".to_owned(), "another".to_owned())));
    assert_rejected(&devices, &|request| request.headers.retain(|(name, _)| name != "content-type"));
    for body in ["", "{", "[]", r#"{"limit": 51}"#, r#"{"page": 1}"#] {
        assert_rejected(&devices, &|request| request.body = body.into());
    }
    for limit in ["51", "x", "", "%2B1", "1&limit=2", "1&page=2"] {
        assert_rejected(&templates, &|request| {
            request.target = request.target.replace("limit=1", &format!("limit={limit}"))
        });
    }
    assert_rejected(&templates, &|request| request.body = b"{}".to_vec());
}

/// Sets a schema keyword of every parameter with this name.
fn set_keyword(document: &mut Value, name: &str, pointer: &str, keyword: &str, value: &Value) {
    if document["name"] == name && document.get("in").is_some() {
        document.pointer_mut(pointer).expect("an object")[keyword] = value.clone();
    }
    let values: Vec<_> = match document {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => vec![],
    };
    values.into_iter().for_each(|inner| set_keyword(inner, name, pointer, keyword, value));
}

/// The OpenAPI document has few constraints for IDs; this adds some.
#[tokio::test]
async fn violations_checks_ids_against_their_schemas() {
    let (devices, templates) = one_request_per_operation().await;
    let valid = |name, pointer, keyword, value| {
        let mut document = document();
        set_keyword(&mut document, name, pointer, keyword, &value);
        [&devices, &templates].map(|request| violations(&document, request).is_empty())
    };
    assert_eq!(
        valid("Instance-Id", "/schema", "maxLength", json!(2)),
        [false, true],
        "the second request has no Instance-Id"
    );
    assert_eq!(valid("Instance-Id", "", "required", json!(true)), [true, false]);
    assert_eq!(valid("certificate_id", "/schema", "maxLength", json!(2)), [false, true]);
    assert_eq!(valid("project_id", "/schema", "maxLength", json!(2)), [false, false]);
}

/// A request that a client in any language could send.
struct RawRequest {
    method: &'static str,
    target: String,
    token: Option<&'static str>,
    body: String,
}

impl RawRequest {
    async fn send(&self, server: &MockServer) -> reqwest::Response {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let method = self.method.parse().expect("a method");
        let mut request = http.request(method, format!("{}{}", server.endpoint(), self.target)).body(self.body.clone());
        if let Some(token) = self.token {
            request = request.header("X-Auth-Token", token);
        }
        request.send().await.expect("a response")
    }
}

fn devices(body: &str) -> RawRequest {
    RawRequest {
        method: "POST",
        target: format!("/v5/iot/p/device-certificates/{CERTIFICATE}/list-device"),
        token: TOKEN,
        body: body.to_owned(),
    }
}

fn templates(query: &str) -> RawRequest {
    RawRequest {
        method: "GET",
        target: format!("/v5/iot/p/device-authentication-templates{query}"),
        token: TOKEN,
        body: String::new(),
    }
}

const TOKEN: Option<&str> = Some(MockServer::TOKEN);

/// Each request with the status and the code of the service's response.
fn requests_with_responses() -> Vec<(RawRequest, u16, &'static str)> {
    let call =
        |method, target: &str| RawRequest { method, target: target.to_owned(), token: TOKEN, body: String::new() };
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
        (RawRequest { token: None, ..devices("{}") }, 401, "IOTDA.000002"),
        (RawRequest { token: Some("another"), ..templates("") }, 401, "APIG.0301"),
        (call("POST", "/v5/iot/p/device-certificates/unknown/list-device"), 400, "IOTDA.000006"),
        (
            RawRequest { body: "{}".to_owned(), ..call("POST", "/v5/iot/p/device-certificates/unknown/list-device") },
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
async fn mock_responses_match_the_service_and_the_openapi_document() {
    let document = document();
    let (server, _) = server_with_devices(620).await;
    server.add_sample_templates(12);
    for (call, status, code) in requests_with_responses() {
        let what = format!("{} {} {}", call.method, call.target, call.body);
        let response = call.send(&server).await;
        assert_eq!(response.status(), status, "{what}");
        let request_id =
            response.headers().get("x-request-id").cloned().unwrap_or_else(|| panic!("{what}: no request ID"));
        assert_eq!(response.headers()["content-type"], "application/json", "{what}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body["error_code"].as_str().unwrap_or_default(), code, "{what}");
        // The gateway also puts the request ID into the body.
        assert_eq!(body.get("request_id").is_some(), code.starts_with("APIG"), "{what}");
        assert!(body.get("request_id").is_none_or(|id| id == request_id.to_str().unwrap()), "{what}");

        let request = server.requests().pop().expect("a request");
        // For an unknown path, any operation will do: the gateway's response is the same.
        let operation =
            ParsedRequest::read(&document, &request).map_or(operations(&document)[0].2, |sent| sent.operation);
        let documented = follow(&document, &operation["responses"][status.to_string()]);
        assert_valid(&validator(&document, &documented["content"]["application/json"]["schema"]), &body, &what);
    }
}

#[tokio::test]
async fn mock_uses_the_documented_defaults_of_missing_values() {
    let document = document();
    let (server, _) = server_with_devices(60).await;
    let default = |schema: &str| at(&document, &format!("/components/schemas/{schema}"))["default"].clone();
    let defaults =
        json!({"limit": default("PageLimit"), "offset": default("PageOffset"), "marker": default("PageMarker")});
    let mut responses = Vec::new();
    for body in [json!({}), defaults] {
        let response: Value = devices(&body.to_string()).send(&server).await.json().await.expect("JSON");
        responses.push(response);
    }
    assert_eq!(responses[0], responses[1]);
    assert_eq!(
        responses[0]["devices"].as_array().map(Vec::len),
        default("PageLimit").as_u64().map(|limit| limit as usize)
    );
}
