//! What the document asks of a request's values.
//!
//! Bounds and defaults are read from the document, and characters are checked by plain code of its own: a mock that
//! used the checks of the client would agree with their faults.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde_json::Value;

use crate::spec::OPENAPI_JSON;

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(OPENAPI_JSON).unwrap_or_default();
    let schemas = &document["components"]["schemas"];
    Rules {
        limit: NumberRule::of(&schemas["PageLimit"]),
        offset: NumberRule::of(&schemas["PageOffset"]),
        marker: TextConstraint::of(&schemas["PageMarker"], |character| character.is_ascii_hexdigit()),
        first_marker: schemas["PageMarker"]["default"].as_str().unwrap_or_default().to_owned(),
        template_name: TextConstraint::of(&schemas["TemplateName"], |character| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
        }),
    }
});

pub(super) struct Rules {
    pub(super) limit: NumberRule,
    pub(super) offset: NumberRule,
    pub(super) marker: TextConstraint,
    /// The marker that counts when none was sent.
    pub(super) first_marker: String,
    pub(super) template_name: TextConstraint,
}

pub(super) struct NumberRule {
    bounds: RangeInclusive<i64>,
    default: i64,
}

impl NumberRule {
    // The build fails on a document without these values; one that is not there would be 0.
    fn of(schema: &Value) -> Self {
        let value = |keyword: &str| schema[keyword].as_i64().unwrap_or_default();
        Self { bounds: value("minimum")..=value("maximum"), default: value("default") }
    }

    /// The number that counts, the default when none was sent; `None` when it is out of bounds.
    pub(super) fn take(&self, sent: Option<i64>) -> Option<usize> {
        let number = sent.unwrap_or(self.default);
        if self.bounds.contains(&number) { usize::try_from(number).ok() } else { None }
    }
}

pub(super) struct TextConstraint {
    length: RangeInclusive<u64>,
    allowed: fn(char) -> bool,
}

impl TextConstraint {
    fn of(schema: &Value, allowed: fn(char) -> bool) -> Self {
        let length = |keyword: &str| schema[keyword].as_u64().unwrap_or_default();
        Self { length: length("minLength")..=length("maxLength"), allowed }
    }

    pub(super) fn allows(&self, text: &str) -> bool {
        self.length.contains(&(text.chars().count() as u64)) && text.chars().all(self.allowed)
    }
}

/// A whole number as JSON Schema means it: `10.0` and `1e1` are ten. What an `i64` can't hold becomes its nearest one,
/// out of bounds too.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    let without_fraction = || value.as_f64().filter(|number| number.fract() == 0.0);
    value.as_i64().or_else(|| without_fraction().map(|number| number as i64))
}

/// A whole number as a query writes it: digits. A plus sign is refused as no number, a minus sign as out of bounds,
/// even before a zero.
pub(super) fn digits(text: &str) -> Option<i64> {
    let (signed, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if signed { i64::MIN } else { digits.parse().unwrap_or(i64::MAX) })
}
