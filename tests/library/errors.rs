//! The error of each response that is not the documented one. Codes and bodies are those of the vendor's pages.

use std::fmt::Write as _;
use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Error, ErrorKind};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::raw::list_from_raw_response;
use crate::support::{CERTIFICATE, collect_until_error, server_with_devices};

/// Lists devices, receives this response, and returns the error.
async fn error_of(response: MockResponse) -> Error {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(response);
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

fn error_response(status: u16, code: &str) -> MockResponse {
    MockResponse::new(status)
        .header("X-Request-Id", "r-1")
        .json(&json!({"error_code": code, "error_msg": "The service's message."}))
}

/// The names of the predicates that are true, in alphabetical order.
fn predicates(error: &Error) -> String {
    let all = [
        ("forbidden", error.is_forbidden()),
        ("not_found", error.is_not_found()),
        ("retryable", error.is_retryable()),
        ("throttled", error.is_throttled()),
        ("timeout", error.is_timeout()),
        ("unauthorized", error.is_unauthorized()),
    ];
    all.iter().filter(|(_, is_true)| *is_true).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn status_and_code_determine_the_predicates() {
    let cases = [
        (400, "IOTDA.000006", ""),
        (401, "IOTDA.000002", "unauthorized"),
        (401, "APIG.0301", "unauthorized"),
        (403, "IOTDA.000004", "unauthorized"),
        (403, "IOTDA.000021", "forbidden"),
        (403, "IOTDA.001000", "not_found"),
        (403, "IOTDA.021101", "retryable throttled"),
        (403, "IOTDA.021102", "retryable throttled"),
        (403, "PDP5.0003", "forbidden"),
        (404, "IOTDA.015500", "not_found"),
        (404, "APIGW.0101", "not_found"),
        (408, "X", "retryable"),
        (429, "APIGW.0308", "retryable throttled"),
        (500, "X", "retryable"),
        (501, "X", ""),
        (502, "X", "retryable"),
        (503, "X", "retryable"),
        (504, "X", "retryable"),
    ];
    for (status, code, expected) in cases {
        let error = error_of(error_response(status, code)).await;
        assert_eq!(predicates(&error), expected, "{status} {code}");
        assert_eq!(error.kind(), ErrorKind::Service);
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.message(), "The service's message.");
        assert_eq!(error.request_id(), Some("r-1"));
        assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
    }
}

#[tokio::test]
async fn service_error_texts() {
    let cases = [
        (302, "X"),
        (400, "IOTDA.000006"),
        (401, "APIG.0301"),
        (403, "IOTDA.000004"),
        (403, "IOTDA.000021"),
        (403, "PDP5.0003"),
        (404, "APIGW.0101"),
        (404, "IOTDA.015500"),
        (407, "X"),
        (429, "APIGW.0308"),
        (500, "X"),
        (501, "X"),
    ];
    let mut texts = String::new();
    for (status, code) in cases {
        writeln!(texts, "{}", error_of(error_response(status, code)).await).unwrap();
    }
    writeln!(texts, "{}", error_of(MockResponse::new(503)).await).unwrap();
    expect![[r#"
        ListDeviceByDeviceCertificate: HTTP 302 Found: X: The service's message. [request ID r-1] Redirects are never followed, because they would send the credential to another host. Likely cause: an http:// endpoint, or a proxy or sign-on page of the network. Use the endpoint that the console's Overview page shows, not the target of the redirect
        ListDeviceByDeviceCertificate: HTTP 400 Bad Request: IOTDA.000006: The service's message. [request ID r-1] The service rejected the request. Compare its values with the bounds in the documentation
        ListDeviceByDeviceCertificate: HTTP 401 Unauthorized: APIG.0301: The service's message. [request ID r-1] Likely cause: a token that is wrong, expired (after 24 hours) or from another region's IAM endpoint; with an access key: a wrong or disabled key, a wrong clock, or the wrong signing algorithm for this host. Check the clock and the signing algorithm, or replace the credential
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: IOTDA.000004: The service's message. [request ID r-1] Likely cause: a token that is wrong, expired (after 24 hours) or from another region's IAM endpoint; with an access key: a wrong or disabled key, a wrong clock, or the wrong signing algorithm for this host. Check the clock and the signing algorithm, or replace the credential
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: IOTDA.000021: The service's message. [request ID r-1] Likely cause: IoTDA is not subscribed in this region, or the account uses a standard or enterprise instance, but this is the shared endpoint of the basic edition. Use the endpoint that the console's Overview page shows
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: PDP5.0003: The service's message. [request ID r-1] Likely cause: the user lacks permission for the IAM action iotda:devicecertificates:queryDeviceList. Ask the account's administrator to grant it for this project and instance
        ListDeviceByDeviceCertificate: HTTP 404 Not Found: APIGW.0101: The service's message. [request ID r-1] Likely cause: the endpoint belongs to another service or contains a wrong path. Compare it with the console's Overview page
        ListDeviceByDeviceCertificate: HTTP 404 Not Found: IOTDA.015500: The service's message. [request ID r-1] Likely cause: the resource does not exist in this project and instance. Check the resource ID, the project ID, the endpoint's region and the instance ID
        ListDeviceByDeviceCertificate: HTTP 407 Proxy Authentication Required: X: The service's message. [request ID r-1] The proxy requires authentication. Add the user name and password, percent-encoded, to the proxy variable, for example HTTPS_PROXY=http://user:password@host:port, or configure the proxy with ClientBuilder::configure_http
        ListDeviceByDeviceCertificate: HTTP 429 Too Many Requests: APIGW.0308: The service's message. [request ID r-1] The service limits the request rate. Reduce the request rate or concurrency, and retry the call later
        ListDeviceByDeviceCertificate: HTTP 500 Internal Server Error: X: The service's message. [request ID r-1] The service or its gateway failed temporarily. Retry the call; if the error persists, contact Huawei Cloud support with the request ID
        ListDeviceByDeviceCertificate: HTTP 501 Not Implemented: X: The service's message. [request ID r-1] The API reference does not list this status for the operation. Look up the error code there; if it is missing, contact Huawei Cloud support with the request ID
        ListDeviceByDeviceCertificate: HTTP 503 Service Unavailable: the response body is empty [request ID 00000000000000000000000000000001]. The service or its gateway failed temporarily. Retry the call; if the error persists, contact Huawei Cloud support with the request ID
    "#]].assert_eq(&texts);
}

#[tokio::test]
async fn unexpected_response_messages() {
    let responses = [
        MockResponse::new(200).body("<html>Please log in</html>"),
        MockResponse::new(200),
        MockResponse::new(200).body("[]"),
        MockResponse::new(200).json(&json!({"templates": []})),
        MockResponse::new(200).json(&json!({"devices": [{"device_id": {}}]})),
        MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 7}})),
        MockResponse::new(200).json(&json!({"error_code": "IOTDA.000002", "devices": null})),
        MockResponse::new(204),
        MockResponse::new(200).body(vec![b' '; 9 << 20]),
        MockResponse::new(200).json(&json!({"devices": [{}], "page": {"marker": "f".repeat(24)}})),
        MockResponse::new(200).json(&json!({"devices": [{}], "page": {"marker": "66178add"}})),
    ];
    let mut texts = String::new();
    for response in responses {
        let error = error_of(response).await;
        writeln!(texts, "{}: {}", error.status().unwrap(), error.message()).unwrap();
    }
    let help = error_of(MockResponse::new(204)).await.help().unwrap();
    writeln!(texts, "help: {help}").unwrap();
    expect![[r#"
        200: the response body is an HTML or XML page, not the documented JSON; it starts with: Please log in (expected value at line 1 column 1)
        200: the response body is empty (EOF while parsing a value at line 1 column 0)
        200: the response body is not the documented JSON; it starts with: [] (not a JSON object)
        200: the response body is not the documented JSON; it starts with: {"templates":[]} (the body contains neither a list `devices` nor `page.count`)
        200: the response body is not the documented JSON; it starts with: {"devices":[{"device_id":{}}]} (invalid type: map, expected a string at line 1 column 25)
        200: inconsistent response: count is 7 but the list is empty
        200: no message (the body contains `error_code` but no records)
        204: the response body is empty (undocumented success status)
        200: the response body is larger than the limit of 8 MiB
        200: marker did not decrease (sent ffffffffffffffffffffffff, received ffffffffffffffffffffffff); stopped to avoid an infinite loop
        200: cannot request the next page: marker is "66178add" (8 characters), but must match ^[0-9a-fA-F]{24}$
        help: Likely cause: a proxy or another service responds at this endpoint, or the service has changed. Compare the endpoint with the console's Overview page; do not draw conclusions from this response
    "#]].assert_eq(&texts);
}

#[tokio::test]
async fn error_text_contains_operation_status_code_message_and_request_id() {
    let text = error_of(error_response(404, "IOTDA.015500")).await.to_string();
    for part in ["ListDeviceByDeviceCertificate", "404 Not Found", "IOTDA.015500", "The service's message.", "r-1"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(!text.contains('\n'), "{text}");
}

#[tokio::test]
async fn error_403_names_the_iam_action() {
    for code in ["PDP5.0003", "IOTDA.000999"] {
        let text = error_of(error_response(403, code)).await.to_string();
        assert!(text.contains("iotda:devicecertificates:queryDeviceList"), "{text}");
    }
    let (server, client) = server_with_devices(0).await;
    server.enqueue(error_response(403, "PDP5.0003"));
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert!(error.to_string().contains("iotda:deviceauthenticationtemplate:queryList"), "{error}");
}

#[tokio::test]
async fn error_403_with_another_meaning_names_no_iam_action() {
    for code in ["IOTDA.000004", "IOTDA.000021", "IOTDA.001000", "IOTDA.021101", "IOTDA.021102"] {
        let text = error_of(error_response(403, code)).await.to_string();
        assert!(!text.contains("iotda:"), "{text}");
    }
}

#[tokio::test]
async fn all_error_body_formats_are_parsed() {
    let nested = json!({"error": {"code": 401, "message": "The token is bad.", "title": "Unauthorized"}});
    let cases = [
        (json!({"error_code": "A.1", "error_msg": "m"}), "A.1", "m"),
        (json!({"error_code": "A.1", "error_msg": "m", "request_id": "body"}), "A.1", "m"),
        (json!({"errorCode": "A.1", "errorMsg": "m"}), "A.1", "m"),
        (json!({"code": "A.1", "message": "m"}), "A.1", "m"),
        (json!({"code": 17, "message": "m"}), "17", "m"),
        (json!({"error_code": "", "code": "B.2", "error_msg": null, "message": "m"}), "B.2", "m"),
        (nested, "401", "The token is bad."),
        (
            json!({"error_code": "PDP5.0003", "error_msg": "m", "encoded_authorization_message": "zzz"}),
            "PDP5.0003",
            "m",
        ),
    ];
    for (body, code, message) in cases {
        let error = error_of(MockResponse::new(400).header("X-Request-Id", "header").json(&body)).await;
        assert_eq!(error.code(), Some(code), "{body}");
        assert_eq!(error.message(), message, "{body}");
        assert_eq!(error.request_id(), Some("header"), "{body}");
    }
}

#[tokio::test]
async fn byte_order_mark_before_an_error_body_is_ignored() {
    let error = error_of(MockResponse::new(403).body("\u{feff}{\"error_code\": \"IOTDA.000004\"}")).await;
    assert_eq!(error.code(), Some("IOTDA.000004"), "{error}");
    assert!(error.is_unauthorized(), "{error}");
}

/// Only the `Content-Type` and markup declare a charset.
#[tokio::test]
async fn charset_in_the_message_of_the_service_is_no_declaration() {
    let body = "{\"error_code\": \"IOTDA.000006\", \"error_msg\": \"no charset=gbk here \u{fffd}\u{80}\"}";
    let error = error_of(MockResponse::new(400).header("Content-Type", "application/json").body(body)).await;
    assert_eq!(error.code(), Some("IOTDA.000006"), "{error}");
    assert!(error.message().contains("no charset=gbk here"), "{error}");
}

#[tokio::test]
async fn long_message_is_truncated_to_500_characters() {
    let long = "ошибка ".repeat(200);
    let error = error_of(MockResponse::new(400).json(&json!({"error_code": "A", "error_msg": long}))).await;
    assert_eq!(error.message().chars().count(), 503, "{error}");
    assert!(error.message().ends_with("..."), "{error}");
}

#[tokio::test]
async fn bidirectional_control_characters_are_replaced() {
    // All characters with the Unicode property Bidi_Control.
    let controls = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let message = format!("a{}b", controls.chars().map(|control| format!("{control}-")).collect::<String>());
    let error = error_of(MockResponse::new(400).json(&json!({"error_code": "A", "error_msg": message}))).await;
    assert_eq!(error.message(), format!("a{}b", " -".repeat(12)));
}

#[tokio::test]
async fn request_id_of_the_body_is_used_without_a_header() {
    let body = r#"{"error_code":"APIG.0301","error_msg":"m","request_id":"from-the-body"}"#;
    let head = "HTTP/1.1 401 Unauthorized\r\nX-Request-Id: \r\n";
    let response = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let error = list_from_raw_response(response).await.expect_err("an error");
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.request_id(), Some("from-the-body"));
}

#[tokio::test]
async fn error_body_without_json_keeps_status_request_id_and_excerpt() {
    let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
    let cases = [
        (MockResponse::new(502).header("Content-Type", "text/html").body(html), 502, "502 Bad Gateway"),
        (MockResponse::new(503).body("upstream\u{7}\nconnect error"), 503, "upstream connect error"),
        (MockResponse::new(500).body([0xff, 0xfe, b'x']), 500, "x"),
        (MockResponse::new(504).body(r#"{"error_code": "IOT"#), 504, "IOT"),
        (MockResponse::new(502).body("<html>cut").truncate_body(), 502, "cut"),
        (MockResponse::new(500).json(&json!([1, 2])), 500, "[1,2]"),
        (MockResponse::new(500).json(&json!(null)), 500, "null"),
    ];
    for (response, status, excerpt) in cases {
        let error = error_of(response.header("X-Request-Id", "r-2")).await;
        assert_eq!(error.status(), Some(status), "{error}");
        assert_eq!(error.request_id(), Some("r-2"), "{error}");
        assert!(error.message().contains(excerpt), "`{excerpt}` is not in: {}", error.message());
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[tokio::test]
async fn empty_error_body_is_reported() {
    let mut messages = Vec::new();
    for status in [401, 500] {
        let error = error_of(MockResponse::new(status).header("X-Request-Id", "r-2")).await;
        assert_eq!(error.status(), Some(status), "{error}");
        assert_eq!(error.request_id(), Some("r-2"), "{error}");
        messages.push(error.message().to_owned());
    }
    assert_eq!(messages[0], messages[1]);
    expect!["the response body is empty"].assert_eq(&messages[0]);
}

#[tokio::test]
async fn large_error_body_is_truncated() {
    let error = error_of(MockResponse::new(500).body("x".repeat(20 << 20)).chunked()).await;
    assert_eq!(error.status(), Some(500));
    assert!(error.to_string().len() < 2_000, "{} bytes", error.to_string().len());
}

#[tokio::test]
async fn redirect_is_an_error_and_is_not_followed() {
    let (server, client) = server_with_devices(3).await;
    let target = MockServer::start().await.unwrap();
    for status in [301, 302, 307, 308] {
        server.enqueue(MockResponse::new(status).header("Location", target.endpoint()).header("X-Request-Id", "r-3"));
        let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service);
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.request_id(), Some("r-3"));
        assert_eq!(predicates(&error), "");
        assert!(error.help().is_some(), "{error}");
    }
    assert!(target.requests().is_empty(), "the token must not be sent to another host");
}

#[tokio::test]
async fn undocumented_success_is_an_error_and_not_an_empty_list() {
    let responses = [
        MockResponse::new(200).header("Content-Type", "text/html").body("<html>Please log in</html>"),
        MockResponse::new(200),
        MockResponse::new(200).body("null"),
        MockResponse::new(200).body("[]"),
        MockResponse::new(200).body("[null, null]"),
        MockResponse::new(200).body("\"devices\""),
        MockResponse::new(200).body(r#"{"devices": [{"device_id": "a"}"#),
        MockResponse::new(200).body(r#"{"devices": []} and more"#),
        MockResponse::new(200).json(&json!({"devices": {}})),
        MockResponse::new(200).json(&json!({"devices": [{"device_id": {}}]})),
        MockResponse::new(200).json(&json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."})),
        MockResponse::new(200).json(&json!({"error_code": "IOTDA.000002", "devices": null})),
        MockResponse::new(200).json(&json!({"error": {"code": 401}, "devices": [], "page": {"count": 0}})),
        MockResponse::new(200).json(&json!({"templates": []})),
        MockResponse::new(201).json(&json!({"devices": []})),
        MockResponse::new(204),
        MockResponse::new(206).json(&json!({"devices": []})),
    ];
    for response in responses {
        let case = format!("{response:?}");
        let error = error_of(response.header("X-Request-Id", "r-4")).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{case}: {error}");
        assert!(error.status().is_some_and(|status| status < 300), "{case}: {error}");
        assert_eq!(error.request_id(), Some("r-4"), "{case}");
        assert_eq!(predicates(&error), "", "{case}");
    }
}

#[tokio::test]
async fn success_with_an_error_body_keeps_code_and_message() {
    let body = json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed.", "devices": []});
    for response in [MockResponse::new(200), MockResponse::new(202)] {
        let error = error_of(response.json(&body)).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.code(), Some("IOTDA.000002"), "{error}");
        assert!(error.message().starts_with("Authentication failed."), "{error}");
    }
}

#[tokio::test]
async fn success_with_an_unknown_body_keeps_an_excerpt() {
    for body in ["<html>Please log in</html>", "Please log in", r#"{"Please log in": 1}"#] {
        let error = error_of(MockResponse::new(200).body(body)).await;
        assert_eq!(error.code(), None, "{error}");
        assert!(error.message().contains("Please log in"), "{error}");
    }
}

#[tokio::test]
async fn size_and_chunks_of_a_body_do_not_change_its_meaning() {
    let (server, client) = server_with_devices(0).await;
    for size in [10, 6_000, 600_000] {
        let filler = "x".repeat(size);
        let empty_list = json!({"devices": [], "page": null, "x": filler});
        server.enqueue(MockResponse::new(200).json(&empty_list).chunked());
        let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
        assert_eq!(page.items.len(), 0, "{size}");
        let error = json!({"error_code": "X", "devices": null, "x": filler});
        server.enqueue(MockResponse::new(200).json(&error).chunked());
        let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{size}");
    }
}

#[tokio::test]
async fn unknown_fields_and_unusual_values_do_not_fail_a_page() {
    let (server, client) = server_with_devices(0).await;
    let template = json!({"template_id": null, "status": "ARCHIVED", "create_time": "yesterday", "new": {"a": [1]}});
    let body = json!({"templates": [template, {}], "page": {"count": -1, "x": 1}, "more": 1});
    server.enqueue(MockResponse::new(200).json(&body));
    let page = client.list_device_authentication_templates().send().await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.total, None);
    assert_eq!(page.items[0].status.as_ref().map(|status| status.as_str()), Some("ARCHIVED"));
    let time = page.items[0].create_time.as_ref().unwrap();
    assert_eq!(time.as_str(), "yesterday");
    assert!(time.to_system_time().is_err());
}

/// Responses with a valid body of this size, with and without a `Content-Length`. The padding is spaces, because they are
/// valid JSON: only the size can be the reason of an error.
fn responses_of_size(size: usize) -> [MockResponse; 2] {
    let body = format!("{{\"devices\": []{}}}", " ".repeat(size - 15));
    [MockResponse::new(200).body(body.clone()), MockResponse::new(200).body(body).chunked()]
}

#[tokio::test]
async fn body_larger_than_8_mib_is_an_error() {
    for response in responses_of_size((8 << 20) + 1).into_iter().chain(responses_of_size(9 << 20)) {
        let error = error_of(response).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.status(), Some(200), "{error}");
        assert!(error.to_string().contains("8 MiB"), "{error}");
        assert!(error.request_id().is_some());
    }
}

#[tokio::test]
async fn body_of_8_mib_is_accepted() {
    let (server, client) = server_with_devices(0).await;
    for response in responses_of_size(8 << 20) {
        server.enqueue(response);
        let page = client.list_device_by_device_certificate(CERTIFICATE).send().await;
        assert!(page.is_ok(), "{page:?}");
    }
}

#[tokio::test]
async fn compressed_body_is_not_decompressed() {
    // `printf '{"devices":[]}' | gzip -n | xxd -i`
    let gzip = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2d, 0xcb, 0x4c, 0x4e,
        0x2d, 0x56, 0xb2, 0x8a, 0x8e, 0xad, 0x05, 0x00, 0xe1, 0x90, 0x0d, 0xc9, 0x0e, 0x00, 0x00, 0x00,
    ];
    let error = error_of(MockResponse::new(200).header("Content-Encoding", "gzip").body(gzip)).await;
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
}

#[tokio::test]
async fn truncated_body_is_a_connection_error() {
    let error = error_of(MockResponse::new(200).json(&json!({"devices": []})).truncate_body()).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert_eq!(error.status(), Some(200), "{error}");
    assert_eq!(predicates(&error), "retryable");
}

#[tokio::test]
async fn closed_connection_is_a_connection_error() {
    let error = error_of(MockResponse::disconnect()).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert_eq!(error.status(), None, "{error}");
    assert_eq!(predicates(&error), "retryable");
    assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
}

#[tokio::test]
async fn refused_connection_is_reported_with_its_cause_and_without_ids() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mock = MockServer::start().await.unwrap();
    let client = mock.builder().endpoint(endpoint).build().unwrap();
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(predicates(&error), "retryable");
    // The operating system's text.
    assert!(error.to_string().contains("refused"), "{error}");
    let texts = format!("{error:?} {error:#?}");
    assert!(!texts.contains(CERTIFICATE), "{texts}");
    assert!(!texts.contains(MockServer::PROJECT_ID), "{texts}");
}

#[tokio::test]
async fn response_after_the_attempt_timeout_is_a_timeout() {
    let (server, _) = server_with_devices(1).await;
    let client = server.builder().attempt_timeout(Duration::from_millis(50)).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(predicates(&error), "retryable timeout");
    assert!(error.to_string().contains("50ms"), "{error}");
}

#[tokio::test]
async fn mock_returns_the_service_errors() {
    let (server, client) = server_with_devices(1).await;
    let error = client.list_device_by_device_certificate("another").send().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.code(), Some("IOTDA.015500"));
    server.remove_token(MockServer::TOKEN);
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.code(), Some("APIG.0301"));
    let (items, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert_eq!(items.len(), 0);
    assert!(error.unwrap().is_unauthorized());
}

#[tokio::test]
async fn redirect_names_its_host_and_nothing_else_of_the_url() {
    for (location, note) in [
        ("https://portal.example.com/login?next=/v5/iot/secret", "(redirect to https://portal.example.com)"),
        ("https://user:pass@portal.example.com:8443/", "(redirect to https://portal.example.com)"),
    ] {
        let error = error_of(MockResponse::new(302).header("Location", location)).await;
        assert!(error.message().ends_with(note), "{error}");
        assert!(!error.to_string().contains("secret") && !error.to_string().contains("pass@"), "{error}");
        assert!(error.help().unwrap().contains("not the target of the redirect"), "{error}");
    }
    let relative = error_of(MockResponse::new(302).header("Location", "/login")).await;
    assert!(!relative.message().contains("redirect to"), "{relative}");
}

#[tokio::test]
async fn gateway_rejection_names_no_iam_action() {
    let text = error_of(error_response(403, "APIG.0402")).await.to_string();
    assert!(text.contains("IP address") && !text.contains("iotda:"), "{text}");
}

#[tokio::test]
async fn too_long_url_is_not_blamed_on_the_credential() {
    let help = error_of(MockResponse::new(414)).await.help().unwrap();
    assert!(help.contains("certificate ID") && !help.contains("credential"), "{help}");
}

#[tokio::test]
async fn success_with_a_code_of_the_service_refers_to_the_code() {
    let error = error_of(MockResponse::new(200).json(&json!({"error_code": "IOTDA.000999", "error_msg": "x"}))).await;
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.help().is_some_and(|help| help.contains("Look up the error code")), "{error}");
}

#[tokio::test]
async fn undocumented_status_is_explained() {
    let body = |code: &str| json!({"error_code": code, "error_msg": "message"});
    for status in [402, 409, 422, 501, 505] {
        let error = error_of(MockResponse::new(status).json(&body("IOTDA.000999"))).await;
        assert!(error.help().is_some_and(|help| help.contains("Look up the error code")), "{error}");
        let error = error_of(MockResponse::new(status)).await;
        assert!(error.help().is_some_and(|help| help.contains("no error code of IoTDA")), "{error}");
    }
    for response in [MockResponse::new(405), MockResponse::new(405).json(&body("IOTDA.000999"))] {
        let error = error_of(response).await;
        assert!(error.help().is_some_and(|help| help.contains("Compare the endpoint")), "{error}");
    }
}

#[tokio::test]
async fn report_has_the_parts_of_the_error() {
    let error = error_of(error_response(404, "IOTDA.015500")).await;
    let report = error.report();
    assert_eq!((report.kind.as_str(), report.status, report.attempts), ("service", Some(404), 1));
    assert_eq!(report.code.as_deref(), error.code());
    assert_eq!(report.request_id.as_deref(), Some("r-1"));
    assert_eq!(report.operation.as_deref(), error.operation());
    assert_eq!(report.host.as_deref(), error.host());
    assert_eq!((report.message.as_str(), &report.help), (error.message(), &error.help()));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(serde_json::from_value::<huaweicloud_iotda::ErrorReport>(json).unwrap(), report);
    let invalid = server_with_devices(0).await.1.list_device_by_device_certificate("").send().await.unwrap_err();
    let json = serde_json::to_value(invalid.report()).unwrap();
    assert_eq!((&json["kind"], json.get("status")), (&json!("invalid_input"), None));
}
