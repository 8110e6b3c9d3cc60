//! The rules of the OpenAPI document for the values of a request.
//!
//! Bounds and defaults are read from the OpenAPI document, and characters are checked by separate code: a mock that
//! used the client's checks could not detect an error in them.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde_json::Value;

use crate::spec::OPENAPI_JSON;

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(OPENAPI_JSON).unwrap_or_default();
    let schemas = &document["components"]["schemas"];
    Rules {
        limit: IntegerRule::of(&schemas["PageLimit"]),
        offset: IntegerRule::of(&schemas["PageOffset"]),
        marker: TextRule::of(&schemas["PageMarker"], |character| character.is_ascii_hexdigit()),
        first_marker: schemas["PageMarker"]["default"].as_str().unwrap_or_default().to_owned(),
        template_name: TextRule::of(&schemas["TemplateName"], |character| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
        }),
    }
});

pub(super) struct Rules {
    pub(super) limit: IntegerRule,
    pub(super) offset: IntegerRule,
    pub(super) marker: TextRule,
    /// The default marker.
    pub(super) first_marker: String,
    pub(super) template_name: TextRule,
}

pub(super) struct IntegerRule {
    bounds: RangeInclusive<i64>,
    default: i64,
}

impl IntegerRule {
    // A missing value would be 0. The build fails if the OpenAPI document does not contain these values.
    fn of(schema: &Value) -> Self {
        let value = |keyword: &str| schema[keyword].as_i64().unwrap_or_default();
        Self { bounds: value("minimum")..=value("maximum"), default: value("default") }
    }

    /// Returns the number that was sent, or the default. `None` if it is out of bounds.
    pub(super) fn apply(&self, sent: Option<i64>) -> Option<usize> {
        let number = sent.unwrap_or(self.default);
        if self.bounds.contains(&number) { usize::try_from(number).ok() } else { None }
    }
}

pub(super) struct TextRule {
    length: RangeInclusive<u64>,
    allowed: fn(char) -> bool,
}

impl TextRule {
    fn of(schema: &Value, allowed: fn(char) -> bool) -> Self {
        let length = |keyword: &str| schema[keyword].as_u64().unwrap_or_default();
        Self { length: length("minLength")..=length("maxLength"), allowed }
    }

    pub(super) fn allows(&self, text: &str) -> bool {
        self.length.contains(&(text.chars().count() as u64)) && text.chars().all(self.allowed)
    }
}

/// Reads an integer as JSON Schema defines it: `10.0` and `1e1` are 10. A number outside the range of `i64` becomes the
/// nearest `i64`, which is out of bounds, too.
pub(super) fn json_integer(value: &Value) -> Option<i64> {
    let without_fraction = || value.as_f64().filter(|number| number.fract() == 0.0);
    value.as_i64().or_else(|| without_fraction().map(|number| number as i64))
}

/// Reads an integer of a query: digits. `None` if it has a plus sign or is not a number. A number with a minus sign is
/// out of bounds, even `-0`.
pub(super) fn query_integer(text: &str) -> Option<i64> {
    let (signed, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if signed { i64::MIN } else { digits.parse().unwrap_or(i64::MAX) })
}
