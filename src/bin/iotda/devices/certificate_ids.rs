//! Certificate IDs in arguments and on standard input, one per line.

/// The name of the column or field with the IDs in the output.
const FIELD: &str = "certificate_id";

/// Returns the IDs of a text. Empty lines and comments are skipped, and quotes around an ID are removed. The output of
/// this program can be its input: of CSV, the first column is read, and of JSON Lines, the field `certificate_id`.
pub(super) fn parse(text: &str) -> Vec<String> {
    let mut lines = text.lines().map(without_comment).filter(|line| !line.is_empty()).peekable();
    let is_csv = lines.next_if(|line| first_column(line) == FIELD).is_some();
    let ids = lines.map(|line| {
        let id = if is_csv { first_column(line) } else { unquoted(line) };
        json_field(line).unwrap_or_else(|| id.to_owned())
    });
    ids.filter(|id| !id.is_empty()).collect()
}

/// Returns the ID in a line of JSON Lines.
fn json_field(line: &str) -> Option<String> {
    let record: serde_json::Value = line.starts_with('{').then(|| serde_json::from_str(line).ok())??;
    record.get(FIELD)?.as_str().map(str::to_owned)
}

/// Removes a comment: a whole line, or after a space, because an ID may contain `#`.
fn without_comment(line: &str) -> &str {
    let is_comment = |index: usize| line[..index].chars().next_back().is_none_or(char::is_whitespace);
    let comment = line.match_indices('#').map(|(index, _)| index).find(|index| is_comment(*index));
    trim(&line[..comment.unwrap_or(line.len())])
}

/// Removes surrounding whitespace and byte order marks.
fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// Removes quotes around a text, ASCII or typographic ones.
fn unquoted(text: &str) -> &str {
    const QUOTES: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('\u{201c}', '\u{201d}'), ('\u{2018}', '\u{2019}')];
    let inner = QUOTES.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    trim(inner.unwrap_or(text))
}

fn first_column(line: &str) -> &str {
    unquoted(trim(line.split(',').next().unwrap_or_default()))
}
