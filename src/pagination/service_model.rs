//! A model of the service, without HTTP, for tests of prefetching: records are added and removed between any two responses,
//! and the test chooses the order of the responses.

use std::collections::{BTreeMap, HashMap, HashSet};

use fastrand::Rng;
use tokio::sync::oneshot;

use super::page::{FetchedPage, Page, PageQuery, Purpose};
use crate::error::{Error, ErrorKind};
use crate::types::{Marker, PageInfo};

#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: u128,
    pub(super) device_id: String,
    /// A value that changes when a device is renamed.
    _name: u32,
}

pub(super) type PageResult = Result<FetchedPage<Record>, Error>;

/// The service: its records, and the requests without a response.
pub(super) struct Model {
    random: Rng,
    pub(super) records: BTreeMap<u128, Record>,
    pub(super) newest_id: u128,
    device_count: u32,
    removed_devices: Vec<String>,
    /// The device IDs of every record that existed at any time.
    pub(super) all_records: HashMap<u128, HashSet<String>>,
    pub(super) removed_records: HashSet<u128>,
    pub(super) pending: Vec<(PageQuery, oneshot::Sender<PageResult>)>,
    pub(super) count_fault: CountFault,
    /// Some pages have no marker, although records follow. Then no record is added in the middle of the listing.
    pub(super) omits_markers: bool,
}

/// A wrong `page.count`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum CountFault {
    None,
    Omitted,
    Capped,
    TooHigh,
    TooLow,
    /// An empty page counts its own records.
    ZeroAtTheEnd,
}

impl CountFault {
    fn random(random: &mut Rng) -> Self {
        let faults = [Self::Omitted, Self::Capped, Self::TooHigh, Self::TooLow, Self::ZeroAtTheEnd];
        faults.get(random.usize(..12)).copied().unwrap_or(Self::None)
    }
}

/// The error message of a page that was requested by its marker alone.
pub(super) const ANCHOR_FAILED: &str = "anchor failed";
pub(super) const PREFETCH_FAILED: &str = "prefetch failed";
/// The distance between the IDs of consecutive new records, so that others can be inserted between them.
const ID_STEP: u128 = 1_000;

impl Model {
    pub(super) fn new(seed: u64, records: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let count_fault = CountFault::random(&mut random);
        let mut model = Self {
            omits_markers: count_fault == CountFault::None && random.u8(..4) == 0,
            random,
            records: BTreeMap::new(),
            newest_id: ID_STEP,
            device_count: 0,
            removed_devices: Vec::new(),
            all_records: HashMap::new(),
            removed_records: HashSet::new(),
            pending: Vec::new(),
            count_fault,
        };
        (0..records).for_each(|_| model.add_new_device());
        model
    }

    fn new_device_id(&mut self) -> String {
        self.device_count += 1;
        format!("device-{}", self.device_count)
    }

    fn insert(&mut self, id: u128, device_id: String) {
        self.all_records.entry(id).or_default().insert(device_id.clone());
        self.records.insert(id, Record { id, device_id, _name: self.random.u32(..) });
    }

    fn add(&mut self, device_id: String) {
        self.newest_id += ID_STEP;
        self.insert(self.newest_id, device_id);
    }

    fn add_new_device(&mut self) {
        let device_id = self.new_device_id();
        self.add(device_id);
    }

    fn remove_random(&mut self) -> Option<Record> {
        let index = self.random.usize(..self.records.len().max(1));
        let id = *self.records.keys().nth(index)?;
        self.removed_records.insert(id);
        self.records.remove(&id)
    }

    /// Applies a random change to the records.
    pub(super) fn change(&mut self) {
        match self.random.u8(..6) {
            0 => self.add_new_device(),
            1 => {
                let removed = self.remove_random();
                self.removed_devices.extend(removed.map(|record| record.device_id));
            }
            // A removed device is registered again, under its old ID.
            2 => {
                if let Some(device_id) = self.removed_devices.pop() {
                    self.add(device_id);
                }
            }
            3 => {
                if let Some(record) = self.remove_random() {
                    self.add(record.device_id);
                }
            }
            // An old device switches to this certificate.
            4 if self.omits_markers => {}
            4 => {
                let id = self.random.u128(1..self.newest_id);
                if !self.records.contains_key(&id) {
                    let device_id = self.new_device_id();
                    self.insert(id, device_id);
                }
            }
            // A device is renamed.
            _ => {
                let index = self.random.usize(..self.records.len().max(1));
                if let Some(record) = self.records.values_mut().nth(index) {
                    record._name += 1;
                }
            }
        }
    }

    /// Responds to a random pending request with the current records, or with a fault.
    pub(super) fn respond(&mut self) {
        let index = self.random.usize(..self.pending.len());
        let (query, sender) = self.pending.swap_remove(index);
        let fault = self.random.u8(..100);
        let mut response = match (query.offset, fault) {
            // An offset may continue a page without a marker, so this is no prefetched page that may fail.
            (Some(_), 0..6) if self.omits_markers => self.page(&query, usize::MAX),
            (Some(_), 0..3) => Err(Error::new(ErrorKind::Connection, PREFETCH_FAILED)),
            (None, 0) => Err(Error::new(ErrorKind::Connection, ANCHOR_FAILED)),
            (Some(_), 3..6) => self.page(&query, 0),
            // A page may be short although more records follow.
            (_, 6..11) => self.page(&query, self.random.clone().usize(1..=50)),
            // A page may be empty although more records follow.
            (None, 11..15) => self.empty_page(&query),
            (_, 15..25) if self.omits_markers => self
                .page(&query, usize::MAX)
                .map(|fetched| FetchedPage { page: Page { next_marker: None, ..fetched.page }, ..fetched }),
            _ => self.page(&query, usize::MAX),
        };
        if let (Some(_), Ok(fetched)) = (query.offset, &mut response)
            && !self.omits_markers
        {
            self.change_marker_of_overlap(&mut fetched.page);
        }
        // Fails if the page was discarded meanwhile.
        let _ = sender.send(response);
    }

    /// A prefetched page of one record is only the overlap, or does not match. Either way, its marker may be any one.
    fn change_marker_of_overlap(&mut self, page: &mut Page<Record>) {
        if let [record] = &page.items[..]
            && self.random.bool()
        {
            page.next_marker = Marker::try_from(format!("{:024x}", self.random.u128(..=record.id))).ok();
        }
    }

    pub(super) fn page(&self, query: &PageQuery, max_records: usize) -> PageResult {
        let below = number(&query.marker.clone().unwrap_or_default());
        let (offset, limit) = (query.offset.map_or(0, |offset| offset.get()), query.limit.unwrap_or_default().get());
        let records = self.records.range(..below).rev().skip(offset as usize).take(max_records.min(limit as usize));
        let items: Vec<_> = records.map(|(_, record)| record.clone()).collect();
        let marker = items.last().map(|record| format!("{:024x}", record.id));
        let info = PageInfo { count: self.count(items.is_empty()), marker };
        Page::from_response(items, Some(info), query, Purpose::Listing, None)
    }

    /// Returns a page without records whose marker excludes none, if there is such a marker.
    fn empty_page(&self, query: &PageQuery) -> PageResult {
        let below = number(&query.marker.clone().unwrap_or_default());
        let next = self.records.range(..below).next_back().map_or(0, |(id, _)| *id);
        if next + 1 >= below {
            return self.page(query, usize::MAX);
        }
        let info = PageInfo { count: self.count(true), marker: Some(format!("{:024x}", next + 1)) };
        Page::from_response(Vec::new(), Some(info), query, Purpose::Listing, None)
    }

    fn count(&self, is_empty_page: bool) -> Option<i64> {
        let records = self.records.len() as i64;
        match self.count_fault {
            CountFault::Omitted => None,
            CountFault::Capped if !is_empty_page => Some(records.min(7)),
            CountFault::TooHigh if records > 0 => Some(records + 5),
            CountFault::TooLow => Some(records / 2),
            CountFault::ZeroAtTheEnd if is_empty_page => Some(0),
            _ => Some(records),
        }
    }
}

pub(super) fn number(marker: &Marker) -> u128 {
    u128::from_str_radix(marker.as_str(), 16).expect("a marker")
}
