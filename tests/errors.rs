//! What becomes of every answer that is not the documented one. Codes and bodies are those of the vendor's pages.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Error, ErrorKind};
use serde_json::json;
use support::raw::listed_from;
use support::{CERTIFICATE, drain, serve};
use tokio::net::TcpListener;

/// The error of listing devices when the service answers like this.
async fn error_of(answer: MockResponse) -> Error {
    let (server, client) = serve(3).await;
    server.enqueue(answer);
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

fn coded(status: u16, code: &str) -> MockResponse {
    MockResponse::new(status).header("X-Request-Id", "r-1").json(&json!({"error_code": code, "error_msg": "Said so."}))
}

/// Which predicates hold, in the order of their names.
fn predicates(error: &Error) -> String {
    let all = [
        ("forbidden", error.is_forbidden()),
        ("not_found", error.is_not_found()),
        ("retryable", error.is_retryable()),
        ("throttled", error.is_throttled()),
        ("timeout", error.is_timeout()),
        ("unauthorized", error.is_unauthorized()),
    ];
    all.iter().filter(|(_, holds)| *holds).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_status_and_code_has_its_predicates() {
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
        let error = error_of(coded(status, code)).await;
        assert_eq!(predicates(&error), expected, "{status} {code}");
        assert_eq!(error.kind(), ErrorKind::Service);
        assert_eq!((error.status(), error.code()), (Some(status), Some(code)));
        assert_eq!((error.message(), error.request_id()), ("Said so.", Some("r-1")));
        assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
    }
}

#[tokio::test]
async fn an_errors_text_has_all_that_a_person_needs() {
    let error = error_of(coded(404, "IOTDA.015500")).await;
    let text = error.to_string();
    for part in ["ListDeviceByDeviceCertificate", "404 Not Found", "IOTDA.015500", "Said so.", "r-1", "instance id"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(!text.contains('\n'), "{text}");
}

#[tokio::test]
async fn a_403_names_the_iam_action_unless_its_code_means_something_else() {
    let devices = "iotda:devicecertificates:queryDeviceList";
    for code in ["PDP5.0003", "IOTDA.000999"] {
        let text = error_of(coded(403, code)).await.to_string();
        assert!(text.contains(devices), "{text}");
    }
    for code in ["IOTDA.000004", "IOTDA.000021", "IOTDA.001000", "IOTDA.021101", "IOTDA.021102"] {
        let text = error_of(coded(403, code)).await.to_string();
        assert!(!text.contains("iotda:"), "{text}");
    }
    let (server, client) = serve(0).await;
    server.enqueue(coded(403, "PDP5.0003"));
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert!(error.to_string().contains("iotda:deviceauthenticationtemplate:queryList"), "{error}");
}

#[tokio::test]
async fn a_401_names_its_likely_causes() {
    let text = error_of(coded(401, "APIG.0301")).await.to_string();
    assert!(text.contains("expired") && text.contains("region"), "{text}");
}

#[tokio::test]
async fn every_form_of_an_error_body_is_read() {
    let nested = json!({"error": {"code": 401, "message": "The token is bad.", "title": "Unauthorized"}});
    let cases = [
        (json!({"error_code": "A.1", "error_msg": "m"}), Some("A.1"), "m", Some("header")),
        (json!({"error_code": "A.1", "error_msg": "m", "request_id": "body"}), Some("A.1"), "m", Some("header")),
        (json!({"errorCode": "A.1", "errorMsg": "m"}), Some("A.1"), "m", Some("header")),
        (json!({"code": "A.1", "message": "m"}), Some("A.1"), "m", Some("header")),
        (json!({"code": 17, "message": "m"}), Some("17"), "m", Some("header")),
        (json!({"error_code": "", "code": "B.2", "error_msg": null, "message": "m"}), Some("B.2"), "m", Some("header")),
        (nested, Some("401"), "The token is bad.", Some("header")),
        (
            json!({"error_code": "PDP5.0003", "error_msg": "m", "encoded_authorization_message": "zzz"}),
            Some("PDP5.0003"),
            "m",
            Some("header"),
        ),
    ];
    for (body, code, message, request_id) in cases {
        let error = error_of(MockResponse::new(400).header("X-Request-Id", "header").json(&body)).await;
        assert_eq!((error.code(), error.message(), error.request_id()), (code, message, request_id), "{body}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_hides_no_error() {
    let error = error_of(MockResponse::new(403).body("\u{feff}{\"error_code\": \"IOTDA.000004\"}")).await;
    assert_eq!((error.code(), error.is_unauthorized()), (Some("IOTDA.000004"), true), "{error}");
}

#[tokio::test]
async fn a_long_message_is_cut_by_characters_and_marked() {
    let long = "ошибка ".repeat(200);
    let error = error_of(MockResponse::new(400).json(&json!({"error_code": "A", "error_msg": long}))).await;
    assert_eq!((error.message().chars().count(), error.message().ends_with("...")), (503, true), "{error}");
    // All of Unicode's Bidi_Control: marks that reorder a line.
    let marks = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let reordered = format!("a{}b", marks.chars().map(|mark| format!("{mark}-")).collect::<String>());
    let reordered = error_of(MockResponse::new(400).json(&json!({"error_code": "A", "error_msg": reordered}))).await;
    assert_eq!(reordered.message(), format!("a{}b", " -".repeat(12)));
}

#[tokio::test]
async fn the_gateways_request_id_is_read_from_the_body_when_no_header_has_it() {
    let body = r#"{"error_code":"APIG.0301","error_msg":"m","request_id":"of-the-body"}"#;
    let head = "HTTP/1.1 401 Unauthorized\r\nX-Request-Id: \r\n";
    let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let error = listed_from(answer).await.expect_err("an error");
    assert_eq!((error.status(), error.request_id()), (Some(401), Some("of-the-body")));
}

#[tokio::test]
async fn bodies_that_are_no_json_keep_the_status_the_request_id_and_an_excerpt() {
    let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
    let cases = [
        (MockResponse::new(502).header("Content-Type", "text/html").body(html), 502, "502 Bad Gateway"),
        (MockResponse::new(503).body("upstream\u{7}\nconnect error"), 503, "upstream connect error"),
        (MockResponse::new(500), 500, "the body is empty"),
        (MockResponse::new(401), 401, "the body is empty"),
        (MockResponse::new(500).body([0xff, 0xfe, b'x']), 500, "x"),
        (MockResponse::new(504).body(r#"{"error_code": "IOT"#), 504, "IOT"),
        (MockResponse::new(502).body("<html>cut").truncate_body(), 502, "cut"),
        (MockResponse::new(500).json(&json!([1, 2])), 500, "[1,2]"),
        (MockResponse::new(500).json(&json!(null)), 500, "null"),
    ];
    for (answer, status, excerpt) in cases {
        let error = error_of(answer.header("X-Request-Id", "r-2")).await;
        assert_eq!((error.status(), error.request_id()), (Some(status), Some("r-2")), "{error}");
        assert!(error.message().contains(excerpt), "`{excerpt}` is not in: {}", error.message());
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[tokio::test]
async fn a_long_error_body_is_cut_and_does_not_hang() {
    let error = error_of(MockResponse::new(500).body("x".repeat(20 << 20)).chunked()).await;
    assert_eq!(error.status(), Some(500));
    assert!(error.to_string().len() < 2_000, "{}", error.to_string().len());
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let (server, client) = serve(3).await;
    let elsewhere = MockServer::start().await.unwrap();
    for status in [301, 302, 307, 308] {
        server
            .enqueue(MockResponse::new(status).header("Location", elsewhere.endpoint()).header("X-Request-Id", "r-3"));
        let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Service, Some(status)));
        assert_eq!((error.request_id(), predicates(&error).as_str()), (Some("r-3"), ""));
        assert!(error.to_string().contains("never followed"), "{error}");
    }
    assert!(elsewhere.requests().is_empty(), "the token must not travel");
}

#[tokio::test]
async fn a_success_that_is_not_the_documented_json_is_an_error_and_no_empty_list() {
    let cases = [
        MockResponse::new(200).header("Content-Type", "text/html").body("<html>Please log in</html>"),
        MockResponse::new(200),
        MockResponse::new(200).body("null"),
        MockResponse::new(200).body("[]"),
        MockResponse::new(200).body("[null, null]"),
        MockResponse::new(200).body("\"devices\""),
        MockResponse::new(200).body(r#"{"devices": [{"device_id": "a"}"#),
        MockResponse::new(200).body(r#"{"devices": []} and more"#),
        MockResponse::new(200).json(&json!({"devices": {}})),
        MockResponse::new(200).json(&json!({"devices": [{"device_id": 1}]})),
        MockResponse::new(200).json(&json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."})),
        MockResponse::new(200).json(&json!({"error_code": "IOTDA.000002", "devices": null})),
        MockResponse::new(200).json(&json!({"error": {"code": 401}, "devices": [], "page": {"count": 0}})),
        MockResponse::new(200).json(&json!({"templates": []})),
        MockResponse::new(201).json(&json!({"devices": []})),
        MockResponse::new(204),
        MockResponse::new(206).json(&json!({"devices": []})),
    ];
    for answer in cases {
        let what = format!("{answer:?}");
        let error = error_of(answer.header("X-Request-Id", "r-4")).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{what}: {error}");
        assert!(error.status().is_some_and(|status| status < 300), "{what}: {error}");
        assert_eq!((error.request_id(), predicates(&error).as_str()), (Some("r-4"), ""), "{what}");
    }
}

#[tokio::test]
async fn a_success_that_is_an_error_says_what_the_service_said() {
    let body = json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed.", "devices": []});
    for answer in [MockResponse::new(200), MockResponse::new(202)] {
        let error = error_of(answer.json(&body)).await;
        assert_eq!((error.kind(), error.code()), (ErrorKind::UnexpectedResponse, Some("IOTDA.000002")), "{error}");
        assert!(error.message().starts_with("Authentication failed."), "{error}");
    }
    for body in ["<html>Please log in</html>", "Please log in", r#"{"Please log in": 1}"#] {
        let error = error_of(MockResponse::new(200).body(body)).await;
        assert!(error.code().is_none() && error.message().contains("Please log in"), "{error}");
    }
}

#[tokio::test]
async fn what_an_answer_is_does_not_depend_on_its_size_or_its_parts() {
    let (server, client) = serve(0).await;
    for size in [10, 6_000, 600_000] {
        let filler = "x".repeat(size);
        server.enqueue(MockResponse::new(200).json(&json!({"devices": null, "page": null, "x": filler})).chunked());
        let page = client.list_device_by_device_certificate(CERTIFICATE).send().await;
        assert!(page.is_ok_and(|page| page.items.is_empty()), "{size}");
        server
            .enqueue(MockResponse::new(200).json(&json!({"error_code": "X", "devices": null, "x": filler})).chunked());
        assert!(client.list_device_by_device_certificate(CERTIFICATE).send().await.is_err(), "{size}");
    }
}

#[tokio::test]
async fn odd_fields_fail_no_page() {
    let (server, client) = serve(0).await;
    let template = json!({"template_id": null, "status": "ARCHIVED", "create_time": "yesterday", "new": {"a": [1]}});
    server.enqueue(
        MockResponse::new(200).json(&json!({"templates": [template, {}], "page": {"count": -1, "x": 1}, "more": 1})),
    );
    let page = client.list_device_authentication_templates().send().await.unwrap();
    assert_eq!((page.items.len(), page.total), (2, None));
    assert_eq!(page.items[0].status.as_ref().map(|status| status.as_str()), Some("ARCHIVED"));
    let time = page.items[0].create_time.as_ref().unwrap();
    assert_eq!(time.as_str(), "yesterday");
    assert!(time.to_system_time().is_err());
}

#[tokio::test]
async fn a_body_over_the_bound_is_an_error_with_and_without_a_length() {
    // 8 MiB is the bound; spaces are valid JSON, so that nothing else can be what is wrong.
    let body = |size: usize| format!("{{\"devices\": []{}}}", " ".repeat(size - 15));
    let of = |size| [MockResponse::new(200).body(body(size)), MockResponse::new(200).body(body(size)).chunked()];
    for answer in of((8 << 20) + 1).into_iter().chain(of(9 << 20)) {
        let error = error_of(answer).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedResponse, Some(200)), "{error}");
        assert!(error.to_string().contains("8 MiB"), "{error}");
        assert!(error.request_id().is_some());
    }
    let (server, client) = serve(0).await;
    for answer in of(8 << 20) {
        server.enqueue(answer);
        let page = client.list_device_by_device_certificate(CERTIFICATE).send().await;
        assert!(page.is_ok(), "the bound itself is not over the bound: {page:?}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_not_decompressed() {
    // `printf '{"devices":[]}' | gzip -n | xxd -i`
    let gzip = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2d, 0xcb, 0x4c, 0x4e,
        0x2d, 0x56, 0xb2, 0x8a, 0x8e, 0xad, 0x05, 0x00, 0xe1, 0x90, 0x0d, 0xc9, 0x0e, 0x00, 0x00, 0x00,
    ];
    let error = error_of(MockResponse::new(200).header("Content-Encoding", "gzip").body(gzip)).await;
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
}

#[tokio::test]
async fn an_answer_that_ends_early_is_a_connection_error() {
    let error = error_of(MockResponse::new(200).json(&json!({"devices": []})).truncate_body()).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, Some(200)), "{error}");
    assert_eq!(predicates(&error), "retryable");
    let error = error_of(MockResponse::disconnect()).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, None), "{error}");
    assert_eq!((predicates(&error).as_str(), error.operation()), ("retryable", Some("ListDeviceByDeviceCertificate")));
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_cause_and_without_ids() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mock = MockServer::start().await.unwrap();
    let client = mock.builder().endpoint(endpoint).build().unwrap();
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!((error.kind(), predicates(&error).as_str()), (ErrorKind::Connection, "retryable"));
    assert!(error.to_string().contains("refused"), "{error}");
    let texts = format!("{error:?} {error:#?}");
    assert!(!texts.contains(CERTIFICATE) && !texts.contains(MockServer::PROJECT_ID), "{texts}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_a_timeout() {
    let (server, _) = serve(1).await;
    let client = server.builder().attempt_timeout(Duration::from_millis(50)).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!((error.kind(), predicates(&error).as_str()), (ErrorKind::Timeout, "retryable timeout"));
    assert!(error.to_string().contains("50ms"), "{error}");
}

#[tokio::test]
async fn the_mocks_own_errors_are_those_of_the_service() {
    let (server, client) = serve(1).await;
    let error = client.list_device_by_device_certificate("another").send().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("IOTDA.015500")));
    server.remove_token(MockServer::TOKEN);
    let error = client.list_device_authentication_templates().send().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("APIG.0301")));
    let (items, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert!(items.is_empty() && error.is_some_and(|error| error.is_unauthorized()));
}
