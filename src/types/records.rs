//! Reading what an answer holds, as strictly as serde's derived types do not: they take an array for an object, and as many
//! records as come, of which the empty ones take sixty times as much memory as their JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::constraints::PAGE_LIMIT;

/// The most records of a page that are read: twenty times what can be asked for.
const MAX_RECORDS_PER_PAGE: usize = 1_000;

/// How many records a page has when no limit is asked for, and when the largest is.
const DEFAULT_PAGE_RECORDS: usize = PAGE_LIMIT.default as usize;
const MAX_PAGE_RECORDS: usize = PAGE_LIMIT.maximum as usize;

/// A list of objects that may be null.
pub(crate) fn records<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Option::<Records<T>>::deserialize(deserializer)?.map(|records| records.0))
}

/// An object that may be null.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

struct Records<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Records<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Bounded(PhantomData))
    }
}

struct Bounded<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Records<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Records<T>, A::Error> {
        let mut records = Vec::new();
        while let Some(Object(record)) = list.next_element()? {
            match records.len() {
                // The usual limits are the default and the largest one: growing step by step would only copy.
                0 => records.reserve_exact(DEFAULT_PAGE_RECORDS),
                DEFAULT_PAGE_RECORDS => records.reserve_exact(MAX_PAGE_RECORDS - DEFAULT_PAGE_RECORDS),
                MAX_RECORDS_PER_PAGE => {
                    return Err(A::Error::custom(format_args!("more than {MAX_RECORDS_PER_PAGE} records in a page")));
                }
                _ => {}
            }
            records.push(record);
        }
        Ok(Records(records))
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
