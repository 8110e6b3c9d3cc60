//! Strict deserialization of a response's list and objects.
//!
//! Types with a derived `Deserialize` also accept an array for an object, and an unlimited number of records. An empty
//! record needs sixty times as much memory as its JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::constraints::PAGE_LIMIT;

/// The maximum number of records that are read from a page: twenty times the largest limit of a request.
const MAX_RECORDS_PER_PAGE: usize = 1_000;

/// The largest integer up to which a floating-point number is exact.
const MAX_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

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

/// Deserializes a count. It is a hint, so a value that is not an integer is no count.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    // Other formats are not self-describing.
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(Count)
    } else {
        Option::deserialize(deserializer)
    }
}

struct Count;

impl<'de> Visitor<'de> for Count {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Option<i64>, E> {
        Ok(Some(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Option<i64>, E> {
        Ok(number.try_into().ok())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Option<i64>, E> {
        let is_exact = number.fract() == 0.0 && number.abs() <= MAX_EXACT_INTEGER;
        Ok(is_exact.then_some(number as i64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<i64>, E> {
        let text = text.trim();
        let float = || text.parse().ok().and_then(|number| self.visit_f64::<E>(number).ok().flatten());
        Ok(text.parse().ok().or_else(float))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<i64>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<i64>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Option<i64>, A::Error> {
        IgnoredAny.visit_seq(elements).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Option<i64>, A::Error> {
        IgnoredAny.visit_map(fields).map(|_| None)
    }
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
