//! What an error keeps of a body, whatever the body: one line, bounded, without characters that hide or reorder, and
//! nothing of a secret.
//!
//! The secret stands in a body wherever the input has an `@`.

#![no_main]

#[path = "../../src/error/body.rs"]
mod body;

use body::{ErrorText, one_line};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// No beginning of it is an end of it, so that what stands around it can't shift where it is found.
const SECRET: &str = "Qx7~a/secret+of=the-caller";
const MASK: &str = "[redacted]";

/// The longest text of a service that an error keeps, in characters; and what may stand around it.
const LONGEST: usize = 500;
const AROUND: usize = 80;

fuzz_target!(|input: &[u8]| {
    let planted = |text: &str| {
        let parts: Vec<&[u8]> = input.split(|&byte| byte == b'@').collect();
        parts.join(text.as_bytes())
    };
    let redact = |text: &str| text.replace(SECRET, MASK);

    let text = ErrorText::read(&planted(SECRET), redact);
    assert!(!text.message.is_empty());
    for part in parts(&text) {
        assert_line(part, LONGEST + AROUND);
        assert!(!part.contains(SECRET), "{part}");
    }
    // Not a part of the secret either, as a cut would leave one: the same as if the mask had stood there.
    assert_eq!(parts(&text), parts(&ErrorText::read(&planted(MASK), redact)));

    if let Ok(said) = str::from_utf8(input) {
        every_form_says_the_same(said);
    }
});

fn parts(text: &ErrorText) -> Vec<&str> {
    [Some(text.message.as_str()), text.code.as_deref(), text.request_id.as_deref()].into_iter().flatten().collect()
}

fn assert_line(text: &str, longest: usize) {
    let hidden = |letter: char| {
        letter.is_control()
            // Unicode's Bidi_Control, its line and paragraph separators, and what has no width.
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{feff}')
    };
    assert!(!text.contains(hidden), "{text:?}");
    assert!(!text.contains("  ") && text.trim() == text, "{text:?}");
    assert!(text.chars().count() <= longest, "{} characters: {text:?}", text.chars().count());
}

/// The service's form of an error and all others, with this as each of their texts.
fn every_form_says_the_same(said: &str) {
    let line = one_line(said.to_owned());
    assert_line(&line, LONGEST + "...".len());
    assert_eq!(one_line(line.clone()), line, "a line is one already");
    if line.is_empty() {
        return;
    }
    let forms = [
        json!({"error_code": said, "error_msg": said, "request_id": said}),
        json!({"errorCode": said, "errorMsg": said, "requestId": said}),
        json!({"code": said, "message": said, "request_id": said, "encoded_authorization_message": "zzz"}),
        json!({"error": {"code": said, "message": said}, "request_id": said, "message": "of the outer one"}),
        json!({"error": {"code": said, "title": said, "request_id": said}}),
        json!({"error_code": said, "error": said, "request_id": said}),
    ];
    for form in forms {
        let text = ErrorText::read(form.to_string().as_bytes(), str::to_owned);
        assert_eq!(parts(&text), [&line; 3], "{form}");
    }
}
