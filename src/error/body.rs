//! Extracts code, message and request ID from an error's body, in any format, and recognizes a body that is not of the
//! service.

use serde_json::{Map, Value};

use super::{charset, markup};
use crate::hidden::is_hidden;

/// The fields that contain an error's code, in any case of letters, in the order of their precedence.
pub(crate) const CODE_FIELDS: [&str; 4] = ["error_code", "errorCode", "code", "errcode"];
/// The fields that contain an error's message, in any case of letters, in the order of their precedence.
pub(crate) const MESSAGE_FIELDS: [&str; 8] =
    ["error_msg", "errorMsg", "message", "msg", "errmsg", "error_description", "title", "error"];
const REQUEST_ID_FIELDS: [&str; 2] = ["request_id", "requestId"];

/// The levels of objects in which an error may be nested.
const MAX_NESTED_LEVELS: usize = 2;
/// The maximum length of a server's text in an error.
const MAX_MESSAGE_CHARS: usize = 500;

/// The headers that describe a body; empty if they are missing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BodyHeaders<'a> {
    pub(crate) content_type: &'a str,
    pub(crate) content_encoding: &'a str,
}

/// The form of an error's body. The service and its gateway send only JSON objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyForm {
    /// A JSON object, its start, or no body at all.
    #[default]
    Object,
    /// Compressed, although this was not requested, so its content is unknown.
    Compressed,
    /// Anything else, such as an HTML page: another server sent it.
    Foreign,
}

/// The parts of an error's body.
#[derive(Clone, Debug, Default)]
pub(crate) struct ErrorText {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) form: BodyForm,
}

impl ErrorText {
    /// Reads the service's format (`error_code`, `error_msg`), the gateway's (with `request_id`), those of the vendor's
    /// other services (`errorCode`, `code`, nested, numeric codes), and anything else as text.
    ///
    /// `redact` is applied to each text before it is truncated, so that no part of a secret remains.
    pub(crate) fn read(body: &[u8], headers: BodyHeaders<'_>, redact: impl Fn(&str) -> String) -> Self {
        let clean = |text: &str| one_line(redact(text));
        let lossy = String::from_utf8_lossy(body);
        // Redacted, because an error names the charset that they declare.
        let declarations = [redact(headers.content_type), redact(&lossy)];
        let decoded = charset::decode(body, declarations.each_ref().map(String::as_str));
        if let Some(compression) = compression(body, headers.content_encoding, decoded.is_err()) {
            let message = format!("the response body is compressed ({}), which was not requested", clean(&compression));
            return Self { message, form: BodyForm::Compressed, ..Self::default() };
        }
        let text = decoded.as_deref().unwrap_or(&lossy);
        let value = serde_json::from_str::<Value>(text).ok();
        let objects = value.as_ref().map(error_objects).unwrap_or_default();
        let is_readable = |field: &String| decoded.is_ok() || !field.contains(char::REPLACEMENT_CHARACTER);
        let field = |names: &[&str]| {
            let mut fields = objects.iter().flat_map(|object| fields_of(object, names)).filter(is_readable);
            fields.find_map(|text| Some(clean(&text)).filter(|text| !text.is_empty()))
        };
        let code = field(&CODE_FIELDS);
        // Redacted before tags are removed, so that a secret does not change which ones are.
        let text = redact(text);
        let is_markup = markup::is_markup_type(headers.content_type) || markup::is_markup(&text);
        let form = match &value {
            _ if code.is_some() => BodyForm::Object,
            Some(Value::Object(_)) => BodyForm::Object,
            _ if is_markup => BodyForm::Foreign,
            _ if text.trim_start().starts_with('{') || text.trim().is_empty() => BodyForm::Object,
            _ => BodyForm::Foreign,
        };
        let message = field(&MESSAGE_FIELDS).unwrap_or_else(|| match (&decoded, &code) {
            (Ok(_), Some(_)) => "no message".to_owned(),
            (Err(why), Some(_)) => format!("the message cannot be decoded ({why})"),
            _ => describe(&text, is_markup && form == BodyForm::Foreign, decoded.as_ref().err(), &clean),
        });
        Self { code, message, request_id: field(&REQUEST_ID_FIELDS), form }
    }
}

/// Describes the compression of a body; `None` if it is not compressed. Text is not compressed, whatever the header says.
fn compression(body: &[u8], content_encoding: &str, is_binary: bool) -> Option<String> {
    let declared = !content_encoding.is_empty() && !content_encoding.eq_ignore_ascii_case("identity");
    let magic = [(&b"\x1f\x8b"[..], "gzip"), (b"\x28\xb5\x2f\xfd", "zstd")];
    let detected = magic.iter().find(|(magic, _)| body.starts_with(magic));
    match detected {
        _ if declared && (is_binary || detected.is_some()) => Some(format!("Content-Encoding: {content_encoding}")),
        Some((_, name)) => Some(format!("{name}, without a Content-Encoding header")),
        None => None,
    }
}

/// Returns the objects that may describe the error, in the order of their precedence: those in a field that is named after an
/// error, the outermost object, and then the others.
fn error_objects(value: &Value) -> Vec<&Map<String, Value>> {
    let mut objects = Vec::new();
    collect_objects(value, false, 0, &mut objects);
    objects.sort_by_key(|(rank, _)| *rank);
    objects.into_iter().map(|(_, object)| object).collect()
}

fn collect_objects<'a>(
    value: &'a Value,
    in_error: bool,
    level: usize,
    objects: &mut Vec<(usize, &'a Map<String, Value>)>,
) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_objects(item, in_error, level, objects)),
        Value::Object(object) => {
            objects.push((if in_error { level } else { MAX_NESTED_LEVELS + 1 + level }, object));
            if level < MAX_NESTED_LEVELS {
                for (name, value) in object {
                    let name = name.to_ascii_lowercase();
                    let in_error = in_error || name.contains("error") || matches!(name.as_str(), "err" | "fault");
                    collect_objects(value, in_error, level + 1, objects);
                }
            }
        }
        _ => {}
    }
}

/// Returns the fields of these names that are text or a number.
fn fields_of<'a>(object: &'a Map<String, Value>, names: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    let named = |name: &'a str| object.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
    names.iter().flat_map(move |name| named(name)).filter_map(|(_, value)| scalar(value))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Describes a body that is not the documented JSON by its start, or by the title of the page.
fn describe(text: &str, is_page: bool, undecodable: Option<&String>, clean: &impl Fn(&str) -> String) -> String {
    let body = if is_page {
        "the response body is an HTML or XML page, not the documented JSON"
    } else {
        "the response body is not the documented JSON"
    };
    let is_unreadable = |letter: char| letter.is_control() && !letter.is_whitespace();
    // In most charsets, ASCII text can be read although the rest cannot be decoded.
    let is_readable = |title: &String| {
        undecodable.is_none() || !title.contains(is_unreadable) && !title.contains(char::REPLACEMENT_CHARACTER)
    };
    let title = markup::title(text).filter(|title| is_page && is_readable(title)).map(|title| clean(&title));
    match (title.filter(|title| !title.is_empty()), undecodable) {
        (Some(title), None) => return format!("{body}; its title: {title}"),
        (Some(title), Some(why)) => return format!("{body}; its title: {title}; the rest cannot be decoded ({why})"),
        (None, Some(why)) => return format!("{body}; its text cannot be decoded ({why})"),
        (None, None) => {}
    }
    match clean(&if is_page { markup::text(text) } else { text.to_owned() }) {
        start if !start.is_empty() => format!("{body}; it starts with: {start}"),
        _ if text.trim().is_empty() => "the response body is empty".to_owned(),
        _ => format!("{body}; it contains no text"),
    }
}

/// Returns the text as one line of limited length. Control characters and characters that reorder text become spaces,
/// so that a server cannot forge log lines.
pub(crate) fn one_line(text: String) -> String {
    if text.len() <= MAX_MESSAGE_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text;
    }
    let visible = if text.contains(is_hidden) { text.replace(is_hidden, " ") } else { text };
    let mut line = String::with_capacity(visible.len().min(4 * MAX_MESSAGE_CHARS));
    let mut length = 0;
    for word in visible.split_whitespace() {
        if length > MAX_MESSAGE_CHARS {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        length = line.chars().count();
    }
    match line.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
