//! The mock server: behavior that its users rely on and that the client's tests do not cover.

use std::time::Duration;

use futures::TryStreamExt;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device, sample_template};
use huaweicloud_iotda::spec;
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple, Marker};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{CERTIFICATE, server_with_devices};

/// Sends this text on a new connection, and returns all that the server sends until it closes the connection.
async fn exchange(server: &MockServer, sent: &str) -> String {
    let port = Url::parse(&server.endpoint()).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    String::from_utf8(received).unwrap()
}

fn record_number(record: &Marker) -> u128 {
    u128::from_str_radix(record.as_str(), 16).unwrap()
}

const REQUEST_AND_CLOSE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn device_names(server: &MockServer, certificate: &str) -> Vec<String> {
    let client = server.client().unwrap();
    let devices: Vec<DeviceSimple> =
        client.list_device_by_device_certificate(certificate).items().try_collect().await.unwrap();
    devices.into_iter().filter_map(|device| device.device_name).collect()
}

#[tokio::test]
async fn device_is_inserted_at_its_record_id() {
    let server = MockServer::start().await.unwrap();
    let first = server.add_device(CERTIFICATE, sample_device(1));
    let third = server.add_device(CERTIFICATE, sample_device(3));
    let between = Marker::try_from(format!("{}ff", &first.as_str()[..22])).unwrap();
    assert!(first.as_str() < between.as_str());
    assert!(between.as_str() < third.as_str());
    assert_eq!(server.insert_device(CERTIFICATE, &between, sample_device(2)), None);
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-3", "sample-device-2", "sample-device-1"]);
}

#[tokio::test]
async fn inserted_device_replaces_the_one_with_its_record_id() {
    let server = MockServer::start().await.unwrap();
    let first = server.add_device(CERTIFICATE, sample_device(1));
    server.add_device(CERTIFICATE, sample_device(3));
    assert_eq!(server.insert_device(CERTIFICATE, &first, sample_device(9)), Some(sample_device(1)));
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-3", "sample-device-9"]);
}

#[tokio::test]
async fn removed_device_is_returned_once_and_not_listed() {
    let server = MockServer::start().await.unwrap();
    let first = server.add_device(CERTIFICATE, sample_device(1));
    server.add_device(CERTIFICATE, sample_device(3));
    assert_eq!(server.remove_device("another", &first), None);
    assert_eq!(server.remove_device(CERTIFICATE, &first), Some(sample_device(1)));
    assert_eq!(server.remove_device(CERTIFICATE, &first), None);
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-3"]);
}

#[tokio::test]
async fn templates_can_be_added_and_removed_at_runtime() {
    let server = MockServer::start().await.unwrap();
    let template = server.add_template(AuthenticationTemplateSimple::default());
    let templates = server.client().unwrap().list_device_authentication_templates();
    assert_eq!(templates.clone().total().await.unwrap(), 1);
    assert_eq!(server.remove_template(&template), Some(AuthenticationTemplateSimple::default()));
    assert_eq!(templates.total().await.unwrap(), 0);
}

#[tokio::test]
async fn device_added_after_an_inserted_one_is_newer() {
    let server = MockServer::start().await.unwrap();
    let high: Marker = "700000000000000000000000".parse().unwrap();
    server.insert_device(CERTIFICATE, &high, sample_device(1));
    let newer = server.add_device(CERTIFICATE, sample_device(2));
    assert!(newer.as_str() > high.as_str());
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-2", "sample-device-1"]);
}

#[tokio::test]
async fn device_added_after_the_highest_record_ids_gets_a_lower_unique_id_and_is_listed() {
    let server = MockServer::start().await.unwrap();
    for top in ["ffffffffffffffffffffffff", "fffffffffffffffffffffffe", "FFFFFFFFFFFFFFFFFFFFFF00"] {
        server.insert_device(CERTIFICATE, &top.parse().unwrap(), sample_device(9));
    }
    let added = server.add_sample_devices(CERTIFICATE, 3);
    assert!(added.is_sorted_by(|older, newer| older.as_str() < newer.as_str()), "{added:?}");
    // The record at 24 times f is not listed, because a marker is an exclusive upper bound.
    let names = ["sample-device-9", "sample-device-9", "sample-device-3", "sample-device-2", "sample-device-1"];
    assert_eq!(device_names(&server, CERTIFICATE).await, names);
    for (record, number) in added.iter().zip(1..) {
        assert_eq!(server.remove_device(CERTIFICATE, record), Some(sample_device(number)));
    }
}

#[tokio::test]
async fn added_device_never_replaces_an_inserted_one() {
    let server = MockServer::start().await.unwrap();
    let two = server.add_sample_devices("another", 2);
    let step = record_number(&two[1]) - record_number(&two[0]);
    // The highest record ID that raises later ones. The next ID after it is in use.
    let below_maximum: Marker = "fffeffffffffffffffffffff".parse().unwrap();
    let above_maximum: Marker = format!("{:024x}", record_number(&below_maximum) + step).parse().unwrap();
    server.insert_device(CERTIFICATE, &above_maximum, sample_device(9));
    server.insert_device(CERTIFICATE, &below_maximum, sample_device(1));
    assert!(server.add_device(CERTIFICATE, sample_device(2)).as_str() > above_maximum.as_str());
    let names = ["sample-device-2", "sample-device-9", "sample-device-1"];
    assert_eq!(device_names(&server, CERTIFICATE).await, names);
}

#[tokio::test]
async fn certificates_have_separate_devices_and_can_have_none() {
    let server = MockServer::start().await.unwrap();
    server.add_sample_devices("a", 2);
    server.add_certificate("b");
    server.add_certificate("a");
    assert_eq!(device_names(&server, "a").await.len(), 2, "a certificate that is added again keeps its devices");
    assert!(device_names(&server, "b").await.is_empty());
    let error = server.client().unwrap().list_device_by_device_certificate("c").send().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.code(), Some("IOTDA.015500"));
}

#[tokio::test]
async fn record_id_is_not_a_field_of_a_device() {
    let (server, client) = server_with_devices(0).await;
    let records = server.add_sample_devices(CERTIFICATE, 1);
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(page.next_marker.as_ref(), Some(&records[0]));
    assert!(!format!("{:?}", page.items).contains(records[0].as_str()));
}

#[tokio::test]
async fn tokens_can_be_added_and_removed_at_runtime() {
    let (server, client) = server_with_devices(1).await;
    let total = || client.list_device_by_device_certificate(CERTIFICATE).total();
    assert!(server.remove_token(MockServer::TOKEN));
    assert!(!server.remove_token(MockServer::TOKEN));
    assert!(total().await.unwrap_err().is_unauthorized());
    server.add_token(MockServer::TOKEN);
    assert_eq!(total().await.unwrap(), 1);
}

#[tokio::test]
async fn queued_responses_are_sent_in_order_before_the_records() {
    let (server, client) = server_with_devices(1).await;
    let status = async || match client.list_device_by_device_certificate(CERTIFICATE).send().await {
        Ok(_) => Some(200),
        Err(error) => error.status(),
    };
    server.enqueue(MockResponse::new(500));
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(1)));
    server.enqueue(MockResponse::disconnect());
    server.enqueue(MockResponse::new(429));
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(status().await);
    }
    assert_eq!(statuses, [Some(500), Some(200), None, Some(429), Some(200)]);
    assert_eq!(server.requests().len(), 5, "each request is recorded, with or without a response");
}

#[tokio::test]
async fn queued_response_is_sent_unchanged() {
    let (server, _) = server_with_devices(0).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    server.enqueue(
        MockResponse::new(418).header("X-A", "1").header("x-a", "2").header("X-Request-Id", "mine").body("tea"),
    );
    let response = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(response.headers()["x-request-id"], "mine");
    assert_eq!(response.headers()["content-length"], "3");
    assert!(response.headers().contains_key("date"));
    assert_eq!(response.text().await.unwrap(), "tea");

    server.enqueue(MockResponse::new(200).json(&json!({"a": 1})).chunked());
    let response = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(response.content_length(), None);
    assert_eq!(response.text().await.unwrap(), r#"{"a":1}"#);
}

#[tokio::test]
async fn response_that_http_cannot_represent_closes_the_connection() {
    let (server, _) = server_with_devices(0).await;
    for status in [0, 99, 100, 101, 103, 199, 1000] {
        server.enqueue(MockResponse::new(status));
        assert_eq!(exchange(&server, REQUEST_AND_CLOSE).await, "", "{status}");
    }
    let length = |value| MockResponse::new(200).body("tea").header("Content-Length", value);
    let chunked = MockResponse::new(200).header("Transfer-Encoding", "chunked");
    let bad_name = MockResponse::new(200).header("bad name", "1");
    for response in [bad_name, length("x"), length("3").header("Content-Length", "4"), chunked.clone()] {
        server.enqueue(response.clone());
        assert_eq!(exchange(&server, REQUEST_AND_CLOSE).await, "", "{response:?}");
    }
    let add_header = |response: MockResponse, number| response.header(format!("x-{number}"), "1");
    server.enqueue((0..40_000).fold(MockResponse::new(200), add_header));
    assert_eq!(exchange(&server, REQUEST_AND_CLOSE).await, "", "more headers than the HTTP library supports");
    server.enqueue(chunked.chunked());
    assert!(exchange(&server, REQUEST_AND_CLOSE).await.ends_with("\r\n\r\n0\r\n\r\n"));
    server.enqueue(MockResponse::new(999));
    assert!(exchange(&server, REQUEST_AND_CLOSE).await.starts_with("HTTP/1.1 999 "));
}

#[tokio::test]
async fn statuses_204_and_304_are_sent_without_a_body_and_its_length() {
    let (server, _) = server_with_devices(0).await;
    for status in [204, 304] {
        let with_body = MockResponse::new(status).body("tea");
        let framed = MockResponse::new(status).header("Content-Length", "3").header("Transfer-Encoding", "chunked");
        let plain = [MockResponse::new(status), with_body.clone(), framed, with_body.clone().chunked()];
        for response in plain.into_iter().chain([with_body.truncate_body()]) {
            server.enqueue(response.clone());
            let received = exchange(&server, REQUEST_AND_CLOSE).await.to_ascii_lowercase();
            assert!(received.starts_with(&format!("http/1.1 {status} ")), "{response:?}: {received}");
            assert!(received.ends_with("\r\n\r\n"), "{response:?}: {received}");
            assert!(received.contains("x-request-id: "), "{response:?}: {received}");
            assert!(!received.contains("content-length"), "{received}");
            assert!(!received.contains("transfer-encoding"), "{received}");
        }
    }
}

#[tokio::test]
async fn invalid_http_is_rejected_without_a_request_id_and_is_not_recorded() {
    let (server, _) = server_with_devices(0).await;
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    for (sent, status) in [("no HTTP at all\r\n\r\n", "400"), (many_headers.as_str(), "431")] {
        let received = exchange(&server, sent).await;
        assert!(received.starts_with(&format!("HTTP/1.1 {status} ")), "{received}");
        assert!(!received.to_ascii_lowercase().contains("x-request-id"), "{received}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn truncated_body_declares_more_bytes_than_are_sent() {
    let (server, _) = server_with_devices(0).await;
    server.enqueue(MockResponse::new(200).body("half").truncate_body());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut response = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn requests_are_recorded_unchanged_and_shown_without_credentials() {
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate("a b").send().await.unwrap_err();
    let request = server.requests().remove(0);
    assert!(request.target.ends_with("/device-certificates/a%20b/list-device"), "{}", request.target);
    assert_eq!(request.header("X-AUTH-TOKEN"), Some(MockServer::TOKEN));
    assert_eq!(request.json(), Some(json!({})));
    assert!(!format!("{request:?}").contains(MockServer::TOKEN));
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn dropped_server_refuses_connections() {
    let (server, client) = server_with_devices(1).await;
    assert!(client.list_device_by_device_certificate(CERTIFICATE).send().await.is_ok());
    drop(server);
    // The connections end with the server, once the runtime has polled them.
    tokio::task::yield_now().await;
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!(error.kind(), huaweicloud_iotda::ErrorKind::Connection);
}

#[tokio::test]
async fn openapi_document_is_served_without_a_credential() {
    let (server, _) = server_with_devices(0).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let original: Value = serde_json::from_str(spec::OPENAPI_JSON).unwrap();
    for (path, media_type) in [("/openapi.yaml", "application/yaml"), ("/openapi.json", "application/json")] {
        for query in ["", "?v=1"] {
            let response = http.get(format!("{}{path}{query}", server.endpoint())).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 200);
            assert_eq!(response.headers()["content-type"], media_type);
            assert!(response.headers().contains_key("x-request-id"));
            // JSON is YAML, too.
            let mut document: Value = yaml_serde::from_str(&response.text().await.unwrap()).unwrap();
            let first = document["servers"].as_array_mut().unwrap().remove(0);
            assert_eq!(first["url"], server.endpoint());
            assert!(document == original, "{path}{query} is not the OpenAPI document with this server");
        }
        let response = http.post(format!("{}{path}", server.endpoint())).send().await.unwrap();
        assert_eq!(response.status(), 404);
        assert!(response.text().await.unwrap().contains("APIGW.0101"), "{path} is read-only");
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn sample_records_have_all_fields() {
    let document: Value = serde_json::from_str(spec::OPENAPI_JSON).unwrap();
    let device = serde_json::to_value(sample_device(10)).unwrap();
    let template = serde_json::to_value(sample_template(1)).unwrap();
    for (schema, record) in [("DeviceSimple", device), ("AuthenticationTemplateSimple", template)] {
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        for name in properties.keys() {
            assert!(!record[name].is_null(), "set {schema}.{name} in src/mock/sample.rs");
        }
    }
}

#[test]
fn sample_devices_differ_and_have_the_documented_gateways() {
    assert_ne!(sample_device(1), sample_device(2));
    for number in [10, 20, 30] {
        assert_eq!(sample_device(number).gateway_id, sample_device(number - 1).device_id);
        assert_eq!(sample_device(number + 1).gateway_id, sample_device(number + 1).device_id);
    }
}
