//! The host names that the mock accepts (DNS rebinding).

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use reqwest::header::{HOST, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

async fn request(server: &MockServer, method: Method, path: &str, host: &str) -> Response {
    let http = Client::builder().no_proxy().build().unwrap();
    http.request(method, format!("{}{path}", server.endpoint())).header("host", host).send().await.unwrap()
}

/// Starts a server that accepts only IP addresses and `localhost`.
async fn restricted_server() -> MockServer {
    let server = MockServer::start().await.unwrap();
    server.restrict_hosts([""; 0]);
    server
}

async fn is_accepted(server: &MockServer, host: &str) -> bool {
    request(server, Method::GET, "/openapi.yaml", host).await.status() == StatusCode::OK
}

#[tokio::test]
async fn other_host_name_is_rejected_on_every_route() {
    let server = restricted_server().await;
    server.enqueue(MockResponse::new(503));
    for (method, path) in [
        (Method::GET, "/mock/requests"),
        (Method::POST, "/mock/reset"),
        (Method::GET, "/openapi.yaml"),
        (Method::OPTIONS, "/mock/reset"),
        (Method::GET, "/v5/iot/p/device-authentication-templates"),
    ] {
        let response = request(&server, method, path, "page.example:8080").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["error_code"], "MOCK.0403");
        let expected = "Requests to the host name \"page.example\" are not allowed; allow it with `--allow-host` or \
                        `MockServer::restrict_hosts`.";
        assert_eq!(error["error_msg"], expected);
    }
    assert_eq!(server.request_count(), 0);
    let response = request(&server, Method::GET, "/openapi.yaml", "localhost").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "the queued response is not used");
}

#[tokio::test]
async fn addresses_and_localhost_are_accepted() {
    let server = restricted_server().await;
    for host in ["localhost", "LocalHost:1", "mock.localhost:80", "127.0.0.1", "127.0.0.2:1", "[::1]:80", "[::1]"] {
        assert!(is_accepted(&server, host).await, "{host}");
    }
    // A page cannot change what an address is.
    for host in ["10.0.2.2:8080", "[2001:db8::1]:80"] {
        assert!(is_accepted(&server, host).await, "{host}");
    }
    for host in ["mock", "localhost.example", "127.0.0.1.example", "mylocalhost", "[x]", "[::1].example", "::1.x:1"] {
        assert!(!is_accepted(&server, host).await, "{host}");
    }
}

/// Containers call each other by the names of their services.
#[tokio::test]
async fn server_for_other_machines_accepts_names_without_a_dot() {
    let server = MockServer::start_at(([0, 0, 0, 0], 0)).await.unwrap();
    server.restrict_hosts([""; 0]);
    assert!(is_accepted(&server, "iotda-mock:8080").await);
    assert!(!is_accepted(&server, "iotda-mock.example:8080").await);
}

#[tokio::test]
async fn any_name_is_accepted_by_default() {
    let server = MockServer::start().await.unwrap();
    assert!(is_accepted(&server, "iotda.cn-north-4.myhuaweicloud.com").await);
}

#[tokio::test]
async fn allowed_host_name_is_accepted() {
    let server = MockServer::start().await.unwrap();
    server.restrict_hosts(["mock.example.com"]);
    assert!(is_accepted(&server, "Mock.example.com:8080").await);
    assert!(!is_accepted(&server, "other.mock.example.com").await);
    server.restrict_hosts(["*"]);
    assert!(is_accepted(&server, "other.mock.example.com").await);
}

#[tokio::test]
async fn each_of_several_host_names_must_be_allowed() {
    let server = restricted_server().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let mut hosts = HeaderMap::new();
    hosts.append(HOST, HeaderValue::from_static("localhost"));
    hosts.append(HOST, HeaderValue::from_static("page.example"));
    let request = http.get(format!("{}/openapi.yaml", server.endpoint())).headers(hosts);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}
