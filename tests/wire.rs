//! What goes over the wire, as the server receives it. Paths and headers are those of the vendor's two pages.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use huaweicloud_iotda::mock::{MockServer, RecordedRequest};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials};
use serde_json::json;
use support::{CERTIFICATE, serve};

const PROJECT: &str = MockServer::PROJECT_ID;

async fn recorded(server: &MockServer) -> RecordedRequest {
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1, "one call is one request: {requests:?}");
    requests.remove(0)
}

#[tokio::test]
async fn listing_devices_posts_to_the_certificates_path() {
    let (server, client) = serve(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let request = recorded(&server).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, format!("/v5/iot/{PROJECT}/device-certificates/{CERTIFICATE}/list-device"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_body_without_values_is_an_empty_object_and_not_an_empty_body() {
    let (server, client) = serve(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(recorded(&server).await.body, b"{}");
}

#[tokio::test]
async fn the_body_holds_what_was_set_and_nothing_else() {
    let (server, client) = serve(1).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE);
    request.limit(10).marker("ffffffffffffffffffffffff").offset(0).send().await.unwrap();
    // The request example of the vendor's page.
    let example = json!({"limit": 10, "marker": "ffffffffffffffffffffffff", "offset": 0});
    assert_eq!(recorded(&server).await.json(), Some(example));
}

#[tokio::test]
async fn listing_templates_gets_with_a_query_of_what_was_set() {
    let (server, client) = serve(0).await;
    client.list_device_authentication_templates().send().await.unwrap();
    let request = recorded(&server).await;
    assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
    assert_eq!(request.target, format!("/v5/iot/{PROJECT}/device-authentication-templates"));

    server.clear_requests();
    let templates = client.list_device_authentication_templates().template_name("my_Template-1");
    templates.limit(50).offset(500).marker("66178add3b98944277731d0a").send().await.unwrap();
    let request = recorded(&server).await;
    let (path, query) = request.target.split_once('?').expect("a query");
    assert_eq!(path, format!("/v5/iot/{PROJECT}/device-authentication-templates"));
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["limit=50", "marker=66178add3b98944277731d0a", "offset=500", "template_name=my_Template-1"]);
}

#[tokio::test]
async fn the_token_goes_into_its_header_and_the_generators_header_is_not_sent() {
    let (server, client) = serve(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let request = recorded(&server).await;
    assert_eq!(request.header("x-auth-token"), Some(MockServer::TOKEN));
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    // In particular no `api-version`, no `accept-encoding`, no `instance-id`.
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent", "x-auth-token"]);
    client.list_device_authentication_templates().send().await.unwrap();
    let request = server.requests().pop().unwrap();
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "host", "user-agent", "x-auth-token"]);
}

#[tokio::test]
async fn the_user_agent_is_the_crates_name_and_version() {
    let (server, client) = serve(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let expected = format!("huaweicloud-iotda/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(recorded(&server).await.header("user-agent"), Some(expected.as_str()));
}

#[tokio::test]
async fn the_instance_id_is_the_clients_unless_the_request_has_its_own() {
    let (server, _) = serve(1).await;
    let client = server.builder().instance_id("of-the-client").build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    client.list_device_authentication_templates().send().await.unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).instance_id("of-the-request").send().await.unwrap();
    client.list_device_authentication_templates().instance_id("of-the-request").total().await.unwrap();
    let requests = server.requests();
    let ids: Vec<_> = requests.iter().map(|request| request.header("instance-id").unwrap_or_default()).collect();
    assert_eq!(ids, ["of-the-client", "of-the-client", "of-the-request", "of-the-request"]);
}

#[tokio::test]
async fn ids_are_percent_encoded_and_arrive_as_they_were_given() {
    for id in ["a b", "a?b", "a#b", "a%2fb", "%2e%2e", "...", "ä", "a+b", "a;b=c", "{certificate_id}", "a:b@c"] {
        let (server, client) = serve(0).await;
        server.add_sample_devices(id, 2);
        let page = client.list_device_by_device_certificate(id).send().await;
        assert_eq!(page.map(|page| page.items.len()).map_err(|error| error.to_string()), Ok(2), "{id}");
        let target = recorded(&server).await.target;
        assert_eq!(target.split('/').count(), 7, "{id} must stay one segment of {target}");
    }
}

#[tokio::test]
async fn a_path_in_the_endpoint_stands_before_the_operations_path() {
    let (server, _) = serve(1).await;
    let client = server.builder().endpoint(format!("{}/gateway/", server.endpoint())).build().unwrap();
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert_eq!(error.code(), Some("APIGW.0101"), "the mock knows no such path");
    assert!(recorded(&server).await.target.starts_with("/gateway/v5/iot/"));
}

#[tokio::test]
async fn http_settings_are_the_callers_except_for_those_that_the_crate_needs() {
    let (server, _) = serve(1).await;
    let builder = server.builder().configure_http(|http| http.user_agent("inventory/1.0").gzip(true));
    let client = builder.build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let request = recorded(&server).await;
    assert_eq!(request.header("user-agent"), Some("inventory/1.0"));
    assert_eq!(request.header("accept-encoding"), None, "compression stays off");
}

/// A client's configuration without `no_proxy`, which the mock's own has.
fn configuration(endpoint: String, proxy: String) -> ClientBuilder {
    let proxy = reqwest::Proxy::http(proxy).expect("a proxy's address");
    let builder = Client::builder().endpoint(endpoint).project_id(PROJECT);
    builder.credentials(Credentials::token(MockServer::TOKEN)).configure_http(move |http| http.proxy(proxy))
}

#[tokio::test]
async fn a_proxy_is_used_unless_no_proxy_says_otherwise() {
    let ((server, _), (proxy, _)) = (serve(1).await, serve(1).await);
    let builder = || configuration(server.endpoint(), proxy.endpoint()).allow_http(true);
    for (client, expected) in [(builder(), (0, 1)), (builder().no_proxy(), (1, 1))] {
        client.build().unwrap().list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
        assert_eq!((server.requests().len(), proxy.requests().len()), expected);
    }
}

#[tokio::test]
async fn plain_http_to_this_machine_does_not_leave_it_through_a_proxy() {
    let ((server, _), (proxy, _)) = (serve(1).await, serve(1).await);
    let client = configuration(server.endpoint(), proxy.endpoint()).build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}
