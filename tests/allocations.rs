//! How often the client allocates, a page and a record: a jump is a fault.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use allocation_counter::measure;
use futures::StreamExt;
use support::elsewhere::{runtime, serve_elsewhere};
use support::{CERTIFICATE, without_roots};

/// What a page takes without its records (a loop written by hand on the same HTTP client: 60), and a record of six texts.
const PAGE: f64 = 69.0;
const RECORD: f64 = 6.02;

/// How many allocations this many pages of so many devices take.
fn allocations(pages: usize, limit: u32) -> u64 {
    let server =
        serve_elsewhere(move |server| drop(server.add_sample_devices(CERTIFICATE, (pages + 1) * limit as usize)));
    let (runtime, client) = (runtime(), without_roots(server.builder()).build().unwrap());
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).items();
    let mut read = |count: usize| {
        runtime.block_on(async {
            for _ in 0..count {
                devices.next().await.expect("a device").unwrap();
            }
        });
    };
    // The first page makes the connection.
    read(limit as usize);
    measure(|| read(pages * limit as usize)).count_total
}

#[test]
fn a_page_and_a_record_take_no_more_allocations_than_ever() {
    let (one, fifty) = (allocations(100, 1), allocations(100, 50));
    let record = (fifty - one) as f64 / 100.0 / 49.0;
    let page = one as f64 / 100.0 - record;
    for (what, counted, committed) in [("page", page, PAGE), ("record", record, RECORD)] {
        assert!(counted <= committed * 1.1, "{counted:.1} allocations a {what} instead of {committed}");
    }
}
