//! Fuzzes `Marker`: exactly 24 hexadecimal digits, upper or lower case, are accepted; every conversion keeps the text.

#![no_main]

use huaweicloud_iotda::ErrorKind;
use huaweicloud_iotda::types::Marker;
use libfuzzer_sys::fuzz_target;
use serde_json::{from_value, json, to_value};

fuzz_target!(|text: &str| {
    let documented = text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let decoded = from_value::<Marker>(json!(text));
    assert_eq!(decoded.is_ok(), documented);
    assert_eq!(Marker::try_from(text.to_owned()).is_ok(), documented);
    match text.parse::<Marker>() {
        Ok(marker) => {
            assert!(documented);
            assert_eq!((marker.as_str(), marker.to_string().as_str()), (text, text));
            assert_eq!((String::from(&marker), to_value(&marker).unwrap()), (text.to_owned(), json!(text)));
            assert_eq!(decoded.unwrap(), marker);
        }
        Err(error) => {
            assert!(!documented);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let message = error.to_string();
            assert!(!message.contains(char::is_control) && message.chars().count() < 2_000, "{message:?}");
        }
    }
});
