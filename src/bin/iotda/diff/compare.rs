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

/// Indexes the records by their keys; fails if a record has no ID, or contradicts another one.
fn index(records: &[Record]) -> Result<Index<'_>, String> {
    let mut index = Index::new();
    for (number, record) in records.iter().enumerate() {
        let number = number + 1;
        let key = record.key().ok_or_else(|| format!("record {number} has no device_id and no template_id"))?;
        let id = key.1.clone();
        if index.insert(key, record).is_some_and(|other| other != record) {
            return Err(format!("record {number} repeats {id} with other values, so the listing is not of one time"));
        }
    }
    Ok(index)
}

/// Compares the fields that both listings have. Removed and changed records come first, in the order of their IDs.
pub(super) fn compare<'a>(before: &'a [Record], after: &'a [Record]) -> Result<(Vec<Difference<'a>>, Counts), String> {
    let (before, after) = (index(before)?, index(after)?);
    let has_certificates = |index: &Index<'_>| index.keys().next().map(|(certificate, _)| certificate.is_some());
    if let (Some(one), Some(other)) = (has_certificates(&before), has_certificates(&after))
        && one != other
    {
        return Err("only one listing has the field certificate_id; save both with it, or both without it".to_owned());
    }
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
