//! The number of allocations of the client per page and per record.

use std::io;

use allocation_counter::measure;
use huaweicloud_iotda::mock::sample_device;
use tracing_subscriber::filter::LevelFilter;

use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, without_root_certificates};

/// Allocations per page, without its records. A loop written by hand on the same HTTP client needs 60.
const ALLOCATIONS_PER_PAGE: f64 = 69.0;
/// Allocations per record, in addition to one for each of its fields, which are texts.
const ALLOCATIONS_PER_RECORD: f64 = 0.02;

/// Counts the allocations for reading `pages` pages of `limit` devices each.
fn allocations(pages: usize, limit: u32) -> u64 {
    let server =
        server_on_thread(move |server| drop(server.add_sample_devices(CERTIFICATE, (pages + 1) * limit as usize)));
    let (runtime, client) = (runtime(), without_root_certificates(server.builder()).build().unwrap());
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).limit(limit).items();
    let mut read = |count: usize| {
        runtime.block_on(async {
            for _ in 0..count {
                devices.next().await.expect("a device").unwrap();
            }
        });
    };
    // The first page is not measured, because it opens the connection.
    read(limit as usize);
    measure(|| read(pages * limit as usize)).count_total
}

#[test]
fn subscriber_at_info_costs_no_allocations() {
    let without_subscriber = allocations(100, 1);
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(io::sink).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let with_subscriber = allocations(100, 1);
    // Less than one for two pages: how a response is split into packets may differ.
    assert!(with_subscriber < without_subscriber + 50, "{with_subscriber} instead of {without_subscriber}");
}

#[test]
fn allocations_per_page_and_record_do_not_increase() {
    let (one_record_pages, full_pages) = (allocations(100, 1), allocations(100, 50));
    let per_record = (full_pages - one_record_pages) as f64 / 100.0 / 49.0;
    let per_page = one_record_pages as f64 / 100.0 - per_record;
    let budget = 1.1;
    assert!(per_page <= ALLOCATIONS_PER_PAGE * budget, "{per_page:.1} per page, expected {ALLOCATIONS_PER_PAGE}");
    let device = serde_json::to_value(sample_device(1)).unwrap();
    let expected = ALLOCATIONS_PER_RECORD + device.as_object().expect("an object").len() as f64;
    assert!(per_record <= expected * budget, "{per_record:.2} per record, expected {expected}");
}
