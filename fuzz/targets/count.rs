//! The count of a page as the client reads it, reimplemented: a whole number, also as a float or as a text. It is a hint, so
//! any other value is none.

use serde_json::Value;

pub fn count(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 2_f64.powi(53)).then_some(number as i64)
}
