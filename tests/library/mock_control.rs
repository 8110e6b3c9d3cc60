//! The control routes of the mock, for tests in other languages.

use std::collections::BTreeSet;
use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};
use huaweicloud_iotda::{ErrorKind, RetryPolicy};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::keys::{server_with_key, wrong_secret_builder};
use crate::support::{CERTIFICATE, server_with_devices, total};

/// Sends a request to a control route.
pub(crate) async fn control(server: &MockServer, method: Method, route: &str, body: Option<Value>) -> Response {
    let url = format!("{}/mock/{route}", server.endpoint());
    let http = Client::builder().no_proxy().build().unwrap();
    let request = http.request(method, url);
    let request = if let Some(body) = body { request.json(&body) } else { request };
    request.send().await.unwrap()
}

pub(crate) async fn enqueue(server: &MockServer, body: Value) -> Response {
    control(server, Method::POST, "responses", Some(body)).await
}

async fn recorded(server: &MockServer) -> Value {
    control(server, Method::GET, "requests", None).await.json().await.unwrap()
}

#[tokio::test]
async fn queued_responses_are_sent_in_order_and_as_often_as_requested() {
    let (server, client) = server_with_devices(3).await;
    let response = enqueue(&server, json!({"status": 503, "times": 2})).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.json::<Value>().await.unwrap(), json!({"queued": 2}));
    let body = json!({"error_code": "APIGW.0308", "error_msg": "too many"});
    enqueue(&server, json!({"status": 429, "headers": {"Retry-After": "7"}, "json": body})).await;
    for _ in 0..2 {
        assert_eq!(total(&client).await.unwrap_err().status(), Some(503));
    }
    let error = total(&client).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(429), Some("APIGW.0308")));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(total(&client).await.unwrap(), 3);
}

#[tokio::test]
async fn connection_failures_can_be_queued() {
    let (server, client) = server_with_devices(3).await;
    for body in [
        json!({"disconnect": true}),
        json!({"disconnect": true, "reset": true}),
        json!({"status": 200, "json": {"devices": []}, "truncate": true}),
        json!({"status": 200, "text": "{\"devices\": []}", "truncate": true, "reset": true}),
    ] {
        assert_eq!(enqueue(&server, body.clone()).await.status(), StatusCode::OK);
        assert_eq!(total(&client).await.unwrap_err().kind(), ErrorKind::Connection, "{body}");
    }
    // A delay alone changes nothing else.
    enqueue(&server, json!({"delay_ms": 1})).await;
    assert_eq!(total(&client).await.unwrap(), 3);
}

#[tokio::test]
async fn body_and_headers_of_a_queued_response_are_sent_as_given() {
    let server = MockServer::start().await.unwrap();
    let http = Client::builder().no_proxy().build().unwrap();
    for (body, content_type, text) in [
        (json!({"status": 502, "text": "<html>"}), None, "<html>"),
        (json!({"status": 200, "json": null}), Some("application/json"), "null"),
        (json!({"status": 200, "json": [1], "headers": {"content-type": "text/x"}}), Some("text/x"), "[1]"),
        (json!({"status": 200, "text": "abc", "chunked": true}), None, "abc"),
        (json!({"status": 200, "text": "abc", "trickle_ms": 1}), None, "abc"),
    ] {
        assert_eq!(enqueue(&server, body.clone()).await.status(), StatusCode::OK, "{body}");
        let response = http.get(server.endpoint()).send().await.unwrap();
        let sent = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent.as_deref(), content_type, "{body}");
        assert_eq!(response.content_length().is_none(), body.get("chunked").is_some(), "{body}");
        assert_eq!(response.text().await.unwrap(), text);
    }
}

#[tokio::test]
async fn invalid_input_is_rejected_with_the_reason() {
    let server = MockServer::start().await.unwrap();
    for (route, body, reason) in [
        ("responses", json!({"status": 199}), "`status` must be from 200 to 999, not 199"),
        ("responses", json!({"state": 500}), "unknown field `state`"),
        ("responses", json!({"status": 500, "disconnect": true}), "exclude each other"),
        ("responses", json!({"status": 500, "json": 1, "text": "1"}), "`json` and `text`"),
        ("responses", json!({"status": 500, "truncate": true, "chunked": true}), "`truncate` and `chunked`"),
        ("responses", json!({"text": "a"}), "require `status`"),
        ("responses", json!({"reset": true}), "`reset` requires"),
        ("responses", json!([]), "invalid type"),
        ("faults", json!({"rate": 1.5}), "`rate` must be from 0 to 1, not 1.5"),
        ("faults", json!({"throttle": {"requests": 1}}), "missing field `window_ms`"),
        ("responses", json!({"status": null}), "`status` is invalid: invalid type: null"),
        ("responses", json!({"status": 200, "text": null}), "`text` is invalid: invalid type: null"),
        ("faults", json!({"throttle": null}), "`throttle` is invalid: invalid type: null"),
        ("responses", json!({"status": "503"}), "`status` is invalid: invalid type: string \"503\""),
    ] {
        let method = if route == "faults" { Method::PUT } else { Method::POST };
        let response = control(&server, method, route, Some(body.clone())).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error_code"], "MOCK.0400");
        assert!(error["error_msg"].as_str().unwrap().contains(reason), "{error}");
    }
    assert_eq!(control(&server, Method::POST, "responses", None).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn unknown_control_route_is_not_found() {
    let server = MockServer::start().await.unwrap();
    for (method, route) in [(Method::GET, "responses"), (Method::GET, ""), (Method::POST, "unknown")] {
        let response = control(&server, method, route, None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{route}");
        assert_eq!(response.json::<Value>().await.unwrap()["error_code"], "MOCK.0404");
    }
}

#[tokio::test]
async fn recorded_requests_are_listed_without_credentials() {
    let (server, client) = server_with_devices(3).await;
    total(&client).await.unwrap();
    let login = format!("{}/v3/auth/tokens", server.endpoint());
    let http = Client::builder().no_proxy().build().unwrap();
    http.post(login).json(&json!({"auth": {"password": "my-password"}})).send().await.unwrap();
    let list = recorded(&server).await;
    assert_eq!(list["count"], 2);
    let [first, second] = list["requests"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(first["method"], "POST");
    assert!(first["target"].as_str().unwrap().ends_with(&format!("/{CERTIFICATE}/list-device")), "{first}");
    assert_eq!(first["body"], r#"{"limit":1}"#);
    assert!(first["headers"].as_array().unwrap().contains(&json!({"name": "x-auth-token", "value": "[redacted]"})));
    assert_eq!(second["body"], "[redacted]");
    for secret in [MockServer::TOKEN, "my-password"] {
        assert!(!list.to_string().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn control_requests_are_not_recorded_and_take_no_queued_response() {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(503));
    server.set_faults(Faults::default().rate(1.0));
    assert_eq!(recorded(&server).await, json!({"count": 0, "requests": []}));
    assert_eq!(total(&client).await.unwrap_err().status(), Some(503));
    assert_eq!(recorded(&server).await["count"], 1);
    assert_eq!(control(&server, Method::DELETE, "requests", None).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn faults_replace_the_initial_ones_until_the_reset() {
    let (server, client) = server_with_devices(3).await;
    server.set_faults(Faults::default().rate(1.0));
    assert_eq!(control(&server, Method::PUT, "faults", Some(json!({}))).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(total(&client).await.unwrap(), 3);
    control(&server, Method::POST, "reset", None).await;
    assert!(total(&client).await.is_err());
}

#[tokio::test]
async fn throttle_limits_the_requests_of_a_window() {
    let (server, client) = server_with_devices(3).await;
    for (hide_limit, message) in [(false, "limit:2,time:60 second"), (true, "throttled")] {
        let throttle = json!({"requests": 2, "window_ms": 60_000, "hide_limit": hide_limit});
        control(&server, Method::PUT, "faults", Some(json!({"throttle": throttle}))).await;
        for _ in 0..2 {
            assert_eq!(total(&client).await.unwrap(), 3);
        }
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.status(), Some(429));
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[tokio::test]
async fn fault_rate_and_latency_are_set() {
    let (server, client) = server_with_devices(3).await;
    let faults = json!({"rate": 1, "seed": 3, "latency_ms": 1});
    control(&server, Method::PUT, "faults", Some(faults)).await;
    assert!(total(&client).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn reset_removes_queued_responses_and_recorded_requests_and_unlocks_keys() {
    let server = server_with_key(3).await;
    for _ in 0..6 {
        // Each client is new, because a client does not send a rejected key again.
        assert!(total(&wrong_secret_builder(&server).build().unwrap()).await.unwrap_err().is_unauthorized());
    }
    let client = crate::support::keys::signing_builder(&server);
    let client = client.retry_policy(RetryPolicy::none()).build().unwrap();
    assert!(total(&client).await.unwrap_err().to_string().contains("locked"));
    enqueue(&server, json!({"status": 503})).await;
    assert_eq!(control(&server, Method::POST, "reset", None).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(server.request_count(), 0);
    let client = crate::support::keys::signing_builder(&server).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 3);
}

/// Returns the method and the path of each operation of the OpenAPI document.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()));
        methods.collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

#[tokio::test]
async fn document_of_the_control_routes_is_served_and_its_examples_are_accepted() {
    let server = MockServer::start().await.unwrap();
    let text = control(&server, Method::GET, "openapi.yaml", None).await.text().await.unwrap();
    assert_eq!(text, include_str!("../../openapi/mock-control.yaml"));
    let document: Value = yaml_serde::from_str(&text).unwrap();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let examples = operation["requestBody"]["content"]["application/json"]["examples"].as_object();
        let bodies =
            examples.map_or(vec![None], |all| all.values().map(|example| Some(example["value"].clone())).collect());
        for body in bodies {
            let route = path.strip_prefix("/mock/").unwrap();
            let response = control(&server, method.parse().unwrap(), route, body.clone()).await;
            let status = response.status();
            assert!(status.is_success(), "{method} {path} {body:?}");
            assert!(!operation["responses"][status.as_str()].is_null(), "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn fields_in_the_document_are_the_accepted_ones() {
    let server = MockServer::start().await.unwrap();
    let document: Value = yaml_serde::from_str(include_str!("../../openapi/mock-control.yaml")).unwrap();
    for (route, schema) in [("responses", "QueuedResponse"), ("faults", "Faults")] {
        let method = if route == "faults" { Method::PUT } else { Method::POST };
        let response = control(&server, method, route, Some(json!({"unknown": 1}))).await;
        let error: Value = response.json().await.unwrap();
        let (_, accepted) = error["error_msg"].as_str().unwrap().split_once("expected one of ").unwrap();
        let accepted: BTreeSet<_> = accepted.split('`').skip(1).step_by(2).collect();
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), accepted);
    }
}

#[tokio::test]
async fn curl_commands_in_the_guide_are_accepted() {
    let server = MockServer::start().await.unwrap();
    let commands: Vec<_> =
        include_str!("../../docs/mock.md").lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let body = command.split('\'').nth(1).map(|body| body.parse().unwrap());
        let method = command
            .split_once("-X ")
            .map_or(if body.is_some() { "POST" } else { "GET" }, |(_, rest)| rest.split(' ').next().unwrap());
        let route = command.rsplit_once("/mock/").unwrap().1;
        let response = control(&server, method.parse().unwrap(), route, body).await;
        assert!(response.status().is_success(), "{command}: {response:?}");
    }
}
