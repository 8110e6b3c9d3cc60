//! Requests as the server receives them. Paths and headers are those of the vendor's pages of the two operations.

use huaweicloud_iotda::mock::{MockServer, RecordedRequest};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials};
use serde_json::json;

use crate::support::{CERTIFICATE, server_with_devices};

const PROJECT: &str = MockServer::PROJECT_ID;

/// Returns the only request of the server.
fn single_request(server: &MockServer) -> RecordedRequest {
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

#[tokio::test]
async fn listing_devices_posts_to_the_path_of_the_certificate() {
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let request = single_request(&server);
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, format!("/v5/iot/{PROJECT}/device-certificates/{CERTIFICATE}/list-device"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn request_without_parameters_sends_an_empty_json_object() {
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(single_request(&server).body, b"{}");
}

#[tokio::test]
async fn request_body_contains_only_the_parameters_that_are_set() {
    let (server, client) = server_with_devices(1).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE);
    request.limit(10).marker("ffffffffffffffffffffffff").offset(0).send().await.unwrap();
    // The request example on the vendor's page.
    let example = json!({"limit": 10, "marker": "ffffffffffffffffffffffff", "offset": 0});
    assert_eq!(single_request(&server).json(), Some(example));
}

#[tokio::test]
async fn listing_templates_sends_get_without_query_by_default() {
    let (server, client) = server_with_devices(0).await;
    client.list_device_authentication_templates().send().await.unwrap();
    let request = single_request(&server);
    assert_eq!(request.method, "GET");
    assert_eq!(request.body, b"");
    assert_eq!(request.target, format!("/v5/iot/{PROJECT}/device-authentication-templates"));
}

#[tokio::test]
async fn listing_templates_sends_its_parameters_in_the_query() {
    let (server, client) = server_with_devices(0).await;
    let templates = client.list_device_authentication_templates().template_name("my_Template-1");
    templates.limit(50).offset(500).marker("66178add3b98944277731d0a").send().await.unwrap();
    let request = single_request(&server);
    let (path, query) = request.target.split_once('?').expect("a query");
    assert_eq!(path, format!("/v5/iot/{PROJECT}/device-authentication-templates"));
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["limit=50", "marker=66178add3b98944277731d0a", "offset=500", "template_name=my_Template-1"]);
}

#[tokio::test]
async fn token_is_sent_in_its_header() {
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(single_request(&server).header("x-auth-token"), Some(MockServer::TOKEN));
}

/// The sorted names of the headers.
fn header_names(request: &RecordedRequest) -> Vec<&str> {
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn requests_contain_only_the_expected_headers() {
    // In particular no `api-version` (of the generated client), `accept-encoding` or `instance-id`.
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let expected = ["accept", "content-length", "content-type", "host", "user-agent", "x-auth-token"];
    assert_eq!(header_names(&single_request(&server)), expected);

    server.clear_requests();
    client.list_device_authentication_templates().send().await.unwrap();
    assert_eq!(header_names(&single_request(&server)), ["accept", "host", "user-agent", "x-auth-token"]);
}

#[tokio::test]
async fn user_agent_is_the_name_and_version_of_the_crate() {
    let (server, client) = server_with_devices(1).await;
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    let expected = format!("huaweicloud-iotda/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(single_request(&server).header("user-agent"), Some(expected.as_str()));
}

#[tokio::test]
async fn instance_id_of_the_request_overrides_the_one_of_the_client() {
    let (server, _) = server_with_devices(1).await;
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
async fn certificate_ids_are_percent_encoded() {
    for id in ["a b", "a?b", "a#b", "a%2fb", "%2e%2e", "...", "ä", "a+b", "a;b=c", "{certificate_id}", "a:b@c"] {
        let (server, client) = server_with_devices(0).await;
        server.add_sample_devices(id, 2);
        let page = client.list_device_by_device_certificate(id).send().await;
        assert_eq!(page.map(|page| page.items.len()).map_err(|error| error.to_string()), Ok(2), "{id}");
        let target = single_request(&server).target;
        assert_eq!(target.split('/').count(), 7, "{id} must be one segment of {target}");
    }
}

#[tokio::test]
async fn path_of_the_endpoint_precedes_the_path_of_the_operation() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().endpoint(format!("{}/gateway/", server.endpoint())).build().unwrap();
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert_eq!(error.code(), Some("APIGW.0101"), "the mock has no such path");
    assert!(single_request(&server).target.starts_with("/gateway/v5/iot/"));
}

#[tokio::test]
async fn configure_http_sets_the_user_agent() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().configure_http(|http| http.user_agent("inventory/1.0")).build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(single_request(&server).header("user-agent"), Some("inventory/1.0"));
}

#[tokio::test]
async fn configure_http_cannot_enable_compression() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().configure_http(|http| http.gzip(true)).build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(single_request(&server).header("accept-encoding"), None);
}

/// A builder with a proxy. Unlike the builder of the mock, it does not set `no_proxy`.
fn builder_with_proxy(endpoint: String, proxy: String) -> ClientBuilder {
    let proxy = reqwest::Proxy::http(proxy).expect("a proxy URL");
    let builder = Client::builder().endpoint(endpoint).project_id(PROJECT);
    builder.credentials(Credentials::token(MockServer::TOKEN)).configure_http(move |http| http.proxy(proxy))
}

#[tokio::test]
async fn no_proxy_disables_the_proxy() {
    let ((server, _), (proxy, _)) = (server_with_devices(1).await, server_with_devices(1).await);
    let builder = || builder_with_proxy(server.endpoint(), proxy.endpoint()).allow_http(true);
    let with_proxy = builder().build().unwrap();
    with_proxy.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(server.requests().len(), 0);
    assert_eq!(proxy.requests().len(), 1);

    let without_proxy = builder().no_proxy().build().unwrap();
    without_proxy.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn loopback_http_requests_bypass_the_proxy() {
    let ((server, _), (proxy, _)) = (server_with_devices(1).await, server_with_devices(1).await);
    let client = builder_with_proxy(server.endpoint(), proxy.endpoint()).build().unwrap();
    client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(proxy.requests().len(), 0);
}
