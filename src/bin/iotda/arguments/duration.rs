//! Durations in options: a number and its unit, such as 500ms, 30s, 5m or 2h.

use std::time::Duration;

/// Parses a number of seconds, such as 30 or 0.5, or a duration with its unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if let Some(duration) = with_unit(text) {
        return Ok(duration);
    }
    let invalid = "must be a number of seconds, for example 30 or 0.5, or have the unit ms, s, m or h, for example 2h";
    let seconds: f64 = text.parse().map_err(|_| invalid.to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| "must be more than 0".to_owned())
}

/// Parses a whole number and its unit. Without a number, it is 1.
pub(super) fn with_unit(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit())?);
    let number = if number.is_empty() { 1 } else { number.parse::<u32>().ok()? };
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(60 * 60),
        _ => return None,
    };
    Some(unit * number).filter(|duration| !duration.is_zero())
}
