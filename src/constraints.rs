//! The constraints of the OpenAPI document on requests, in constants that `build.rs` generates, and their checks.

include!(concat!(env!("OUT_DIR"), "/constraints.rs"));

/// An operation of the OpenAPI document.
#[derive(Debug)]
pub struct OperationMeta {
    pub(crate) id: &'static str,
    pub(crate) iam_action: &'static str,
}

/// The bounds of an integer.
pub(crate) struct IntegerBounds {
    pub(crate) minimum: u32,
    pub(crate) maximum: u32,
    pub(crate) default: u32,
}

impl IntegerBounds {
    pub(crate) fn check(&self, field: &str, value: u32) -> Result<u32, String> {
        if (self.minimum..=self.maximum).contains(&value) {
            return Ok(value);
        }
        let (minimum, maximum) = (self.minimum, self.maximum);
        Err(format!("{field} is {value}, but must be from {minimum} to {maximum} (default {})", self.default))
    }
}

/// The allowed characters and length of a text, parsed from the OpenAPI document's pattern at build time.
pub(crate) struct TextConstraint {
    pub(crate) pattern: &'static str,
    /// Ranges of ASCII characters, inclusive.
    pub(crate) characters: &'static [(u8, u8)],
    pub(crate) minimum: usize,
    pub(crate) maximum: usize,
    pub(crate) default: &'static str,
}

impl TextConstraint {
    pub(crate) fn check(&self, field: &str, text: &str) -> Result<(), String> {
        // Every allowed character is ASCII, so an allowed text has as many characters as bytes.
        let allowed = |byte: u8| self.characters.iter().any(|&(first, last)| (first..=last).contains(&byte));
        if (self.minimum..=self.maximum).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(());
        }
        Err(format!(
            "{field} is {} ({} characters), but must match {}",
            quoted(text),
            text.chars().count(),
            self.pattern
        ))
    }
}

/// Formats a caller's text for an error: quoted, with control characters escaped, and truncated.
pub(crate) fn quoted(text: &str) -> String {
    const MAX_QUOTED_CHARS: usize = 80;
    let start: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    let more = if start.len() < text.len() { "..." } else { "" };
    format!("{start:?}{more}")
}
