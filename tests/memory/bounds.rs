//! The memory that a client allocates: bounded for any response, and constant over the pages of a listing.
//!
//! Only allocations of the client's thread are counted. The server runs on another thread.

use std::env;
use std::time::Duration;

use allocation_counter::measure;
use futures::{Stream, StreamExt, poll};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use tokio::runtime::Runtime;

use crate::support::faults::gzip_bomb;
use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, without_root_certificates};

const MIB: u64 = 1 << 20;
/// The client reads at most this much of a response body.
const MAX_BODY_BYTES: usize = 8 << 20;
/// Eight times the largest body.
const MAX_ALLOCATED_BYTES: u64 = 64 * MIB;

fn client(server: &MockServer) -> Client {
    without_root_certificates(server.builder()).build().unwrap()
}

/// `{"page": {"count": 1}, "devices": [FILLER, FILLER, …]}` of the maximum size.
fn list_of(filler: &str) -> Vec<u8> {
    repeated(r#"{"page": {"count": 1}, "devices": ["#, filler, "]}")
}

/// A body of the maximum size: `start`, a list of fillers, and `end`.
fn repeated(start: &str, filler: &str, end: &str) -> Vec<u8> {
    let times = (MAX_BODY_BYTES - start.len() - end.len() - filler.len()) / (filler.len() + 1);
    let body = format!("{start}{}{filler}{end}", format!("{filler},").repeat(times));
    assert!(body.len() <= MAX_BODY_BYTES);
    body.into_bytes()
}

/// An empty list with these unknown fields, one of which is not UTF-8.
fn with_odd_byte(fields: &str) -> Vec<u8> {
    [br#"{"devices": [], "x": ""#, &b"\xff\", "[..], fields.as_bytes(), b"}"].concat()
}

#[test]
fn allocations_of_an_empty_list_with_many_unknown_fields_are_a_multiple_of_its_size() {
    let fields: Vec<_> = (0..700_000).map(|number| format!(r#""{number:x}":0"#)).collect();
    let fields = fields.join(",");
    let server = server_on_thread(|server| server.add_certificate(CERTIFICATE));
    let (runtime, client) = (runtime(), client(&server));
    for (name, body, times) in
        [("valid", format!(r#"{{"devices":[],{fields}}}"#).into_bytes(), 3), ("odd", with_odd_byte(&fields), 5)]
    {
        let size = body.len() as u64;
        server.enqueue(MockResponse::new(200).body(body));
        let memory = measure(|| {
            let page = runtime.block_on(client.list_device_by_device_certificate(CERTIFICATE).send());
            assert_eq!(page.unwrap().items.len(), 0, "{name}");
        });
        assert!(memory.bytes_max < times * size, "{name}: peak of {} MiB", memory.bytes_max / MIB);
        // Nothing is allocated for a field.
        assert!(memory.count_total < 5_000, "{name}: {} allocations", memory.count_total);
    }
}

#[test]
fn allocations_are_bounded_for_any_response() {
    let many_keys: Vec<_> = (0..700_000).map(|number| format!(r#""{number:x}":0"#)).collect();
    let responses: Vec<(&str, MockResponse)> = vec![
        ("empty devices", MockResponse::new(200).body(list_of("{}"))),
        ("nulls instead of devices", MockResponse::new(200).body(list_of("null"))),
        ("numbers instead of devices", MockResponse::new(200).body(list_of("1"))),
        ("devices with a one-letter field", MockResponse::new(200).body(list_of(r#"{"app_id":"a"}"#))),
        ("many keys", MockResponse::new(200).body(format!("{{{}}}", many_keys.join(",")))),
        ("an odd byte after many keys", MockResponse::new(200).body(with_odd_byte(&many_keys.join(",")))),
        ("a long unknown list", MockResponse::new(200).body(repeated(r#"{"devices": [], "x": ["#, "[]", "]}"))),
        ("deep nesting", MockResponse::new(200).body(format!(r#"{{"devices": [], "x": {}"#, "[".repeat(4 << 20)))),
        (
            "a long string",
            MockResponse::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, "a".repeat(8_000_000))),
        ),
        (
            "escapes",
            MockResponse::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, r"\n".repeat(4_000_000))),
        ),
        ("not JSON", MockResponse::new(200).body(vec![b'<'; MAX_BODY_BYTES])),
        ("an oversized body", MockResponse::new(200).body(vec![b' '; 5 * MAX_BODY_BYTES]).chunked()),
        ("a gzip bomb", gzip_bomb()),
        ("an error with a list", MockResponse::new(500).body(repeated("[", "[]", "]"))),
        ("an error with many keys", MockResponse::new(500).body(format!("{{{}}}", many_keys.join(",")))),
    ];
    let server = server_on_thread(|server| server.add_certificate(CERTIFICATE));
    let (runtime, client) = (runtime(), client(&server));
    for (name, response) in responses {
        server.enqueue(response);
        let memory = measure(|| {
            let page = runtime.block_on(client.list_device_by_device_certificate(CERTIFICATE).send());
            drop(page);
        });
        assert!(memory.bytes_max < MAX_ALLOCATED_BYTES, "{name}: peak of {} MiB", memory.bytes_max / MIB);
    }
}

/// The number of pages in the listing: 100,000 in `.ci/full`. Default: 3,000.
fn pages() -> usize {
    env::var("IOTDA_PAGES").map_or(3_000, |pages| pages.parse().expect("IOTDA_PAGES must be a number"))
}

#[test]
fn memory_use_is_constant_over_the_pages_of_a_listing() {
    const PAGES_PER_CHUNK: usize = 1_000;
    let chunks = pages() / PAGES_PER_CHUNK;
    let server = server_on_thread(move |server| drop(server.add_sample_devices(CERTIFICATE, chunks * PAGES_PER_CHUNK)));
    let (runtime, client) = (runtime(), client(&server));
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).limit(1).items();
    let mut read = || {
        runtime.block_on(async {
            for _ in 0..PAGES_PER_CHUNK {
                devices.try_next().await.unwrap().expect("a device");
            }
        });
    };
    // The first chunk also opens the connection and fills the caches of the runtime.
    let first = measure(&mut read);
    for chunk in 1..chunks {
        let memory = measure(&mut read);
        assert_eq!(memory.bytes_current, 0, "chunk {chunk} of {PAGES_PER_CHUNK} pages leaked: {memory:?}");
        assert!(memory.bytes_max <= first.bytes_max, "chunk {chunk}: {memory:?}, first chunk: {first:?}");
    }
    assert!(runtime.block_on(devices.next()).is_none(), "the listing has more pages");
}

/// Waits until the runtime has this number of tasks. Each open connection has one.
fn wait_for_tasks(runtime: &Runtime, expected: usize) {
    let tasks = || runtime.metrics().num_alive_tasks();
    let reached = async {
        while tasks() != expected {
            tokio::task::yield_now().await;
        }
    };
    let reached = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), reached).await });
    assert!(reached.is_ok(), "{} tasks instead of {expected}", tasks());
}

/// Polls the stream until it has sent this number of requests. It must not yield an item meanwhile.
fn poll_until_sent(runtime: &Runtime, server: &MockServer, requests: usize, mut stream: impl Stream + Unpin) {
    let sent_before = server.requests().len();
    runtime.block_on(async {
        while server.requests().len() < sent_before + requests {
            assert!(poll!(stream.next()).is_pending());
            tokio::task::yield_now().await;
        }
    });
}

/// A server with 20 devices, a runtime, and a client that has an idle connection.
fn connected_client() -> (MockServer, Runtime, Client) {
    let server = server_on_thread(|server| drop(server.add_sample_devices(CERTIFICATE, 20)));
    let (runtime, client) = (runtime(), client(&server));
    runtime.block_on(client.list_device_by_device_certificate(CERTIFICATE).limit(1).send()).unwrap();
    (server, runtime, client)
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn stream_dropped_between_two_pages_leaves_its_connection_idle() {
    let (_server, runtime, client) = connected_client();
    let connected = runtime.metrics().num_alive_tasks();
    let items = || client.list_device_by_device_certificate(CERTIFICATE).limit(1).items();
    let mut dropped = items();
    runtime.block_on(dropped.next()).expect("a device").unwrap();
    drop(dropped);
    runtime.block_on(items().next()).expect("a device").unwrap();
    assert_eq!(runtime.metrics().num_alive_tasks(), connected, "the next stream reuses the connection");
}

#[test]
fn stream_dropped_before_or_within_a_response_closes_its_connection() {
    for response in [MockResponse::pass_through().delay(HOUR), MockResponse::pass_through().trickle(HOUR)] {
        let (server, runtime, client) = connected_client();
        let connected = runtime.metrics().num_alive_tasks();
        server.enqueue(response);
        let mut dropped = client.list_device_by_device_certificate(CERTIFICATE).limit(1).items();
        poll_until_sent(&runtime, &server, 1, &mut dropped);
        drop(dropped);
        wait_for_tasks(&runtime, connected - 1);
    }
}

#[test]
fn stream_dropped_while_prefetching_closes_all_its_connections() {
    let (server, runtime, client) = connected_client();
    let connected = runtime.metrics().num_alive_tasks();
    let mut dropped = client.list_device_by_device_certificate(CERTIFICATE).limit(2).concurrency(4).pages();
    runtime.block_on(dropped.next()).expect("a page").unwrap();
    (0..4).for_each(|_| server.enqueue(MockResponse::pass_through().delay(HOUR)));
    poll_until_sent(&runtime, &server, 4, &mut dropped);
    drop(dropped);
    wait_for_tasks(&runtime, connected - 1);
}

#[test]
fn dropped_client_closes_its_idle_connection() {
    let (_server, runtime, client) = connected_client();
    drop(client);
    wait_for_tasks(&runtime, 0);
}
