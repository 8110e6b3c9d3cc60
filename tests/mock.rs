//! The mock as a server of its own: what its users rely on beyond what the client needs.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use futures::TryStreamExt;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device, sample_template};
use huaweicloud_iotda::spec;
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple, Marker};
use reqwest::Url;
use serde_json::json;
use support::{CERTIFICATE, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// All bytes that the server sends, until it closes the connection, to one who sends these.
async fn exchange(server: &MockServer, sent: &str) -> String {
    let port = Url::parse(&server.endpoint()).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    String::from_utf8(received).unwrap()
}

fn number(record: &Marker) -> u128 {
    u128::from_str_radix(record.as_str(), 16).unwrap()
}

const LAST_REQUEST: &str = "GET / HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n";

async fn device_names(server: &MockServer, certificate: &str) -> Vec<String> {
    let client = server.client().unwrap();
    let devices: Vec<DeviceSimple> =
        client.list_device_by_device_certificate(certificate).items().try_collect().await.unwrap();
    devices.into_iter().filter_map(|device| device.device_name).collect()
}

#[tokio::test]
async fn records_can_be_added_inserted_and_removed_while_it_runs() {
    let server = MockServer::start().await.unwrap();
    let first = server.add_device(CERTIFICATE, sample_device(1));
    let third = server.add_device(CERTIFICATE, sample_device(3));
    let between = Marker::try_from(format!("{}ff", &first.as_str()[..22])).unwrap();
    assert!(first.as_str() < between.as_str() && between.as_str() < third.as_str());
    assert_eq!(server.insert_device(CERTIFICATE, &between, sample_device(2)), None);
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-3", "sample-device-2", "sample-device-1"]);

    assert_eq!(server.remove_device(CERTIFICATE, &between), Some(sample_device(2)));
    assert_eq!(server.remove_device(CERTIFICATE, &between), None);
    assert_eq!(server.remove_device("another", &first), None);
    assert_eq!(server.insert_device(CERTIFICATE, &first, sample_device(9)), Some(sample_device(1)));
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-3", "sample-device-9"]);

    let template = server.add_template(AuthenticationTemplateSimple::default());
    let templates = server.client().unwrap().list_device_authentication_templates();
    assert_eq!(templates.clone().total().await.unwrap(), 1);
    assert_eq!(server.remove_template(&template), Some(AuthenticationTemplateSimple::default()));
    assert_eq!(templates.total().await.unwrap(), 0);
}

#[tokio::test]
async fn a_record_added_after_an_inserted_one_is_newer() {
    let server = MockServer::start().await.unwrap();
    let high: Marker = "700000000000000000000000".parse().unwrap();
    server.insert_device(CERTIFICATE, &high, sample_device(1));
    let newer = server.add_device(CERTIFICATE, sample_device(2));
    assert!(newer.as_str() > high.as_str());
    assert_eq!(device_names(&server, CERTIFICATE).await, ["sample-device-2", "sample-device-1"]);
}

#[tokio::test]
async fn a_record_added_after_one_at_the_very_top_has_an_id_of_its_own_and_is_listed() {
    let server = MockServer::start().await.unwrap();
    for top in ["ffffffffffffffffffffffff", "fffffffffffffffffffffffe", "FFFFFFFFFFFFFFFFFFFFFF00"] {
        server.insert_device(CERTIFICATE, &top.parse().unwrap(), sample_device(9));
    }
    let added = server.add_sample_devices(CERTIFICATE, 3);
    assert!(added.is_sorted_by(|older, newer| older.as_str() < newer.as_str()), "{added:?}");
    // No marker asks for the record at 24 times f: only smaller ids are listed.
    let names = ["sample-device-9", "sample-device-9", "sample-device-3", "sample-device-2", "sample-device-1"];
    assert_eq!(device_names(&server, CERTIFICATE).await, names);
    for (record, number) in added.iter().zip(1..) {
        assert_eq!(server.remove_device(CERTIFICATE, record), Some(sample_device(number)));
    }
}

#[tokio::test]
async fn an_added_record_never_replaces_an_inserted_one() {
    let server = MockServer::start().await.unwrap();
    let two = server.add_sample_devices("another", 2);
    let step = number(&two[1]) - number(&two[0]);
    // The highest one that added ones follow; the next id after it is taken already.
    let followed: Marker = "fffeffffffffffffffffffff".parse().unwrap();
    let taken: Marker = format!("{:024x}", number(&followed) + step).parse().unwrap();
    server.insert_device(CERTIFICATE, &taken, sample_device(9));
    server.insert_device(CERTIFICATE, &followed, sample_device(1));
    assert!(server.add_device(CERTIFICATE, sample_device(2)).as_str() > taken.as_str());
    let names = ["sample-device-2", "sample-device-9", "sample-device-1"];
    assert_eq!(device_names(&server, CERTIFICATE).await, names);
}

#[tokio::test]
async fn certificates_have_devices_of_their_own_and_may_have_none() {
    let server = MockServer::start().await.unwrap();
    server.add_sample_devices("a", 2);
    server.add_certificate("b");
    server.add_certificate("a");
    assert_eq!(device_names(&server, "a").await.len(), 2, "adding a certificate again changes nothing");
    assert!(device_names(&server, "b").await.is_empty());
    let error = server.client().unwrap().list_device_by_device_certificate("c").send().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("IOTDA.015500")));
}

#[tokio::test]
async fn a_record_id_is_no_field_of_a_device() {
    let (server, client) = serve(0).await;
    let records = server.add_sample_devices(CERTIFICATE, 1);
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(page.next_marker.as_ref(), Some(&records[0]));
    assert!(!format!("{:?}", page.items).contains(records[0].as_str()));
}

#[tokio::test]
async fn tokens_are_taken_and_refused_while_it_runs() {
    let (server, client) = serve(1).await;
    let total = || client.list_device_by_device_certificate(CERTIFICATE).total();
    assert!(server.remove_token(MockServer::TOKEN) && !server.remove_token(MockServer::TOKEN));
    assert!(total().await.unwrap_err().is_unauthorized());
    server.add_token(MockServer::TOKEN);
    assert_eq!(total().await.unwrap(), 1);
}

#[tokio::test]
async fn scripted_answers_are_given_in_order_and_then_the_records_again() {
    let (server, client) = serve(1).await;
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
    assert_eq!(server.requests().len(), 5, "every request is recorded, answered or not");
}

#[tokio::test]
async fn a_scripted_answer_is_what_goes_out() {
    let (server, _) = serve(0).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    server.enqueue(
        MockResponse::new(418).header("X-A", "1").header("x-a", "2").header("X-Request-Id", "mine").body("tea"),
    );
    let answer = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(
        (&answer.headers()["x-request-id"], &answer.headers()["content-length"]),
        (&"mine".parse().unwrap(), &"3".parse().unwrap())
    );
    assert!(answer.headers().contains_key("date"));
    assert_eq!(answer.text().await.unwrap(), "tea");

    server.enqueue(MockResponse::new(200).json(&json!({"a": 1})).chunked());
    let answer = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(answer.content_length(), None);
    assert_eq!(answer.text().await.unwrap(), r#"{"a":1}"#);
}

#[tokio::test]
async fn what_http_can_not_hold_closes_the_connection() {
    let (server, _) = serve(0).await;
    for status in [0, 99, 100, 101, 103, 199, 1000] {
        server.enqueue(MockResponse::new(status));
        assert_eq!(exchange(&server, LAST_REQUEST).await, "", "{status}");
    }
    let length = |value| MockResponse::new(200).body("tea").header("Content-Length", value);
    let chunked = MockResponse::new(200).header("Transfer-Encoding", "chunked");
    let bad_name = MockResponse::new(200).header("bad name", "1");
    for answer in [bad_name, length("x"), length("3").header("Content-Length", "4"), chunked.clone()] {
        server.enqueue(answer.clone());
        assert_eq!(exchange(&server, LAST_REQUEST).await, "", "{answer:?}");
    }
    server
        .enqueue((0..40_000).fold(MockResponse::new(200), |answer, number| answer.header(format!("x-{number}"), "1")));
    assert_eq!(exchange(&server, LAST_REQUEST).await, "", "more headers than HTTP's library holds");
    server.enqueue(chunked.chunked());
    assert!(exchange(&server, LAST_REQUEST).await.ends_with("\r\n\r\n0\r\n\r\n"));
    server.enqueue(MockResponse::new(999));
    assert!(exchange(&server, LAST_REQUEST).await.starts_with("HTTP/1.1 999 "));
}

#[tokio::test]
async fn a_status_without_a_body_goes_out_without_one_and_without_its_length() {
    let (server, _) = serve(0).await;
    for status in [204, 304] {
        let with_body = MockResponse::new(status).body("tea");
        let framed = MockResponse::new(status).header("Content-Length", "3").header("Transfer-Encoding", "chunked");
        let plain = [MockResponse::new(status), with_body.clone(), framed, with_body.clone().chunked()];
        for answer in plain.into_iter().chain([with_body.truncate_body()]) {
            server.enqueue(answer.clone());
            let received = exchange(&server, LAST_REQUEST).await.to_ascii_lowercase();
            assert!(received.starts_with(&format!("http/1.1 {status} ")), "{answer:?}: {received}");
            assert!(received.ends_with("\r\n\r\n") && received.contains("x-request-id: "), "{answer:?}: {received}");
            assert!(!received.contains("content-length") && !received.contains("transfer-encoding"), "{received}");
        }
    }
}

#[tokio::test]
async fn what_is_no_http_gets_an_answer_that_is_not_the_services_and_is_not_recorded() {
    let (server, _) = serve(0).await;
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    for (sent, status) in [("no HTTP at all\r\n\r\n", "400"), (many_headers.as_str(), "431")] {
        let received = exchange(&server, sent).await;
        assert!(received.starts_with(&format!("HTTP/1.1 {status} ")), "{received}");
        assert!(!received.to_ascii_lowercase().contains("x-request-id"), "{received}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_cut_body_announces_more_than_it_sends() {
    let (server, _) = serve(0).await;
    server.enqueue(MockResponse::new(200).body("half").truncate_body());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut answer = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
    assert!(answer.chunk().await.is_err());
}

#[tokio::test]
async fn requests_are_recorded_as_they_came_and_shown_without_credentials() {
    let (server, client) = serve(1).await;
    client.list_device_by_device_certificate("a b").send().await.unwrap_err();
    let request = server.requests().remove(0);
    assert!(request.target.ends_with("/device-certificates/a%20b/list-device"), "{}", request.target);
    assert_eq!((request.header("X-AUTH-TOKEN"), request.json()), (Some(MockServer::TOKEN), Some(json!({}))));
    assert!(!format!("{request:?}").contains(MockServer::TOKEN));
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_dropped_server_answers_no_more() {
    let (server, client) = serve(1).await;
    assert!(client.list_device_by_device_certificate(CERTIFICATE).send().await.is_ok());
    drop(server);
    // Its connections end with it; the runtime must run once for that.
    tokio::task::yield_now().await;
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!(error.kind(), huaweicloud_iotda::ErrorKind::Connection);
}

#[tokio::test]
async fn the_document_is_served_as_it_is_to_whoever_asks() {
    let (server, _) = serve(0).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (path, media_type, text) in [
        ("/openapi.yaml", "application/yaml", spec::OPENAPI_YAML),
        ("/openapi.json", "application/json", spec::OPENAPI_JSON),
    ] {
        for query in ["", "?v=1"] {
            let answer = http.get(format!("{}{path}{query}", server.endpoint())).send().await.unwrap();
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["content-type"]),
                (200, &media_type.parse().unwrap())
            );
            assert!(answer.headers().contains_key("x-request-id"));
            assert!(answer.text().await.unwrap() == text, "{path}{query} is not the document");
        }
        let answer = http.post(format!("{}{path}", server.endpoint())).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        assert!(answer.text().await.unwrap().contains("APIGW.0101"), "{path}: only to be read");
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn sample_records_have_every_field_and_differ() {
    assert_ne!(sample_device(1), sample_device(2));
    assert_eq!(serde_json::to_value(sample_device(10)).unwrap().as_object().unwrap().len(), 6);
    for number in [10, 20, 30] {
        assert_eq!(sample_device(number).gateway_id, sample_device(number - 1).device_id);
        assert_eq!(sample_device(number + 1).gateway_id, sample_device(number + 1).device_id);
    }
    assert_eq!(serde_json::to_value(sample_template(1)).unwrap().as_object().unwrap().len(), 6);
}
