//! Hostile responses: each is an error or a value, never a crash. They exceed limits of naive parsers.

use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Credentials, Error, ErrorKind, Page};

use crate::support::raw::list_from_raw_response;
use crate::support::{CERTIFICATE, server_with_devices, total};

/// More nesting levels than a recursive parser has stack for.
const NESTING_LEVELS: usize = 100_000;

type ListResult = Result<Page<DeviceSimple>, Error>;

/// Lists devices, and receives this response.
async fn list_from(response: MockResponse) -> ListResult {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(response);
    client.list_device_by_device_certificate(CERTIFICATE).send().await
}

#[track_caller]
fn assert_page(result: ListResult, records: usize, case: &str) -> Page<DeviceSimple> {
    let page = result.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(page.items.len(), records, "{case}");
    page
}

#[track_caller]
fn assert_error(result: ListResult, kind: ErrorKind, status: Option<u16>, case: &str) -> Error {
    let error = result.map(|page| page.items.len()).expect_err(case);
    assert_eq!(error.kind(), kind, "{case}: {error}");
    assert_eq!(error.status(), status, "{case}: {error}");
    for text in [error.to_string(), error.message().to_owned(), format!("{error:?}")] {
        assert!(text.len() < 3_000, "{case}: {text}");
        assert!(!text.contains(char::is_control), "{case}: {text}");
    }
    error
}

/// Deeply nested JSON arrays.
fn nested_arrays() -> String {
    "[".repeat(NESTING_LEVELS) + &"]".repeat(NESTING_LEVELS)
}

/// Bodies with this JSON text in each place where an unknown field is allowed, and their number of records.
fn in_unknown_fields(text: &[u8]) -> [(Vec<u8>, usize); 5] {
    let around = |before: &str, after: &str| [before.as_bytes(), text, after.as_bytes()].concat();
    [
        (around(r#"{"devices": [{"device_id": "a"}], "x": "#, "}"), 1),
        (around(r#"{"x": "#, r#", "devices": [{}, {}], "page": {"count": 2}}"#), 2),
        (around(r#"{"devices": [{"x": "#, r#", "device_id": "a"}]}"#), 1),
        (around(r#"{"devices": [{}], "page": {"x": "#, "}}"), 1),
        (around(r#"{"devices": [], "x": "#, "}"), 0),
    ]
}

/// The start of a body, to name a case.
fn excerpt(body: &[u8]) -> String {
    body[..body.len().min(60)].escape_ascii().to_string()
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let objects = r#"{"x":"#.repeat(NESTING_LEVELS) + "0" + &"}".repeat(NESTING_LEVELS);
    let digits = "7".repeat(400);
    let hostile: [(&str, Vec<u8>); 9] = [
        ("nested arrays", nested_arrays().into()),
        ("nested objects", objects.into()),
        ("a number out of range", b"1e999".into()),
        ("many digits", digits.clone().into()),
        ("a fraction with many digits", format!("0.{digits}").into()),
        ("invalid UTF-8", b"\"\xff\xfe\x80\"".into()),
        ("half a surrogate pair", br#""\ud800""#.into()),
        ("an escaped NUL", br#""\u0000""#.into()),
        ("a duplicate key", br#"{"devices": 1, "devices": 2}"#.into()),
    ];
    for (value, text) in hostile {
        for (body, records) in in_unknown_fields(&text) {
            let case = format!("{value}: {}", excerpt(&body));
            assert_page(list_from(MockResponse::new(200).body(body)).await, records, &case);
        }
    }
    let duplicates = br#"{"x": 1, "devices": [{"y": 1, "y": 2}], "x": [2]}"#;
    assert_page(list_from(MockResponse::new(200).body(duplicates)).await, 1, "duplicate unknown keys");
}

#[tokio::test]
async fn malformed_known_fields_are_an_error() {
    let in_list = format!(r#"{{"devices": {}}}"#, nested_arrays());
    let in_field = format!(r#"{{"devices": [{{"device_id": {}}}]}}"#, nested_arrays());
    let in_page = format!(r#"{{"devices": [{{}}], "page": {}}}"#, nested_arrays());
    // A wrong count and text that is not Unicode are no errors: `lenient.rs` tests them.
    let bodies: [Vec<u8>; 16] = [
        nested_arrays().into(),
        "[".repeat(NESTING_LEVELS).into(),
        r#"{"devices":"#.repeat(NESTING_LEVELS).into(),
        in_list.into(),
        in_field.into(),
        in_page.into(),
        b"{\"devices\": [{}], \"page\": {\"marker\": \"\xc3\x28\"}}".into(),
        b"\xff\xfe{\x00}\x00".into(),
        b"{\"devices\": [{\"device_id\": \"a\x00b\"}]}".into(),
        b"{\"devices\": [{}]}\x00".into(),
        b"\x00".into(),
        br#"{"devices": [{}], "devices": []}"#.into(),
        br#"{"devices": [{}], "page": null, "page": null}"#.into(),
        br#"{"devices": [{"device_id": "a", "device_id": "b"}]}"#.into(),
        br#"{"devices": [{}], "page": {"count": 1, "count": 1}}"#.into(),
        br#"{"devices": [{}], "page": {"marker": 66178}}"#.into(),
    ];
    for body in bodies {
        let case = excerpt(&body);
        assert_error(
            list_from(MockResponse::new(200).body(body)).await,
            ErrorKind::UnexpectedResponse,
            Some(200),
            &case,
        );
    }
}

#[tokio::test]
async fn array_instead_of_an_object_is_an_error() {
    let bodies = [
        r#"[[{"device_id": "a"}], {"count": 1}]"#,
        r#"[[{"device_id": "a"}]]"#,
        r#"{"devices": [["app", "device", "node", "gateway", "name", "product"]]}"#,
        r#"{"devices": [{"device_id": "a"}, []]}"#,
        r#"{"devices": [{"device_id": "a"}], "page": [1, "66178add3b98944277731d0a"]}"#,
    ];
    for body in bodies {
        assert_error(
            list_from(MockResponse::new(200).body(body)).await,
            ErrorKind::UnexpectedResponse,
            Some(200),
            body,
        );
    }
}

fn page_of(records: usize) -> MockResponse {
    MockResponse::new(200).body(format!(r#"{{"devices": [{}{{}}]}}"#, "{},".repeat(records - 1)))
}

#[tokio::test]
async fn page_of_1000_records_is_accepted() {
    assert_page(list_from(page_of(1_000)).await, 1_000, "1000 records");
}

#[tokio::test]
async fn page_of_more_than_1000_records_is_an_error() {
    // 2,796,000 empty records fill a body of 8 MiB. Decoded, they would need 144 bytes each.
    for records in [1_001, 2_796_000] {
        let error = assert_error(list_from(page_of(records)).await, ErrorKind::UnexpectedResponse, Some(200), "limit");
        assert!(error.message().contains("1000"), "{error}");
    }
}

#[tokio::test]
async fn negative_count_is_no_total() {
    let count = |number: &str| format!(r#"{{"devices": [{{}}], "page": {{"count": {number}}}}}"#);
    for (number, total) in [("9223372036854775807", Some(i64::MAX as u64)), ("-9223372036854775808", None)] {
        let page = assert_page(list_from(MockResponse::new(200).body(count(number))).await, 1, number);
        assert_eq!(page.total, total);
    }
}

#[tokio::test]
async fn control_characters_in_a_field_are_kept() {
    let body = r#"{"devices": [{"device_id": "a\u0000\u202eb"}]}"#;
    let page = assert_page(list_from(MockResponse::new(200).body(body)).await, 1, body);
    assert_eq!(page.items[0].device_id.as_deref(), Some("a\0\u{202e}b"));
}

#[tokio::test]
async fn error_with_a_malformed_body_keeps_its_status() {
    let nested_arrays = nested_arrays();
    let closed = "[".repeat(20_000) + &"]".repeat(20_000);
    let nested = r#"{"error":"#.repeat(5_000) + "1" + &"}".repeat(5_000);
    let bodies: [Vec<u8>; 12] = [
        nested_arrays.into(),
        closed.clone().into(),
        nested.into(),
        format!(r#"{{"error_code": "A.1", "error_msg": "m", "x": {closed}}}"#).into(),
        format!(r#"{{"error_code": {closed}}}"#).into(),
        b"{\"error_code\": \"A.1\", \"error_msg\": \"\xff\xfe\"}".into(),
        br#"{"error_code": "A.1", "error_msg": "\ud800"}"#.into(),
        br#"{"error_code": 1e999}"#.into(),
        format!(r#"{{"error_code": {}}}"#, "7".repeat(400)).into(),
        b"{\"error_code\": \"A\x00.1\"}".into(),
        vec![0; 100_000],
        vec![0xff; 100_000],
    ];
    for body in bodies {
        let case = excerpt(&body);
        let error =
            assert_error(list_from(MockResponse::new(500).body(body)).await, ErrorKind::Service, Some(500), &case);
        assert!(error.is_retryable(), "{case}: {error}");
        assert_ne!(error.message(), "", "{case}");
    }
}

#[tokio::test]
async fn last_duplicate_key_of_an_error_is_used() {
    let body = r#"{"error_code": "A.1", "error_msg": "first", "error_code": "B.2", "error_msg": "last"}"#;
    let error = assert_error(list_from(MockResponse::new(400).body(body)).await, ErrorKind::Service, Some(400), body);
    assert_eq!(error.code(), Some("B.2"));
    assert_eq!(error.message(), "last");
}

#[tokio::test]
async fn control_characters_in_an_error_message_are_replaced() {
    let body = r#"{"error_msg": "a\u0000b\u061c\u202ec\u0085d"}"#;
    let error = assert_error(list_from(MockResponse::new(400).body(body)).await, ErrorKind::Service, Some(400), body);
    assert_eq!(error.message(), "a b c d");
}

#[tokio::test]
async fn oversized_headers_are_a_connection_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n";
    let body = "\r\n{\"devices\": []}";
    let many: String = (0..30_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let responses = [
        ("a header of 16 MiB", format!("{head}X-Long: {}\r\n{body}", "x".repeat(16 << 20))),
        ("16 MiB of headers", format!("{head}{}{body}", "X-Same: 0123456789\r\n".repeat(800_000))),
        ("30,000 headers", format!("{head}{many}{body}")),
        ("a name of 1 MiB", format!("{head}{}: 1\r\n{body}", "X".repeat(1 << 20))),
        ("a status line of 16 MiB", format!("HTTP/1.1 200 {}\r\n{body}", "K".repeat(16 << 20))),
    ];
    for (case, response) in responses {
        assert_error(list_from_raw_response(response).await, ErrorKind::Connection, None, case);
    }
}

#[tokio::test]
async fn sixty_long_headers_are_accepted() {
    let headers: String = (0..60).map(|number| format!("X-{number}: {}\r\n", "1".repeat(1_000))).collect();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n{headers}\r\n{{\"devices\": []}}");
    assert_page(list_from_raw_response(response).await, 0, "60 headers of 1,000 characters");
}

#[tokio::test]
async fn malformed_http_head_is_a_connection_error() {
    let digits = "7".repeat(400);
    let responses: [(&str, Vec<u8>); 9] = [
        ("nothing", Vec::new()),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".into()),
        ("NUL bytes", vec![0; 1_000]),
        ("TLS", b"\x15\x03\x01\x00\x02\x02\x28".into()),
        ("a NUL in a header", b"HTTP/1.1 200 OK\r\nX-Request-Id: a\0b\r\nContent-Length: 2\r\n\r\n{}".into()),
        ("a status with many digits", format!("HTTP/1.1 {digits} OK\r\n\r\n{{}}").into()),
        ("a length with many digits", format!("HTTP/1.1 200 OK\r\nContent-Length: {digits}\r\n\r\n{{}}").into()),
        ("a negative length", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}".into()),
        ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".into()),
    ];
    for (case, response) in responses {
        assert_error(list_from_raw_response(response).await, ErrorKind::Connection, None, case);
    }
}

#[tokio::test]
async fn malformed_http_body_is_a_connection_error() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let digits = "7".repeat(400);
    let trailers = "X: 0123456789\r\n".repeat(1 << 20);
    let responses: [(&str, Vec<u8>); 5] = [
        ("the largest allowed length", b"HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n{}".into()),
        ("a chunk size with many digits", format!("{chunked}{digits}\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk size without digits", format!("{chunked}xyz\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk extension of 1 MiB", format!("{chunked}2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(1 << 20)).into()),
        ("trailers of 16 MiB", format!("{chunked}2\r\n{{}}\r\n0\r\n{trailers}\r\n").into()),
    ];
    for (case, response) in responses {
        assert_error(list_from_raw_response(response).await, ErrorKind::Connection, Some(200), case);
    }
}

#[tokio::test]
async fn oversized_content_length_does_not_preallocate() {
    for length in ["8388609", "9223372036854775807", "18446744073709551613"] {
        let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{\"devices\": []}}");
        assert_error(list_from_raw_response(response).await, ErrorKind::Connection, Some(200), length);
        let response = format!("HTTP/1.1 500 X\r\nContent-Length: {length}\r\n\r\nthe body");
        let error = assert_error(list_from_raw_response(response).await, ErrorKind::Service, Some(500), length);
        assert!(error.message().contains("the body"), "{error}");
    }
}

#[tokio::test]
async fn body_is_too_large_from_the_first_byte_over_the_limit() {
    const MAX_BODY_BYTES: usize = 8 << 20;
    for (size, kind) in [(MAX_BODY_BYTES, ErrorKind::Connection), (MAX_BODY_BYTES + 1, ErrorKind::UnexpectedResponse)] {
        // The head announces more, but the connection ends here.
        let announced = 2 * MAX_BODY_BYTES;
        let body = " ".repeat(size);
        let with_length = format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\n{body}");
        let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{announced:x}\r\n{body}");
        for (framing, response) in [("with a length", with_length), ("chunked", chunked)] {
            let case = format!("{size} bytes, {framing}");
            let error = assert_error(list_from_raw_response(response).await, kind, Some(200), &case);
            assert_eq!(error.is_retryable(), kind == ErrorKind::Connection, "{case}: {error}");
        }
    }
}

#[tokio::test]
async fn header_values_that_are_not_text_are_ignored() {
    let response =
        b"HTTP/1.1 503 X\r\nX-Request-Id: \xff\xfe\r\nRetry-After: \x80\r\nDate: \xff\r\nContent-Length: 0\r\n\r\n";
    let error = assert_error(list_from_raw_response(response).await, ErrorKind::Service, Some(503), "bytes");
    assert_eq!(error.request_id(), None);
    assert_eq!(error.retry_after(), None);
}

#[tokio::test]
async fn retry_after_with_400_digits_is_the_maximum() {
    let response = format!("HTTP/1.1 503 X\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n", "9".repeat(400));
    let error = assert_error(list_from_raw_response(response).await, ErrorKind::Service, Some(503), "400 digits");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
}

#[tokio::test]
async fn ten_thousand_interim_responses_are_skipped() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(10_000);
    let response = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{{\"devices\": []}}");
    assert_page(list_from_raw_response(response).await, 0, "interim responses");
}

#[tokio::test]
async fn malformed_login_bodies_do_not_fail_the_login() {
    let nested_arrays = nested_arrays();
    let (server, _) = server_with_devices(1).await;
    let bodies = [
        nested_arrays.clone(),
        format!(r#"{{"token": {{"x": {nested_arrays}, "expires_at": "2099-01-01T00:00:00.000000Z"}}}}"#),
        format!(r#"{{"token": {{"expires_at": {nested_arrays}}}}}"#),
        r#"{"token": {"expires_at": "+262142-12-31T23:59:60.999999999+23:59"}}"#.to_owned(),
        r#"{"token": {"expires_at": 1e999}, "token": 1}"#.to_owned(),
    ];
    for body in bodies {
        // The token is in the header; the body contains only its expiry.
        server.enqueue(MockResponse::new(201).header("X-Subject-Token", MockServer::TOKEN).body(body));
        let credentials = Credentials::password("account", "user", "password");
        let client = server.builder().credentials(credentials).build().unwrap();
        assert_eq!(total(&client).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn malformed_project_lists_are_an_error() {
    let nested_arrays = nested_arrays();
    let (server, _) = server_with_devices(1).await;
    let bodies = [
        nested_arrays.clone(),
        format!(r#"{{"projects": {nested_arrays}}}"#),
        format!(r#"{{"projects": [{}]}}"#, r#"{"id": "i", "name": "n"},"#.repeat(100_000).trim_end_matches(',')),
        r#"{"projects": [{"id": "../\u0000", "name": "n"}]}"#.to_owned(),
        r#"{"projects": [{"id": "a", "id": "b", "name": "n"}]}"#.to_owned(),
    ];
    for body in bodies {
        server.enqueue(MockResponse::new(200).body(body));
        let builder =
            Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
        let client = builder.credentials(Credentials::token(MockServer::TOKEN)).no_proxy().build().unwrap();
        let text = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err().to_string();
        assert!(text.contains("IAM"), "{text}");
        assert!(text.len() < 3_000, "{text}");
        assert!(!text.contains(char::is_control), "{text}");
    }
}
