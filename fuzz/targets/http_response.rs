//! Fuzzes whole responses, through the client and over HTTP. The client must return a page with the contents of the
//! body, or an error whose text is one line, bounded in length, and free of the credential.
//!
//! An input is a response in the format of HTTP: a line with the status, the headers, an empty line, the body.

#![no_main]

mod count;

use std::cell::OnceCell;

use count::count;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::Marker;
use huaweicloud_iotda::{Client, Error, ErrorKind, Page};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// One server and client for all inputs: a connection that a response breaks must not affect the next call.
struct Fixture {
    runtime: Runtime,
    server: MockServer,
    client: Client,
}

thread_local! {
    static FIXTURE: OnceCell<Fixture> = const { OnceCell::new() };
}

fn start_fixture() -> Fixture {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = runtime.block_on(MockServer::start()).expect("a server");
    let client = server.client().expect("a client");
    Fixture { runtime, server, client }
}

fuzz_target!(|input: &[u8]| {
    let (head, body) = match input.windows(2).position(|bytes| bytes == b"\n\n") {
        Some(end) => (&input[..end], &input[end + 2..]),
        None => (input, &[][..]),
    };
    let Ok(head) = str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let Some(Ok(status)) = lines.next().map(str::parse::<u16>) else { return };
    let mut response = MockResponse::new(status).body(body);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        // The framing of a body is the responsibility of the HTTP library.
        if ["connection", "content-length", "transfer-encoding", "upgrade"]
            .iter()
            .all(|framing| !name.eq_ignore_ascii_case(framing))
        {
            response = response.header(name, value.trim());
        }
    }

    FIXTURE.with(|cell| {
        let Fixture { runtime, server, client } = cell.get_or_init(start_fixture);
        server.clear_requests();
        server.enqueue(response.clone());
        server.enqueue(response);
        let devices = runtime.block_on(client.list_device_by_device_certificate("c").send());
        check(devices, status, body, "devices");
        let templates = runtime.block_on(client.list_device_authentication_templates().send());
        check(templates, status, body, "templates");
        assert_eq!(server.requests().len(), 2, "no redirect is followed, and nothing is retried");
    });
});

fn check<T>(result: Result<Page<T>, Error>, status: u16, body: &[u8], list: &str) {
    let page = match result {
        Ok(page) => page,
        Err(error) => return assert_error(&error, status),
    };
    assert_eq!(status, 200);
    // serde_json's `Value` rejects deep nesting, invalid UTF-8 and huge numbers even in fields that the client skips.
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    let records = body[list].as_array().map_or(&[][..], Vec::as_slice);
    assert!(body.is_object() && records.iter().all(Value::is_object), "{body} was accepted as a page");
    assert_eq!(page.items.len(), records.len());
    assert_eq!(page.total, count(&body["page"]["count"]).and_then(|count| u64::try_from(count).ok()));
    if let Some(next) = &page.next_marker {
        assert_eq!(Some(next.as_str()), body["page"]["marker"].as_str());
        assert!(next.as_str().to_ascii_lowercase() < Marker::default().to_string(), "the marker must decrease");
    }
}

fn assert_error(error: &Error, status: u16) {
    let expected = match error.kind() {
        // The mock closes the connection if HTTP can't represent the response.
        ErrorKind::Connection => error.status(),
        ErrorKind::Service => (!(200..300).contains(&status)).then_some(status),
        ErrorKind::UnexpectedResponse => (200..300).contains(&status).then_some(status),
        kind => panic!("{kind:?}: {error}"),
    };
    assert_eq!(error.status(), expected, "{error}");
    for text in [error.to_string(), error.message().to_owned(), format!("{error:?}")] {
        assert!(!text.contains(char::is_control), "{text:?}");
        assert!(text.chars().count() < 5_000, "{text}");
        let part_of_token = MockServer::TOKEN.as_bytes().windows(8).map(|part| str::from_utf8(part).expect("ASCII"));
        for part in part_of_token {
            assert!(!text.contains(part), "{text}");
        }
    }
}
