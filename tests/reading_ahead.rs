//! Reading ahead over HTTP: several pages at once, in order, and no record lost while records come and go.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::HashSet;
use std::time::Duration;

use fastrand::Rng;
use futures::{StreamExt, TryStreamExt, poll};
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{Client, Error, ErrorKind, RetryPolicy};
use serde_json::{Value, json};
use support::{CERTIFICATE, bodies, builder_of, drain, names, serve};

fn offsets(server: &MockServer) -> Vec<u64> {
    bodies(server).iter().map(|body| body["offset"].as_u64().unwrap_or_default()).collect()
}

/// An error as the document has it.
fn failing() -> MockResponse {
    MockResponse::new(500).json(&json!({"error_code": "IOTDA.000001", "error_msg": "Internal server error."}))
}

fn name(device: DeviceSimple) -> String {
    device.device_name.unwrap_or_default()
}

#[tokio::test]
async fn a_quiet_listing_is_read_in_windows_from_the_services_own_markers() {
    let (server, client) = serve(700).await;
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(11).items();
    let read: Vec<_> = devices.map_ok(name).try_collect().await.unwrap();
    assert_eq!(read, names((1..=700).rev()));
    // The first page alone; eleven pages from its marker, 49 further each; the rest from the marker of the last of them.
    let first: Vec<_> = (0..11).map(|page| page * 49).collect();
    // Those of a window may arrive in any order.
    let mut asked = offsets(&server);
    asked[1..12].sort();
    asked[12..15].sort();
    assert_eq!(asked[..12], [[0].as_slice(), &first].concat());
    let bodies = bodies(&server);
    assert!(bodies.iter().all(|body| body["limit"] == 50), "the limit is always sent");
    assert_eq!(bodies[0]["marker"], Value::Null);
    let markers: HashSet<_> = bodies[1..12].iter().map(|body| body["marker"].to_string()).collect();
    assert_eq!(markers.len(), 1);
    assert!(!markers.contains(&bodies[12]["marker"].to_string()));
    // 110 records are left: three pages, and the empty one. By the count, none is asked for in vain.
    assert_eq!(asked[12..], [0, 49, 98, 0]);
}

#[tokio::test]
async fn templates_are_read_ahead_too_and_by_name() {
    let (server, client) = serve(0).await;
    server.add_sample_templates(120);
    let templates = client.list_device_authentication_templates().limit(7).concurrency(5).items();
    let read: Vec<_> = templates.map_ok(|template| template.template_name.unwrap()).try_collect().await.unwrap();
    assert_eq!(read, (1..=120).rev().map(|number| format!("sample-template-{number}")).collect::<Vec<_>>());
    let one = client.list_device_authentication_templates().template_name("sample-template-5").concurrency(5).items();
    assert_eq!(one.try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_hold_the_overlap_once_and_their_markers_resume() {
    let (_server, client) = serve(100).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4);
    let pages: Vec<_> = request.clone().pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    // Ten records a page unless a limit is set: the first page of a window has ten, the others nine new ones.
    assert_eq!(sizes[..4], [10, 10, 9, 9]);
    let read: Vec<_> = pages.iter().flat_map(|page| page.items.clone()).map(name).collect();
    assert_eq!(read, names((1..=100).rev()));
    for (index, page) in pages.iter().enumerate().take(5) {
        let rest = request.clone().marker(page.next_marker.clone().unwrap()).items().map_ok(name);
        let before: usize = sizes[..=index].iter().sum();
        assert_eq!(rest.try_collect::<Vec<_>>().await.unwrap(), names((1..=100 - before).rev()));
    }
}

#[tokio::test]
async fn no_more_than_the_concurrency_is_asked_for_ahead_of_the_consumer() {
    let (server, client) = serve(600).await;
    let mut pages = client.list_device_by_device_certificate(CERTIFICATE).limit(50).concurrency(4).pages();
    assert_eq!(server.requests().len(), 0, "nothing is sent before the first poll");
    pages.try_next().await.unwrap();
    assert_eq!(server.requests().len(), 1, "the first page is read alone");
    for taken in 1..8 {
        pages.try_next().await.unwrap();
        // The page just taken, and those ahead of it.
        assert!(server.requests().len() <= 1 + taken + 3, "{} requests at page {taken}", server.requests().len());
    }
}

#[tokio::test]
async fn with_a_limit_of_one_or_without_keys_pages_are_read_one_by_one() {
    let (server, client) = serve(5).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).concurrency(8);
    let read: Vec<_> = request.clone().limit(1).items().map_ok(name).try_collect().await.unwrap();
    assert_eq!(read, names((1..=5).rev()));
    assert_eq!(offsets(&server), [0; 6]);

    for key in [None, Some(String::new())] {
        let (server, client) = serve(0).await;
        for number in 1..=9 {
            let mut device = sample_device(number);
            device.device_id = key.clone();
            server.add_device(CERTIFICATE, device);
        }
        let request = client.list_device_by_device_certificate(CERTIFICATE).concurrency(8);
        let read: Vec<_> = request.limit(2).items().map_ok(name).try_collect().await.unwrap();
        assert_eq!(read, names((1..=9).rev()), "{key:?}");
    }
}

#[tokio::test]
async fn a_concurrency_of_nothing_is_refused_before_anything_is_sent() {
    let (server, client) = serve(5).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).concurrency(0);
    let (items, error) = drain(request.clone().items()).await;
    let error = error.unwrap();
    assert_eq!((items.len(), error.kind(), server.requests().len()), (0, ErrorKind::InvalidInput, 0));
    assert!(error.message().contains("concurrency is 0") && error.message().contains("1 or more"), "{error}");
    assert!(request.send().await.is_err());
}

#[tokio::test]
async fn a_page_read_ahead_that_fails_is_read_again_and_no_error() {
    let (server, client) = serve(300).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through());
    (0..3).for_each(|_| server.enqueue(failing()));
    let devices = client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items();
    let read: Vec<_> = devices.map_ok(name).try_collect().await.unwrap();
    assert_eq!(read, names((1..=300).rev()));
}

#[tokio::test]
async fn an_error_at_a_marker_ends_the_stream_after_what_came_before() {
    let (server, client) = serve(300).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(failing());
    let (read, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).concurrency(4).items()).await;
    assert_eq!(read.len(), 50);
    assert_eq!(error.and_then(|error| error.status()), Some(500));
}

#[tokio::test]
async fn dropping_the_stream_ends_what_was_read_ahead() {
    let (server, client) = serve(600).await;
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
    assert_eq!((page.items.len(), server.requests().len()), (10, 1));
}

/// The devices of a server, some of which come and go.
struct Listing {
    server: MockServer,
    random: Rng,
    there: Vec<(Marker, DeviceSimple)>,
    removed: HashSet<Marker>,
    ever: HashSet<String>,
    next: usize,
}

impl Listing {
    async fn new(seed: u64, devices: usize) -> Self {
        let (server, _) = serve(0).await;
        let random = Rng::with_seed(seed);
        let mut listing =
            Self { server, random, there: Vec::new(), removed: HashSet::new(), ever: HashSet::new(), next: 0 };
        (0..devices).for_each(|_| listing.add_new());
        listing
    }

    fn client(&self) -> Client {
        let retry = RetryPolicy::default().initial_backoff(Duration::ZERO);
        builder_of(&self.server).retry_policy(retry).build().unwrap()
    }

    fn new_device(&mut self) -> DeviceSimple {
        self.next += 1;
        let device = sample_device(self.next);
        self.ever.extend(device.device_id.clone());
        device
    }

    fn add_new(&mut self) {
        let device = self.new_device();
        self.there.push((self.server.add_device(CERTIFICATE, device.clone()), device));
    }

    fn remove_one(&mut self) -> Option<(Marker, DeviceSimple)> {
        let index = self.random.usize(..self.there.len().max(1));
        let (record, device) = (index < self.there.len()).then(|| self.there.swap_remove(index))?;
        self.server.remove_device(CERTIFICATE, &record);
        self.removed.insert(record.clone());
        Some((record, device))
    }

    fn change(&mut self) {
        match self.random.u8(..4) {
            0 => self.add_new(),
            1 => drop(self.remove_one()),
            // It is removed and registered anew, under the same id.
            2 => {
                if let Some((_, device)) = self.remove_one() {
                    self.there.push((self.server.add_device(CERTIFICATE, device.clone()), device));
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

/// Reads a listing while it changes between its answers, which come in any order.
async fn read_while_it_changes(seed: u64) -> Result<usize, Error> {
    let mut random = Rng::with_seed(seed);
    let mut listing = Listing::new(seed, random.usize(20..120)).await;
    let there = listing.there.clone();
    for _ in 0..200 {
        // Different delays, so that later questions are answered first.
        let delay = Duration::from_millis(random.u64(..3));
        let fails = random.u8(..100) < 5;
        listing.server.enqueue(if fails { failing() } else { MockResponse::pass_through().delay(delay) });
    }
    let request = listing.client().list_device_by_device_certificate(CERTIFICATE);
    let mut devices = request.limit(random.u32(2..8)).concurrency(random.u32(2..12)).items();
    let mut read = Vec::new();
    let mut asked = 0;
    loop {
        match poll!(devices.next()) {
            std::task::Poll::Ready(Some(device)) => read.extend(device?.device_id),
            std::task::Poll::Ready(None) => break,
            std::task::Poll::Pending => tokio::task::yield_now().await,
        }
        // Something changes after every answer or so.
        let now = listing.server.request_count();
        (asked..now).for_each(|_| listing.change());
        asked = now;
    }

    let stayed = |(record, _): &&(Marker, DeviceSimple)| !listing.removed.contains(record);
    let mut originals: Vec<_> = there.iter().filter(stayed).collect();
    originals.sort_by(|one, other| other.0.as_str().cmp(one.0.as_str()));
    let order: Vec<_> = originals.iter().filter_map(|(_, device)| device.device_id.clone()).collect();
    let place = |id: &String| order.iter().position(|other| other == id);
    assert!(read.iter().filter_map(place).is_sorted(), "seed {seed}: not in descending order");
    let times = |id: &String| read.iter().filter(|read| *read == id).count();
    for (record, device) in originals {
        assert_eq!(times(device.device_id.as_ref().unwrap()), 1, "seed {seed}: {record} was there throughout");
    }
    let mut numbers = HashSet::new();
    assert!(read.iter().all(|id| numbers.insert(id)), "seed {seed}: a device twice");
    assert!(read.iter().all(|id| listing.ever.contains(id)), "seed {seed}: a device that never was");
    Ok(asked)
}

#[tokio::test]
async fn no_record_is_lost_or_doubled_while_records_come_and_go() {
    for seed in 0..300 {
        let requests = read_while_it_changes(seed).await.unwrap();
        assert!(requests > 2, "seed {seed}: {requests} requests");
    }
}

#[tokio::test]
async fn reading_ahead_stays_under_the_clients_rate() {
    let (server, _) = serve(300).await;
    let client = server.builder().rate_limit(1).call_timeout(Duration::from_millis(300)).build().unwrap();
    let (read, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).concurrency(8).items()).await;
    // The first page has the one permit of this second; none of the pages after it is sent in time.
    assert_eq!((read.len(), server.requests().len()), (50, 1));
    assert!(error.is_some_and(|error| error.is_timeout()));
    assert_eq!(bodies(&server), [json!({"limit": 50})]);
}
