//! The records: each listing in descending order of record IDs, like the service's.

use std::collections::{BTreeMap, HashMap};

use crate::types::{AuthenticationTemplateSimple, DeviceSimple, Marker, PageInfo};

#[derive(Default)]
pub(super) struct Store {
    pub(super) certificates: HashMap<String, RecordStore<DeviceSimple>>,
    pub(super) templates: RecordStore<AuthenticationTemplateSimple>,
}

impl Store {
    pub(super) fn certificate(&mut self, id: String) -> &mut RecordStore<DeviceSimple> {
        self.certificates.entry(id).or_default()
    }
}

/// A record ID. A marker is its hexadecimal text.
pub(super) type RecordId = u128;

/// The ID before the first record's. It has the size of the service's IDs, and leaves room for lower ones.
const BASE_ID: RecordId = 0x6617_8add_3b98_9442_7700_0000;
/// The distance between two records, which leaves room for inserted ones.
const ID_STEP: RecordId = 0x100;
/// Inserted records with this ID or a higher one do not raise the IDs of later records. A marker has 24 digits, so
/// there is room above for more records than fit into memory.
const MAX_NEWEST_ID: RecordId = 0xffff_0000_0000_0000_0000_0000;

pub(super) struct RecordStore<T> {
    records: BTreeMap<RecordId, T>,
    /// The ID after which the next record is added.
    newest: RecordId,
}

impl<T> Default for RecordStore<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), newest: BASE_ID }
    }
}

/// The checked paging parameters.
pub(super) struct PageRequest {
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The exclusive upper bound: the ID of the marker.
    pub(super) below: RecordId,
}

impl<T> RecordStore<T> {
    pub(super) fn add(&mut self, record: T) -> Marker {
        self.newest += ID_STEP;
        // Inserted records above the maximum may have this ID.
        while self.records.contains_key(&self.newest) {
            self.newest += ID_STEP;
        }
        self.records.insert(self.newest, record);
        // The text is always a valid marker.
        Marker::try_from(format_id(self.newest)).unwrap_or_default()
    }

    /// Inserts a record, and returns the one that it replaces. Records that are added later are newer if the ID is
    /// below [`MAX_NEWEST_ID`].
    pub(super) fn insert(&mut self, id: &Marker, record: T) -> Option<T> {
        let id = parse_id(id.as_str());
        if id < MAX_NEWEST_ID {
            self.newest = self.newest.max(id);
        }
        self.records.insert(id, record)
    }

    pub(super) fn remove(&mut self, id: &Marker) -> Option<T> {
        self.records.remove(&parse_id(id.as_str()))
    }
}

impl<T: Clone> RecordStore<T> {
    /// Returns a page of the records that match `keep` (default: all): below the marker, after the offset, up to the
    /// limit.
    pub(super) fn page(&self, request: &PageRequest, keep: Option<&dyn Fn(&T) -> bool>) -> (Vec<T>, PageInfo) {
        let kept = |record: &T| keep.is_none_or(|keep| keep(record));
        let below = self.records.range(..request.below).rev().filter(|(_, record)| kept(record));
        let page: Vec<_> = below.skip(request.offset).take(request.limit).collect();
        let count = match keep {
            Some(keep) => self.records.values().filter(|record| keep(record)).count(),
            // A scan would be slow, because there may be a million records.
            None => self.records.len(),
        };
        let info = PageInfo { count: Some(count as i64), marker: page.last().map(|&(&id, _)| format_id(id)) };
        (page.into_iter().map(|(_, record)| record.clone()).collect(), info)
    }
}

/// Parses a marker. Any other text gives an ID that no record has.
pub(super) fn parse_id(marker: &str) -> RecordId {
    RecordId::from_str_radix(marker, 16).unwrap_or_default()
}

/// Formats an ID as 24 digits, because IDs are below 2^96.
fn format_id(id: RecordId) -> String {
    format!("{id:024x}")
}
