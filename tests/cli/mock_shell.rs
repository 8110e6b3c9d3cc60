//! `iotda mock`: what it prints is safe for a shell.

use std::process::Command;

use crate::mock::{Mock, rejected};
use crate::mock_data::file;

#[tokio::test]
async fn values_in_comments_are_quoted() {
    // An interactive zsh reads a comment as a command.
    let ids = ["a'; touch b;'", "$(touch c)", "=ls", "plain-1.2:3"];
    let lines: Vec<_> = ids.map(|id| format!("{}\n", serde_json::json!({"certificate_id": id}))).into();
    let mock = Mock::start(&["--data", &file("shell.jsonl", &lines.concat()), "--access-key", "$(touch):secret"]);
    let expected =
        r"'a'\''; touch b;'\''' (0 devices), '$(touch c)' (0 devices), '=ls' (0 devices), plain-1.2:3 (0 devices)";
    assert_eq!(mock.line("# Certificates: "), expected);
    assert_eq!(mock.line("# Access keys: "), "'$(touch)'");
}

#[tokio::test]
async fn certificate_id_with_a_line_break_or_an_invisible_character_is_rejected() {
    for id in ["a\ntouch b", "a\rb", "a\u{7}", "a\u{202e}b", "a\u{2028}b"] {
        let line = serde_json::json!({"certificate_id": id}).to_string();
        let stderr = rejected(&["mock", "--data", &file("hidden.jsonl", &line)]);
        let expected = format!("line 1: certificate_id {id:?} contains a control character or an invisible one");
        assert!(stderr.contains(&expected), "{stderr}");
    }
}

#[tokio::test]
async fn invalid_region_is_rejected() {
    for region in ["", "x; touch y", "CN-NORTH-4", "cn_north_4", "cn-north-4\n"] {
        let stderr = rejected(&["mock", "--region", region]);
        let expected = format!("--region {region:?} must be a region ID of lowercase letters, digits and hyphens");
        assert!(stderr.contains(&expected), "{stderr}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn shell_reads_all_lines() {
    let mock = Mock::start(&["--region", "eu-west-101", "--data", &file("eval.jsonl", "{\"certificate_id\":\"a'b\"}")]);
    let script = format!("{}\nprintf %s \"$HUAWEICLOUD_SDK_REGION_IOTDA_EU_WEST_101\"", mock.printed.join("\n"));
    let output = Command::new("sh").args(["-euc", &script]).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&output.stdout), mock.endpoint(), "{output:?}");
    assert_eq!(output.stderr, b"");
}
