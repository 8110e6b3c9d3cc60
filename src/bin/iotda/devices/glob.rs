//! Patterns for names: `*` is any text, `?` is any character.

/// Returns true if the whole text matches the pattern.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // The position after the last `*`, and where its text ends.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(letter) if *letter == '?' || *letter == text[read] => (at, read) = (at + 1, read + 1),
            _ => {
                let Some((after, end)) = star else { return false };
                (at, read) = (after, end + 1);
                star = Some((after, end + 1));
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_match_any_text_and_question_marks_any_character() {
        for (pattern, text, expected) in [
            ("pump-*", "pump-12", true),
            ("pump-*", "my pump-12", false),
            ("*-12", "pump-12", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xbxa", false),
            ("*ab", "aab", true),
            ("p?mp", "p泵mp", true),
            ("p?mp", "pmp", false),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            ("a.c", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
