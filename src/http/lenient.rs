//! A second try for a success that strict decoding rejects: text that is not valid Unicode, and values of another type.
//!
//! One odd byte in a name must not hide the devices after it. Structure stays strict: objects are objects, bounds apply,
//! and duplicate fields are errors.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;
use serde_json::value::RawValue;

use crate::error::charset::without_byte_order_mark;

/// Decodes a response body: `strict` is the error of strict decoding.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8], strict: Error) -> Result<T, Error> {
    let text = readable(body);
    let decoded = Value::parse(&text).and_then(|value| T::deserialize(value));
    // Only the strict error has the position in the whole body.
    decoded.map_err(|error| if without_position(&error) == without_position(&strict) { strict } else { error })
}

fn without_position(error: &Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Returns the body as JSON text: without a byte order mark, and with U+FFFD instead of what is not valid Unicode.
pub(crate) fn readable(body: &[u8]) -> Cow<'_, str> {
    replace_lone_surrogates(String::from_utf8_lossy(without_byte_order_mark(body)))
}

/// Replaces escapes of half a surrogate pair, such as `\ud83d`, by `\ufffd`.
fn replace_lone_surrogates(mut text: Cow<'_, str>) -> Cow<'_, str> {
    let mut position = 0;
    while let Some(found) = text[position..].find('\\') {
        position += found;
        position += match (surrogate(&text[position..]), text.get(position + 6..).and_then(surrogate)) {
            (None, _) => 1 + text[position + 1..].chars().next().map_or(0, char::len_utf8),
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(_), _) => {
                text.to_mut().replace_range(position..position + 6, "\\ufffd");
                6
            }
        };
    }
    text
}

/// Returns the surrogate whose escape the text starts with.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|code| (0xd800..0xe000).contains(code))
}

/// The text of a JSON value, so that a number can be read as text without losing digits.
#[derive(Clone, Copy)]
struct Value<'de>(&'de str);

impl<'de> Value<'de> {
    fn parse(text: &'de str) -> Result<Self, Error> {
        serde_json::from_str::<&RawValue>(text).map(|raw| Self(raw.get()))
    }

    /// Returns the text of a number or a Boolean.
    fn scalar(self) -> Option<&'de str> {
        let is_scalar = self.0.starts_with(|first: char| matches!(first, '-' | '0'..='9' | 't' | 'f'));
        is_scalar.then_some(self.0)
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        match self.scalar() {
            // serde_json rejects a number out of range.
            Some(number) if number.parse().is_ok_and(f64::is_infinite) => visitor.visit_borrowed_str(number),
            None if self.0.starts_with('{') => json.deserialize_map(Nested(visitor)),
            None if self.0.starts_with('[') => json.deserialize_seq(Nested(visitor)),
            _ => json.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct enum identifier
    }
}

/// Makes a value of an object or a list a [`Value`].
struct Nested<A>(A);

impl<'de, V: Visitor<'de>> Visitor<'de> for Nested<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Nested(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Nested(elements))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Nested<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let raw: &RawValue = self.0.next_value()?;
        seed.deserialize(Value(raw.get())).map_err(A::Error::custom)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Nested<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Some(raw) = self.0.next_element::<&RawValue>()? else { return Ok(None) };
        seed.deserialize(Value(raw.get())).map(Some).map_err(A::Error::custom)
    }
}
