//! Pages with odd bytes or values: they must not hide the records after them.

use huaweicloud_iotda::mock::MockResponse;
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Error, ErrorKind, Page};

use crate::support::raw::list_from_raw_response;
use crate::support::{CERTIFICATE, server_with_devices};

async fn list(body: impl AsRef<[u8]>) -> Result<Page<DeviceSimple>, Error> {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(MockResponse::new(200).body(body.as_ref()));
    client.list_device_by_device_certificate(CERTIFICATE).send().await
}

/// Lists a device with this JSON value of a field.
async fn device(field: &str, value: impl AsRef<[u8]>) -> DeviceSimple {
    let start = format!(r#"{{"devices": [{{"device_id": "d-1", "{field}": "#);
    let end = br#"}, {"device_id": "d-2"}], "page": {"count": 2}}"#;
    let body = [start.as_bytes(), value.as_ref(), end].concat();
    let page = list(&body).await.unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(&body)));
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.items[1].device_id.as_deref(), Some("d-2"));
    page.items[0].clone()
}

#[tokio::test]
async fn text_that_is_not_unicode_is_replaced() {
    let cases: [(&[u8], &str); 12] = [
        (br#""pump \ud83d""#, "pump \u{fffd}"),
        (br#""\ude00 pump""#, "\u{fffd} pump"),
        (br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
        (br#""\ud83d\u0041""#, "\u{fffd}A"),
        (br#""\ud83dx""#, "\u{fffd}x"),
        (br#""\ud83d\n""#, "\u{fffd}\n"),
        (br#""\uD83D\uDE00\uDE00""#, "\u{1f600}\u{fffd}"),
        // An escaped backslash is no escape.
        (br#""\\ud83d \ud83d""#, "\\ud83d \u{fffd}"),
        (b"\"pump \xff\"", "pump \u{fffd}"),
        // GBK.
        (b"\"\xcb\xae\xb1\xc3\"", "\u{02ee}\u{fffd}\u{fffd}"),
        (b"\"\xe6\xb0\xb4\xe6\xb3\"", "水\u{fffd}"),
        (b"\"\xff \\ud83d\"", "\u{fffd} \u{fffd}"),
    ];
    for (json, expected) in cases {
        let device = device("device_name", json).await;
        assert_eq!(device.device_name.as_deref(), Some(expected), "{}", String::from_utf8_lossy(json));
    }
}

#[tokio::test]
async fn unicode_is_not_changed() {
    for (json, expected) in [
        (r#""水泵 😀""#, "水泵 😀"),
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\u0000\ufffd\\\"\/""#, "\0\u{fffd}\\\"/"),
        (r#""\\ud83d""#, r"\ud83d"),
    ] {
        assert_eq!(device("device_name", json).await.device_name.as_deref(), Some(expected), "{json}");
    }
}

#[tokio::test]
async fn number_or_boolean_is_read_as_its_text() {
    for number in ["862345678901234", "89860012345678901234", "1e2", "-1", "0.10", "1e999", "true"] {
        assert_eq!(device("node_id", number).await.node_id.as_deref(), Some(number));
    }
}

#[tokio::test]
async fn byte_order_mark_is_skipped() {
    let page = list("\u{feff}{\"devices\": [{\"device_id\": \"d-1\"}]}").await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(list("\u{feff} {\"devices\": []}").await.unwrap().items.len(), 0);
    let error = list("\u{feff}[]").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    let error = list("\u{feff}{\"devices\": 1}").await.unwrap_err();
    assert!(error.message().contains("invalid type"), "{error}");
}

#[tokio::test]
async fn count_is_the_number_if_it_is_one() {
    let cases = [
        ("1", Some(1)),
        (r#""1""#, Some(1)),
        (r#"" 1 ""#, Some(1)),
        (r#""1.0""#, Some(1)),
        ("1.0", Some(1)),
        ("1e2", Some(100)),
        (r#""1e2""#, Some(100)),
        ("9007199254740993", Some(9_007_199_254_740_993)),
        ("1.5", None),
        ("-1", None),
        ("1e999", None),
        ("99999999999999999999", None),
        (r#""x""#, None),
        (r#""""#, None),
        ("[]", None),
        ("[1]", None),
        ("{}", None),
        (r#"{"value": 1}"#, None),
        ("true", None),
        ("null", None),
    ];
    for (json, expected) in cases {
        let page = list(format!(r#"{{"devices": [{{"device_id": "d-1"}}], "page": {{"count": {json}}}}}"#)).await;
        assert_eq!(page.unwrap_or_else(|error| panic!("{json}: {error}")).total, expected, "{json}");
    }
}

#[tokio::test]
async fn several_odd_values_do_not_hide_the_marker() {
    let body = b"\xef\xbb\xbf{\"devices\": [{\"device_id\": 1, \"device_name\": \"\xff\\udead\"}], \"page\": \
                 {\"count\": \"7\", \"marker\": \"66178add3b98944277731d0a\", \"\xfe\": [1e999]}}";
    let page = list(body).await.unwrap();
    assert_eq!(page.items[0].device_id.as_deref(), Some("1"));
    assert_eq!(page.items[0].device_name.as_deref(), Some("\u{fffd}\u{fffd}"));
    assert_eq!(page.total, Some(7));
    assert_eq!(page.next_marker.as_ref().map(|marker| marker.as_str()), Some("66178add3b98944277731d0a"));
}

#[tokio::test]
async fn structure_stays_strict() {
    let bodies = [
        r#"{"devices": [{"device_id": 1}, []]}"#,
        r#"{"devices": [{"device_id": 1}, null]}"#,
        r#"{"devices": [{"device_id": 1, "device_id": 2}]}"#,
        r#"{"devices": [{"device_id": 1}], "devices": []}"#,
        r#"{"devices": [{"device_id": 1, "node_id": {}}]}"#,
        r#"{"devices": [{"device_id": 1, "node_id": ["x"]}]}"#,
        r#"{"devices": {"0": {"device_id": 1}}}"#,
        r#"{"devices": [{"device_id": 1}], "page": []}"#,
        r#"{"devices": [{"device_id": 1}]} and more"#,
        r#"{"devices": [{"device_id": 01}]}"#,
        r#"{"devices": [{"device_id": nan}]}"#,
        r#"{"devices": [{"device_name": "\ud83d\x"}]}"#,
        r#"[[{"device_id": 1}]]"#,
    ];
    for body in bodies {
        let error = list(body).await.err().unwrap_or_else(|| panic!("{body}: no error"));
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}: {error}");
    }
    let many = format!(r#"{{"devices": [{{"device_id": 1}}, {}{{}}]}}"#, "{},".repeat(1_000));
    assert!(list(&many).await.unwrap_err().message().contains("1000"));
}

#[tokio::test]
async fn truncated_json_without_a_length_is_a_broken_connection() {
    let complete = r#"{"devices": [{"device_id": "d-1"}], "page": {"count": 1}}"#;
    for length in 1..complete.len() {
        let response = format!("HTTP/1.1 200 OK\r\nX-Request-Id: r-1\r\n\r\n{}", &complete[..length]);
        let error = list_from_raw_response(&response).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{response}: {error}");
        assert!(error.is_retryable(), "{response}");
        assert_eq!(error.status(), Some(200), "{response}");
        assert_eq!(error.request_id(), Some("r-1"), "{response}");
        assert!(error.message().contains("connection closed before the response was complete"), "{error}");
    }
    let response = format!("HTTP/1.1 200 OK\r\n\r\n{complete}");
    assert_eq!(list_from_raw_response(&response).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn truncated_json_with_its_length_is_not_retried() {
    let error = list(r#"{"devices": [{"device_id": "d-1"}"#).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(!error.is_retryable());
}
