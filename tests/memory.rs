//! What a client allocates: bounded whatever a server sends, and the same for the last page as for the first.
//!
//! Counted is the client's thread alone; the server has another one.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::env;
use std::time::Duration;

use allocation_counter::measure;
use futures::{StreamExt, TryStreamExt, poll};
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use support::elsewhere::{runtime, serve_elsewhere};
use support::faults::gzip_bomb;
use support::{CERTIFICATE, without_roots};

const MIB: u64 = 1 << 20;
/// Eight times the most that is read of an answer.
const MOST: u64 = 64 * MIB;
/// The most that is read of an answer.
const LARGEST: usize = 8 << 20;

fn client(server: &MockServer) -> Client {
    without_roots(server.builder()).build().unwrap()
}

/// `{"devices": [FILLER, FILLER, …], "page": {"count": 1}}`, as long as an answer may be.
fn list_of(filler: &str) -> Vec<u8> {
    repeated(r#"{"page": {"count": 1}, "devices": ["#, filler, "]}")
}

fn repeated(start: &str, filler: &str, end: &str) -> Vec<u8> {
    let times = (LARGEST - start.len() - end.len() - filler.len()) / (filler.len() + 1);
    let body = format!("{start}{}{filler}{end}", format!("{filler},").repeat(times));
    assert!(body.len() <= LARGEST);
    body.into_bytes()
}

#[test]
fn what_a_client_allocates_is_bounded_whatever_a_server_sends() {
    let keys = |number| format!(r#""{number:x}":0"#);
    let many_keys: Vec<_> = (0..700_000).map(keys).collect();
    let bodies: Vec<(&str, MockResponse)> = vec![
        ("empty devices", MockResponse::new(200).body(list_of("{}"))),
        ("nulls for devices", MockResponse::new(200).body(list_of("null"))),
        ("numbers for devices", MockResponse::new(200).body(list_of("1"))),
        ("devices of one letter", MockResponse::new(200).body(list_of(r#"{"app_id":"a"}"#))),
        ("many keys", MockResponse::new(200).body(format!("{{{}}}", many_keys.join(",")))),
        ("a long unknown list", MockResponse::new(200).body(repeated(r#"{"devices": [], "x": ["#, "[]", "]}"))),
        ("deep nesting", MockResponse::new(200).body(format!(r#"{{"devices": [], "x": {}"#, "[".repeat(4 << 20)))),
        (
            "one long text",
            MockResponse::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, "a".repeat(8_000_000))),
        ),
        (
            "escapes",
            MockResponse::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, r"\n".repeat(4_000_000))),
        ),
        ("no JSON", MockResponse::new(200).body(vec![b'<'; LARGEST])),
        ("more than is read", MockResponse::new(200).body(vec![b' '; 5 * LARGEST]).chunked()),
        ("a gzip bomb", gzip_bomb()),
        ("an error's list", MockResponse::new(500).body(repeated("[", "[]", "]"))),
        ("an error's keys", MockResponse::new(500).body(format!("{{{}}}", many_keys.join(",")))),
    ];
    let server = serve_elsewhere(|server| server.add_certificate(CERTIFICATE));
    let (runtime, client) = (runtime(), client(&server));
    for (name, answer) in bodies {
        server.enqueue(answer);
        let memory = measure(|| {
            let page = runtime.block_on(client.list_device_by_device_certificate(CERTIFICATE).send());
            drop(page);
        });
        assert!(memory.bytes_max < MOST, "{name}: {} MiB at once", memory.bytes_max / MIB);
    }
}

/// How many pages the listing has that is read: a hundred thousand in the full checks.
fn pages() -> usize {
    env::var("IOTDA_PAGES").map_or(3_000, |pages| pages.parse().expect("IOTDA_PAGES is a number"))
}

#[test]
fn a_listing_takes_as_much_memory_at_its_last_page_as_at_its_first() {
    const CHUNK: usize = 1_000;
    let chunks = pages() / CHUNK;
    let server = serve_elsewhere(move |server| drop(server.add_sample_devices(CERTIFICATE, chunks * CHUNK)));
    let (runtime, client) = (runtime(), client(&server));
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).limit(1).items();
    let mut read = || {
        runtime.block_on(async {
            for _ in 0..CHUNK {
                devices.try_next().await.unwrap().expect("a device");
            }
        });
    };
    // Connection, caches of the runtime: once.
    let first = measure(&mut read);
    for chunk in 1..chunks {
        let memory = measure(&mut read);
        assert_eq!(memory.bytes_current, 0, "chunk {chunk} of {CHUNK} pages left something: {memory:?}");
        assert!(memory.bytes_max <= first.bytes_max, "chunk {chunk}: {memory:?}, the first: {first:?}");
    }
    assert!(runtime.block_on(devices.next()).is_none(), "all pages were read");
}

#[test]
fn a_dropped_stream_leaves_no_task_running_and_no_connection_busy() {
    let server = serve_elsewhere(|server| drop(server.add_sample_devices(CERTIFICATE, 20)));
    let runtime = runtime();
    let client = client(&server);
    let tasks = || runtime.metrics().num_alive_tasks();
    let items = || client.list_device_by_device_certificate(CERTIFICATE).limit(1).items();
    let settle = |expected| {
        let settled = async {
            while tasks() != expected {
                tokio::task::yield_now().await;
            }
        };
        let settled = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), settled).await });
        assert!(settled.is_ok(), "{} tasks instead of {expected}", tasks());
    };
    // Dropped between two pages: the connection is idle, and the next call uses it.
    let mut between = items();
    runtime.block_on(between.next()).expect("a device").unwrap();
    drop(between);
    let idle = tasks();
    runtime.block_on(items().next()).expect("a device").unwrap();
    assert_eq!(tasks(), idle, "no other connection was made");
    // Dropped while an answer is waited for, and in the middle of a body: the connection is closed, not left busy with an
    // answer that nobody reads.
    let hour = Duration::from_secs(3600);
    for answer in [MockResponse::pass_through().delay(hour), MockResponse::pass_through().trickle(hour)] {
        server.enqueue(answer);
        let mut unread = items();
        let asked = server.requests().len();
        runtime.block_on(async {
            while server.requests().len() == asked {
                assert!(poll!(unread.next()).is_pending());
                tokio::task::yield_now().await;
            }
        });
        drop(unread);
        settle(idle - 1);
    }
    // Four pages read ahead, each on a connection of its own.
    let mut ahead = client.list_device_by_device_certificate(CERTIFICATE).limit(2).concurrency(4).pages();
    runtime.block_on(ahead.next()).expect("a page").unwrap();
    (0..4).for_each(|_| server.enqueue(MockResponse::pass_through().delay(hour)));
    let asked = server.requests().len();
    runtime.block_on(async {
        while server.requests().len() < asked + 4 {
            assert!(poll!(ahead.next()).is_pending());
            tokio::task::yield_now().await;
        }
    });
    drop(ahead);
    settle(idle - 1);
    drop(client);
    settle(0);
}
