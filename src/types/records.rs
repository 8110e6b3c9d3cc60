//! Strict deserialization of a response's list and objects.
//!
//! Types with a derived `Deserialize` also accept an array for an object, and an unlimited number of records. An empty
//! record needs sixty times as much memory as its JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::constraints::PAGE_LIMIT;

/// The maximum number of records that are read from a page: twenty times the largest limit of a request.
const MAX_RECORDS_PER_PAGE: usize = 1_000;

/// The number of records of a page with the default limit, and with the largest one.
const DEFAULT_PAGE_RECORDS: usize = PAGE_LIMIT.default as usize;
const MAX_PAGE_RECORDS: usize = PAGE_LIMIT.maximum as usize;

/// Deserializes a list of objects that may be null.
pub(crate) fn records<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Option::<RecordList<T>>::deserialize(deserializer)?.map(|records| records.0))
}

/// Deserializes an object that may be null.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

struct RecordList<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for RecordList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Bounded(PhantomData))
    }
}

struct Bounded<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = RecordList<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RecordList<T>, A::Error> {
        let mut records = Vec::new();
        while let Some(Object(record)) = list.next_element()? {
            match records.len() {
                // Most pages have one of these sizes; gradual growth would copy the records.
                0 => records.reserve_exact(DEFAULT_PAGE_RECORDS),
                DEFAULT_PAGE_RECORDS => records.reserve_exact(MAX_PAGE_RECORDS - DEFAULT_PAGE_RECORDS),
                MAX_RECORDS_PER_PAGE => {
                    return Err(A::Error::custom(format_args!(
                        "the page contains more than {MAX_RECORDS_PER_PAGE} records"
                    )));
                }
                _ => {}
            }
            records.push(record);
        }
        Ok(RecordList(records))
    }
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData)).map(Object)
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}
