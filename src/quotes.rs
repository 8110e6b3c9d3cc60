//! Quotation marks, which a value has by mistake if it was copied. The CLI includes this file.

/// Returns `true` for a text in ASCII quotes, or in typographic ones.
pub(crate) fn is_in_quotes(text: &str) -> bool {
    let mut letters = text.chars();
    match (letters.next(), letters.next_back()) {
        (Some(first), Some(last)) if first.is_ascii() => first == last && is_quote(first),
        (Some(first), Some(last)) => is_quote(first) && is_quote(last),
        _ => false,
    }
}

pub(crate) fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '`') || is_typographic_quote(letter)
}

pub(crate) fn is_typographic_quote(letter: char) -> bool {
    matches!(letter, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{300c}'..='\u{300f}')
        || matches!(letter, '\u{ff02}' | '\u{ff07}')
}
