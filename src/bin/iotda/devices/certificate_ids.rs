//! Certificate IDs in arguments and on standard input.

use serde_json::Value;

/// The name of the column or field with the IDs in the output.
const FIELD: &str = "certificate_id";

/// Returns the IDs of a text. Empty lines and comments are skipped, quotes around an ID are removed, and a comma or semicolon
/// separates two IDs. The output of this program can be its input: of CSV, the first column is read, and of JSON, the
/// field `certificate_id`.
pub(super) fn parse(text: &str) -> Vec<String> {
    if let Ok(Value::Array(records)) = serde_json::from_str(trim(text)) {
        // A record without an ID becomes an invalid ID, which is rejected, because a certificate must not be skipped.
        return records.iter().map(|record| json_id(record).unwrap_or_else(|| record.to_string())).collect();
    }
    let lines = text.split(['\n', '\r']).map(without_comment);
    let mut lines = lines.filter(|line| !line.is_empty()).peekable();
    let is_csv = lines.next_if(|line| first_column(line) == FIELD).is_some();
    let ids = lines.flat_map(|line| match json_field(line) {
        Some(id) => vec![id],
        None if is_csv => vec![first_column(line).to_owned()],
        None => line.split([',', ';']).map(|id| unquoted(trim(id)).to_owned()).collect(),
    });
    ids.filter(|id| !id.is_empty()).collect()
}

/// Returns the ID in a line of JSON Lines.
fn json_field(line: &str) -> Option<String> {
    let record: Value = line.starts_with('{').then(|| serde_json::from_str(line).ok())??;
    json_id(&record)
}

/// Returns the ID in a record, or a text that is the ID.
fn json_id(record: &Value) -> Option<String> {
    record.get(FIELD).unwrap_or(record).as_str().map(str::to_owned)
}

/// Removes a comment: a whole line, or after a space, because an ID may contain `#`.
fn without_comment(line: &str) -> &str {
    if trim(line).starts_with([';', '\u{ff03}']) || trim(line).starts_with("//") {
        return "";
    }
    let is_comment = |index: usize| line[..index].chars().next_back().is_none_or(char::is_whitespace);
    let comment = line.match_indices('#').map(|(index, _)| index).find(|index| is_comment(*index));
    trim(&line[..comment.unwrap_or(line.len())])
}

/// Removes surrounding whitespace, and characters without a width, such as byte order marks.
fn trim(text: &str) -> &str {
    let has_no_width = |letter| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    text.trim_matches(|letter: char| letter.is_whitespace() || has_no_width(letter))
}

/// Removes quotes around a text, ASCII or typographic ones.
fn unquoted(text: &str) -> &str {
    const QUOTES: [(char, char); 8] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('\u{201c}', '\u{201d}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{2018}', '\u{2019}'),
        ('\u{ab}', '\u{bb}'),
        ('\u{300c}', '\u{300d}'),
    ];
    let inner = QUOTES.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    trim(inner.unwrap_or(text))
}

/// Returns the first column. In some countries, spreadsheets separate columns by semicolons.
fn first_column(line: &str) -> &str {
    unquoted(trim(line.split([',', ';', '\t']).next().unwrap_or_default()))
}
