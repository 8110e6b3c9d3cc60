//! Certificate IDs on standard input, in the formats that editors, shells and this program write.

use std::process::Stdio;

use huaweicloud_iotda::mock::MockServer;

use crate::support::program::{Ran, finish, iotda_at, run};

const IDS: [&str; 3] = ["61c970ce2d63eb6ee655dbf0", "61c970ce2d63eb6ee655dbf1", "61c970ce2d63eb6ee655dbf2"];

async fn server() -> MockServer {
    let server = MockServer::start().await.expect("bind to 127.0.0.1");
    for id in IDS {
        server.add_certificate(id);
    }
    server
}

/// Runs `iotda devices --unused` with this standard input.
async fn unused(server: &MockServer, options: &[&str], input: impl Into<Vec<u8>>) -> Ran {
    let mut command = iotda_at(server, &[&["devices", "--unused", "-"], options].concat());
    let input = input.into();
    let ran = tokio::task::spawn_blocking(move || {
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.spawn().expect("iotda starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, &input).expect("iotda reads it");
        drop(stdin);
        finish(child)
    });
    ran.await.expect("iotda ends")
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

#[tokio::test]
async fn comments_quotes_empty_lines_and_encodings_are_handled() {
    let server = server().await;
    let [a, b, c] = IDS;
    let plain = format!("{a}\r\n{b}\r\n{c}\r\n");
    for (name, input) in [
        ("comments", format!("# all\n{a}\n  # {b} is next\n{b}  # prod\n{c}\t# test\n").into_bytes()),
        ("quotes", format!("\"{a}\"\n'{b}'\n \u{201c}{c}\u{201d} \n").into_bytes()),
        (
            "quotes and comments",
            format!("\"{a}\" # one\n'{b}'# no comment\n{c}\n").replace("# no comment", "").into_bytes(),
        ),
        ("empty lines", format!("\n\n{a}\n \n{b}\n\t\n{c}").into_bytes()),
        ("UTF-8 with a byte order mark", format!("\u{feff}{plain}").into_bytes()),
        ("UTF-16, little-endian", utf_16(&plain, u16::to_le_bytes)),
        ("UTF-16, big-endian", utf_16(&plain, u16::to_be_bytes)),
        ("a line per ID, with commas", format!("{a},\n{b},\n{c}\n").into_bytes()),
        ("one line", format!("{a}, \"{b}\";{c}\n").into_bytes()),
        ("lines of old Macs", format!("{a}\r{b}\r{c}\r").into_bytes()),
        ("other comments", format!("; {a}\n// {a}\n\u{ff03} {a}\n{a}\n{b}\n{c}\n").into_bytes()),
        ("other quotes", format!("\u{300c}{a}\u{300d}\n\u{201e}{b}\u{201c}\n`{c}`\n").into_bytes()),
        ("characters without a width", format!("\u{200b}{a}\n{b}\u{2060}\n\u{a0}{c}\u{200e}\n").into_bytes()),
        ("JSON array", format!("[\"{a}\",\n\"{b}\", \"{c}\"]\n").into_bytes()),
        ("semicolons", format!("\u{feff}certificate_id;x\r\n{a};1\r\n\"{b}\";\r\n{c};2\r\n").into_bytes()),
        ("tabs", format!("certificate_id\tx\n{a}\t1\n{b}\t\n{c}\t2\n").into_bytes()),
        ("CSV", format!("certificate_id\n{a}\n{b}\n{c}\n").into_bytes()),
        (
            "CSV of Excel",
            format!("\u{feff}\"certificate_id\",\"device_id\"\r\n\"{a}\",\"d\"\r\n{b},\r\n{c},d\r\n").into_bytes(),
        ),
    ] {
        let ran = unused(&server, &["-o", "csv"], input).await;
        assert_eq!(ran.status, Some(0), "{name}: {}", ran.stderr);
        assert_eq!(ran.lines(), ["certificate_id", a, b, c], "{name}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn record_without_an_id_in_a_json_array_is_not_skipped() {
    let server = server().await;
    let input = format!(r#"[{{"certificate_id": "{}"}}, {{"id": "{}"}}]"#, IDS[0], IDS[1]);
    let ran = unused(&server, &["-o", "csv"], input).await;
    assert_ne!(ran.status, Some(0), "{}", ran.stdout);
    assert!(ran.stderr.contains(r#"{"id""#) || ran.stderr.contains(r#"{\"id\""#), "{}", ran.stderr);
}

#[tokio::test]
async fn output_of_unused_can_be_the_input() {
    let server = server().await;
    for format in ["csv", "jsonl", "json"] {
        let first = unused(&server, &["-o", format], IDS.join("\n")).await;
        let second = unused(&server, &["-o", format], first.stdout.clone()).await;
        assert_eq!(second.status, Some(0), "{}", second.stderr);
        assert_eq!(first.stdout, second.stdout);
    }
}

#[tokio::test]
async fn header_without_ids_is_a_usage_error() {
    let ran = unused(&server().await, &[], "certificate_id\n# none\n").await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
}

#[tokio::test]
async fn number_sign_inside_an_id_is_not_a_comment() {
    let server = server().await;
    server.add_certificate("a#b");
    let ran = unused(&server, &["-o", "csv"], "a#b\n").await;
    assert_eq!(ran.lines(), ["certificate_id", "a#b"], "{}", ran.stderr);
}

#[tokio::test]
async fn text_in_another_encoding_is_rejected() {
    let server = server().await;
    for (input, part) in [
        (&b"61c970ce\xff\n"[..], "is not valid UTF-8"),
        (b"\xff\xfea\0b", "is not valid UTF-16"),
        (b"6\x001\0\r\0\n\0", "UTF-16 without a byte order mark"),
    ] {
        let ran = unused(&server, &[], input).await;
        assert_eq!(ran.status, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn invalid_id_is_rejected_before_anything_is_sent() {
    let server = server().await;
    for id in ["61c970\u{200b}ce", "61c970ce\u{a0}x", "\u{201c}61c970ce"] {
        let ran = run(iotda_at(&server, &["devices", id])).await;
        assert_eq!(ran.status, Some(2), "{id:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("certificate_id is "), "{}", ran.stderr);
    }
    assert_eq!(server.requests().len(), 0);
}
