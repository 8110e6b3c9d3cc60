//! Fuzzes the text that an error extracts from a body. It must be one line, bounded in length, without characters that
//! hide or reorder text, and without any part of a secret.
//!
//! Each `@` of the input is replaced by the secret.

#![no_main]

#[path = "../../src/error/body.rs"]
mod body;
#[path = "../../src/error/charset.rs"]
mod charset;
#[path = "../../src/hidden.rs"]
mod hidden;
#[path = "../../src/error/markup.rs"]
mod markup;

use body::{BodyForm, BodyHeaders, ErrorText, one_line};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// No prefix of it is also a suffix, so that the surrounding text can't shift its matches.
const SECRET: &str = "Qx7~a/secret+of=the-caller";
const MASK: &str = "[redacted]";

/// The maximum length of a server's text in an error.
const MAX_MESSAGE_CHARS: usize = 500;
/// The maximum length of the crate's text around it.
const MAX_CONTEXT_CHARS: usize = 200;

fuzz_target!(|input: &[u8]| {
    let body_with = |text: &str| {
        let parts: Vec<&[u8]> = input.split(|&byte| byte == b'@').collect();
        parts.join(text.as_bytes())
    };
    let redact = |text: &str| text.replace(SECRET, MASK);

    let text = ErrorText::read(&body_with(SECRET), BodyHeaders::default(), redact);
    assert!(!text.message.is_empty());
    // Only the service sends error codes.
    assert!(text.code.is_none() || text.form == BodyForm::Object);
    for part in parts(&text) {
        assert_line(part, MAX_MESSAGE_CHARS + MAX_CONTEXT_CHARS);
        assert!(!part.contains(SECRET), "{part}");
    }
    // Truncation must not leave a part of the secret: the text is the same as for a body that contains the mask.
    assert_eq!(parts(&text), parts(&ErrorText::read(&body_with(MASK), BodyHeaders::default(), redact)));

    if let Ok(text) = str::from_utf8(input) {
        check_all_formats(text);
    }
});

fn parts(text: &ErrorText) -> Vec<&str> {
    [Some(text.message.as_str()), text.code.as_deref(), text.request_id.as_deref()].into_iter().flatten().collect()
}

fn assert_line(text: &str, max_chars: usize) {
    let hidden = |letter: char| {
        letter.is_control()
            // Unicode's Bidi_Control, line and paragraph separators, and zero-width characters.
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{feff}')
    };
    assert!(!text.contains(hidden), "{text:?}");
    assert!(!text.contains("  ") && text.trim() == text, "{text:?}");
    assert!(text.chars().count() <= max_chars, "{} characters: {text:?}", text.chars().count());
}

/// Checks that the same text is extracted from all error formats.
fn check_all_formats(field: &str) {
    let line = one_line(field.to_owned());
    assert_line(&line, MAX_MESSAGE_CHARS + "...".len());
    assert_eq!(one_line(line.clone()), line, "one_line must be idempotent");
    if line.is_empty() {
        return;
    }
    let formats = [
        json!({"error_code": field, "error_msg": field, "request_id": field}),
        json!({"errorCode": field, "errorMsg": field, "requestId": field}),
        json!({"code": field, "message": field, "request_id": field, "encoded_authorization_message": "zzz"}),
        json!({"error": {"code": field, "message": field}, "request_id": field, "message": "outer message"}),
        json!({"error": {"code": field, "title": field, "request_id": field}}),
        json!({"error_code": field, "error": field, "request_id": field}),
    ];
    for format in formats {
        let text = ErrorText::read(format.to_string().as_bytes(), BodyHeaders::default(), str::to_owned);
        assert_eq!(parts(&text), [&line; 3], "{format}");
    }
}
