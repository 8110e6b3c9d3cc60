//! Values of requests, and configurations of a client, that are rejected before anything is sent.

use std::fmt::Write as _;

use expect_test::expect;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind};

use crate::support::{CERTIFICATE, server_with_devices};

const DEVICES: &str = "ListDeviceByDeviceCertificate";
const TEMPLATES: &str = "ListDeviceAuthenticationTemplates";

/// Asserts that the error is about invalid input and contains these names, values and bounds, and that nothing was sent.
#[track_caller]
fn assert_rejected(server: &MockServer, error: &Error, parts: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
    assert_eq!(error.status(), None);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn limit_out_of_bounds_is_rejected_with_name_value_and_bounds() {
    let (server, client) = server_with_devices(1).await;
    for limit in [0, 51, u32::MAX] {
        let error = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).send().await.unwrap_err();
        assert_rejected(&server, &error, &[DEVICES, "limit", &limit.to_string(), "1", "50"]);
        let error = client.list_device_authentication_templates().limit(limit).send().await.unwrap_err();
        assert_rejected(&server, &error, &[TEMPLATES, "limit", &limit.to_string(), "50"]);
    }
}

#[tokio::test]
async fn offset_out_of_bounds_is_rejected_with_name_value_and_bound() {
    let (server, client) = server_with_devices(1).await;
    for offset in [501, u32::MAX] {
        let error = client.list_device_authentication_templates().offset(offset).send().await.unwrap_err();
        assert_rejected(&server, &error, &["offset", &offset.to_string(), "500"]);
    }
}

#[tokio::test]
async fn page_number_out_of_bounds_is_rejected_with_name_value_and_bound() {
    let (server, client) = server_with_devices(1).await;
    let cases = [(50, 0, "11"), (50, 12, "11"), (10, 52, "51"), (1, 502, "501"), (50, u32::MAX, "11")];
    for (limit, number, last_page) in cases {
        let request = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).page_number(number);
        let error = request.send().await.unwrap_err();
        assert_rejected(&server, &error, &["page_number", &number.to_string(), last_page]);
    }
}

#[tokio::test]
async fn page_number_with_offset_is_rejected() {
    let (server, client) = server_with_devices(1).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).offset(1).page_number(2);
    assert_rejected(&server, &request.send().await.unwrap_err(), &["page_number", "offset"]);
}

#[tokio::test]
async fn malformed_marker_is_rejected() {
    let (server, client) = server_with_devices(1).await;
    let markers = ["", "66178add", "66178add3b98944277731d0", "66178add3b98944277731d0g", "66178add3b98944277731d0a\n"];
    for marker in markers {
        let error = client.list_device_by_device_certificate(CERTIFICATE).marker(marker).send().await.unwrap_err();
        assert_rejected(&server, &error, &["marker", "{24}"]);
    }
}

#[tokio::test]
async fn malformed_template_name_is_rejected() {
    let (server, client) = server_with_devices(1).await;
    let too_long = "x".repeat(129);
    for name in ["", "a b", "a/b", "ä", "name\n", too_long.as_str()] {
        let error = client.list_device_authentication_templates().template_name(name).send().await.unwrap_err();
        assert_rejected(&server, &error, &["template_name", "{1,128}"]);
        assert!(error.to_string().len() < 400, "a long value must be truncated: {error}");
    }
    let longest = "x".repeat(128);
    client.list_device_authentication_templates().template_name(longest).send().await.unwrap();
}

#[tokio::test]
async fn ids_that_are_empty_or_could_change_the_path_are_rejected() {
    let (server, client) = server_with_devices(1).await;
    for id in ["", ".", "..", "a/b", "../x", "a\\b", "a\0b", "a\nb", "a\tb", "\u{85}"] {
        let error = client.list_device_by_device_certificate(id).send().await.unwrap_err();
        assert_rejected(&server, &error, &["certificate_id"]);
        let error = client.list_device_authentication_templates().instance_id(id).send().await.unwrap_err();
        assert_rejected(&server, &error, &["instance_id"]);
        let error = server.builder().project_id(id).build().unwrap_err();
        assert_rejected(&server, &error, &["project_id"]);
        let error = server.builder().instance_id(id).build().unwrap_err();
        assert_rejected(&server, &error, &["instance_id"]);
    }
}

#[tokio::test]
async fn total_rejects_an_invalid_request() {
    let (server, client) = server_with_devices(1).await;
    let error = client.list_device_by_device_certificate(CERTIFICATE).limit(51).total().await.unwrap_err();
    assert_rejected(&server, &error, &[DEVICES, "limit"]);
}

#[tokio::test]
async fn pages_rejects_an_invalid_request_once() {
    let (server, client) = server_with_devices(1).await;
    let mut pages = client.list_device_by_device_certificate(CERTIFICATE).limit(51).pages();
    assert_rejected(&server, &pages.next().await.unwrap().unwrap_err(), &[DEVICES, "limit"]);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn items_rejects_an_invalid_request_once() {
    let (server, client) = server_with_devices(1).await;
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).page_number(0).items();
    assert_rejected(&server, &items.next().await.unwrap().unwrap_err(), &[DEVICES, "page_number"]);
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn invalid_value_error_texts() {
    let (_server, client) = server_with_devices(1).await;
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let errors = [
        devices().limit(51).send().await.unwrap_err(),
        devices().offset(501).send().await.unwrap_err(),
        devices().limit(50).page_number(12).send().await.unwrap_err(),
        devices().offset(1).page_number(2).send().await.unwrap_err(),
        devices().marker("66178add").send().await.unwrap_err(),
        devices().concurrency(0).send().await.unwrap_err(),
        devices().instance_id("a/b").send().await.unwrap_err(),
        client.list_device_by_device_certificate("").send().await.unwrap_err(),
        client.list_device_authentication_templates().template_name("a b").send().await.unwrap_err(),
    ];
    let texts: String = errors.iter().map(|error| format!("{error}\n")).collect();
    expect![[r#"
        ListDeviceByDeviceCertificate: limit is 51, but must be from 1 to 50 (default 10)
        ListDeviceByDeviceCertificate: offset is 501, but must be from 0 to 500 (default 0)
        ListDeviceByDeviceCertificate: page_number is 12, but must be from 1 to 11 at 50 records per page (the offset ends at 500); to read further, use the last page's marker
        ListDeviceByDeviceCertificate: page_number and offset are both set, but page_number is converted to an offset; set only one of them
        ListDeviceByDeviceCertificate: marker is "66178add" (8 characters), but must match ^[0-9a-fA-F]{24}$
        ListDeviceByDeviceCertificate: concurrency is 0, but must be 1 or more; 1 reads page by page
        ListDeviceByDeviceCertificate: instance_id is "a/b", but must not contain a slash or a backslash, because it would change the path; copy the ID from the console
        ListDeviceByDeviceCertificate: certificate_id is "", but must not be empty; copy the ID from the console
        ListDeviceAuthenticationTemplates: template_name is "a b" (3 characters), but must match ^[a-zA-Z0-9_-]{1,128}$
    "#]].assert_eq(&texts);
}

/// A builder with all required values.
fn complete_builder() -> ClientBuilder {
    let credentials = Credentials::token("a-token");
    Client::builder().endpoint("http://127.0.0.1:1").project_id("p").credentials(credentials)
}

/// Builds, and returns the error about the configuration.
#[track_caller]
fn configuration_error(builder: ClientBuilder) -> Error {
    let error = builder.build().expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    error
}

/// Asserts that building fails with an error that contains these names and values.
#[track_caller]
fn assert_configuration_error(builder: ClientBuilder, parts: &[&str]) {
    let error = configuration_error(builder);
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn missing_endpoint_project_or_credentials_are_named() {
    assert_configuration_error(Client::builder(), &["endpoint", "region"]);
    assert_configuration_error(Client::builder().endpoint("http://127.0.0.1"), &["project_id"]);
    assert_configuration_error(Client::builder().endpoint("http://127.0.0.1").project_id("p"), &["credentials"]);
    assert!(complete_builder().build().is_ok());
}

#[test]
fn missing_value_error_texts() {
    let errors = [
        configuration_error(Client::builder()),
        configuration_error(Client::builder().endpoint("http://127.0.0.1")),
        configuration_error(Client::builder().endpoint("http://127.0.0.1").project_id("p")),
    ];
    let texts: String = errors.iter().map(|error| format!("{error}\n")).collect();
    expect![[r#"
        the client has no endpoint; call endpoint(...) or region(...) before build()
        the client has no project; call project_id(...), or region(...) to look it up via IAM, before build()
        the client has no credential; call credentials(Credentials::token(...)) before build()
    "#]]
    .assert_eq(&texts);
}

#[test]
fn invalid_endpoints_are_rejected() {
    let endpoints = [
        "",
        "https://",
        "https://user:pass-word@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "ftp://example.com",
        "https://exa mple.com",
        "https://example.com\\@evil.com",
        "https://exam\tple.com",
        "https:/example.com",
        "//example.com",
        "/example.com",
        "http://iotda.example.com",
    ];
    let mut texts = String::new();
    for endpoint in endpoints {
        let error = configuration_error(complete_builder().endpoint(endpoint));
        writeln!(texts, "{endpoint:?}: {error}").unwrap();
    }
    expect![[r#"
        "": endpoint is "", but must not be empty; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://": endpoint is "https://", but must be a URL or a host; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://user:pass-word@example.com": endpoint is "[redacted]@example.com", but must not contain user info (a user name or a password); expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://example.com?x=1": endpoint is "https://example.com", but must not contain a query or a fragment; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://example.com#x": endpoint is "https://example.com", but must not contain a query or a fragment; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "ftp://example.com": endpoint is "ftp://example.com", but its scheme must be https; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://exa mple.com": endpoint is "https://exa mple.com", but must not contain a space; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://example.com\\@evil.com": endpoint is "[redacted]@evil.com", but must not contain a backslash; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https://exam\tple.com": endpoint is "https://exam\tple.com", but must not contain a tab; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "https:/example.com": endpoint is "https:/example.com", but must be a URL or a host; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "//example.com": endpoint is "//example.com", but must be a URL or a host; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "/example.com": endpoint is "/example.com", but must be a URL or a host; expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
        "http://iotda.example.com": endpoint is "http://iotda.example.com", but plain http to another machine would send the credential unencrypted: use https, or call allow_http(true); expected the endpoint that the IoTDA console shows on its Overview page, for example https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com
    "#]].assert_eq(&texts);
}

#[test]
fn secrets_in_an_invalid_endpoint_are_not_shown() {
    for endpoint in [
        "https://user:pass-word@example.com",
        "https://user:pass-word#x@example.com",
        "https://user:x?pass-word@example.com",
        "https://example.com?token=pass-word",
        "https://{instance?token=pass-word",
        "https://{user}:{pass-word@example.com",
    ] {
        let error = configuration_error(complete_builder().endpoint(endpoint));
        assert!(!format!("{error:?} {error:#?}").contains("pass-word"), "{error:?}");
    }
}

#[test]
fn plain_http_to_another_host_needs_allow_http() {
    for endpoint in ["http://iotda.example.com", "http://192.168.0.1", "http://127.0.0.1.example.com", "http://[::2]"] {
        assert_configuration_error(complete_builder().endpoint(endpoint), &["allow_http"]);
        assert!(complete_builder().endpoint(endpoint).allow_http(true).build().is_ok(), "{endpoint}");
    }
}

#[test]
fn plain_http_to_a_loopback_address_is_accepted() {
    for endpoint in
        ["http://127.0.0.1:8080", "http://127.1.2.3", "http://[::1]:80", "http://localhost", "HTTP://LOCALHOST"]
    {
        assert!(complete_builder().endpoint(endpoint).build().is_ok(), "{endpoint}");
    }
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[test]
fn endpoint_is_a_url_or_a_host() {
    let host = "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    for endpoint in [host.to_owned(), format!("https://{host}"), format!("https://{host}/")] {
        let client = complete_builder().endpoint(endpoint).build().unwrap();
        assert_eq!(client.endpoint(), format!("https://{host}"));
    }
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[test]
fn region_determines_the_endpoint() {
    let builder = Client::builder().region("ap-southeast-3").project_id("p").credentials(Credentials::token("t"));
    let client = builder.build().unwrap();
    assert_eq!(client.endpoint(), "https://iotda.ap-southeast-3.myhuaweicloud.com");
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[test]
fn invalid_regions_are_rejected() {
    for region in ["", "cn north", "evil.example.com/", "CN-NORTH-4", "a@b"] {
        let builder = Client::builder().region(region).project_id("p").credentials(Credentials::token("t"));
        assert_configuration_error(builder, &["region", "cn-north-4"]);
    }
}

/// `.ci/run` builds this test without default features.
#[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
#[test]
fn https_without_a_tls_feature_is_rejected_by_build() {
    let builder = complete_builder().endpoint("https://example.com");
    assert_configuration_error(builder, &["https://example.com", "rustls", "native-tls"]);
    let builder = Client::builder().region("cn-north-4").project_id("p");
    assert_configuration_error(builder, &["rustls", "native-tls"]);
}

#[test]
fn tokens_that_are_invalid_in_a_header_are_rejected_and_not_shown() {
    for token in ["", "abc def", "abc\ndef", "abc\r\nX-Evil: 1", "abc\0", "äbc", "\"abc\""] {
        let error = configuration_error(complete_builder().credentials(Credentials::token(token)));
        let texts = format!("{error:?} {error:#?}");
        assert!(texts.contains("token"), "{texts}");
        assert!(token.is_empty() || !texts.contains(token), "{texts}");
        assert!(!texts.contains("abc"), "{texts}");
    }
}
