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
type RecordId = u128;

/// The first record's id, of the size that the service's have; it leaves room below.
const FIRST: RecordId = 0x6617_8add_3b98_9442_7700_0000;
/// The distance of two records: room to insert between them.
const STEP: RecordId = 0x100;

pub(super) struct Records<T> {
    records: BTreeMap<RecordId, T>,
    newest: RecordId,
}

impl<T> Default for Records<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), newest: FIRST }
    }
}

/// Which page is asked for, checked.
pub(super) struct PageRequest {
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) marker: Marker,
}

impl<T> Records<T> {
    pub(super) fn add(&mut self, record: T) -> Marker {
        self.newest += STEP;
        self.records.insert(self.newest, record);
        marker(self.newest)
    }

    pub(super) fn insert(&mut self, id: &Marker, record: T) -> Option<T> {
        let id = number(id);
        self.newest = self.newest.max(id);
        self.records.insert(id, record)
    }

    pub(super) fn remove(&mut self, id: &Marker) -> Option<T> {
        self.records.remove(&number(id))
    }
}

impl<T: Clone> Records<T> {
    /// A page of the records that `keep` takes: those below the marker, after the offset, up to the limit.
    pub(super) fn page(&self, request: &PageRequest, keep: impl Fn(&T) -> bool) -> (Vec<T>, PageInfo) {
        let below = self.records.range(..number(&request.marker)).rev().filter(|(_, record)| keep(record));
        let page: Vec<_> = below.skip(request.offset).take(request.limit).collect();
        let info = PageInfo {
            count: Some(self.records.values().filter(|record| keep(record)).count() as i64),
            marker: page.last().map(|&(&id, _)| marker(id).into()),
        };
        (page.into_iter().map(|(_, record)| record.clone()).collect(), info)
    }
}

fn number(marker: &Marker) -> RecordId {
    // A marker is hexadecimal by its type.
    RecordId::from_str_radix(marker.as_str(), 16).unwrap_or_default()
}

fn marker(id: RecordId) -> Marker {
    // 24 digits, for ids stay far below 2^96.
    Marker::try_from(format!("{id:024x}")).unwrap_or_default()
}
