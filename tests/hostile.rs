//! What a hostile server can send: an error or a value, never a crash. Each answer is one that breaks careless readers.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Credentials, Error, ErrorKind, Page};
use support::raw::listed_from;
use support::{CERTIFICATE, serve};

/// More levels than a recursive reader has stack for.
const DEEP: usize = 100_000;

type Outcome = Result<Page<DeviceSimple>, Error>;

/// What listing devices gives when the service answers like this.
async fn outcome(answer: MockResponse) -> Outcome {
    let (server, client) = serve(0).await;
    server.enqueue(answer);
    client.list_device_by_device_certificate(CERTIFICATE).send().await
}

#[track_caller]
fn assert_page(outcome: Outcome, records: usize, what: &str) -> Page<DeviceSimple> {
    let page = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(page.items.len(), records, "{what}");
    page
}

#[track_caller]
fn assert_error(outcome: Outcome, kind: ErrorKind, status: Option<u16>, what: &str) -> Error {
    let error = outcome.map(|page| page.items.len()).expect_err(what);
    assert_eq!((error.kind(), error.status()), (kind, status), "{what}: {error}");
    for text in [error.to_string(), error.message().to_owned(), format!("{error:?}")] {
        assert!(text.len() < 3_000 && !text.contains(char::is_control), "{what}: {text}");
    }
    error
}

/// An array in an array in an array, and so on.
fn deep() -> String {
    "[".repeat(DEEP) + &"]".repeat(DEEP)
}

/// Bodies with this JSON text wherever the document names nothing.
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

#[tokio::test]
async fn no_unknown_field_has_a_say_whatever_it_holds() {
    let objects = r#"{"x":"#.repeat(DEEP) + "0" + &"}".repeat(DEEP);
    let digits = "7".repeat(400);
    let hostile: [(&str, Vec<u8>); 9] = [
        ("deep arrays", deep().into()),
        ("deep objects", objects.into()),
        ("a number that no type holds", b"1e999".into()),
        ("many digits", digits.clone().into()),
        ("a fraction of many digits", format!("0.{digits}").into()),
        ("bytes that are no UTF-8", b"\"\xff\xfe\x80\"".into()),
        ("half a surrogate pair", br#""\ud800""#.into()),
        ("an escaped NUL", br#""\u0000""#.into()),
        ("a key that is there twice", br#"{"devices": 1, "devices": 2}"#.into()),
    ];
    for (what, text) in hostile {
        for (body, records) in in_unknown_fields(&text) {
            let start = format!("{what}: {}", body[..body.len().min(60)].escape_ascii());
            assert_page(outcome(MockResponse::new(200).body(body)).await, records, &start);
        }
    }
    let twice = br#"{"x": 1, "devices": [{"y": 1, "y": 2}], "x": [2]}"#;
    assert_page(outcome(MockResponse::new(200).body(twice)).await, 1, "unknown keys that are there twice");
}

#[tokio::test]
async fn what_the_document_names_is_as_documented_or_an_error() {
    let digits = "7".repeat(400);
    let in_list = format!(r#"{{"devices": {}}}"#, deep());
    let in_field = format!(r#"{{"devices": [{{"device_id": {}}}]}}"#, deep());
    let in_page = format!(r#"{{"devices": [{{}}], "page": {}}}"#, deep());
    let count = |number: &str| format!(r#"{{"devices": [{{}}], "page": {{"count": {number}}}}}"#).into_bytes();
    let bodies: [Vec<u8>; 26] = [
        deep().into(),
        "[".repeat(DEEP).into(),
        r#"{"devices":"#.repeat(DEEP).into(),
        in_list.into(),
        in_field.into(),
        in_page.into(),
        count("1e999"),
        count("-1e999"),
        count(&digits),
        count("9223372036854775808"),
        count("1.5"),
        count("1e2"),
        count(r#""1""#),
        b"{\"devices\": [{\"device_id\": \"\xff\"}]}".into(),
        b"{\"devices\": [{}], \"page\": {\"marker\": \"\xc3\x28\"}}".into(),
        b"{\"devices\": [{\"\xff\": 1}]}".into(),
        b"\xff\xfe{\x00}\x00".into(),
        br#"{"devices": [{"device_id": "\ud800"}]}"#.into(),
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
        let what = body[..body.len().min(60)].escape_ascii().to_string();
        assert_error(outcome(MockResponse::new(200).body(body)).await, ErrorKind::UnexpectedResponse, Some(200), &what);
    }
}

#[tokio::test]
async fn an_array_is_no_object_though_it_has_as_many_fields() {
    let bodies = [
        r#"[[{"device_id": "a"}], {"count": 1}]"#,
        r#"[[{"device_id": "a"}]]"#,
        r#"{"devices": [["app", "device", "node", "gateway", "name", "product"]]}"#,
        r#"{"devices": [{"device_id": "a"}, []]}"#,
        r#"{"devices": [{"device_id": "a"}], "page": [1, "66178add3b98944277731d0a"]}"#,
    ];
    for body in bodies {
        assert_error(outcome(MockResponse::new(200).body(body)).await, ErrorKind::UnexpectedResponse, Some(200), body);
    }
}

#[tokio::test]
async fn a_page_of_more_records_than_anybody_asks_for_is_an_error() {
    // 2,796,000 records of 144 bytes each, were they made of it, in a body of 8 MiB.
    for (records, refused) in [(1_000, false), (1_001, true), (2_796_000, true)] {
        let body = format!(r#"{{"devices": [{}{{}}]}}"#, "{},".repeat(records - 1));
        let outcome = outcome(MockResponse::new(200).body(body)).await;
        match refused {
            false => drop(assert_page(outcome, records, "as many as are read")),
            true => {
                let error = assert_error(outcome, ErrorKind::UnexpectedResponse, Some(200), "more");
                assert!(error.message().contains("more than 1000 records in a page"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_odd_and_still_as_documented_is_a_value() {
    let count = |number: &str| format!(r#"{{"devices": [{{}}], "page": {{"count": {number}}}}}"#);
    for (number, total) in [("9223372036854775807", Some(i64::MAX as u64)), ("-9223372036854775808", None)] {
        assert_eq!(assert_page(outcome(MockResponse::new(200).body(count(number))).await, 1, number).total, total);
    }
    let body = r#"{"devices": [{"device_id": "a\u0000\u202eb"}]}"#;
    let page = assert_page(outcome(MockResponse::new(200).body(body)).await, 1, body);
    assert_eq!(page.items[0].device_id.as_deref(), Some("a\0\u{202e}b"));
}

#[tokio::test]
async fn an_error_keeps_its_status_whatever_its_body_is() {
    let deep = deep();
    let closed = "[".repeat(20_000) + &"]".repeat(20_000);
    let nested = r#"{"error":"#.repeat(5_000) + "1" + &"}".repeat(5_000);
    let bodies: [Vec<u8>; 12] = [
        deep.into(),
        closed.clone().into(),
        nested.into(),
        format!(r#"{{"error_code": "A.1", "error_msg": "said", "x": {closed}}}"#).into(),
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
        let what = body[..body.len().min(60)].escape_ascii().to_string();
        let error =
            assert_error(outcome(MockResponse::new(500).body(body)).await, ErrorKind::Service, Some(500), &what);
        assert!(error.is_retryable() && !error.message().is_empty(), "{what}: {error}");
    }
}

#[tokio::test]
async fn an_error_that_says_things_twice_has_said_the_last_one() {
    let body = r#"{"error_code": "A.1", "error_msg": "first", "error_code": "B.2", "error_msg": "last"}"#;
    let error = assert_error(outcome(MockResponse::new(400).body(body)).await, ErrorKind::Service, Some(400), body);
    assert_eq!((error.code(), error.message()), (Some("B.2"), "last"));
    let body = r#"{"error_msg": "a\u0000b\u061c\u202ec\u0085d"}"#;
    let error = assert_error(outcome(MockResponse::new(400).body(body)).await, ErrorKind::Service, Some(400), body);
    assert_eq!(error.message(), "a b c d");
}

#[tokio::test]
async fn headers_without_measure_end_the_attempt() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n";
    let body = "\r\n{\"devices\": []}";
    let many: String = (0..30_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let answers = [
        ("a header of 16 MiB", format!("{head}X-Long: {}\r\n{body}", "x".repeat(16 << 20))),
        ("16 MiB of headers", format!("{head}{}{body}", "X-Same: 0123456789\r\n".repeat(800_000))),
        ("30,000 headers", format!("{head}{many}{body}")),
        ("a name of 1 MiB", format!("{head}{}: 1\r\n{body}", "X".repeat(1 << 20))),
        ("a status line of 16 MiB", format!("HTTP/1.1 200 {}\r\n{body}", "K".repeat(16 << 20))),
    ];
    for (what, answer) in answers {
        assert_error(listed_from(answer).await, ErrorKind::Connection, None, what);
    }
    let some: String = (0..60).map(|number| format!("X-{number}: {}\r\n", "1".repeat(1_000))).collect();
    assert_page(listed_from(format!("{head}{some}{body}")).await, 0, "60 headers of 1,000 characters");
}

#[tokio::test]
async fn what_is_no_http_is_a_connection_error() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let digits = "7".repeat(400);
    let no_answer: [(&str, Vec<u8>); 9] = [
        ("nothing", Vec::new()),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".into()),
        ("NUL bytes", vec![0; 1_000]),
        ("TLS", b"\x15\x03\x01\x00\x02\x02\x28".into()),
        ("a NUL in a header", b"HTTP/1.1 200 OK\r\nX-Request-Id: a\0b\r\nContent-Length: 2\r\n\r\n{}".into()),
        ("a status of many digits", format!("HTTP/1.1 {digits} OK\r\n\r\n{{}}").into()),
        ("a length of many digits", format!("HTTP/1.1 200 OK\r\nContent-Length: {digits}\r\n\r\n{{}}").into()),
        ("a negative length", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}".into()),
        ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".into()),
    ];
    for (what, answer) in no_answer {
        assert_error(listed_from(answer).await, ErrorKind::Connection, None, what);
    }
    let cut: [(&str, Vec<u8>); 5] = [
        ("the longest length", b"HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n{}".into()),
        ("a chunk of many digits", format!("{chunked}{digits}\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk of no digits", format!("{chunked}xyz\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk's extension of 1 MiB", format!("{chunked}2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(1 << 20)).into()),
        (
            "trailers of 16 MiB",
            format!("{chunked}2\r\n{{}}\r\n0\r\n{}\r\n", "X: 0123456789\r\n".repeat(1 << 20)).into(),
        ),
    ];
    for (what, answer) in cut {
        assert_error(listed_from(answer).await, ErrorKind::Connection, Some(200), what);
    }
}

#[tokio::test]
async fn a_length_that_no_memory_holds_is_taken_at_no_more_than_what_comes() {
    for length in ["8388609", "9223372036854775807", "18446744073709551613"] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{\"devices\": []}}");
        assert_error(listed_from(answer).await, ErrorKind::Connection, Some(200), length);
        let answer = format!("HTTP/1.1 500 X\r\nContent-Length: {length}\r\n\r\nsaid");
        let error = assert_error(listed_from(answer).await, ErrorKind::Service, Some(500), length);
        assert!(error.message().contains("said"), "{error}");
    }
}

#[tokio::test]
async fn a_body_is_too_large_as_soon_as_it_is_over_the_bound() {
    const BOUND: usize = 8 << 20;
    for (size, kind) in [(BOUND, ErrorKind::Connection), (BOUND + 1, ErrorKind::UnexpectedResponse)] {
        // More was announced, and the connection ends here.
        let body = " ".repeat(size);
        let with_length = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", 2 * BOUND);
        let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}", 2 * BOUND);
        for (what, answer) in [("with a length", with_length), ("in chunks", chunked)] {
            let error = assert_error(listed_from(answer).await, kind, Some(200), &format!("{size} bytes {what}"));
            assert_eq!(error.is_retryable(), kind == ErrorKind::Connection, "{error}");
        }
    }
}

#[tokio::test]
async fn header_values_that_are_no_text_are_as_if_they_were_not_there() {
    let answer =
        b"HTTP/1.1 503 X\r\nX-Request-Id: \xff\xfe\r\nRetry-After: \x80\r\nDate: \xff\r\nContent-Length: 0\r\n\r\n";
    let error = assert_error(listed_from(answer).await, ErrorKind::Service, Some(503), "bytes");
    assert_eq!((error.request_id(), error.retry_after()), (None, None));
    let answer = format!("HTTP/1.1 503 X\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n", "9".repeat(400));
    let error = assert_error(listed_from(answer).await, ErrorKind::Service, Some(503), "400 digits");
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(u64::MAX)));
}

#[tokio::test]
async fn ten_thousand_interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(10_000);
    let answer = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{{\"devices\": []}}");
    assert_page(listed_from(answer).await, 0, "interim answers");
}

#[tokio::test]
async fn what_iam_answers_is_no_more_trusted() {
    let deep = deep();
    let login = |body: String| MockResponse::new(201).header("X-Subject-Token", MockServer::TOKEN).body(body);
    let (server, _) = serve(1).await;
    let builder = || server.builder().credentials(Credentials::password("account", "user", "password"));
    let bodies = [
        deep.clone(),
        format!(r#"{{"token": {{"x": {deep}, "expires_at": "2099-01-01T00:00:00.000000Z"}}}}"#),
        format!(r#"{{"token": {{"expires_at": {deep}}}}}"#),
        r#"{"token": {"expires_at": "+262142-12-31T23:59:60.999999999+23:59"}}"#.to_owned(),
        r#"{"token": {"expires_at": 1e999}, "token": 1}"#.to_owned(),
    ];
    for body in bodies {
        server.enqueue(login(body));
        let client = builder().build().unwrap();
        assert_eq!(client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap(), 1);
    }
    let projects = [
        deep.clone(),
        format!(r#"{{"projects": {deep}}}"#),
        format!(r#"{{"projects": [{}]}}"#, r#"{"id": "i", "name": "n"},"#.repeat(100_000).trim_end_matches(',')),
        r#"{"projects": [{"id": "../\u0000", "name": "n"}]}"#.to_owned(),
        r#"{"projects": [{"id": "a", "id": "b", "name": "n"}]}"#.to_owned(),
    ];
    for body in projects {
        server.enqueue(MockResponse::new(200).body(body));
        let client = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
        let client = client.credentials(Credentials::token(MockServer::TOKEN)).no_proxy().build().unwrap();
        let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("IAM") && text.len() < 3_000 && !text.contains(char::is_control), "{text}");
    }
}
