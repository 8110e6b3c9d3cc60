//! Finds an error that a response body reports, at any level near the top.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::body::{CODE_FIELDS, MESSAGE_FIELDS};

/// The number of levels that are searched. Deeper values are not read, so nesting costs nothing.
const MAX_LEVELS: u8 = 5;

/// Returns the name of a field that reports an error. A field that is null, false, zero or empty reports none.
pub(crate) fn find(json: &str) -> serde_json::Result<Option<&'static str>> {
    Search { levels: MAX_LEVELS }.run(json.trim_ascii_start())
}

/// Reads a value without keeping it.
#[derive(Clone, Copy)]
struct Search {
    levels: u8,
}

impl Search {
    fn run(self, json: &str) -> serde_json::Result<Option<&'static str>> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        match json.as_bytes().first() {
            Some(b'{') if self.levels > 0 => deserializer.deserialize_map(self),
            Some(b'[') if self.levels > 0 => deserializer.deserialize_seq(self),
            _ => Ok(None),
        }
    }

    fn nested<E: serde::de::Error>(self, value: &RawValue) -> Result<Option<&'static str>, E> {
        Self { levels: self.levels - 1 }.run(value.get()).map_err(E::custom)
    }
}

impl<'de> Visitor<'de> for Search {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some((Key(key), value)) = fields.next_entry::<Key<'de>, &RawValue>()? {
            let mut names = CODE_FIELDS.into_iter().chain(MESSAGE_FIELDS);
            let name = names.find(|name| name.eq_ignore_ascii_case(&key)).filter(|_| !is_blank(value.get()));
            found = match found.or(name) {
                None => self.nested(value)?,
                found => found,
            };
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(value) = elements.next_element::<&RawValue>()? {
            if found.is_none() {
                found = self.nested(value)?;
            }
        }
        Ok(found)
    }
}

fn is_blank(value: &str) -> bool {
    let inner = value.trim_matches(['"', '[', ']', '{', '}', ' ', '\t', '\r', '\n']);
    matches!(inner, "" | "null" | "false" | "0")
}

/// A key, which is borrowed unless it contains escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
