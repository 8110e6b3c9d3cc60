//! Text for a terminal: characters that have an effect but no width are escaped.

/// Escapes control characters, and characters that reorder text or are invisible: the ones that errors do not show either.
pub(super) fn escaped(text: &str) -> String {
    let escape = |letter: char| if is_hidden(letter) { letter.escape_default().to_string() } else { letter.into() };
    text.chars().map(escape).collect()
}

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2066}'..='\u{2069}' | '\u{feff}')
}
