//! Extracts code, message and request ID from an error's body, in any format.

use serde_json::Value;

/// The maximum length of a server's text in an error.
const MAX_MESSAGE_CHARS: usize = 500;

/// The names of the field that contains an error's code, in the formats of the service, its gateway and others.
pub(crate) const ERROR_CODE_FIELDS: [&str; 4] = ["error_code", "errorCode", "code", "errcode"];
/// The names of the field that contains an error's message, in the same formats.
pub(crate) const ERROR_MESSAGE_FIELDS: [&str; 8] =
    ["error_msg", "errorMsg", "message", "msg", "errmsg", "title", "error", "error_description"];

/// The parts of an error's body.
#[derive(Debug, Default)]
pub(crate) struct ErrorText {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
}

impl ErrorText {
    /// Reads the service's format (`error_code`, `error_msg`), the gateway's (with `request_id`), those of the vendor's
    /// other services (`errorCode`, `code`, one level nested, numeric codes), and anything else as text.
    ///
    /// `redact` is applied to each text before it is truncated, so that no part of a secret remains.
    pub(crate) fn read(body: &[u8], redact: impl Fn(&str) -> String) -> Self {
        let clean = |text: &str| one_line(redact(text));
        // serde_json rejects a byte order mark.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let value = serde_json::from_slice::<Value>(body).ok();
        let nested = value.as_ref().and_then(|value| value.get("error")).filter(|error| error.is_object());
        // The inner object describes the error; the outer one may contain the request ID.
        let objects = [nested, value.as_ref()];
        let field = |names: &[&str]| {
            let fields = objects.iter().flatten().flat_map(|object| names.iter().map(|name| object.get(name)));
            fields.flatten().filter_map(scalar).map(|text| clean(&text)).find(|text| !text.is_empty())
        };
        let code = field(&ERROR_CODE_FIELDS);
        let message = field(&ERROR_MESSAGE_FIELDS);
        let message = message.unwrap_or_else(|| match &code {
            Some(_) => "no message".to_owned(),
            None => excerpt(body, &clean),
        });
        Self { code, message, request_id: field(&["request_id", "requestId"]) }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The start of a body that is not the documented JSON.
fn excerpt(body: &[u8], clean: &impl Fn(&str) -> String) -> String {
    let text = clean(&String::from_utf8_lossy(body));
    if text.is_empty() {
        "the response body is empty".to_owned()
    } else {
        format!("the response body is not the documented JSON; it starts with: {text}")
    }
}

/// Returns the text as one line of limited length. Control characters and characters that reorder text become spaces,
/// so that a server cannot forge log lines.
pub(crate) fn one_line(text: String) -> String {
    if text.len() <= MAX_MESSAGE_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text;
    }
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(letter, '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let visible = if text.contains(hidden) { text.replace(hidden, " ") } else { text };
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
