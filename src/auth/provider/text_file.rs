//! The text of a file: UTF-8, or UTF-16 with a byte order mark, which PowerShell and some editors on Windows write.

/// Decodes a text. Bytes that are not valid become U+FFFD, which the checks of settings reject.
pub(super) fn decode(bytes: &[u8]) -> String {
    let utf_16 = |bytes: &[u8], from_bytes: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|unit| from_bytes(unit.try_into().unwrap_or_default()));
        char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, text @ ..] => utf_16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf_16(text, u16::from_be_bytes),
        text => String::from_utf8_lossy(text).into_owned(),
    }
}
