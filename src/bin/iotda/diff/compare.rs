//! The differences between two listings.

use std::collections::BTreeMap;

use super::records::{Key, Record};

/// A difference. A record with several changed fields has one for each field.
#[derive(Debug)]
pub(super) struct Difference<'a> {
    pub(super) change: &'static str,
    pub(super) record: &'a Record,
    /// The changed field and its values.
    pub(super) field: Option<(&'a str, Option<&'a str>, Option<&'a str>)>,
}

/// The numbers of records.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
}

type Index<'a> = BTreeMap<Key, &'a Record>;

/// Indexes the records by their keys; fails if a record has no ID.
fn index(records: &[Record]) -> Result<Index<'_>, String> {
    let keyed = records.iter().enumerate().map(|(number, record)| match record.key() {
        Some(key) => Ok((key, record)),
        None => Err(format!("record {} has no device_id and no template_id", number + 1)),
    });
    keyed.collect()
}

/// Compares the fields that both listings have. Removed and changed records come first, in the order of their IDs.
pub(super) fn compare<'a>(before: &'a [Record], after: &'a [Record]) -> Result<(Vec<Difference<'a>>, Counts), String> {
    let (before, after) = (index(before)?, index(after)?);
    let (mut differences, mut counts) = (Vec::new(), Counts::default());
    for (key, record) in &before {
        let Some(other) = after.get(key) else {
            counts.removed += 1;
            differences.push(Difference { change: "removed", record, field: None });
            continue;
        };
        let changed = changed_fields(record, other);
        *(if changed.is_empty() { &mut counts.unchanged } else { &mut counts.changed }) += 1;
        let change = |field| Difference { change: "changed", record: other, field: Some(field) };
        differences.extend(changed.into_iter().map(change));
    }
    for (_, record) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        counts.added += 1;
        differences.push(Difference { change: "added", record, field: None });
    }
    Ok((differences, counts))
}

fn changed_fields<'a>(before: &'a Record, after: &'a Record) -> Vec<(&'a str, Option<&'a str>, Option<&'a str>)> {
    let both = before.fields().filter_map(|(name, value)| Some((name, value, after.get(name)?)));
    both.filter(|(_, before, after)| before != after).collect()
}
