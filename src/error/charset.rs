//! Decodes the text of a body that may be in any charset: UTF-8, and Latin-1 if it is declared.
//!
//! The other charsets need large tables. Their text is reported as undecodable, instead of as wrong characters.

use std::borrow::Cow;

/// The longest name of a charset that is reported.
const MAX_NAME_CHARS: usize = 40;

const UTF_8: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];
const LATIN_1: [&str; 6] = ["iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"];
/// The characters of windows-1252 from 0x80 to 0x9f, where Latin-1 has control characters.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Returns the text of a body, without a byte order mark; otherwise the reason why it cannot be decoded.
///
/// `declarations` are the texts that may name the charset: the `Content-Type`, and the start of the body.
pub(super) fn decode<'a>(body: &'a [u8], declarations: [&str; 2]) -> Result<Cow<'a, str>, String> {
    let body = without_byte_order_mark(body);
    let [content_type, start] = declarations;
    // The message of a JSON body may contain the same words.
    let markup = Some(start).filter(|start| start.trim_start().starts_with('<'));
    let declared: Vec<_> = [content_type].into_iter().chain(markup).filter_map(declared_charset).collect();
    let other = declared.iter().find(|name| !UTF_8.contains(&name.as_str()));
    // Some charsets write all characters with ASCII and escape sequences, or with NULs.
    let is_binary = |text: &str| match other {
        Some(_) => text.contains(|letter: char| letter.is_control() && !letter.is_whitespace()),
        None => text.contains('\0'),
    };
    match utf_8(body) {
        Some(text) if !is_binary(text) => return Ok(text.into()),
        _ => {}
    }
    if other.is_some() && declared.iter().all(|name| LATIN_1.contains(&name.as_str())) {
        let text: String = body.iter().map(|&byte| latin_1(byte)).collect();
        if !text.contains(|letter: char| letter.is_ascii_control() && !letter.is_whitespace()) {
            return Ok(text.into());
        }
    }
    let unknown = declared.iter().find(|name| !is_known(name)).or(other);
    Err(match unknown {
        _ if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") => "charset utf-16".to_owned(),
        Some(name) => format!("charset {name}"),
        None if utf_8(body).is_some() => "binary data".to_owned(),
        None => "not UTF-8".to_owned(),
    })
}

fn is_known(charset: &str) -> bool {
    UTF_8.contains(&charset) || LATIN_1.contains(&charset)
}

/// Returns the text; a body that was truncated within a character is valid up to there.
fn utf_8(body: &[u8]) -> Option<&str> {
    match str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            str::from_utf8(&body[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn latin_1(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252.chars().nth(usize::from(byte - 0x80)).unwrap_or(' '),
        _ => char::from(byte),
    }
}

/// Returns the charset that a `Content-Type`, an HTML `meta` element or an XML declaration names, in lowercase.
fn declared_charset(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let name = match text.split_once("charset=") {
        Some((_, name)) => name,
        None => text.strip_prefix("<?xml")?.split_once("encoding=")?.1,
    };
    let name = name.trim_start_matches(['"', '\'', ' ']);
    let is_part = |letter: &char| letter.is_ascii_alphanumeric() || "-_.:+".contains(*letter);
    let name: String = name.chars().take_while(is_part).take(MAX_NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

/// Returns the body without the byte order mark, which serde_json rejects.
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
