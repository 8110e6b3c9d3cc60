//! Tests of prefetching against a model of the service: records are added and removed between any two responses, and
//! responses arrive in any order. The guarantees of the marker chain must be kept in every schedule.

use std::collections::HashSet;
use std::env;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use fastrand::Rng;
use futures::Stream;
use futures::task::noop_waker;
use tokio::sync::oneshot;

use super::page::PageQuery;
use super::pages::Pages;
use super::service_model::{ANCHOR_FAILED, CountFault, Model, PREFETCH_FAILED, Record, number};
use crate::error::{Error, ErrorKind};
use crate::types::{Marker, PageLimit};

fn pages(model: &Arc<Mutex<Model>>, concurrency: u32, query: PageQuery) -> Pages<Record> {
    let model = model.clone();
    let fetch = move |query| {
        let (sender, receiver) = oneshot::channel();
        model.lock().expect("the model").pending.push((query, sender));
        Box::pin(async { receiver.await.expect("a response") }) as _
    };
    Pages::new(
        &crate::constraints::LIST_DEVICE_BY_DEVICE_CERTIFICATE,
        Box::new(fetch),
        |record| Some(&record.device_id),
        concurrency,
        query,
    )
}

/// Reads one listing while its records change, and checks the guarantees.
fn run_schedule(seed: u64) {
    let mut random = Rng::with_seed(seed ^ 0x5eed);
    let long = random.u8(..200) == 0;
    let limit = if long { random.u32(40..=50) } else { random.u32(1..=6) };
    let records = if long { random.usize(500..1_500) } else { random.usize(..40) };
    let concurrency = random.u32(1..=12);
    let max_changes = random.usize(..4);
    let model = Arc::new(Mutex::new(Model::new(seed, records)));
    let marker = (random.u8(..10) == 0).then(|| {
        let start = random.u128(1..=model.lock().expect("the model").newest_id);
        Marker::try_from(format!("{start:024x}")).expect("a marker")
    });
    let start = marker.as_ref().map_or(u128::MAX, number);
    let initial: Vec<u128> = model.lock().expect("the model").records.range(..start).map(|(id, _)| *id).collect();

    let limit = PageLimit::try_from(limit).expect("a limit");
    let query = PageQuery { limit: Some(limit), marker, offset: None };
    let mut pages = pages(&model, concurrency, query);
    let mut read: Vec<Record> = Vec::new();
    let waker = noop_waker();
    // Records from this ID upwards must have been read.
    let mut failed = false;
    let end = loop {
        match Pin::new(&mut pages).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(None) => break 0,
            Poll::Ready(Some(Ok(page))) => {
                assert!(!page.items.is_empty(), "seed {seed}: an empty page was yielded");
                read.extend(page.items);
            }
            // A new request resumes at the last marker.
            Poll::Ready(Some(Err(error))) => {
                let is_emptied = read.is_empty() && error.message().starts_with("inconsistent response");
                let is_unmarked = model.lock().expect("the model").omits_markers
                    && error.message().starts_with("a page had no marker");
                assert!(is_emptied || is_unmarked || error.message() == ANCHOR_FAILED, "seed {seed}: {error}");
                failed = true;
                break read.last().map_or(start, |record| record.id);
            }
            Poll::Pending => {
                let mut model = model.lock().expect("the model");
                model.pending.retain(|(_, sender)| !sender.is_closed());
                let in_flight = model.pending.len();
                assert!(in_flight <= concurrency as usize, "seed {seed}: {in_flight} requests exceed {concurrency}");
                model.respond();
            }
        }
        let mut model = model.lock().expect("the model");
        (0..random.usize(..=max_changes)).for_each(|_| model.change());
    };

    let model = model.lock().expect("the model");
    let ids: HashSet<u128> = read.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), read.len(), "seed {seed}: a record was repeated: {read:?}");
    let is_descending = read.windows(2).all(|pair| pair[0].id > pair[1].id);
    // An offset after a page without a marker can lead back to records that were added meanwhile.
    assert!(is_descending || model.omits_markers, "seed {seed}: not descending: {read:?}");
    let existed =
        |record: &Record| model.all_records.get(&record.id).is_some_and(|ids| ids.contains(&record.device_id));
    assert!(read.iter().all(existed), "seed {seed}: a record never existed: {read:?}");
    let missing = initial.iter().find(|id| **id >= end && !model.removed_records.contains(id) && !ids.contains(id));
    let summary = pages.summary();
    assert_eq!(summary.is_none(), failed, "seed {seed}: {summary:?}");
    let is_complete = summary.is_none_or(|summary| summary.is_complete());
    // An offset after a page without a marker skips a record if another one was removed and a third one added meanwhile. The
    // end of the listing reports this.
    assert!(
        missing.is_none() || (model.omits_markers && (failed || !is_complete)),
        "seed {seed}: record {missing:?} was never removed, but was not read: {read:?}"
    );
    let is_unchanged = max_changes == 0 && model.count_fault != CountFault::TooHigh && !model.omits_markers;
    assert!(is_complete || !is_unchanged, "seed {seed}: {summary:?}");
    assert_eq!(summary.map_or(read.len() as u64, |summary| summary.read), read.len() as u64, "seed {seed}");
}

/// The number of schedules. The full checks set a larger one, 100,000 and more.
fn schedule_count() -> u64 {
    env::var("IOTDA_SCHEDULES").map_or(20_000, |text| text.parse().expect("IOTDA_SCHEDULES is a number"))
}

#[test]
fn prefetching_keeps_the_guarantees_of_the_marker_chain_in_every_schedule() {
    (0..schedule_count()).for_each(run_schedule);
}

/// A listing of 3,000 records in pages of 50, whose responses the test chooses.
struct Listing {
    model: Arc<Mutex<Model>>,
    pages: Pages<Record>,
}

impl Listing {
    fn new(concurrency: u32) -> Self {
        let model = Arc::new(Mutex::new(Model::new(1, 3_000)));
        let query = PageQuery { limit: Some(PageLimit::MAX), ..PageQuery::default() };
        Self { pages: pages(&model, concurrency, query), model }
    }

    /// Polls the listing until a response is missing, and returns the queries in flight.
    fn queries(&mut self) -> Vec<PageQuery> {
        let waker = noop_waker();
        while let Poll::Ready(page) = Pin::new(&mut self.pages).poll_next(&mut Context::from_waker(&waker)) {
            assert!(matches!(page, Some(Ok(_))), "{page:?}");
        }
        let mut model = self.model.lock().expect("the model");
        model.pending.retain(|(_, sender)| !sender.is_closed());
        model.pending.iter().map(|(query, _)| query.clone()).collect()
    }

    /// Responds to this query, or fails it.
    fn respond(&mut self, index: usize, fails: bool) {
        let mut model = self.model.lock().expect("the model");
        let (query, sender) = model.pending.remove(index);
        let failure = || Err(Error::new(ErrorKind::Connection, PREFETCH_FAILED));
        let response = if fails { failure() } else { model.page(&query, usize::MAX) };
        assert!(sender.send(response).is_ok(), "the response is still awaited");
    }
}

fn offset(query: &PageQuery) -> Option<u32> {
    query.offset.map(|offset| offset.get())
}

#[test]
fn failed_prefetch_halves_concurrency_until_a_window_succeeds() {
    let mut listing = Listing::new(8);
    let (mut in_flight, mut windows) = (Vec::new(), 0);
    while in_flight.len() < 4 {
        let queries = listing.queries();
        if in_flight.last() != Some(&queries.len()) {
            in_flight.push(queries.len());
        }
        windows += usize::from(offset(&queries[0]) == Some(98));
        listing.respond(0, windows == 2 && offset(&queries[0]) == Some(98));
    }
    assert_eq!(in_flight, [1, 8, 4, 8]);
}

#[test]
fn last_page_of_a_window_starts_the_next_one() {
    let mut listing = Listing::new(11);
    assert_eq!(listing.queries().len(), 1);
    listing.respond(0, false);
    let window = listing.queries();
    let last = window.iter().position(|query| offset(query) == Some(490)).expect("the last page");
    listing.respond(last, false);
    let queries = listing.queries();
    // Its last page is requested first, because it starts the window after it.
    let next: Vec<_> = queries.iter().filter(|query| query.marker != window[0].marker).map(offset).collect();
    assert_eq!(next, [Some(490)]);
    listing.respond(0, false);
    let queries = listing.queries();
    let next: Vec<_> = queries.iter().filter(|query| query.marker != window[0].marker).map(offset).collect();
    assert_eq!(next, [Some(490), None]);
}

#[test]
fn slow_page_limits_the_prefetched_pages_to_twice_the_concurrency() {
    let mut listing = Listing::new(8);
    listing.queries();
    listing.respond(0, false);
    let marker = listing.queries()[0].marker.clone();
    let is_slow = |query: &PageQuery| query.marker == marker && query.offset.is_none();
    let mut prefetched = 0;
    // Responds to all requests except the one for the first page of the window.
    while let Some(index) = listing.queries().iter().position(|query| !is_slow(query)) {
        listing.respond(index, false);
        prefetched += 1;
    }
    assert_eq!(prefetched, 2 * 8 - 1);
}
