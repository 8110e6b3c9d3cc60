//! Reading the body of an error, whatever form it has.

use serde_json::Value;

/// The longest text of a service that an error keeps, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

/// What an error's body says.
#[derive(Debug, Default)]
pub(crate) struct ErrorText {
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
}

impl ErrorText {
    /// Takes the service's form (`error_code`, `error_msg`), the gateway's (with `request_id`), the forms of the
    /// vendor's other services (`errorCode`, `code`, one level nested, numeric codes), and anything else as text.
    ///
    /// `redact` is applied to each text before it is cut, so that no part of a secret is left.
    pub(crate) fn read(body: &[u8], redact: impl Fn(&str) -> String) -> Self {
        let clean = |text: &str| one_line(redact(text));
        // A byte order mark is no part of JSON.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let value = serde_json::from_slice::<Value>(body).ok();
        let nested = value.as_ref().and_then(|value| value.get("error")).filter(|error| error.is_object());
        // The inner one says what is wrong; the outer one may say of which request.
        let objects = [nested, value.as_ref()];
        let field = |names: &[&str]| {
            let fields = objects.iter().flatten().flat_map(|object| names.iter().map(|name| object.get(name)));
            fields.flatten().filter_map(scalar).map(|text| clean(&text)).find(|text| !text.is_empty())
        };
        let code = field(&["error_code", "errorCode", "code"]);
        let message = field(&["error_msg", "errorMsg", "message", "title", "error", "error_description"]);
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
    match text.is_empty() {
        true => "the body is empty".to_owned(),
        false => format!("the body is not the documented JSON, it begins with: {text}"),
    }
}

/// On one line, without control characters and marks that reorder a line (a log's lines can't be forged), and not too
/// long.
pub(crate) fn one_line(text: String) -> String {
    // As most are.
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
