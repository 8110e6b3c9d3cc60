//! Text in files and on standard input: UTF-8, or UTF-16 with a byte order mark, which PowerShell writes.

use std::io::{self, Read};

const NUL: &str = "it contains NUL characters: if it is UTF-16 without a byte order mark, save it as UTF-8";

pub(crate) fn read_all(mut input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes a text and removes its byte order mark.
pub(crate) fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let invalid =
        |encoding: &str| io::Error::new(io::ErrorKind::InvalidData, format!("it is not valid {encoding} text"));
    let utf_16 = |bytes: &[u8], from_bytes: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes.chunks(2).map(|unit| Some(from_bytes(unit.try_into().ok()?))).collect();
        let units: Option<Vec<_>> = units.into_iter().collect();
        units.and_then(|units| String::from_utf16(&units).ok()).ok_or_else(|| invalid("UTF-16"))
    };
    let utf_8 = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(io::Error::new(io::ErrorKind::InvalidData, NUL)),
        text => text.map_err(|_| invalid("UTF-8")),
    };
    match bytes.as_slice() {
        [0xff, 0xfe, text @ ..] => utf_16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf_16(text, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => utf_8(text.to_vec()),
        _ => utf_8(bytes),
    }
}
