//! The records: each listing in descending order of record ids, as the service keeps them.

use std::collections::{BTreeMap, HashMap};

use crate::types::{AuthenticationTemplateSimple, DeviceSimple, Marker, PageInfo};

#[derive(Default)]
pub(super) struct Store {
    pub(super) certificates: HashMap<String, Records<DeviceSimple>>,
    pub(super) templates: Records<AuthenticationTemplateSimple>,
}

impl Store {
    pub(super) fn certificate(&mut self, id: String) -> &mut Records<DeviceSimple> {
        self.certificates.entry(id).or_default()
    }
}

/// A record's id: the number of which a marker is the hexadecimal text.
pub(super) type RecordId = u128;

/// The first record's id, of the size that the service's have; it leaves room below.
const FIRST_ID: RecordId = 0x6617_8add_3b98_9442_7700_0000;
/// The distance of two records: room to insert between them.
const ID_STEP: RecordId = 0x100;
/// Records are not added after an inserted one from here on: 24 digits are what a marker has, and above this lies room
/// for more records than any memory holds.
const MAX_NEWEST_ID: RecordId = 0xffff_0000_0000_0000_0000_0000;

pub(super) struct Records<T> {
    records: BTreeMap<RecordId, T>,
    /// The id after which records are added.
    newest: RecordId,
}

impl<T> Default for Records<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), newest: FIRST_ID }
    }
}

/// Which page is asked for, checked.
pub(super) struct PageRequest {
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The marker's number.
    pub(super) below: RecordId,
}

impl<T> Records<T> {
    pub(super) fn add(&mut self, record: T) -> Marker {
        self.newest += ID_STEP;
        // Above the ceiling, inserted records may be in the way.
        while self.records.contains_key(&self.newest) {
            self.newest += ID_STEP;
        }
        self.records.insert(self.newest, record);
        // The text is a marker.
        Marker::try_from(text(self.newest)).unwrap_or_default()
    }

    /// Added records follow the highest inserted one below the ceiling: only of one above it they may be older.
    pub(super) fn insert(&mut self, id: &Marker, record: T) -> Option<T> {
        let id = number(id.as_str());
        if id < MAX_NEWEST_ID {
            self.newest = self.newest.max(id);
        }
        self.records.insert(id, record)
    }

    pub(super) fn remove(&mut self, id: &Marker) -> Option<T> {
        self.records.remove(&number(id.as_str()))
    }
}

impl<T: Clone> Records<T> {
    /// A page of the records that `keep` takes, or of all: those below the marker, after the offset, up to the limit.
    pub(super) fn page(&self, request: &PageRequest, keep: Option<&dyn Fn(&T) -> bool>) -> (Vec<T>, PageInfo) {
        let kept = |record: &T| keep.is_none_or(|keep| keep(record));
        let below = self.records.range(..request.below).rev().filter(|(_, record)| kept(record));
        let page: Vec<_> = below.skip(request.offset).take(request.limit).collect();
        let count = match keep {
            Some(keep) => self.records.values().filter(|record| keep(record)).count(),
            // Without looking at each: there may be a million.
            None => self.records.len(),
        };
        let info = PageInfo { count: Some(count as i64), marker: page.last().map(|&(&id, _)| text(id)) };
        (page.into_iter().map(|(_, record)| record.clone()).collect(), info)
    }
}

/// The number of a text that is a marker; any other text is none of a record.
pub(super) fn number(marker: &str) -> RecordId {
    RecordId::from_str_radix(marker, 16).unwrap_or_default()
}

/// 24 digits, for ids stay below 2^96.
fn text(id: RecordId) -> String {
    format!("{id:024x}")
}
