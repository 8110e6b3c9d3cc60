//! What a client allocates: bounded whatever a server sends, and the same for the last page as for the first.
//!
//! Counted is the client's thread alone; the server has another one.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use allocation_counter::measure;
use futures::TryStreamExt;
use huaweicloud_iotda::mock::{Answer, MockServer};
use huaweicloud_iotda::{Client, Error, ErrorKind};
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
    let bodies: Vec<(&str, Answer)> = vec![
        ("empty devices", Answer::new(200).body(list_of("{}"))),
        ("nulls for devices", Answer::new(200).body(list_of("null"))),
        ("numbers for devices", Answer::new(200).body(list_of("1"))),
        ("devices of one letter", Answer::new(200).body(list_of(r#"{"app_id":"a"}"#))),
        ("many keys", Answer::new(200).body(format!("{{{}}}", many_keys.join(",")))),
        ("a long unknown list", Answer::new(200).body(repeated(r#"{"devices": [], "x": ["#, "[]", "]}"))),
        ("deep nesting", Answer::new(200).body(format!(r#"{{"devices": [], "x": {}"#, "[".repeat(4 << 20)))),
        (
            "one long text",
            Answer::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, "a".repeat(8_000_000))),
        ),
        ("escapes", Answer::new(200).body(format!(r#"{{"devices": [{{"app_id": "{}"}}]}}"#, r"\n".repeat(4_000_000)))),
        ("no JSON", Answer::new(200).body(vec![b'<'; LARGEST])),
        ("more than is read", Answer::new(200).body(vec![b' '; 5 * LARGEST]).without_length()),
        ("a gzip bomb", gzip_bomb()),
        ("an error's list", Answer::new(500).body(repeated("[", "[]", "]"))),
        ("an error's keys", Answer::new(500).body(format!("{{{}}}", many_keys.join(",")))),
    ];
    let server = serve_elsewhere(|server| server.add_certificate(CERTIFICATE));
    let (runtime, client) = (runtime(), client(&server));
    for (name, answer) in bodies {
        server.script(answer);
        let memory = measure(|| {
            let page = runtime.block_on(client.list_device_by_device_certificate(CERTIFICATE).send());
            drop(page);
        });
        assert!(memory.bytes_max < MOST, "{name}: {} MiB at once", memory.bytes_max / MIB);
    }
}
