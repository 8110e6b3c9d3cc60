//! The mock for pages in a browser (CORS), HEAD requests, and the address in the served OpenAPI document.

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::support::{CERTIFICATE, server_with_devices};

const PAGE: &str = "http://localhost:8000";

fn request(server: &MockServer, method: Method, path: &str, headers: &[(&'static str, &str)]) -> RequestBuilder {
    let http = Client::builder().no_proxy().build().unwrap();
    let headers =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    http.request(method, format!("{}{path}", server.endpoint())).headers(headers.collect::<HeaderMap>())
}

fn list_devices() -> String {
    format!("/v5/iot/p/device-certificates/{CERTIFICATE}/list-device")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn preflight_request_gets_a_response_and_is_not_recorded() {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(MockResponse::new(503));
    let headers = [
        ("origin", PAGE),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-auth-token"),
    ];
    let response = request(&server, Method::OPTIONS, &list_devices(), &headers).send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(header(response.headers(), "access-control-allow-origin"), Some(PAGE));
    assert_eq!(header(response.headers(), "access-control-allow-headers"), Some("content-type,x-auth-token"));
    assert!(header(response.headers(), "access-control-allow-methods").unwrap().contains("POST"));
    assert_eq!(server.request_count(), 0);
    let response = request(&server, Method::POST, &list_devices(), &[]).send().await.unwrap();
    assert_eq!(response.status(), 503, "the queued response is not used");
}

#[tokio::test]
async fn options_without_a_preflight_header_is_an_unknown_route() {
    let (server, _) = server_with_devices(1).await;
    let response = request(&server, Method::OPTIONS, &list_devices(), &[("origin", PAGE)]).send().await.unwrap();
    assert_eq!(response.status(), 404);
}

#[tokio::test]
async fn pages_of_this_machine_may_read_every_response() {
    let (server, _) = server_with_devices(1).await;
    for origin in [PAGE, "http://127.0.0.1:1", "https://localhost", "http://[::1]:3000"] {
        server.enqueue(MockResponse::new(429).header("Retry-After", "1"));
        for (path, status) in [("/openapi.yaml", 429), ("/openapi.yaml", 200), ("/v5", 404), ("/mock/requests", 200)] {
            let response = request(&server, Method::GET, path, &[("origin", origin)]).send().await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(header(response.headers(), "access-control-allow-origin"), Some(origin), "{path}");
            assert_eq!(header(response.headers(), "vary"), Some("Origin"));
            let exposed = header(response.headers(), "access-control-expose-headers").unwrap();
            assert!(exposed.contains("X-Request-Id") && exposed.contains("Retry-After"), "{exposed}");
        }
    }
}

#[tokio::test]
async fn other_origins_must_be_allowed() {
    let (server, _) = server_with_devices(1).await;
    let allowed = async |origin: &str| {
        let response = request(&server, Method::GET, "/openapi.yaml", &[("origin", origin)]).send().await.unwrap();
        header(response.headers(), "access-control-allow-origin") == Some(origin)
    };
    for origin in ["https://example.com", "null", "http://localhost.example.com", "http://127.0.0.1.example.com"] {
        assert!(!allowed(origin).await, "{origin}");
    }
    server.allow_origin("https://example.com");
    assert!(allowed("https://example.com").await);
    assert!(!allowed("null").await);
    server.allow_origin("*");
    assert!(allowed("null").await);
}

#[tokio::test]
async fn response_without_an_origin_has_no_cors_headers() {
    let (server, _) = server_with_devices(1).await;
    let response = request(&server, Method::GET, "/openapi.yaml", &[]).send().await.unwrap();
    assert_eq!(header(response.headers(), "access-control-allow-origin"), None);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let (server, _) = server_with_devices(1).await;
    for path in ["/openapi.yaml", "/openapi.json", "/mock/openapi.yaml"] {
        let get = request(&server, Method::GET, path, &[]).send().await.unwrap();
        let head = request(&server, Method::HEAD, path, &[]).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        for name in ["content-type", "content-length"] {
            assert_eq!(header(head.headers(), name), header(get.headers(), name), "{path} {name}");
        }
        assert_eq!(head.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn first_server_of_the_served_document_is_the_address_that_the_client_used() {
    let (server, _) = server_with_devices(1).await;
    for (host, url) in [("mock.test:8080", "http://mock.test:8080"), ("[::1]:80", "http://[::1]:80")] {
        for path in ["/openapi.yaml", "/openapi.json"] {
            let response = request(&server, Method::GET, path, &[("host", host)]).send().await.unwrap();
            let document: Value = yaml_serde::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!(document["servers"][0]["url"], url);
        }
    }
}

#[tokio::test]
async fn host_with_other_characters_is_not_in_the_served_document() {
    let (server, _) = server_with_devices(1).await;
    let response = request(&server, Method::GET, "/openapi.yaml", &[("host", "a\" b")]).send().await.unwrap();
    let document = response.text().await.unwrap();
    assert_eq!(document, huaweicloud_iotda::spec::OPENAPI_YAML);
}

#[tokio::test]
async fn server_on_every_address_is_reached_at_a_loopback_address() {
    let server = MockServer::start_at(([0, 0, 0, 0], 0)).await.unwrap();
    assert!(server.endpoint().starts_with("http://127.0.0.1:"), "{}", server.endpoint());
    assert_eq!(request(&server, Method::GET, "/openapi.yaml", &[]).send().await.unwrap().status(), 200);
}

/// A browser sends a simple request, such as this one, without asking first.
#[tokio::test]
async fn page_of_another_origin_cannot_control_the_server() {
    let server = MockServer::start().await.unwrap();
    let request = request(&server, Method::POST, "/mock/reset", &[("origin", "http://other.example")]);
    assert_eq!(request.send().await.unwrap().status(), 403);
}
