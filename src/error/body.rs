//! Reading the body of an error, whatever form it has.

use serde_json::Value;

/// The longest text of a service that an error keeps, in characters.
const LONGEST: usize = 500;

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
        let clean = |text: &str| one_line(&redact(text));
        let fields = serde_json::from_slice::<Value>(body).ok();
        let fields = fields.as_ref().map(|value| match value.get("error") {
            Some(nested @ Value::Object(_)) => nested,
            _ => value,
        });
        let field = |names: &[&str]| {
            let found = names.iter().find_map(|name| fields?.get(name).and_then(scalar));
            found.map(|text| clean(&text)).filter(|text| !text.is_empty())
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
pub(crate) fn excerpt(body: &[u8], clean: &impl Fn(&str) -> String) -> String {
    let text = clean(&String::from_utf8_lossy(body));
    match text.is_empty() {
        true => "the body is empty".to_owned(),
        false => format!("the body is not the documented JSON, it begins with: {text}"),
    }
}

/// On one line, without control characters (a log's lines can't be forged), and not too long.
pub(crate) fn one_line(text: &str) -> String {
    let visible = text.replace(|letter: char| letter.is_control(), " ");
    let mut line = String::new();
    for word in visible.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > LONGEST {
            break;
        }
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
