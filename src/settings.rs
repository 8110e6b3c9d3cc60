//! The checks of all settings. They find what a value has by mistake if it was copied from a file or a web page.
//!
//! An error names the setting and what is wrong, and never shows the value of a secret. Everything is checked before
//! anything is sent.

use crate::constraints::quoted;
use crate::error::Error;
use crate::quotes::{is_in_quotes, is_quote, is_typographic_quote};

const INVISIBLE: &str = "an invisible character, such as a zero-width space or a byte order mark";

/// Checks a value. The first argument is the name of the setting in errors.
pub(crate) type Check = fn(&str, &str) -> Result<(), Error>;

/// Rejects a project ID or an instance ID that is not visible ASCII, has quotes, or would change the request's path.
/// Other characters are percent-encoded.
pub(crate) fn check_id(name: &str, id: &str) -> Result<(), Error> {
    check_path_segment(name, id, |letter| letter.is_ascii_graphic() && !is_quote(letter))
}

/// Rejects a certificate ID that is certainly not the one that was meant. Other characters are percent-encoded.
pub(crate) fn check_certificate_id(name: &str, id: &str) -> Result<(), Error> {
    check_path_segment(name, id, |letter| !is_mistake(letter))
}

/// A backslash would change the path, because URL parsers convert it to a slash.
fn check_path_segment(name: &str, id: &str, is_allowed: impl Fn(char) -> bool) -> Result<(), Error> {
    let path_change = match id {
        "." | ".." => Some("must not be a dot segment, because it would change the path"),
        _ if id.contains(['/', '\\']) => {
            Some("must not contain a slash or a backslash, because it would change the path")
        }
        _ => None,
    };
    let Some(why) = path_change.map(str::to_owned).or_else(|| flaw(id, is_allowed)) else { return Ok(()) };
    Err(Error::invalid_input(format!("{name} is {}, but {why}; copy the ID from the console", quoted(id))))
}

/// Checks a region ID, which becomes a part of host names.
pub(crate) fn check_region(name: &str, region: &str) -> Result<(), Error> {
    let expected = "a region ID of lowercase letters, digits and hyphens, for example cn-north-4";
    check_host_part(name, region, is_region, expected)
}

pub(crate) fn is_region(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// Checks the domain of a cloud, which becomes a part of host names.
pub(crate) fn check_cloud(name: &str, domain: &str) -> Result<(), Error> {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_allowed)
    };
    let is_domain = |domain: &str| domain.contains('.') && domain.split('.').all(is_label);
    check_host_part(
        name,
        domain,
        is_domain,
        "the domain of a cloud, for example myhuaweicloud.com or otc.t-systems.com",
    )
}

fn check_host_part(name: &str, value: &str, is_valid: impl Fn(&str) -> bool, expected: &str) -> Result<(), Error> {
    if is_valid(value) {
        return Ok(());
    }
    let is_allowed = |letter: char| !is_mistake(letter) && !is_quote(letter) && !letter.is_whitespace();
    let why = flaw(value, is_allowed).map_or(String::new(), |why| format!("; it {why}"));
    Err(Error::configuration(format!("{name} is {}, but must be {expected}{why}", quoted(value))))
}

/// Checks the name or ID of a user, an account or a project. A name may contain spaces and letters of any language.
pub(crate) fn check_name(name: &str, value: &str) -> Result<(), Error> {
    match flaw(value, |letter| !is_mistake(letter)) {
        Some(why) => Err(Error::configuration(format!("{name} is {}, but {why}", quoted(value)))),
        None => Ok(()),
    }
}

/// Checks a secret that is sent in a header, or an access key.
pub(crate) fn check_header_secret(name: &str, secret: &str) -> Result<(), Error> {
    check_secret(name, secret, |letter| letter.is_ascii_graphic() && !is_quote(letter))
}

/// Checks a secret key. It is in no header, so any letter is possible.
pub(crate) fn check_secret_key(name: &str, secret: &str) -> Result<(), Error> {
    check_secret(name, secret, |letter| !letter.is_whitespace() && letter != '"' && !is_mistake(letter))
}

/// Describes what makes a secret invalid that is sent in a header.
pub(crate) fn secret_flaw(secret: &str) -> Option<String> {
    flaw(secret, |letter| letter.is_ascii_graphic() && !is_quote(letter))
}

fn check_secret(name: &str, secret: &str, is_allowed: impl Fn(char) -> bool) -> Result<(), Error> {
    match flaw(secret, is_allowed) {
        Some(why) => Err(Error::configuration(format!("{name} {why}; copy it from the console or from IAM"))),
        None => Ok(()),
    }
}

/// Checks a password, which may contain anything but line breaks and NUL characters.
pub(crate) fn check_password(name: &str, password: &str) -> Result<(), Error> {
    let invalid = |letter: &char| matches!(*letter, '\r' | '\n' | '\0' | char::REPLACEMENT_CHARACTER);
    let why = match password.chars().find(invalid) {
        _ if password.is_empty() => "must not be empty".to_owned(),
        Some(letter) => format!("must not contain {}", description(letter)),
        None => return Ok(()),
    };
    Err(Error::configuration(format!("{name} {why}; remove it, for example at the end of a file that contains it")))
}

/// Returns what a password probably has by mistake. It is accepted, because a password may have it.
pub(crate) fn password_warning(password: &str) -> Option<&'static str> {
    let has_space_around = password.trim() != password;
    match () {
        () if is_in_quotes(password) => Some("is in quotes, which are sent as a part of it"),
        () if has_space_around => Some("starts or ends with a space, which is sent as a part of it"),
        () if password.contains(is_mistake) => Some("contains a character that is invisible or of unusual width"),
        () => None,
    }
}

/// Describes what makes a value invalid: no text, quotes or spaces around it, or a character that is not allowed.
pub(crate) fn flaw(text: &str, is_allowed: impl Fn(char) -> bool) -> Option<String> {
    let is_space = |letter: &char| letter.is_whitespace() || letter.is_control() || is_mistake(*letter);
    let outer = [text.chars().next(), text.chars().next_back()].into_iter().flatten().find(is_space);
    if text.is_empty() {
        Some("must not be empty".to_owned())
    } else if text.contains(char::REPLACEMENT_CHARACTER) {
        Some("must be text, but is not valid UTF-8".to_owned())
    } else if is_in_quotes(text) {
        Some("must not be in quotes".to_owned())
    } else if let Some(letter) = outer {
        Some(format!("must not start or end with {}", description(letter)))
    } else {
        let letter = text.chars().find(|letter| !is_allowed(*letter))?;
        Some(format!("must not contain {}", description(letter)))
    }
}

/// Removes what surrounds a value by mistake: spaces, quotes and invisible characters.
pub(crate) fn without_mistakes(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || is_quote(letter) || is_mistake(letter))
}

fn is_mistake(letter: char) -> bool {
    mistake(letter).is_some()
}

/// Names the kind of a character that no setting contains: it is invisible, or looks like another one.
fn mistake(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\r' | '\n' => "a line break (CR or LF)",
        '\0' => "a NUL character",
        '\t' => "a tab",
        char::REPLACEMENT_CHARACTER => "bytes that are not valid UTF-8",
        _ if letter.is_control() => "a control character",
        _ if is_typographic_quote(letter) => "a typographic quotation mark",
        '\u{a0}' | '\u{2007}' | '\u{202f}' => "a no-break space",
        '\u{3000}' | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => "a full-width character",
        // The default ignorable characters of Unicode, fillers, and the empty Braille pattern.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => INVISIBLE,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => INVISIBLE,
        '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' => INVISIBLE,
        '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => INVISIBLE,
        _ => return None,
    })
}

/// Names the kind of a character, but not the character, which is a part of a secret.
fn description(letter: char) -> &'static str {
    mistake(letter).unwrap_or(match letter {
        ' ' => "a space",
        '"' | '\'' | '`' => "a quotation mark",
        '\\' => "a backslash",
        _ if letter.is_whitespace() => "whitespace",
        _ if letter.is_ascii() => "a special character",
        _ => "a character that is not ASCII",
    })
}
