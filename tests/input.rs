//! What is refused before anything is sent: values of requests, and configurations of a client.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use futures::StreamExt;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind};
use support::{CERTIFICATE, serve};

/// That the error is about input, names all of these, and that nothing was sent.
fn refused(server: &MockServer, error: &Error, parts: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
    assert_eq!((error.status(), server.requests().len()), (None, 0));
}

#[tokio::test]
async fn numbers_out_of_bounds_are_refused_with_field_value_and_bound() {
    let (server, client) = serve(1).await;
    for limit in [0, 51, u32::MAX] {
        let error = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).send().await.unwrap_err();
        refused(&server, &error, &["ListDeviceByDeviceCertificate", "limit", &limit.to_string(), "1", "50"]);
        let error = client.list_device_authentication_templates().limit(limit).send().await.unwrap_err();
        refused(&server, &error, &["ListDeviceAuthenticationTemplates", "limit", "50"]);
    }
    for offset in [501, u32::MAX] {
        let error = client.list_device_authentication_templates().offset(offset).send().await.unwrap_err();
        refused(&server, &error, &["offset", &offset.to_string(), "500"]);
    }
    let pages = [(50, 0, "11"), (50, 12, "11"), (10, 52, "51"), (1, 502, "501"), (50, u32::MAX, "11")];
    for (limit, number, last) in pages {
        let request = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).page_number(number);
        let error = request.send().await.unwrap_err();
        refused(&server, &error, &["page_number", &number.to_string(), last]);
    }
    let both = client.list_device_by_device_certificate(CERTIFICATE).offset(1).page_number(2);
    refused(&server, &both.send().await.unwrap_err(), &["page_number", "offset"]);
}

#[tokio::test]
async fn texts_that_break_their_pattern_are_refused() {
    let (server, client) = serve(1).await;
    let markers = ["", "66178add", "66178add3b98944277731d0", "66178add3b98944277731d0g", "66178add3b98944277731d0a\n"];
    for marker in markers {
        let error = client.list_device_by_device_certificate(CERTIFICATE).marker(marker).send().await.unwrap_err();
        refused(&server, &error, &["marker", "{24}"]);
    }
    let long = "x".repeat(129);
    for name in ["", "a b", "a/b", "ä", "name\n", long.as_str()] {
        let error = client.list_device_authentication_templates().template_name(name).send().await.unwrap_err();
        refused(&server, &error, &["template_name", "{1,128}"]);
        assert!(error.to_string().len() < 400, "a long value is cut: {error}");
    }
    let longest = "x".repeat(128);
    client.list_device_authentication_templates().template_name(longest).send().await.unwrap();
}

#[tokio::test]
async fn ids_that_are_empty_or_could_change_the_path_are_refused() {
    let (server, client) = serve(1).await;
    for id in ["", ".", "..", "a/b", "../x", "a\\b", "a\0b", "a\nb", "a\tb", "\u{85}"] {
        let error = client.list_device_by_device_certificate(id).send().await.unwrap_err();
        refused(&server, &error, &["certificate_id"]);
        let error = client.list_device_authentication_templates().instance_id(id).send().await.unwrap_err();
        refused(&server, &error, &["instance_id"]);
        let error = server.builder().project_id(id).build().unwrap_err();
        refused(&server, &error, &["project_id"]);
        let error = server.builder().instance_id(id).build().unwrap_err();
        refused(&server, &error, &["instance_id"]);
    }
}

#[tokio::test]
async fn every_way_to_end_a_request_checks_it() {
    let (server, client) = serve(1).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(51);
    refused(&server, &request.clone().total().await.unwrap_err(), &["limit"]);
    let mut pages = request.clone().pages();
    refused(&server, &pages.next().await.unwrap().unwrap_err(), &["ListDeviceByDeviceCertificate", "limit"]);
    assert!(pages.next().await.is_none());
    let mut items = request.items();
    refused(&server, &items.next().await.unwrap().unwrap_err(), &["ListDeviceByDeviceCertificate", "limit"]);
    assert!(items.next().await.is_none());
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).page_number(0).items();
    refused(&server, &items.next().await.unwrap().unwrap_err(), &["ListDeviceByDeviceCertificate", "page_number"]);
}

fn complete() -> ClientBuilder {
    let credentials = Credentials::token("a-token");
    Client::builder().endpoint("http://127.0.0.1:1").project_id("p").credentials(credentials)
}

fn configuration(builder: ClientBuilder, parts: &[&str]) {
    let error = builder.build().expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn a_client_without_endpoint_project_or_credential_says_what_is_missing() {
    let credentials = || Credentials::token("a-token");
    configuration(Client::builder(), &["endpoint", "region"]);
    configuration(Client::builder().endpoint("http://127.0.0.1"), &["project_id"]);
    configuration(Client::builder().endpoint("http://127.0.0.1").project_id("p"), &["credentials"]);
    assert!(complete().credentials(credentials()).build().is_ok());
}

#[test]
fn endpoints_that_cannot_work_are_refused() {
    let cases = [
        ("", "host"),
        ("https://", "host"),
        ("https://user:pass-word@example.com", "user"),
        ("https://example.com?x=1", "query"),
        ("https://example.com#x", "fragment"),
        ("ftp://example.com", "scheme"),
        ("https://exa mple.com", "blank"),
        ("https://example.com\\@evil.com", "backslash"),
        ("https://exam\tple.com", "control"),
        ("https:/example.com", "neither"),
        ("//example.com", "neither"),
        ("/example.com", "neither"),
    ];
    for (endpoint, part) in cases {
        configuration(complete().endpoint(endpoint), &["endpoint", part]);
    }
    for endpoint in [
        "https://user:pass-word@example.com",
        "https://user:pass-word#x@example.com",
        "https://user:x?pass-word@example.com",
        "https://example.com?token=pass-word",
    ] {
        let error = complete().endpoint(endpoint).build().unwrap_err();
        assert!(!format!("{error:?} {error:#?}").contains("pass-word"), "{error:?}");
    }
}

#[test]
fn plain_http_is_for_this_machine_unless_allowed() {
    for endpoint in ["http://iotda.example.com", "http://192.168.0.1", "http://127.0.0.1.example.com", "http://[::2]"] {
        configuration(complete().endpoint(endpoint), &["plain http", "allow_http"]);
        assert!(complete().endpoint(endpoint).allow_http(true).build().is_ok(), "{endpoint}");
    }
    for endpoint in
        ["http://127.0.0.1:8080", "http://127.1.2.3", "http://[::1]:80", "http://localhost", "HTTP://LOCALHOST"]
    {
        assert!(complete().endpoint(endpoint).build().is_ok(), "{endpoint}");
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn https_endpoints_are_a_url_a_host_or_a_region() {
    let shown = |builder: ClientBuilder| format!("{:?}", builder.build().expect("a client"));
    let host = "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    for endpoint in [host.to_owned(), format!("https://{host}"), format!("https://{host}/")] {
        assert!(shown(complete().endpoint(endpoint)).contains(&format!("\"https://{host}\"")));
    }
    let region = Client::builder().region("ap-southeast-3").project_id("p").credentials(Credentials::token("t"));
    assert!(shown(region).contains("\"https://iotda.ap-southeast-3.myhuaweicloud.com\""));
    for region in ["", "cn north", "evil.example.com/", "CN-NORTH-4", "a@b"] {
        let builder = Client::builder().region(region).project_id("p").credentials(Credentials::token("t"));
        configuration(builder, &["region", "cn-north-4"]);
    }
}

/// Run by a build without default features; see `.ci/run`.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
#[test]
fn https_without_a_tls_feature_is_refused_by_build() {
    configuration(complete().endpoint("https://example.com"), &["https://example.com", "rustls", "native-tls"]);
    configuration(Client::builder().region("cn-north-4").project_id("p"), &["rustls", "native-tls"]);
}

#[test]
fn tokens_that_no_header_can_hold_are_refused_and_not_shown() {
    for token in ["", "abc def", "abc\ndef", "abc\r\nX-Evil: 1", "abc\0", "äbc", "\"abc\""] {
        let error = complete().credentials(Credentials::token(token)).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let texts = format!("{error:?} {error:#?}");
        assert!(texts.contains("token") && (token.is_empty() || !texts.contains(token)), "{texts}");
        assert!(!texts.contains("abc"), "{texts}");
    }
}
