//! The mock as a server of its own: what its users rely on beyond what the client needs.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use futures::TryStreamExt;
use huaweicloud_iotda::mock::{Answer, MockServer, sample_device, sample_template};
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple, Marker};
use serde_json::json;
use support::{CERTIFICATE, serve};

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
    assert_eq!(page.next.as_ref(), Some(&records[0]));
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
    server.script(Answer::new(500));
    server.script(Answer::from_records().delay(Duration::from_millis(1)));
    server.script(Answer::cut());
    server.script(Answer::new(429));
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
    server.script(Answer::new(418).header("X-A", "1").header("x-a", "2").header("X-Request-Id", "mine").body("tea"));
    let answer = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(
        (&answer.headers()["x-request-id"], &answer.headers()["content-length"]),
        (&"mine".parse().unwrap(), &"3".parse().unwrap())
    );
    assert!(answer.headers().contains_key("date"));
    assert_eq!(answer.text().await.unwrap(), "tea");

    server.script(Answer::new(200).json(&json!({"a": 1})).without_length());
    let answer = http.get(server.endpoint()).send().await.unwrap();
    assert_eq!(answer.content_length(), None);
    assert_eq!(answer.text().await.unwrap(), r#"{"a":1}"#);

    server.script(Answer::new(200).header("bad name", "1"));
    assert!(http.get(server.endpoint()).send().await.is_err(), "what HTTP can't hold closes the connection");
}

#[tokio::test]
async fn a_cut_body_announces_more_than_it_sends() {
    let (server, _) = serve(0).await;
    server.script(Answer::new(200).body("half").cut_in_body());
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
