//! The records of a page, read up to a bound: a list of empty records takes sixty times as much memory as its JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Far more than a page ever holds, which is 50.
const MOST: usize = 10_000;

/// A list that may be null.
pub(crate) fn records<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Option::<Records<T>>::deserialize(deserializer)?.map(|records| records.0))
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
        while let Some(record) = list.next_element()? {
            if records.len() == MOST {
                return Err(A::Error::custom(format_args!("more than {MOST} records in a page")));
            }
            records.push(record);
        }
        Ok(Records(records))
    }
}
