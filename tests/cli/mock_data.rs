//! `iotda mock --data`: records from files.

use std::fs;
use std::path::PathBuf;

use crate::mock::Mock;
use crate::support::program::{iotda, run, run_with};

/// Writes a file of a test, and returns its path.
pub(crate) fn file(name: &str, content: &str) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mock-data");
    fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join(name);
    fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn printed_listings_are_listed_again_identically() {
    let list = ["devices", "61c970ce2d63eb6ee655dbf0", "61c970ce2d63eb6ee655dbf1", "-o", "jsonl"];
    let devices = run(iotda(&[&["--demo"], &list[..]].concat())).await.stdout;
    let templates = run(iotda(&["--demo", "templates", "-o", "jsonl"])).await.stdout;
    let unused = run(iotda(&["--demo", "devices", "--unused", "61c970ce2d63eb6ee655dbf2", "-o", "jsonl"])).await.stdout;
    let files = [file("devices.jsonl", &devices), file("templates.jsonl", &templates), file("unused.jsonl", &unused)];
    let options: Vec<_> = files.iter().flat_map(|file| ["--data", file]).collect();
    let mock = Mock::start(&options);
    assert_eq!(run(mock.client(&list)).await.stdout, devices);
    assert_eq!(run(mock.client(&["templates", "-o", "jsonl"])).await.stdout, templates);
    let ran = run(mock.client(&["devices", "--unused", "61c970ce2d63eb6ee655dbf2", "-o", "jsonl"])).await;
    assert_eq!((ran.status, ran.stdout), (Some(0), unused));
    let certificates = mock.line("# Certificates: ");
    let expected = "61c970ce2d63eb6ee655dbf0 (120 devices), 61c970ce2d63eb6ee655dbf1 (30 devices), \
                    61c970ce2d63eb6ee655dbf2 (0 devices)";
    assert_eq!(certificates, expected);
}

#[tokio::test]
async fn selected_columns_and_missing_values_are_accepted() {
    let path = file("columns.jsonl", "\u{feff}{\"certificate_id\":\"c\",\"device_id\":\"d\",\"node_id\":null}\r\n\n");
    let mock = Mock::start(&["--data", &path]);
    let ran = run(mock.client(&["devices", "c", "--columns", "device_id,node_id", "-o", "csv"])).await;
    assert_eq!(ran.stdout, "device_id,node_id\nd,\n", "{}", ran.stderr);
}

#[tokio::test]
async fn many_certificates_are_not_all_printed() {
    let lines: Vec<_> = (0..12).map(|number| format!("{{\"certificate_id\":\"c{number}\"}}\n")).collect();
    let mock = Mock::start(&["--data", &file("many.jsonl", &lines.concat())]);
    assert!(mock.line("# Certificates: ").ends_with("c9 (0 devices), 2 more"), "{}", mock.line("# Certificates: "));
    let mock = Mock::start(&["--data", &file("empty.jsonl", "")]);
    assert_eq!(mock.line("# Certificates: "), "none");
}

#[tokio::test]
async fn invalid_line_is_an_error_with_its_number() {
    for (content, reason) in [
        ("{\"certificate_id\":\"c\"}\nx\n", "line 2: not a JSON object"),
        ("[]", "line 1: not a JSON object"),
        ("\n\n{\"certificate_id\":1}", "line 3: certificate_id must be a text"),
        ("{\"certificate_id\":\"\"}", "line 1: certificate_id must be a text"),
        ("{\"device_id\":\"d\"}", "line 1: the device has no certificate_id"),
        ("{\"certificate_id\":\"c\",\"devise_id\":\"d\"}", "line 1: unknown field \"devise_id\""),
        ("{\"certificate_id\":\"c\",\"device_id\":1}", "line 1: device_id must be a text or null"),
        ("{\"certificate_id\":\"c\",\"device_id\":null}", "line 1: all fields are missing"),
        ("{}", "line 1: all fields are missing"),
        ("{\"template_id\":\"t\",\"node_id\":\"n\"}", "line 1: unknown field \"node_id\""),
    ] {
        let path = file("invalid.jsonl", content);
        let ran = run(iotda(&["mock", "--data", &path])).await;
        assert_eq!(ran.status, Some(2), "{content}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--data {path}: {reason}")), "{content}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test]
async fn data_is_read_from_standard_input() {
    let ran = run_with(iotda(&["mock", "--data", "-"]), "{\"certificate_id\":\"c\"}\nx").await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("--data -: line 2: not a JSON object"), "{}", ran.stderr);
}

#[tokio::test]
async fn missing_file_is_an_error() {
    let ran = run(iotda(&["mock", "--data", "no-such-file.jsonl"])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("--data no-such-file.jsonl: "), "{}", ran.stderr);
}

#[tokio::test]
async fn example_in_the_guide_is_accepted() {
    let guide = include_str!("../../docs/mock.md");
    let example = guide.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let mock = Mock::start(&["--data", &file("guide.jsonl", example)]);
    assert_eq!(mock.line("# Certificates: "), "c-1 (2 devices), c-2 (0 devices)");
    let ran = run(mock.client(&["devices", "c-1", "--columns", "device_id", "-o", "csv", "--no-header"])).await;
    assert_eq!(ran.stdout, "d-2\nd-1\n", "{}", ran.stderr);
    let ran = run(mock.client(&["templates", "--columns", "template_name,status", "-o", "csv", "--no-header"])).await;
    assert_eq!(ran.stdout, "my-template,ACTIVE\n", "{}", ran.stderr);
}
