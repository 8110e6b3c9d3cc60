//! The bounds of the mock's control routes: those of their OpenAPI document, and of the memory.

use huaweicloud_iotda::mock::MockServer;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::mock_control::{control, enqueue};
use crate::support::{server_with_devices, total};

const MIB: usize = 1024 * 1024;

/// Sends an invalid body, and returns the message of the error.
async fn rejection(server: &MockServer, schema: &str, body: Value) -> String {
    let (method, route) =
        if schema == "QueuedResponse" { (Method::POST, "responses") } else { (Method::PUT, "faults") };
    let response = control(server, method, route, Some(body)).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error_code"], "MOCK.0400");
    error["error_msg"].as_str().unwrap().to_owned()
}

fn schemas() -> Value {
    let document: Value = yaml_serde::from_str(include_str!("../../openapi/mock-control.yaml")).unwrap();
    document["components"]["schemas"].clone()
}

#[tokio::test]
async fn number_outside_of_the_documented_bounds_is_rejected() {
    let server = MockServer::start().await.unwrap();
    let schemas = schemas();
    for (schema, parent) in [("QueuedResponse", None), ("Faults", None), ("Throttle", Some("throttle"))] {
        for (name, property) in schemas[schema]["properties"].as_object().unwrap() {
            let Some((min, max)) = property["minimum"].as_i64().zip(property["maximum"].as_i64()) else { continue };
            for outside in [min.checked_sub(1), max.checked_add(1)].into_iter().flatten() {
                let mut body = json!({ name: outside });
                if let Some(parent) = parent {
                    let throttle =
                        Map::from_iter([("requests".to_owned(), json!(1)), ("window_ms".to_owned(), json!(1))]);
                    body = json!({ parent: throttle });
                    body[parent][name] = json!(outside);
                }
                let message = rejection(&server, schema, body).await;
                let field = parent.map_or(name.clone(), |parent| format!("{parent}.{name}"));
                let expected = format!("`{field}` must be from {min} to {max}, not {outside}.");
                assert_eq!(message, expected);
            }
        }
    }
}

#[tokio::test]
async fn header_that_cannot_be_sent_is_rejected() {
    let server = MockServer::start().await.unwrap();
    for (name, value, expected) in [
        ("X Y", "a", r#"`headers` must have names that HTTP allows, not "X Y"."#),
        ("", "a", r#"`headers` must have names that HTTP allows, not ""."#),
        ("X\r\nY", "a", r#"`headers` must have names that HTTP allows, not "X\r\nY"."#),
        ("X", "a\r\nY: b", r#"`headers.X` must have no line breaks or other control characters, not "a\r\nY: b"."#),
        ("X", "\u{0}", r#"`headers.X` must have no line breaks or other control characters, not "\0"."#),
    ] {
        let body = json!({"status": 200, "headers": { name: value }});
        assert_eq!(rejection(&server, "QueuedResponse", body).await, expected);
    }
    for (name, value, expected) in [
        ("content-length", "abc", r#"`headers.content-length` must be from 0 to 18446744073709551615, not "abc"."#),
        ("content-length", "+5", r#"`headers.content-length` must be from 0 to 18446744073709551615, not "+5"."#),
        ("Transfer-Encoding", "gzip", "`headers` must not contain `Transfer-Encoding`; use `chunked`."),
    ] {
        let body = json!({"status": 200, "headers": { name: value }});
        assert_eq!(rejection(&server, "QueuedResponse", body).await, expected);
    }
    for field in ["chunked", "truncate"] {
        let body = json!({"status": 200, "headers": {"Content-Length": "1"}, field: true});
        let expected = format!("`headers.Content-Length` and `{field}` exclude each other.");
        assert_eq!(rejection(&server, "QueuedResponse", body).await, expected);
    }
    let body = json!({"status": 200, "headers": {"Content-Length": "1", "content-length": "1"}});
    let expected = "`headers` must contain `Content-Length` only once.";
    assert_eq!(rejection(&server, "QueuedResponse", body).await, expected);
    let next = control(&server, Method::POST, "responses", Some(json!({"status": 200}))).await;
    assert_eq!(next.json::<Value>().await.unwrap(), json!({"queued": 1}), "the others are not queued");
}

#[tokio::test]
async fn headers_are_bounded_as_documented() {
    let server = MockServer::start().await.unwrap();
    let headers = schemas()["QueuedResponse"]["properties"]["headers"].clone();
    let count = headers["maxProperties"].as_u64().unwrap() as usize;
    let length = headers["additionalProperties"]["maxLength"].as_u64().unwrap() as usize;
    let with_headers = |count: usize, length: usize| {
        let headers: Map<_, _> = (0..count).map(|number| (format!("X-{number}"), json!("a".repeat(length)))).collect();
        json!({"status": 200, "headers": headers})
    };
    assert_eq!(enqueue(&server, with_headers(count, 1)).await.status(), StatusCode::OK);
    assert_eq!(enqueue(&server, with_headers(1, length)).await.status(), StatusCode::OK);
    let message = rejection(&server, "QueuedResponse", with_headers(count + 1, 1)).await;
    assert_eq!(message, "`headers` must have at most 100 entries, not 101.");
    let message = rejection(&server, "QueuedResponse", with_headers(1, length + 1)).await;
    assert_eq!(message, "`headers.X-0` must have at most 8192 characters, not 8193.");
}

#[tokio::test]
async fn error_is_at_most_as_long_as_documented() {
    let server = MockServer::start().await.unwrap();
    let max = schemas()["ControlError"]["properties"]["error_msg"]["maxLength"].as_u64().unwrap();
    let long = "ä".repeat(10_000);
    for body in [json!({"status": long}), json!({ long.as_str(): 1 }), json!({"status": 200, "headers": {long: "a"}})] {
        let message = rejection(&server, "QueuedResponse", body).await;
        assert!(message.chars().count() as u64 <= max, "{message}");
    }
}

#[tokio::test]
async fn number_of_queued_responses_is_bounded() {
    let server = MockServer::start().await.unwrap();
    for _ in 0..100 {
        assert_eq!(enqueue(&server, json!({"status": 500, "times": 1000})).await.status(), StatusCode::OK);
    }
    let message = rejection(&server, "QueuedResponse", json!({"status": 500})).await;
    assert_eq!(message, "There must be at most 100000 queued responses, not 100001.");
}

#[tokio::test]
async fn response_for_many_requests_is_stored_once_and_the_size_of_the_queue_is_bounded() {
    let (server, client) = server_with_devices(1).await;
    let body = json!({"status": 500, "text": "a".repeat(10 * MIB), "times": 1000});
    for queued in 1..=6 {
        let response = enqueue(&server, body.clone()).await;
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"queued": queued * 1000}));
    }
    let message = rejection(&server, "QueuedResponse", body.clone()).await;
    assert_eq!(message, "Queued responses must have at most 67108864 bytes in total, not 73400320.");
    assert_eq!(total(&client).await.unwrap_err().status(), Some(500));
    server.reset();
    assert_eq!(enqueue(&server, body).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn response_that_was_sent_to_all_of_its_requests_does_not_count() {
    let (server, client) = server_with_devices(1).await;
    let body = json!({"status": 500, "text": "a".repeat(10 * MIB), "times": 2});
    for _ in 0..8 {
        assert_eq!(enqueue(&server, body.clone()).await.status(), StatusCode::OK);
        for _ in 0..2 {
            assert_eq!(total(&client).await.unwrap_err().status(), Some(500));
        }
    }
    assert_eq!(total(&client).await.unwrap(), 1);
}
