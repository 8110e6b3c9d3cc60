//! The end of a listing: it is stated, not inferred, and compared with the service's count.

use std::ops::RangeInclusive;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, Error, ErrorKind, Items, ListingSummary};
use serde_json::{Value, json};

use crate::support::{CERTIFICATE, request_bodies, server_with_devices};

fn marker(number: u32) -> String {
    format!("66178add3b98944277{number:06x}")
}

fn body(devices: Vec<Value>, count: Option<u64>, marker: Option<String>) -> MockResponse {
    MockResponse::new(200).json(&json!({"devices": devices, "page": {"count": count, "marker": marker}}))
}

/// A page of the devices with these numbers.
fn page(devices: RangeInclusive<u32>, count: Option<u64>, marker: Option<String>) -> MockResponse {
    body(devices.map(|number| json!({"device_id": format!("d-{number}")})).collect(), count, marker)
}

/// A page without records.
fn empty_page(count: Option<u64>, marker: Option<String>) -> MockResponse {
    body(Vec::new(), count, marker)
}

/// A finished listing.
struct Read {
    ids: Vec<String>,
    error: Option<Error>,
    summary: Option<ListingSummary>,
    requests: Vec<Value>,
}

async fn read_with(responses: Vec<MockResponse>, items: impl FnOnce(&Client) -> Items<DeviceSimple>) -> Read {
    let (server, client) = server_with_devices(0).await;
    responses.into_iter().for_each(|response| server.enqueue(response));
    read_from(&server, items(&client)).await
}

async fn read_from(server: &MockServer, mut items: Items<DeviceSimple>) -> Read {
    let (mut ids, mut error) = (Vec::new(), None);
    assert_eq!(items.summary(), None, "before the end");
    while let Some(item) = items.next().await {
        match item {
            Ok(device) => ids.extend(device.device_id),
            Err(failed) => error = Some(failed),
        }
    }
    Read { ids, error, summary: items.summary(), requests: request_bodies(server) }
}

async fn read(responses: Vec<MockResponse>) -> Read {
    read_with(responses, |client| client.list_device_by_device_certificate(CERTIFICATE).items()).await
}

fn ids(numbers: RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|number| format!("d-{number}")).collect()
}

#[track_caller]
fn assert_summary(listing: &Read, read: u64, counted: Option<u64>) {
    assert!(listing.error.is_none(), "{:?}", listing.error);
    let summary = listing.summary.expect("a summary at the end");
    assert_eq!((summary.read, summary.counted), (read, counted));
    assert_eq!(summary.is_complete(), counted.is_none_or(|counted| read >= counted));
}

/// Bodies with status 200 that report an error, or that do not state that the list is empty.
fn undocumented() -> Vec<Value> {
    vec![
        json!({"code": "500", "message": "backend timeout", "devices": [], "page": null}),
        json!({}),
        json!(null),
        json!({"devices": null}),
        json!({"devices": null, "page": null}),
        json!({"devices": null, "page": {}}),
        json!({"devices": null, "page": {"marker": null}}),
        json!({"devices": null, "page": {"count": "many"}}),
        json!({"page": null}),
        json!({"status": "UP", "items": []}),
        json!({"error_code": "IOTDA.000002", "devices": []}),
        json!({"errorCode": "X", "devices": []}),
        json!({"errcode": 40001, "errmsg": "invalid credential", "devices": []}),
        json!({"error": "timeout", "devices": [], "page": {"count": 0}}),
        json!({"error": {"code": 401}, "devices": [], "page": {"count": 0}}),
        json!({"errorMsg": "m", "devices": []}),
        json!({"msg": "m", "devices": []}),
        json!({"error_msg": "m", "devices": []}),
        json!({"errmsg": "m", "devices": []}),
        json!({"message": "Internal error", "devices": []}),
        json!({"result": {"code": 500, "message": "backend timeout"}, "devices": []}),
        json!({"data": {"error": {"error_code": "IOTDA.000002"}}, "devices": [], "page": {"count": 0}}),
        json!({"errors": [{"code": "X"}], "devices": [], "page": {"count": 0}}),
        json!({"devices": [], "page": {"count": 0, "error_msg": "shard 3 is down"}}),
    ]
}

#[tokio::test]
async fn first_page_that_does_not_state_an_empty_list_is_an_error() {
    for body in undocumented() {
        let listing = read(vec![MockResponse::new(200).json(&body)]).await;
        let error = listing.error.unwrap_or_else(|| panic!("{body}: no error"));
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}: {error}");
        assert_eq!(error.status(), Some(200), "{body}: {error}");
        assert_eq!(listing.summary, None, "{body}");
        assert_eq!(listing.requests.len(), 1, "{body}");
    }
}

#[tokio::test]
async fn later_page_that_states_nothing_is_an_error_after_the_records_before_it() {
    for body in undocumented() {
        let listing = read(vec![page(1..=2, Some(4), Some(marker(9))), MockResponse::new(200).json(&body)]).await;
        assert_eq!(listing.ids, ids(1..=2), "{body}");
        let error = listing.error.unwrap_or_else(|| panic!("{body}: no error"));
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{body}: {error}");
    }
}

#[tokio::test]
async fn stated_empty_list_is_no_error() {
    let bodies = [
        json!({"devices": []}),
        json!({"devices": [], "page": {"count": 0}}),
        json!({"devices": [], "page": {"count": 0}, "new": {"deep": [1, {"x": "y"}]}, "also_new": "text"}),
        json!({"devices": null, "page": {"count": 0}}),
        json!({"devices": null, "page": {"count": "0"}}),
        json!({"devices": [], "page": {"count": "x"}}),
        json!({"devices": [], "error_code": null, "error_msg": "", "code": 0, "errors": [], "error": {}}),
    ];
    for body in bodies {
        let listing = read(vec![MockResponse::new(200).json(&body)]).await;
        assert!(listing.error.is_none(), "{body}: {:?}", listing.error);
        assert_eq!(listing.summary.map(|summary| summary.read), Some(0), "{body}");
        assert_eq!(listing.requests.len(), 1, "{body}");
    }
}

#[tokio::test]
async fn error_with_status_200_keeps_code_and_message() {
    let body = json!({"code": "500", "message": "backend timeout", "devices": [], "page": null});
    let error = read(vec![MockResponse::new(200).json(&body)]).await.error.expect("an error");
    assert_eq!(error.code(), Some("500"));
    assert!(error.message().starts_with("backend timeout"), "{error}");
}

#[tokio::test]
async fn empty_page_with_a_lower_marker_is_not_the_end() {
    let responses = vec![
        page(1..=2, Some(4), Some(marker(9))),
        empty_page(Some(4), Some(marker(5))),
        page(3..=4, Some(4), Some(marker(3))),
        empty_page(Some(4), None),
    ];
    let listing = read(responses).await;
    assert_eq!(listing.ids, ids(1..=4));
    assert_summary(&listing, 4, Some(4));
    let sent: Vec<_> = listing.requests.iter().map(|body| body["marker"].as_str().map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some(marker(9)), Some(marker(5)), Some(marker(3))]);
}

#[tokio::test]
async fn empty_first_page_with_a_marker_is_not_the_end() {
    let listing = read(vec![empty_page(Some(2), Some(marker(9))), page(1..=2, Some(2), None)]).await;
    assert_eq!(listing.ids, ids(1..=2));
    assert_summary(&listing, 2, Some(2));
}

#[tokio::test]
async fn empty_page_whose_marker_is_not_lower_ends_the_listing() {
    for number in [9, 10] {
        let listing =
            read(vec![page(1..=2, Some(2), Some(marker(9))), empty_page(Some(2), Some(marker(number)))]).await;
        assert_eq!(listing.ids, ids(1..=2), "{number}");
        assert_summary(&listing, 2, Some(2));
    }
}

#[tokio::test]
async fn listing_without_records_that_counts_some_is_an_error() {
    let listing = read(vec![empty_page(Some(2), Some(marker(9))), empty_page(Some(2), None)]).await;
    let error = listing.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.message().contains("count is 2"), "{error}");
    assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"));
    assert!(error.request_id().is_some(), "{error}");
}

#[tokio::test]
async fn single_empty_page_that_counts_records_is_an_error_even_with_a_marker() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(empty_page(Some(2), Some(marker(9))));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
}

#[tokio::test]
async fn more_than_100_consecutive_empty_pages_are_an_error() {
    let empty_pages = |count: u32| (0..count).map(|number| empty_page(None, Some(marker(1_000 - number))));
    let last = page(1..=1, None, None);
    let listing = read(empty_pages(100).chain([last]).collect()).await;
    assert_eq!(listing.ids, ids(1..=1));
    let listing = read(empty_pages(101).collect()).await;
    let error = listing.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.message().contains("100"), "{error}");
    assert_eq!(listing.requests.len(), 101);
}

#[tokio::test]
async fn page_without_marker_is_continued_by_an_offset_if_the_count_says_more() {
    let responses = vec![
        page(1..=50, Some(120), None),
        page(51..=100, Some(120), Some(marker(20))),
        page(101..=120, Some(120), Some(marker(1))),
        empty_page(Some(120), None),
    ];
    let listing = read(responses).await;
    assert_eq!(listing.ids, ids(1..=120));
    assert_summary(&listing, 120, Some(120));
    assert_eq!(
        listing.requests,
        [
            json!({"limit": 50}),
            json!({"limit": 50, "offset": 50}),
            json!({"limit": 50, "marker": marker(20)}),
            json!({"limit": 50, "marker": marker(1)}),
        ]
    );
}

#[tokio::test]
async fn page_without_marker_after_a_marker_is_continued_by_an_offset_from_that_marker() {
    let responses = vec![page(1..=2, Some(6), Some(marker(9))), page(3..=4, Some(6), None), page(5..=6, Some(6), None)];
    let listing = read(responses).await;
    assert_eq!(listing.ids, ids(1..=6));
    assert_summary(&listing, 6, Some(6));
    assert_eq!(listing.requests[2], json!({"limit": 50, "marker": marker(9), "offset": 2}));
    assert_eq!(listing.requests.len(), 3);
}

#[tokio::test]
async fn records_that_an_offset_repeats_are_yielded_once() {
    // A device was added meanwhile, so that each device moved by one, and another one was removed.
    let responses = vec![page(1..=3, Some(6), None), page(3..=5, Some(6), Some(marker(1))), empty_page(Some(6), None)];
    let listing = read(responses).await;
    assert_eq!(listing.ids, ids(1..=5));
    assert_summary(&listing, 5, Some(6));
}

#[tokio::test]
async fn changed_count_after_a_page_without_marker_is_an_error() {
    // A device that was read was removed, so that the offset skips device 4.
    let listing = read(vec![page(1..=3, Some(6), None), page(5..=6, Some(5), Some(marker(1)))]).await;
    assert_eq!(listing.ids, ids(1..=3));
    let error = listing.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.message().contains("count 6, then 5"), "{error}");
}

#[tokio::test]
async fn service_that_ignores_the_offset_does_not_cause_an_infinite_loop() {
    let listing = read((0..10).map(|_| page(1..=3, Some(6), None)).collect()).await;
    assert_eq!(listing.ids, ids(1..=3));
    assert_summary(&listing, 3, Some(6));
    assert_eq!(listing.requests.len(), 2);
}

#[tokio::test]
async fn malformed_marker_after_repeated_records_is_an_error() {
    let listing = read(vec![page(1..=3, Some(6), None), page(1..=3, Some(6), Some("no marker".to_owned()))]).await;
    assert_eq!(listing.ids, ids(1..=3));
    let error = listing.error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.message().contains("cannot request the next page"), "{error}");
}

#[tokio::test]
async fn offset_ends_at_its_bound() {
    let (first, last) = (1..=11_u32).map(|number| (number * 50 - 49, number * 50)).unzip::<_, _, Vec<_>, Vec<_>>();
    let pages = first.into_iter().zip(last).map(|(first, last)| page(first..=last, Some(900), None));
    let listing = read(pages.collect()).await;
    assert_eq!(listing.ids, ids(1..=550));
    assert_summary(&listing, 550, Some(900));
    assert_eq!(listing.requests.last(), Some(&json!({"limit": 50, "offset": 500})));
}

#[tokio::test]
async fn listing_that_ends_below_the_count_is_reported() {
    let listing = read(vec![page(1..=50, Some(120), Some(marker(9))), empty_page(Some(120), None)]).await;
    assert_eq!(listing.ids, ids(1..=50));
    assert_summary(&listing, 50, Some(120));
}

#[tokio::test]
async fn count_of_zero_on_the_empty_last_page_does_not_hide_missing_records() {
    for count in [None, Some(0)] {
        let listing = read(vec![page(1..=50, Some(120), Some(marker(9))), empty_page(count, None)]).await;
        assert_summary(&listing, 50, Some(120));
    }
}

#[tokio::test]
async fn smaller_count_of_the_first_and_the_last_page_is_compared() {
    for (first, last) in [(3, 2), (2, 3), (2, 2), (1, 2)] {
        let listing = read(vec![page(1..=2, Some(first), Some(marker(9))), empty_page(Some(last), None)]).await;
        assert_summary(&listing, 2, Some(first.min(last)));
        assert!(listing.summary.is_some_and(|summary| summary.is_complete()), "{first} {last}");
    }
}

#[tokio::test]
async fn listing_that_does_not_start_at_the_newest_record_has_no_count() {
    let responses = || vec![page(1..=2, Some(9), Some(marker(5))), empty_page(Some(9), None)];
    let devices = |client: &Client| client.list_device_by_device_certificate(CERTIFICATE);
    assert_summary(&read_with(responses(), |client| devices(client).marker(marker(9)).items()).await, 2, None);
    assert_summary(&read_with(responses(), |client| devices(client).offset(7).items()).await, 2, None);
    let explicit = read_with(responses(), |client| devices(client).marker("F".repeat(24)).items()).await;
    assert_summary(&explicit, 2, Some(9));
}

#[tokio::test]
async fn listing_without_a_count_has_no_count() {
    assert_summary(&read(vec![page(1..=2, None, Some(marker(5))), empty_page(None, None)]).await, 2, None);
}

#[tokio::test]
async fn summary_of_items_follows_the_last_record() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(page(1..=2, Some(2), None));
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    devices.try_next().await.unwrap().expect("a device");
    assert_eq!(devices.summary(), None, "a record is left");
    devices.try_next().await.unwrap().expect("a device");
    assert!(devices.try_next().await.unwrap().is_none());
    assert_eq!(devices.summary().map(|summary| summary.read), Some(2));
}

#[tokio::test]
async fn prefetching_reads_and_reports_the_same() {
    for concurrency in [2, 8] {
        let devices = |client: &Client| client.list_device_by_device_certificate(CERTIFICATE);
        // Each prefetched page receives an error, and is requested again by the marker before it.
        let (server, client) = server_with_devices(0).await;
        server.enqueue(page(1..=50, Some(120), None));
        server.enqueue(page(51..=100, Some(120), None));
        server.enqueue(page(101..=120, Some(120), None));
        let listing = read_from(&server, devices(&client).concurrency(concurrency).items()).await;
        assert_eq!(listing.ids, ids(1..=120), "{concurrency}");
        assert_summary(&listing, 120, Some(120));

        let (server, client) = server_with_devices(0).await;
        server.enqueue(page(1..=2, Some(2), Some(marker(9))));
        let listing = read_from(&server, devices(&client).concurrency(concurrency).items()).await;
        assert_eq!(listing.ids, ids(1..=2), "{concurrency}");
        assert_summary(&listing, 2, Some(2));
    }
}
