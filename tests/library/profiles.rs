//! Profiles are read like Python's `configparser` reads them, because the vendor's SDKs use it.
//! `tests/profiles/cases.py` writes the expected values.

use std::fs;
use std::path::PathBuf;

use huaweicloud_iotda::{ErrorKind, Profile};
use serde_json::{Value, json};

/// Writes a profile to a file.
fn profile(name: &str, bytes: impl AsRef<[u8]>) -> (Profile, PathBuf) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("profiles");
    fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join(name);
    fs::write(&file, bytes).expect("the file is written");
    (Profile::new().file(&file), file)
}

/// Returns the values that are set; `null` if the profile cannot be read.
fn values(profile: &Profile) -> Value {
    let (Ok(project_id), Ok(iam_endpoint)) = (profile.project_id(), profile.iam_endpoint()) else { return Value::Null };
    let values = [("project_id", project_id), ("iam_endpoint", iam_endpoint)];
    values
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.into())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn profiles_have_the_values_that_configparser_reads() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../profiles/cases.json")).expect("JSON");
    assert!(cases.len() > 40);
    for (index, case) in cases.iter().enumerate() {
        let text = case["profile"].as_str().expect("a text");
        let (profile, _) = profile(&format!("case-{index}"), text);
        assert_eq!(values(&profile), case["values"], "{text:?}");
    }
}

#[test]
fn byte_order_mark_spaced_section_and_single_percent_sign_are_accepted() {
    for text in [
        "\u{feff}[basic]\nproject_id = p\n",
        "\u{feff}[basic]\r\nPROJECT_ID: p\r\n",
        "[ basic ]\nproject_id = p\n",
        "[basic]\nproject_id = p\niam_endpoint = 100%\n",
    ] {
        let (profile, _) = profile("accepted", text);
        assert_eq!(profile.project_id().expect("a profile"), Some("p".to_owned()), "{text:?}");
    }
    let (profile, _) = profile("percent", "[basic]\nproject_id = %(project_id)s%(no)s%\n");
    assert!(profile.project_id().is_ok(), "a value that refers to itself ends");
}

/// PowerShell writes UTF-16 by default.
#[test]
fn utf_16_with_a_byte_order_mark_is_read() {
    let text = "\u{feff}[basic]\r\nproject_id = p-1\r\nak = a\r\nsk = s\r\n";
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
        let (profile, _) = profile("utf-16", bytes);
        assert_eq!(values(&profile), json!({"project_id": "p-1"}));
        profile.validate().unwrap();
    }
}

#[test]
fn invalid_value_of_a_key_is_rejected_with_the_file_and_the_key() {
    for (text, key) in [
        ("[basic]\nak = \"HPUAEXAMPLE\"\nsk = s\n", "`ak`"),
        ("[basic]\nak = HPUAEXAMPLE\nsk = 'top-secret'\n", "`sk`"),
        ("[basic]\nak = HPUAEXAMPLE\nsk = \u{201c}top-secret\u{201d}\n", "`sk`"),
        ("[basic]\nak = HPUA\u{200b}EXAMPLE\nsk = s\n", "`ak`"),
        ("[basic]\nak = HPUAEXAMPLE\nsk = top-secret\n  top-secret\n", "`sk`"),
        ("[basic]\nak = HPUAEXAMPLE\nsk = s\nsecurity_token = a top-secret\n", "`security_token`"),
    ] {
        let (profile, file) = profile("invalid", text);
        let error = profile.project_id().expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        let message = error.to_string();
        assert!(message.contains(key) && message.contains(&*file.to_string_lossy()), "{message}");
        assert!(!message.contains("top-secret") && !message.contains("HPUA"), "{message}");
    }
}

#[test]
fn profile_that_is_not_utf_8_names_the_key() {
    let (profile, _) = profile("latin-1", b"[basic]\nak = AK\nsk = sch\xfcssel\n");
    let error = profile.project_id().expect_err("an error").to_string();
    assert!(error.contains("`sk`") && error.contains("UTF-8"), "{error}");
}

#[test]
fn missing_values_are_not_an_error() {
    let (profile, _) = profile("empty", "[basic]\n");
    assert_eq!(values(&profile), json!({}));
}

#[test]
fn incomplete_profiles_are_invalid_by_the_missing_key() {
    for (text, missing) in [
        ("[basic]\nak = a\n", "no `sk`"),
        ("[basic]\nsk = s\n", "no `ak`"),
        ("[basic]\nak = a\nsk =\n", "no `sk`"),
        ("[basic]\nidp_id = i\n", "no `id_token_file`"),
        ("[other]\nak = a\nsk = s\n", "no section [basic]"),
    ] {
        let (profile, path) = profile("incomplete", text);
        let error = profile.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.message().contains(missing), "{error}");
        assert!(error.message().contains(&path.display().to_string()), "{error}");
    }
    for text in ["[basic]\nak = a\nsk = s\n", "[basic]\nidp_id = i\nid_token_file = /x\n"] {
        profile("complete", text).0.validate().unwrap();
    }
}
