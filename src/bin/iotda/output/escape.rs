//! Text for a terminal: characters that have an effect but no width are escaped.

use crate::hidden::is_hidden;

/// Escapes control characters, and characters that reorder text or are invisible: the ones that errors do not show either.
pub(super) fn escaped(text: &str) -> String {
    let escape = |letter: char| if is_hidden(letter) { letter.escape_default().to_string() } else { letter.into() };
    text.chars().map(escape).collect()
}
