//! Several endpoints: the next one is used if no connection can be made. Errors name the host that was meant.

use std::net::SocketAddr;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind, RetryPolicy};
use tokio::net::TcpListener;

use crate::support::{no_backoff, server_with_devices, total};

/// Returns an address that refuses connections.
async fn closed_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    listener.local_addr().expect("an address")
}

fn host(server: &MockServer) -> String {
    server.endpoint().replace("http://", "")
}

fn builder(server: &MockServer, endpoints: &str) -> ClientBuilder {
    server.builder().endpoint(endpoints).retry_policy(RetryPolicy::none())
}

#[tokio::test]
async fn next_endpoint_is_used_if_no_connection_can_be_made() {
    let (server, _) = server_with_devices(2).await;
    let endpoints = format!("http://{}, {}", closed_address().await, server.endpoint());
    let client = builder(&server, &endpoints).build().expect("a client");
    assert_ne!(client.endpoint(), server.endpoint());
    assert_eq!(total(&client).await.expect("a total"), 2);
    assert_eq!(client.endpoint(), server.endpoint(), "it stays in use");
    assert_eq!(total(&client.clone()).await.expect("a total"), 2);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn server_time_uses_the_next_endpoint_too() {
    let (server, _) = server_with_devices(2).await;
    let endpoints = format!("http://{},{}", closed_address().await, server.endpoint());
    let client = builder(&server, &endpoints).build().expect("a client");
    assert!(client.server_time().await.expect("a response").is_some());
    assert_eq!(client.endpoint(), server.endpoint());
}

#[tokio::test]
async fn first_endpoint_is_used_again_if_the_last_one_becomes_unreachable() {
    let (first, _) = server_with_devices(1).await;
    let (second, _) = server_with_devices(2).await;
    let endpoints = format!("http://{},{},{}", closed_address().await, second.endpoint(), first.endpoint());
    let client = builder(&first, &endpoints).build().expect("a client");
    assert_eq!(total(&client).await.expect("a total"), 2);
    drop(second);
    tokio::task::yield_now().await;
    // The connection that was kept open may fail after the request was sent.
    let result = total(&client).await;
    let result = if result.is_err() { total(&client).await } else { result };
    assert_eq!(result.expect("a total"), 1);
}

#[tokio::test]
async fn other_failures_do_not_change_the_endpoint() {
    let (first, _) = server_with_devices(1).await;
    let (second, _) = server_with_devices(2).await;
    let client = builder(&first, &format!("{},{}", first.endpoint(), second.endpoint())).build().expect("a client");
    for response in
        [MockResponse::new(503), MockResponse::disconnect(), MockResponse::new(200).body("{}").truncate_body()]
    {
        first.enqueue(response);
        assert!(total(&client).await.is_err());
    }
    assert_eq!(second.requests().len(), 0);
    assert_eq!(total(&client).await.expect("a total"), 1);
}

#[tokio::test]
async fn all_endpoints_unreachable_is_one_attempt_with_the_last_host() {
    let (server, _) = server_with_devices(1).await;
    let (first, last) = (closed_address().await, closed_address().await);
    let client = server.builder().endpoint(format!("http://{first},http://{last}")).retry_policy(no_backoff(3));
    let error = total(&client.build().expect("a client")).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert_eq!(error.attempts(), 3);
    assert_eq!(error.host(), Some(&*last.to_string()));
}

#[tokio::test]
async fn unreachable_endpoint_does_not_count_against_an_unverified_key() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK", "SK-secret");
    let endpoints = format!("http://{},{}", closed_address().await, server.endpoint());
    let client = builder(&server, &endpoints).credentials(Credentials::ak_sk("AK", "SK-secret")).build();
    assert_eq!(total(&client.expect("a client")).await.expect("a total"), 1);
}

#[test]
fn every_endpoint_of_a_list_is_checked() {
    let build = |endpoints: &str| {
        let builder = Client::builder().endpoint(endpoints).project_id("p").credentials(Credentials::token("t"));
        builder.build().expect_err("an error").to_string()
    };
    for (endpoints, part) in [
        ("http://127.0.0.1:1,http://{instance}.example", "{instance}"),
        ("http://127.0.0.1:1,", "empty"),
        (",", "empty"),
        ("http://127.0.0.1:1,http://203.0.113.7", "plain http"),
    ] {
        assert!(build(endpoints).contains(part), "{endpoints}: {}", build(endpoints));
    }
    let secret = build("http://user:pass,word@127.0.0.1:1,http://127.0.0.1:2");
    assert!(!secret.contains("pass") && !secret.contains("word@"), "{secret}");
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[test]
fn endpoints_that_require_different_signing_algorithms_are_rejected() {
    let endpoints = "a1.st1.iotda-app.cn-north-4.myhuaweicloud.com,iotda.cn-north-4.myhuaweicloud.com";
    let builder = || Client::builder().endpoint(endpoints).project_id("p").credentials(Credentials::token("t"));
    let error = builder().build().expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("signing(...)"), "{error}");
    assert!(builder().signing(huaweicloud_iotda::Signing::Standard).build().is_ok());
}

/// Asserts that the error names this host, and no path or ID.
#[track_caller]
fn assert_host(error: &Error, host: &str) {
    assert_eq!(error.host(), Some(host), "{error}");
    let text = format!("{error:?}");
    assert!(text.contains(host), "{text}");
    for part in ["/v5", "/v3", "http://", "61c970ce", MockServer::PROJECT_ID] {
        assert!(!text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn connection_errors_and_timeouts_name_the_service() {
    let (server, _) = server_with_devices(1).await;
    let closed = closed_address().await;
    let client = builder(&server, &format!("http://{closed}")).build().expect("a client");
    assert_host(&total(&client).await.expect_err("an error"), &closed.to_string());
    assert_host(&client.server_time().await.expect_err("an error"), &closed.to_string());
    let timeout = std::time::Duration::from_millis(100);
    let client = builder(&server, &server.endpoint()).attempt_timeout(timeout).build().expect("a client");
    for response in [
        MockResponse::disconnect(),
        MockResponse::new(200).body("{}").truncate_body(),
        MockResponse::pass_through().delay(std::time::Duration::from_secs(60)),
    ] {
        server.enqueue(response);
        assert_host(&total(&client).await.expect_err("an error"), &host(&server));
    }
}

#[tokio::test]
async fn errors_of_iam_name_iam() {
    let (server, _) = server_with_devices(1).await;
    let (iam, _) = server_with_devices(1).await;
    let closed = closed_address().await;
    let login = || Credentials::password("account", "user", "another-password");
    let builder = || server.builder().retry_policy(RetryPolicy::none());
    let rejected = builder().iam_endpoint(iam.endpoint()).credentials(login()).build().expect("a client");
    assert_host(&total(&rejected).await.expect_err("an error"), &host(&iam));
    let unreachable = builder().iam_endpoint(format!("http://{closed}/v3")).credentials(login());
    let error = total(&unreachable.build().expect("a client")).await.expect_err("an error");
    assert_host(&error, &closed.to_string());
    assert!(error.message().starts_with("IAM login: connection failed ("), "{error}");
    let lookup = Client::builder().endpoint(server.endpoint()).iam_endpoint(iam.endpoint()).region("cn-north-4");
    let lookup = lookup.credentials(Credentials::token("wrong")).build().expect("a client");
    assert_host(&total(&lookup).await.expect_err("an error"), &host(&iam));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn errors_of_the_service_have_its_host() {
    let (server, client) = server_with_devices(1).await;
    server.enqueue(MockResponse::new(403));
    let error = total(&client).await.expect_err("an error");
    assert_eq!(error.host(), Some(&*host(&server)));
    let error = client.list_device_by_device_certificate("").send().await.expect_err("an error");
    assert_eq!(error.host(), None, "nothing was sent");
}
