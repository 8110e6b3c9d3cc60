//! Reading ahead on a model of the service, without HTTP: between any two answers records come and go, and the answers come
//! in any order. What the marker chain promises must hold in every schedule.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::env;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use fastrand::Rng;
use futures::Stream;
use futures::task::noop_waker;
use tokio::sync::oneshot;

use super::{FetchedPage, Page, PageQuery, Pages};
use crate::error::{Error, ErrorKind};
use crate::types::{Marker, PageInfo, PageLimit};

#[derive(Clone, Debug)]
struct Record {
    id: u128,
    key: String,
    /// What changes when a device is renamed.
    _name: u32,
}

type Answer = Result<FetchedPage<Record>, Error>;

/// The records, newest first, and the requests that wait for their answers.
struct Model {
    random: Rng,
    records: BTreeMap<u128, Record>,
    newest: u128,
    keys: u32,
    removed_keys: Vec<String>,
    /// Every record that there was at any time.
    ever: HashMap<u128, HashSet<String>>,
    removed: HashSet<u128>,
    waiting: Vec<(PageQuery, oneshot::Sender<Answer>)>,
    odd_counts: u8,
}

/// The error of a page at a marker.
const FAILED: &str = "failed";
/// Room to insert between two records.
const STEP: u128 = 1_000;

impl Model {
    fn new(seed: u64, records: usize) -> Self {
        let mut model = Self {
            random: Rng::with_seed(seed),
            records: BTreeMap::new(),
            newest: STEP,
            keys: 0,
            removed_keys: Vec::new(),
            ever: HashMap::new(),
            removed: HashSet::new(),
            waiting: Vec::new(),
            odd_counts: Rng::with_seed(seed).u8(..10),
        };
        (0..records).for_each(|_| model.add_new());
        model
    }

    fn new_key(&mut self) -> String {
        self.keys += 1;
        format!("device-{}", self.keys)
    }

    fn put(&mut self, id: u128, key: String) {
        self.ever.entry(id).or_default().insert(key.clone());
        self.records.insert(id, Record { id, key, _name: self.random.u32(..) });
    }

    fn add(&mut self, key: String) {
        self.newest += STEP;
        self.put(self.newest, key);
    }

    fn add_new(&mut self) {
        let key = self.new_key();
        self.add(key);
    }

    fn remove_one(&mut self) -> Option<Record> {
        let index = self.random.usize(..self.records.len().max(1));
        let id = *self.records.keys().nth(index)?;
        self.removed.insert(id);
        self.records.remove(&id)
    }

    /// A record comes, goes, comes back or changes.
    fn change(&mut self) {
        match self.random.u8(..6) {
            0 => self.add_new(),
            1 => {
                let removed = self.remove_one();
                self.removed_keys.extend(removed.map(|record| record.key));
            }
            // A removed device is registered anew, under its old key.
            2 => {
                if let Some(key) = self.removed_keys.pop() {
                    self.add(key);
                }
            }
            3 => {
                if let Some(record) = self.remove_one() {
                    self.add(record.key);
                }
            }
            // An old device switches to this certificate.
            4 => {
                let id = self.random.u128(1..self.newest);
                if !self.records.contains_key(&id) {
                    let key = self.new_key();
                    self.put(id, key);
                }
            }
            _ => {
                let index = self.random.usize(..self.records.len().max(1));
                if let Some(record) = self.records.values_mut().nth(index) {
                    record._name += 1;
                }
            }
        }
    }

    /// Answers one of the waiting requests, as the records are now.
    fn answer(&mut self) {
        let index = self.random.usize(..self.waiting.len());
        let (query, sender) = self.waiting.swap_remove(index);
        let odd = self.random.u8(..100);
        let answer = match (query.offset, odd) {
            (Some(_), 0..3) => Err(Error::new(ErrorKind::Connection, "read ahead, and failed")),
            (None, 0) => Err(Error::new(ErrorKind::Connection, FAILED)),
            (Some(_), 3..6) => self.page(&query, 0),
            // A page may be short though more follow.
            (_, 6..11) => self.page(&query, self.random.clone().usize(1..=50)),
            _ => self.page(&query, usize::MAX),
        };
        // Nobody waits for a page that was thrown away.
        let _ = sender.send(answer);
    }

    fn page(&self, query: &PageQuery, most: usize) -> Answer {
        let below = number(&query.marker.clone().unwrap_or_default());
        let (offset, limit) = (query.offset.map_or(0, |offset| offset.get()), query.limit.unwrap_or_default().get());
        let records = self.records.range(..below).rev().skip(offset as usize).take(most.min(limit as usize));
        let items: Vec<_> = records.map(|(_, record)| record.clone()).collect();
        let marker = items.last().map(|record| format!("{:024x}", record.id));
        // A hint, and a service may leave it out or cap it.
        let count = match self.odd_counts {
            0 => None,
            1 if !items.is_empty() => Some(7),
            _ => Some(self.records.len() as i64),
        };
        let info = PageInfo { count, marker };
        Page::from_response(items, Some(info), query, None)
    }
}

fn number(marker: &Marker) -> u128 {
    u128::from_str_radix(marker.as_str(), 16).expect("a marker")
}

fn pages(model: &Arc<Mutex<Model>>, concurrency: u32, query: PageQuery) -> Pages<Record> {
    let model = model.clone();
    let fetch = move |query| {
        let (sender, receiver) = oneshot::channel();
        model.lock().expect("the model").waiting.push((query, sender));
        Box::pin(async { receiver.await.expect("an answer") }) as _
    };
    Pages::new(Box::new(fetch), |record| Some(&record.key), concurrency, query)
}

/// What came of a schedule beside its checks: how many pages were thrown away is no fault, but must happen.
fn run(seed: u64) {
    let mut random = Rng::with_seed(seed ^ 0x5eed);
    let long = random.u8(..200) == 0;
    let limit = if long { random.u32(40..=50) } else { random.u32(1..=6) };
    let records = if long { random.usize(500..1_500) } else { random.usize(..40) };
    let concurrency = random.u32(1..=12);
    let changes = random.usize(..4);
    let model = Arc::new(Mutex::new(Model::new(seed, records)));
    let marker = (random.u8(..10) == 0).then(|| {
        let start = random.u128(1..=model.lock().expect("the model").newest);
        Marker::try_from(format!("{start:024x}")).expect("a marker")
    });
    let from = marker.as_ref().map_or(u128::MAX, number);
    let there: Vec<u128> = model.lock().expect("the model").records.range(..from).map(|(id, _)| *id).collect();

    let limit = PageLimit::try_from(limit).expect("a limit");
    let query = PageQuery { limit: Some(limit), marker, offset: None };
    let mut pages = pages(&model, concurrency, query);
    let mut read: Vec<Record> = Vec::new();
    let waker = noop_waker();
    let end = loop {
        match Pin::new(&mut pages).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(None) => break 0,
            Poll::Ready(Some(Ok(page))) => {
                assert!(!page.items.is_empty(), "seed {seed}: an empty page");
                read.extend(page.items);
            }
            // It goes on at the last marker: what is above it must have been read.
            Poll::Ready(Some(Err(error))) => {
                assert_eq!(error.message(), FAILED, "seed {seed}: an error of a page that was read ahead");
                break read.last().map_or(from, |record| record.id);
            }
            Poll::Pending => {
                let mut model = model.lock().expect("the model");
                model.waiting.retain(|(_, sender)| !sender.is_closed());
                assert!(model.waiting.len() <= concurrency as usize, "seed {seed}: more requests than {concurrency}");
                model.answer();
            }
        }
        let mut model = model.lock().expect("the model");
        (0..random.usize(..=changes)).for_each(|_| model.change());
    };

    let model = model.lock().expect("the model");
    assert!(read.windows(2).all(|pair| pair[0].id > pair[1].id), "seed {seed}: not descending: {read:?}");
    let real = |record: &Record| model.ever.get(&record.id).is_some_and(|keys| keys.contains(&record.key));
    assert!(read.iter().all(real), "seed {seed}: a record that never was: {read:?}");
    let ids: HashSet<u128> = read.iter().map(|record| record.id).collect();
    let missing = there.iter().find(|id| **id >= end && !model.removed.contains(id) && !ids.contains(id));
    assert!(missing.is_none(), "seed {seed}: {missing:?} was there throughout, and was not read: {read:?}");
}

/// A hundred thousand and more are run by the full checks.
fn schedules() -> u64 {
    env::var("IOTDA_SCHEDULES").map_or(20_000, |text| text.parse().expect("IOTDA_SCHEDULES is a number"))
}

#[test]
fn reading_ahead_promises_in_every_schedule_what_the_marker_chain_does() {
    (0..schedules()).for_each(run);
}

#[test]
fn a_page_that_does_not_follow_halves_what_is_asked_for_at_once_until_a_window_is_whole() {
    let model = Arc::new(Mutex::new(Model::new(1, 3_000)));
    let query = PageQuery { limit: Some(PageLimit::MAX), ..PageQuery::default() };
    let mut pages = pages(&model, 8, query);
    let waker = noop_waker();
    // How many are asked for when a window begins; the second one's third page fails.
    let (mut beginnings, mut failed) = (Vec::new(), false);
    while beginnings.len() < 5 {
        let polled = Pin::new(&mut pages).poll_next(&mut Context::from_waker(&waker));
        assert!(!matches!(polled, Poll::Ready(None | Some(Err(_)))), "{beginnings:?}");
        if polled.is_ready() {
            continue;
        }
        let mut model = model.lock().expect("the model");
        model.waiting.retain(|(_, sender)| !sender.is_closed());
        if model.waiting[0].0.offset.is_none() {
            beginnings.push(model.waiting.len());
        }
        let fails = beginnings.len() == 2 && !failed && model.waiting[0].0.offset.is_some_and(|at| at.get() == 98);
        failed |= fails;
        let (query, sender) = model.waiting.remove(0);
        let answer =
            if fails { Err(Error::new(ErrorKind::Connection, FAILED)) } else { model.page(&query, usize::MAX) };
        let _ = sender.send(answer);
    }
    assert_eq!(beginnings, [1, 8, 4, 8, 8]);
}
