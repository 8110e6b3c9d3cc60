//! Responses of proxies, firewalls and other servers: pages, text in other charsets, and compressed bodies.

use std::fmt::Write as _;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind, RetryPolicy};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::keys::{AK, SK, server_with_key};
use crate::support::raw::list_from_raw_response;
use crate::support::{CERTIFICATE, server_with_devices, total, without_ports};

const NGINX_404: &str = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not \
                         Found</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n";
/// The page that Huawei Cloud WAF sends with status 418 starts like this.
const WAF: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>访问被拦截！</title>\n<style>\
                   body { color: red }</style>\n<script>if (1 < 2) { alert(\"x\") }</script></head>\n<body>Your request \
                   is blocked.</body></html>";
const OBS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Access \
                   Denied</Message><RequestId>0000018B</RequestId></Error>";
/// "禁止访问" (access forbidden) in GBK.
const GBK: &[u8] = b"\xbd\xfb\xd6\xb9\xb7\xc3\xce\xca";

/// Lists devices, receives this response, and returns the error.
async fn error_of(response: MockResponse) -> Error {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(response.header("X-Request-Id", "r-1"));
    client.list_device_by_device_certificate(CERTIFICATE).send().await.expect_err("an error")
}

fn html(status: u16, body: &str) -> MockResponse {
    MockResponse::new(status).header("Content-Type", "text/html; charset=utf-8").body(body)
}

/// Asserts that nothing is concluded from the response, but that its status and request ID are kept.
#[track_caller]
fn assert_foreign(error: &Error, status: u16) {
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    assert_eq!(error.status(), Some(status), "{error}");
    assert_eq!(error.code(), None, "{error}");
    assert_eq!(error.request_id(), Some("r-1"), "{error}");
    assert!(!error.is_forbidden(), "{error}");
    assert!(!error.is_not_found(), "{error}");
    assert!(!error.is_unauthorized(), "{error}");
    assert!(!error.to_string().contains("iotda:"), "an IAM action: {error}");
    assert!(error.message().chars().count() < 600, "{error}");
    assert!(!format!("{error} {error:?}").contains(char::REPLACEMENT_CHARACTER), "{error}");
}

#[tokio::test]
async fn error_pages_are_neither_forbidden_nor_not_found_nor_unauthorized() {
    for status in [400, 401, 403, 404, 405, 406, 410, 418, 451] {
        for page in [NGINX_404, WAF, OBS] {
            let error = error_of(html(status, page)).await;
            assert_foreign(&error, status);
            assert!(!error.is_retryable(), "{error}");
            assert!(error.help().is_some_and(|help| help.contains("proxy")), "{error}");
        }
    }
}

#[tokio::test]
async fn error_pages_with_a_retryable_status_are_retryable() {
    for status in [408, 429, 500, 502, 503, 504] {
        let error = error_of(html(status, NGINX_404)).await;
        assert_foreign(&error, status);
        assert!(error.is_retryable(), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("proxy")), "{error}");
    }
}

#[tokio::test]
async fn page_is_recognized_by_its_start_or_its_content_type() {
    let starts = [
        "<html>Blocked</html>",
        "\u{feff}<html>Blocked</html>",
        "\r\n \t<HTML>Blocked</HTML>",
        "<!-- blocked by -->\n<html>Blocked</html>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">Blocked",
        "<?xml version='1.0'?><a><b>Blocked</b></a>",
        "<h1>Blocked</h1>",
        "<html><body><![CDATA[Blocked]]>",
    ];
    for body in starts {
        let error = error_of(MockResponse::new(403).body(body)).await;
        assert_foreign(&error, 403);
        expect!["the response body is an HTML or XML page, not the documented JSON; it starts with: Blocked"]
            .assert_eq(error.message());
    }
    for content_type in ["text/html", "TEXT/HTML;charset=utf-8", "application/xhtml+xml", "text/xml", "application/xml"]
    {
        let error = error_of(MockResponse::new(403).header("Content-Type", content_type).body("Blocked")).await;
        assert_foreign(&error, 403);
    }
}

#[tokio::test]
async fn text_that_is_not_json_is_foreign() {
    for (status, text) in [(404, "404 page not found\n"), (403, "RBAC: access denied"), (401, "\"Unauthorized\"")] {
        let error = error_of(MockResponse::new(status).header("Content-Type", "text/plain").body(text)).await;
        assert_foreign(&error, status);
        assert!(error.message().contains(text.trim()), "{error}");
    }
}

#[tokio::test]
async fn errors_of_the_service_are_not_foreign_whatever_their_content_type() {
    let body = json!({"error_code": "PDP5.0003", "error_msg": "<b>No</b> permission"});
    for content_type in ["text/html", "application/xml", "text/plain; charset=gbk"] {
        let response = MockResponse::new(403).header("Content-Type", content_type).body(body.to_string());
        let error = error_of(response).await;
        assert!(error.is_forbidden(), "{error}");
        assert_eq!(error.message(), "<b>No</b> permission");
    }
    for body in ["", "{}", r#"{"error_code": "IOT"#, r#"{"message": "no"}"#] {
        assert!(error_of(MockResponse::new(403).body(body)).await.is_forbidden(), "{body}");
        assert!(error_of(MockResponse::new(404).body(body)).await.is_not_found(), "{body}");
        assert!(error_of(MockResponse::new(401).body(body)).await.is_unauthorized(), "{body}");
    }
}

#[tokio::test]
async fn page_texts() {
    let pages = [
        html(404, NGINX_404),
        html(418, WAF),
        html(403, OBS),
        html(403, "<title>\n</title><p class=\"x\">Tom&nbsp;&amp;&#32;Jerry &lt;&#x41;&gt; &unknown; 1 < 2</p><!-- x"),
        html(403, "<script>var a = '<b>';</script ><STYLE>p{}</STYLE>Access<br/>denied<script>"),
        html(403, "<html></html>"),
        html(403, "<html"),
        html(403, "<title>Cut"),
        html(403, "&#0;&#27;[31m&#x202e;red&#xd800;&#99999999999;"),
        html(200, NGINX_404),
        MockResponse::new(401).body("<html><title>Login</title></html>"),
        html(429, "<html><title>Too fast</title></html>"),
        html(502, NGINX_404),
        html(302, NGINX_404),
        html(407, NGINX_404),
        html(413, NGINX_404),
    ];
    let mut texts = String::new();
    for page in pages {
        let error = error_of(page).await;
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
        writeln!(texts, "{error}").unwrap();
    }
    expect![[r#"
        ListDeviceByDeviceCertificate: HTTP 404 Not Found: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 418 I'm a teapot: the response body is an HTML or XML page, not the documented JSON; its title: 访问被拦截！ [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it starts with: AccessDenied Access Denied 0000018B [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it starts with: Tom & Jerry <A> &unknown; 1 < 2 [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it starts with: Access denied [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it contains no text [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it contains no text [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; its title: Cut [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: the response body is an HTML or XML page, not the documented JSON; it starts with: [31m red&#xd800;&#99999999999; [request ID r-1]. Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
        ListDeviceByDeviceCertificate: HTTP 200 OK: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found (expected value at line 1 column 1) [request ID r-1]. Likely cause: a proxy or another service responds at this endpoint, or the service has changed. Compare the endpoint with the console's Overview page; do not draw conclusions from this response
        ListDeviceByDeviceCertificate: HTTP 401 Unauthorized: the response body is an HTML or XML page, not the documented JSON; its title: Login [request ID r-1]. Likely cause: a proxy, a sign-on page or another server asks for a login, not IoTDA, so this does not mean that the credential is wrong. Compare the endpoint with the console's Overview page; if it is correct, sign in to the network, or ask its administrator to allow the request
        ListDeviceByDeviceCertificate: HTTP 429 Too Many Requests: the response body is an HTML or XML page, not the documented JSON; its title: Too fast [request ID r-1]. The service, or a proxy or firewall in front of it, limits the request rate. Reduce the request rate or concurrency, and retry the call later
        ListDeviceByDeviceCertificate: HTTP 502 Bad Gateway: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found [request ID r-1]. The service, or a proxy or gateway in front of it, failed temporarily. Retry the call; if the error persists, contact the administrator of the proxy, or Huawei Cloud support with the request ID
        ListDeviceByDeviceCertificate: HTTP 302 Found: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found [request ID r-1]. Redirects are never followed, because they would send the credential to another host. Likely cause: an http:// endpoint, or a proxy or sign-on page of the network. Use the endpoint that the console's Overview page shows, not the target of the redirect
        ListDeviceByDeviceCertificate: HTTP 407 Proxy Authentication Required: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found [request ID r-1]. The proxy requires authentication. Add the user name and password, percent-encoded, to the proxy variable, for example HTTPS_PROXY=http://user:password@host:port, or configure the proxy with ClientBuilder::configure_http
        ListDeviceByDeviceCertificate: HTTP 413 Payload Too Large: the response body is an HTML or XML page, not the documented JSON; its title: 404 Not Found [request ID r-1]. The request is larger than the server, or a proxy in front of it, accepts. Check the credential, which is usually the largest part, and the instance ID
    "#]].assert_eq(&texts);
}

#[tokio::test]
async fn page_text_is_bounded() {
    for page in [
        format!("<title>{}</title>", "x".repeat(60_000)),
        format!("<html>{}", "<p>word</p>".repeat(6_000)),
        "<".repeat(60_000),
        "<!--".repeat(15_000),
        "<script>".repeat(8_000),
        "<svg></svg>".repeat(6_000),
        "&".repeat(60_000),
    ] {
        assert_foreign(&error_of(html(403, &page)).await, 403);
    }
}

#[tokio::test]
async fn secret_in_a_page_is_redacted() {
    for page in [
        format!("<html>Header: {}</html>", MockServer::TOKEN),
        format!("<title>{}</title>", MockServer::TOKEN),
        format!("<html>&#{};{}</html>", MockServer::TOKEN.as_bytes()[0], &MockServer::TOKEN[1..]),
        format!("<meta charset={}>\u{7}", MockServer::TOKEN),
    ] {
        for body in [page.clone().into_bytes(), [page.as_bytes(), GBK].concat()] {
            let error = error_of(MockResponse::new(403).body(body)).await;
            let text = format!("{error} {error:?} {error:#?}").to_lowercase();
            assert!(!text.contains(&MockServer::TOKEN[1..].to_lowercase()), "{text}");
        }
    }
}

fn with_charset(content_type: &str, body: impl AsRef<[u8]>) -> MockResponse {
    MockResponse::new(403).header("Content-Type", content_type).body(body.as_ref())
}

#[tokio::test]
async fn text_in_another_charset_is_decoded_or_reported() {
    let page = [b"<html><title>", GBK, b"</title></html>"].concat();
    let meta = [b"<html><meta charset=\"gb2312\"><title>", GBK, b"</title></html>"].concat();
    let xml = [b"<?xml version=\"1.0\" encoding=\"GBK\"?><a>", GBK, b"</a>"].concat();
    let http_equiv = [b"<meta http-equiv=Content-Type content='text/html; charset=Big5'>", GBK].concat();
    let utf_16 = "\u{feff}<p>No</p>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let cases = [
        with_charset("text/html; charset=gb2312", &page),
        with_charset("text/html; charset=\"GBK\"", &page),
        with_charset("text/html", &page),
        with_charset("text/html", &meta),
        with_charset("application/xml", &xml),
        with_charset("text/html", &http_equiv),
        with_charset("text/html; charset=iso-8859-1", &meta),
        with_charset("text/html", &utf_16),
        with_charset("text/html; charset=utf-16le", &utf_16[2..]),
        with_charset("text/html; charset=iso-2022-jp", "<p>\u{1b}$B6X;_\u{1b}(B</p>"),
        with_charset("text/html; charset=utf-8", &page),
        with_charset("text/html; charset=gbk", [b"<title>403 Forbidden</title>", GBK].concat()),
        with_charset("text/plain; charset=iso-8859-1", b"Acc\xe8s refus\xe9"),
        with_charset("text/plain; charset=windows-1252", b"\x93Verboten\x94 \x96 10 \x80"),
        with_charset("text/html; charset=gb2312", "<html><title>禁止访问</title></html>"),
        with_charset("text/html; charset=iso-8859-1", "<html><title>禁止访问</title></html>"),
        with_charset("application/octet-stream", [0, 1, 2, 3]),
    ];
    let mut texts = String::new();
    for response in cases {
        let error = error_of(response).await;
        assert_foreign(&error, 403);
        writeln!(texts, "{}", error.message()).unwrap();
    }
    let json = [&br#"{"error_code": "IOTDA.000004", "error_msg": ""#[..], GBK, br#""}"#].concat();
    let error = error_of(with_charset("application/json; charset=gbk", &json)).await;
    assert!(error.is_unauthorized(), "{error}");
    writeln!(texts, "{}: {}", error.code().unwrap_or_default(), error.message()).unwrap();
    expect![[r#"
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset gb2312)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset gbk)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (not UTF-8)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset gb2312)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset gbk)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset big5)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset gb2312)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset utf-16)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset utf-16le)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (charset iso-2022-jp)
        the response body is an HTML or XML page, not the documented JSON; its text cannot be decoded (not UTF-8)
        the response body is an HTML or XML page, not the documented JSON; its title: 403 Forbidden; the rest cannot be decoded (charset gbk)
        the response body is not the documented JSON; it starts with: Accès refusé
        the response body is not the documented JSON; it starts with: “Verboten” – 10 €
        the response body is an HTML or XML page, not the documented JSON; its title: 禁止访问
        the response body is an HTML or XML page, not the documented JSON; its title: 禁止访问
        the response body is not the documented JSON; its text cannot be decoded (binary data)
        IOTDA.000004: the message cannot be decoded (charset gbk)
    "#]].assert_eq(&texts);
}

/// `printf '{"devices":[]}' | gzip -n | xxd -i`
const GZIP: [u8; 34] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2d, 0xcb, 0x4c, 0x4e, 0x2d,
    0x56, 0xb2, 0x8a, 0x8e, 0xad, 0x05, 0x00, 0xe1, 0x90, 0x0d, 0xc9, 0x0e, 0x00, 0x00, 0x00,
];
/// A frame that contains no data: magic number, header, one empty last block (RFC 8878, section 3.1.1).
const ZSTD: [u8; 9] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00];

#[tokio::test]
async fn compressed_body_that_was_not_requested_is_reported() {
    for status in [200, 403, 404, 503] {
        let cases = [
            (Some("gzip"), GZIP.to_vec(), "compressed (Content-Encoding: gzip), which was not requested"),
            (Some("x-gzip"), GZIP.to_vec(), "compressed (Content-Encoding: x-gzip), which was not requested"),
            (Some("br"), b"\x0b\x02\x80{}\x03".to_vec(), "compressed (Content-Encoding: br), which was not requested"),
            (
                Some("deflate"),
                b"\x78\x9c\xab\xae".to_vec(),
                "compressed (Content-Encoding: deflate), which was not requested",
            ),
            (Some("zstd"), ZSTD.to_vec(), "compressed (Content-Encoding: zstd), which was not requested"),
            (None, GZIP.to_vec(), "compressed (gzip, without a Content-Encoding header), which was not requested"),
            (None, ZSTD.to_vec(), "compressed (zstd, without a Content-Encoding header), which was not requested"),
        ];
        for (encoding, body, expected) in cases {
            let response = MockResponse::new(status).header("Content-Type", "application/json").body(body);
            let response = match encoding {
                Some(encoding) => response.header("Content-Encoding", encoding),
                None => response,
            };
            let error = error_of(response).await;
            assert_eq!(error.message(), format!("the response body is {expected}"));
            let kind = if status == 200 { ErrorKind::UnexpectedResponse } else { ErrorKind::Service };
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(error.status(), Some(status), "{error}");
            assert_eq!(error.request_id(), Some("r-1"), "{error}");
            assert_eq!(error.is_retryable(), status == 503, "{error}");
            assert!(!error.is_forbidden() && !error.is_not_found(), "{error}");
        }
    }
    let error = error_of(MockResponse::new(200).header("Content-Encoding", "gzip").body(GZIP)).await;
    expect!["Likely cause: a proxy or gateway compresses responses, although the client does not request it. Turn off the compression there, or use the endpoint that the console's Overview page shows; do not draw conclusions from this response"].assert_eq(&error.help().unwrap_or_default());
}

#[tokio::test]
async fn plain_body_with_a_content_encoding_is_read() {
    let (server, client) = server_with_devices(0).await;
    let page = json!({"devices": [{"device_id": "d-1"}], "page": {"count": 1}});
    server.enqueue(MockResponse::new(200).header("Content-Encoding", "gzip").json(&page));
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(page.items.len(), 1);
    let body = json!({"error_code": "IOTDA.000004", "error_msg": "Invalid access token."});
    let error = error_of(MockResponse::new(403).header("Content-Encoding", "gzip").json(&body)).await;
    assert_eq!(error.code(), Some("IOTDA.000004"));
    let error = error_of(html(403, NGINX_404).header("Content-Encoding", "br")).await;
    assert!(error.message().contains("404 Not Found"), "{error}");
}

#[tokio::test]
async fn page_with_a_wrong_length_is_described() {
    let response =
        format!("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n{NGINX_404}");
    let error = list_from_raw_response(response).await.unwrap_err();
    assert!(error.message().contains("404 Not Found"), "{error}");
    assert!(!error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn nested_and_differently_named_error_fields_are_read() {
    let cases = [
        (json!({"errcode": 40001, "errmsg": "m"}), "40001", "m"),
        (json!({"code": "A.1", "msg": "m"}), "A.1", "m"),
        (json!({"Code": "A.1", "Message": "m"}), "A.1", "m"),
        (json!({"errors": [{"code": "A.1", "message": "m"}, {"code": "B.2", "message": "n"}]}), "A.1", "m"),
        (json!({"errors": {"error_code": "A.1", "error_msg": "m"}}), "A.1", "m"),
        (json!({"response": {"error_code": "A.1", "error_msg": "m"}}), "A.1", "m"),
        (json!({"response": {"error": {"code": "A.1", "message": "m"}}}), "A.1", "m"),
        (json!({"data": [{"error_code": "A.1", "error_msg": "m"}]}), "A.1", "m"),
        (json!([{"error_code": "A.1", "error_msg": "m"}]), "A.1", "m"),
        (json!({"status": "failed", "Error": {"Code": "A.1", "Message": "m"}}), "A.1", "m"),
        (json!({"code": 500, "message": "outer", "error": {"code": "A.1", "message": "m"}}), "A.1", "m"),
        // A detail does not replace the error.
        (json!({"error_code": "A.1", "error_msg": "m", "detail": {"code": "B.2", "message": "n"}}), "A.1", "m"),
        (json!({"error": {"code": "A.1", "message": "m", "errors": [{"code": "B.2", "message": "n"}]}}), "A.1", "m"),
        (json!({"code": "A.1", "error": "invalid_token", "error_description": "m"}), "A.1", "m"),
    ];
    for (body, code, message) in cases {
        let error = error_of(MockResponse::new(400).json(&body)).await;
        assert_eq!(error.code(), Some(code), "{body}");
        assert_eq!(error.message(), message, "{body}");
    }
}

#[tokio::test]
async fn page_instead_of_the_project_list_is_described() {
    let (server, _) = server_with_devices(1).await;
    let responses = [
        html(200, "<html><title>Sign in</title></html>"),
        html(403, "<html><title>Sign in</title></html>"),
        MockResponse::new(200).header("Content-Encoding", "gzip").body(GZIP),
    ];
    let mut texts = String::new();
    for response in responses {
        server.enqueue(response.header("X-IAM-Trace-Id", "r-1"));
        let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).no_proxy();
        let builder = builder.region("cn-north-4").credentials(Credentials::token(MockServer::TOKEN));
        let error = total(&builder.build().unwrap()).await.unwrap_err();
        assert!(!error.is_forbidden(), "{error}");
        writeln!(texts, "{error}").unwrap();
    }
    expect![[r#"
        ListDeviceByDeviceCertificate: looking up the project via IAM (HOST:PORT): the response body is an HTML or XML page, not the documented JSON; its title: Sign in (not a list of projects: expected value at line 1 column 1). Likely cause: a proxy or another server responds instead of the one that the message names. Check that endpoint; if it is correct, ask the administrator of the network
        ListDeviceByDeviceCertificate: HTTP 403 Forbidden: looking up the project via IAM (HOST:PORT): the response body is an HTML or XML page, not the documented JSON; its title: Sign in [request ID r-1]. Likely cause: a proxy, a firewall, a sign-on page or another server sent this response instead of the issuer of credentials, so it says nothing about the credential. Check the endpoint that the message names; if it is correct, ask the administrator of the network to allow the request
        ListDeviceByDeviceCertificate: looking up the project via IAM (HOST:PORT): the response body is compressed (Content-Encoding: gzip), which was not requested. Likely cause: a proxy or gateway compresses responses, although the client does not request it. Turn off the compression there, or use the endpoint that the console's Overview page shows; do not draw conclusions from this response
    "#]].assert_eq(&without_ports(&texts));
}

#[tokio::test]
async fn page_with_status_401_protects_the_access_key_without_blaming_it() {
    let server = server_with_key(1).await;
    let client = server.builder().credentials(Credentials::ak_sk(AK, SK)).build().unwrap();
    server.enqueue(html(401, "<html><title>Sign in</title></html>"));
    for _ in 0..3 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.status(), Some(401), "{error}");
        assert!(!error.is_unauthorized(), "{error}");
        assert!(error.message().contains("Sign in"), "{error}");
    }
    assert_eq!(server.requests().len(), 1, "the service may have counted a failure");
}

#[tokio::test]
async fn page_instead_of_a_login_does_not_blame_the_account() {
    for status in [401, 403, 404] {
        let (server, _) = server_with_devices(1).await;
        server.enqueue(html(status, "<html><title>Sign in</title></html>"));
        let client = server.builder().credentials(Credentials::password("domain", "user", "password"));
        let error = total(&client.build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert_eq!(error.status(), Some(status), "{error}");
        assert!(!error.is_unauthorized() && !error.is_forbidden() && !error.is_not_found(), "{error}");
        assert!(error.message().contains("Sign in"), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("proxy")), "{error}");
        assert_eq!(server.requests().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn error_404_of_iam_is_not_a_missing_certificate() {
    for body in [json!({"error_code": "IAM.0004", "error_msg": "Could not find it."}), json!({"message": "no"})] {
        let (server, _) = server_with_devices(1).await;
        server.enqueue(MockResponse::new(404).json(&body));
        let client = server.builder().credentials(Credentials::password("domain", "user", "password"));
        let error = total(&client.build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(!error.is_not_found(), "{error}");
    }
}

/// Starts a proxy that requires a user name and a password, and forwards to the server. Returns its URL.
async fn authenticating_proxy(server: &MockServer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let target = server.endpoint().replace("http://", "");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(forward_if_authenticated(stream, target.clone()));
        }
    });
    url
}

async fn forward_if_authenticated(mut client: TcpStream, target: String) {
    let request = read_head(&mut client).await;
    let head = String::from_utf8_lossy(&request).to_lowercase();
    // `printf user:password | base64`, in lowercase.
    if head.contains("proxy-authorization: basic dxnlcjpwyxnzd29yza==") {
        let mut upstream = TcpStream::connect(target).await.unwrap();
        upstream.write_all(&request).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    } else {
        let page = "<html><title>Proxy login</title></html>";
        let head = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"";
        let response = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        let _ = client.write_all(response.as_bytes()).await;
        let _ = client.shutdown().await;
    }
}

/// Reads at least the head of a request.
async fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
    }
    request
}

/// A builder that, unlike that of the mock server, does not disable proxies.
fn client_builder(endpoint: &str) -> ClientBuilder {
    let builder = Client::builder().endpoint(endpoint).project_id(MockServer::PROJECT_ID);
    let builder = builder.credentials(Credentials::token(MockServer::TOKEN));
    builder.retry_policy(RetryPolicy::none())
}

#[tokio::test]
async fn help_for_status_407_works() {
    let (server, _) = server_with_devices(1).await;
    let proxy = authenticating_proxy(&server).await;
    // The proxy forwards to the server, whatever the host.
    let builder = || client_builder("http://iotda.example").allow_http(true);
    let without = reqwest::Proxy::all(&proxy).unwrap();
    let with = reqwest::Proxy::all(&proxy).unwrap().basic_auth("user", "password");
    let error = total(&builder().configure_http(|http| http.proxy(without)).build().unwrap()).await.unwrap_err();
    assert_eq!(error.status(), Some(407), "{error}");
    let help = error.help().unwrap();
    assert!(help.contains("configure_http"), "{help}");
    let client = builder().configure_http(|http| http.proxy(with)).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    // The other way that the help names: the user name and the password in the URL, like in a proxy variable.
    let url = proxy.replace("http://", "http://user:password@");
    let with = reqwest::Proxy::all(url).unwrap();
    let client = builder().configure_http(|http| http.proxy(with)).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test]
async fn proxy_that_refuses_a_tunnel_is_explained() {
    let (server, _) = server_with_devices(1).await;
    let mut texts = String::new();
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", refusing.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = refusing.accept().await.unwrap();
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    });
    for proxy in [authenticating_proxy(&server).await, address] {
        let proxy = reqwest::Proxy::all(&proxy).unwrap();
        let client = client_builder("https://iotda.example").configure_http(|http| http.proxy(proxy)).build().unwrap();
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        writeln!(texts, "{error}").unwrap();
    }
    expect![[r#"
        ListDeviceByDeviceCertificate: connection failed (iotda.example:443): the proxy requires authentication, or rejects the user name or password (tunnel error: proxy authorization required). The proxy requires authentication. Add the user name and password, percent-encoded, to the proxy variable, for example HTTPS_PROXY=http://user:password@host:port, or configure the proxy with ClientBuilder::configure_http
        ListDeviceByDeviceCertificate: connection failed (iotda.example:443): the proxy refuses to connect to the host, or could not (tunnel error: unsuccessful). Check the host name, and ask the proxy's administrator to allow it; if this machine can reach the host without the proxy, add the host name, without the port, to the variable NO_PROXY
    "#]].assert_eq(&texts);
}
