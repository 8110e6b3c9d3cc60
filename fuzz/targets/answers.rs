//! Whole answers, through the client over real HTTP: a page that holds what the body says, or an error that says what came,
//! on one line, bounded, and without the credential.
//!
//! An input is an answer as HTTP writes it: a line of the status, the headers, an empty line, the body.

#![no_main]

use std::cell::OnceCell;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::Marker;
use huaweicloud_iotda::{Client, Error, ErrorKind, Page};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// One server for all inputs: a connection that an answer spoils must not spoil the next.
struct World {
    runtime: Runtime,
    server: MockServer,
    client: Client,
}

thread_local! {
    static WORLD: OnceCell<World> = const { OnceCell::new() };
}

fn world() -> World {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = runtime.block_on(MockServer::start()).expect("a server");
    let client = server.client().expect("a client");
    World { runtime, server, client }
}

fuzz_target!(|input: &[u8]| {
    let (head, body) = match input.windows(2).position(|bytes| bytes == b"\n\n") {
        Some(end) => (&input[..end], &input[end + 2..]),
        None => (input, &[][..]),
    };
    let Ok(head) = str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let Some(Ok(status)) = lines.next().map(str::parse::<u16>) else { return };
    let mut answer = MockResponse::new(status).body(body);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        // What frames a body is the HTTP library's own matter.
        if ["connection", "content-length", "transfer-encoding", "upgrade"]
            .iter()
            .all(|own| !name.eq_ignore_ascii_case(own))
        {
            answer = answer.header(name, value.trim());
        }
    }

    WORLD.with(|cell| {
        let World { runtime, server, client } = cell.get_or_init(world);
        server.clear_requests();
        server.enqueue(answer.clone());
        server.enqueue(answer);
        let devices = runtime.block_on(client.list_device_by_device_certificate("c").send());
        check(devices, status, body, "devices");
        let templates = runtime.block_on(client.list_device_authentication_templates().send());
        check(templates, status, body, "templates");
        assert_eq!(server.requests().len(), 2, "neither a redirect nor a second attempt");
    });
});

fn check<T>(outcome: Result<Page<T>, Error>, status: u16, body: &[u8], list: &str) {
    let page = match outcome {
        Ok(page) => page,
        Err(error) => return assert_error(&error, status),
    };
    assert_eq!(status, 200);
    assert!(page.next_marker.is_none() || !page.items.is_empty());
    // The other reader takes neither deep nesting nor invalid UTF-8 nor huge numbers, not even where they are skipped.
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    let records = body[list].as_array().map_or(&[][..], Vec::as_slice);
    assert!(body.is_object() && records.iter().all(Value::is_object), "{body} is read as a page");
    assert_eq!(page.items.len(), records.len());
    assert_eq!(page.total, body["page"]["count"].as_u64());
    if let Some(next) = &page.next_marker {
        assert_eq!(Some(next.as_str()), body["page"]["marker"].as_str());
        assert!(next.as_str().to_ascii_lowercase() < Marker::default().to_string(), "it goes downwards");
    }
}

fn assert_error(error: &Error, status: u16) {
    let expected = match error.kind() {
        // The mock closes the connection on what HTTP can't hold.
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
