//! Prefetching over HTTP: pages are requested concurrently and yielded in order. No record is lost or repeated while
//! records are added and removed.

use std::collections::HashSet;
use std::time::Duration;

use fastrand::Rng;
use futures::{TryStreamExt, poll};
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{Client, Error, ErrorKind, RetryPolicy};
use serde_json::{Value, json};

use crate::support::{
    CERTIFICATE, client_builder, collect_until_error, request_bodies, sample_device_names, server_with_devices,
};

fn offsets(server: &MockServer) -> Vec<u64> {
    request_bodies(server).iter().map(|body| body["offset"].as_u64().unwrap_or_default()).collect()
}

/// The 500 of the OpenAPI document.
fn internal_error() -> MockResponse {
    MockResponse::new(500).json(&json!({"error_code": "IOTDA.000001", "error_msg": "Internal server error."}))
}

fn device_name(device: DeviceSimple) -> String {
    device.device_name.unwrap_or_default()
}

#[tokio::test]
async fn unchanged_listing_is_read_in_windows_from_service_markers() {
    let (server, client) = server_with_devices(700).await;
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(11).items();
    let read: Vec<_> = devices.map_ok(device_name).try_collect().await.unwrap();
    assert_eq!(read, sample_device_names((1..=700).rev()));
    // The first page alone; a window of eleven pages from its marker, 49 records apart; then the rest from the marker
    // of the last page of the window.
    let window: Vec<_> = (0..11).map(|page| page * 49).collect();
    // The requests of a window may arrive in any order.
    let mut requested = offsets(&server);
    requested[1..12].sort();
    requested[12..15].sort();
    assert_eq!(requested[..12], [[0].as_slice(), &window].concat());
    let bodies = request_bodies(&server);
    assert!(bodies.iter().all(|body| body["limit"] == 50), "every request must send the limit: {bodies:?}");
    assert_eq!(bodies[0]["marker"], Value::Null);
    let markers: HashSet<_> = bodies[1..12].iter().map(|body| body["marker"].to_string()).collect();
    assert_eq!(markers.len(), 1);
    assert!(!markers.contains(&bodies[12]["marker"].to_string()));
    // 110 records remain: three pages and the empty one. The count of the service prevents needless requests.
    assert_eq!(requested[12..], [0, 49, 98, 0]);
}

#[tokio::test]
async fn templates_are_prefetched_in_order() {
    let (server, client) = server_with_devices(0).await;
    server.add_sample_templates(120);
    let templates = client.list_device_authentication_templates().limit(7).concurrency(5).items();
    let read: Vec<_> = templates.map_ok(|template| template.template_name.unwrap()).try_collect().await.unwrap();
    assert_eq!(read, (1..=120).rev().map(|number| format!("sample-template-{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn template_name_filter_works_with_prefetching() {
    let (server, client) = server_with_devices(0).await;
    server.add_sample_templates(120);
    let templates = client.list_device_authentication_templates().template_name("sample-template-5").concurrency(5);
    assert_eq!(templates.items().try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn prefetched_pages_omit_the_overlap_and_their_markers_resume() {
    let (_server, client) = server_with_devices(100).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(10).concurrency(4);
    let pages: Vec<_> = request.clone().pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    // The first page of a window has ten records; the other pages repeat one record, so they have nine new ones.
    assert_eq!(sizes[..4], [10, 10, 9, 9]);
    let read: Vec<_> = pages.iter().flat_map(|page| page.items.clone()).map(device_name).collect();
    assert_eq!(read, sample_device_names((1..=100).rev()));
    for (index, page) in pages.iter().enumerate().take(5) {
        let rest = request.clone().marker(page.next_marker.clone().unwrap()).items().map_ok(device_name);
        let before: usize = sizes[..=index].iter().sum();
        assert_eq!(rest.try_collect::<Vec<_>>().await.unwrap(), sample_device_names((1..=100 - before).rev()));
    }
}

#[tokio::test]
async fn concurrency_bounds_the_pages_requested_ahead_of_the_consumer() {
    let (server, client) = server_with_devices(600).await;
    let mut pages = client.list_device_by_device_certificate(CERTIFICATE).limit(50).concurrency(4).pages();
    assert_eq!(server.requests().len(), 0, "nothing is sent before the first poll");
    pages.try_next().await.unwrap();
    assert_eq!(server.requests().len(), 1, "the first page is requested alone");
    for yielded in 1..8 {
        pages.try_next().await.unwrap();
        // Up to twice the concurrency: the page just yielded, and seven ahead of it.
        let requests = server.requests().len();
        assert!(requests <= 1 + yielded + 7, "{requests} requests after {yielded} prefetched pages");
    }
}

#[tokio::test]
async fn limit_of_one_disables_prefetching() {
    let (server, client) = server_with_devices(5).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(1).concurrency(8);
    let read: Vec<_> = request.items().map_ok(device_name).try_collect().await.unwrap();
    assert_eq!(read, sample_device_names((1..=5).rev()));
    assert_eq!(offsets(&server), [0; 6]);
}

#[tokio::test]
async fn records_without_ids_are_all_read() {
    for id in [None, Some(String::new())] {
        let (server, client) = server_with_devices(0).await;
        for number in 1..=9 {
            let mut device = sample_device(number);
            device.device_id = id.clone();
            server.add_device(CERTIFICATE, device);
        }
        let request = client.list_device_by_device_certificate(CERTIFICATE).limit(2).concurrency(8);
        let read: Vec<_> = request.items().map_ok(device_name).try_collect().await.unwrap();
        assert_eq!(read, sample_device_names((1..=9).rev()), "{id:?}");
    }
}

#[tokio::test]
async fn zero_concurrency_is_rejected_before_anything_is_sent() {
    let (server, client) = server_with_devices(5).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).concurrency(0);
    let (items, error) = collect_until_error(request.clone().items()).await;
    let error = error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("concurrency"), "the message must name the parameter: {error}");
    assert!(items.is_empty(), "{items:?}");
    assert_eq!(request.send().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn failed_prefetched_page_is_requested_again_without_error() {
    let (server, client) = server_with_devices(300).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through());
    (0..3).for_each(|_| server.enqueue(internal_error()));
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    let read: Vec<_> = devices.map_ok(device_name).try_collect().await.unwrap();
    assert_eq!(read, sample_device_names((1..=300).rev()));
}

#[tokio::test]
async fn failed_anchor_page_ends_the_stream_after_the_previous_records() {
    let (server, client) = server_with_devices(300).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(internal_error());
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    let (read, error) = collect_until_error(devices).await;
    assert_eq!(read.len(), 50);
    assert_eq!(error.and_then(|error| error.status()), Some(500));
}

#[tokio::test]
async fn dropping_the_stream_cancels_prefetched_pages() {
    let (server, client) = server_with_devices(600).await;
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    for _ in 0..50 {
        items.try_next().await.unwrap();
    }
    (0..4).for_each(|_| server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600))));
    while server.requests().len() < 5 {
        assert!(poll!(items.next()).is_pending());
        tokio::task::yield_now().await;
    }
    drop(items);
    server.clear_requests();
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(page.items.len(), 10);
    assert_eq!(server.requests().len(), 1);
}

/// The devices of a server, some of which are added, removed or replaced during the test.
struct ChangingListing {
    server: MockServer,
    random: Rng,
    current: Vec<(Marker, DeviceSimple)>,
    removed: HashSet<Marker>,
    /// The IDs of all devices that existed at any time.
    known_ids: HashSet<String>,
    last_number: usize,
}

impl ChangingListing {
    async fn new(seed: u64, devices: usize) -> Self {
        let (server, _) = server_with_devices(0).await;
        let random = Rng::with_seed(seed);
        let mut listing = Self {
            server,
            random,
            current: Vec::new(),
            removed: HashSet::new(),
            known_ids: HashSet::new(),
            last_number: 0,
        };
        (0..devices).for_each(|_| listing.add_new());
        listing
    }

    fn client(&self) -> Client {
        let retry = RetryPolicy::default().initial_backoff(Duration::ZERO);
        client_builder(&self.server).retry_policy(retry).build().unwrap()
    }

    fn new_device(&mut self) -> DeviceSimple {
        self.last_number += 1;
        let device = sample_device(self.last_number);
        self.known_ids.extend(device.device_id.clone());
        device
    }

    fn add_new(&mut self) {
        let device = self.new_device();
        self.current.push((self.server.add_device(CERTIFICATE, device.clone()), device));
    }

    fn remove_one(&mut self) -> Option<(Marker, DeviceSimple)> {
        let index = self.random.usize(..self.current.len().max(1));
        let (record, device) = (index < self.current.len()).then(|| self.current.swap_remove(index))?;
        self.server.remove_device(CERTIFICATE, &record);
        self.removed.insert(record.clone());
        Some((record, device))
    }

    fn change(&mut self) {
        match self.random.u8(..4) {
            0 => self.add_new(),
            1 => drop(self.remove_one()),
            // A device is removed and registered again with the same ID.
            2 => {
                if let Some((_, device)) = self.remove_one() {
                    self.current.push((self.server.add_device(CERTIFICATE, device.clone()), device));
                }
            }
            // An old device switches to this certificate.
            _ => {
                if let Some((record, _)) = self.remove_one() {
                    let device = self.new_device();
                    self.server.insert_device(CERTIFICATE, &record, device);
                }
            }
        }
    }
}

/// Reads a listing that changes between responses, which arrive in any order. Returns the number of requests.
async fn read_while_it_changes(seed: u64) -> Result<usize, Error> {
    let mut random = Rng::with_seed(seed);
    let mut listing = ChangingListing::new(seed, random.usize(20..120)).await;
    let originals = listing.current.clone();
    for _ in 0..200 {
        // With different delays, a later request may receive its response first.
        let delay = Duration::from_millis(random.u64(..3));
        let fails = random.u8(..100) < 5;
        listing.server.enqueue(if fails { internal_error() } else { MockResponse::pass_through().delay(delay) });
    }
    let request = listing.client().list_device_by_device_certificate(CERTIFICATE);
    let mut devices = request.limit(random.u32(2..8)).concurrency(random.u32(2..12)).items();
    let mut read = Vec::new();
    let mut requests = 0;
    loop {
        match poll!(devices.next()) {
            std::task::Poll::Ready(Some(device)) => read.extend(device?.device_id),
            std::task::Poll::Ready(None) => break,
            std::task::Poll::Pending => tokio::task::yield_now().await,
        }
        // One change per request.
        let request_count = listing.server.request_count();
        (requests..request_count).for_each(|_| listing.change());
        requests = request_count;
    }

    let kept = |(record, _): &&(Marker, DeviceSimple)| !listing.removed.contains(record);
    let mut kept: Vec<_> = originals.iter().filter(kept).collect();
    kept.sort_by(|one, other| other.0.as_str().cmp(one.0.as_str()));
    let order: Vec<_> = kept.iter().filter_map(|(_, device)| device.device_id.clone()).collect();
    let position = |id: &String| order.iter().position(|other| other == id);
    assert!(read.iter().filter_map(position).is_sorted(), "seed {seed}: not in descending order");
    let times = |id: &String| read.iter().filter(|read| *read == id).count();
    for (record, device) in kept {
        assert_eq!(times(device.device_id.as_ref().unwrap()), 1, "seed {seed}: {record} existed throughout");
    }
    let mut unique = HashSet::new();
    assert!(read.iter().all(|id| unique.insert(id)), "seed {seed}: a device was yielded twice");
    assert!(read.iter().all(|id| listing.known_ids.contains(id)), "seed {seed}: an unknown device was yielded");
    Ok(requests)
}

#[tokio::test]
async fn no_record_is_lost_or_repeated_while_records_are_added_and_removed() {
    for seed in 0..300 {
        let requests = read_while_it_changes(seed).await.unwrap();
        assert!(requests > 2, "seed {seed}: {requests} requests");
    }
}

#[tokio::test]
async fn rate_limit_applies_to_prefetched_pages() {
    let (server, _) = server_with_devices(300).await;
    let client = server.builder().rate_limit(1).call_timeout(Duration::from_millis(300)).build().unwrap();
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(8).items();
    let (read, error) = collect_until_error(devices).await;
    // The first page uses the only permit of this second, so no further page is sent before the call timeout.
    assert_eq!(read.len(), 50);
    assert!(error.is_some_and(|error| error.is_timeout()));
    assert_eq!(request_bodies(&server), [json!({"limit": 50})]);
}
