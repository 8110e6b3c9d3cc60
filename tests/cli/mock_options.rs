//! `iotda mock`: options that are rejected, and the pages and host names that are allowed.

use reqwest::Client;

use crate::mock::{Mock, rejected};

#[tokio::test]
async fn invalid_origin_is_rejected() {
    for origin in [
        "",
        "example.com",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com:443",
        "https://Example.com",
        "https://user@example.com",
        "https://example.com?query",
        "https://*.example.com",
        "https://",
        "http://a b",
    ] {
        let stderr = rejected(&["mock", "--allow-origin", origin]);
        assert!(stderr.contains("for example https://example.com"), "{stderr}");
    }
}

#[tokio::test]
async fn origin_and_host_name_are_allowed() {
    let origins = ["http://localhost:8081", "https://example.com", "http://[2001:db8::1]:8081", "null"];
    let invalid_hosts = ["", "http://mock.example.com", "mock.example.com:8080", "a b", "mock/"];
    for host in invalid_hosts {
        let stderr = rejected(&["mock", "--allow-host", host]);
        assert!(stderr.contains("must be a host name"), "{stderr}");
    }
    let options: Vec<_> = origins.iter().flat_map(|origin| ["--allow-origin", origin]).collect();
    let mock = Mock::start(&[&options[..], &["--allow-host", "mock.example.com"]].concat());
    let http = Client::builder().no_proxy().build().expect("a client");
    for (host, status) in [("mock.example.com:8080", 200), ("page.example.com", 403)] {
        let request = http.get(format!("{}/mock/requests", mock.endpoint())).header("Host", host);
        assert_eq!(request.send().await.expect("a response").status(), status, "{host}");
    }
}
