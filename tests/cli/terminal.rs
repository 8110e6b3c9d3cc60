//! Output on a terminal: a table, a progress bar, notes and colors.

use std::io::{Read, Write};
use std::process::Child;
use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};
use pty_process::blocking::{Command, Pty, open};

use crate::support::program::{PROGRAM, foreign_variables};
use crate::support::{CERTIFICATE, server_env, server_with_devices};

/// More rows than any test prints.
const ROWS: u16 = 60;

/// A running `iotda` and its terminal.
pub(crate) struct Terminal {
    child: Child,
    pty: Pty,
    /// All bytes that `iotda` wrote.
    written: Vec<u8>,
    screen: vt100::Parser,
}

impl Terminal {
    pub(crate) fn start(server: &MockServer, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (pty, pts) = open().expect("a terminal");
        pty.resize(pty_process::Size::new(ROWS, columns)).expect("its size");
        let mut command = Command::new(PROGRAM).args(arguments).envs(variables.iter().copied());
        for name in foreign_variables() {
            command = command.env_remove(name);
        }
        let command = command.env("TERM", "xterm").envs(server_env(&server.endpoint())).envs(variables.iter().copied());
        let child = command.spawn(pts).expect("iotda starts");
        let size = |length: u16| length.try_into().expect("more than 0");
        let screen = vt100::Parser::new(size(ROWS), size(columns), 0);
        Self { child, pty, written: Vec::new(), screen }
    }

    /// Reads output; returns false at its end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        // On Linux, the end of the output is an error.
        let Ok(read @ 1..) = self.pty.read(&mut buffer) else { return false };
        self.written.extend_from_slice(&buffer[..read]);
        self.screen.process(&buffer[..read]);
        true
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.screen.screen().contents();
        lines.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            assert!(self.read(), "no {text:?} on {}", self.screen.screen().contents());
        }
    }

    pub(crate) fn press_ctrl_c(&mut self) {
        self.pty.write_all(b"\x03").expect("a key");
    }

    pub(crate) fn end(&mut self) -> Option<i32> {
        while self.read() {}
        self.child.wait().expect("iotda ends").code()
    }

    pub(crate) fn has_colors(&self) -> bool {
        self.written.windows(3).any(|bytes| bytes == b"\x1b[1")
    }
}

/// Runs blocking code without blocking the mock server.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the task ends")
}

#[tokio::test]
async fn terminal_output_is_a_table_and_a_note_without_progress_bar() {
    let (server, _) = server_with_devices(12).await;
    let mut terminal = Terminal::start(&server, 220, &["devices", CERTIFICATE], &[]);
    let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert_eq!(status, Some(0), "{lines:?}");
    assert_eq!(lines.len(), 14, "a header, the devices and the note: {lines:#?}");
    assert!(lines[0].starts_with("DEVICE_ID  "), "{}", lines[0]);
    assert!(lines[0].contains("  APP_ID"), "{}", lines[0]);
    let column = lines[0].find("GATEWAY_ID").expect("a column");
    for (line, number) in lines[1..13].iter().zip((1..=12).rev()) {
        assert!(line.contains(&format!(" sample-device-{number} ")), "{line}");
        assert!(line[column..].starts_with("b640f4c203b7910fc3cbd446ed4370"), "{line}");
    }
    assert_eq!(lines[13], format!("certificate {CERTIFICATE}: 12 devices"));
    assert!(terminal.has_colors());
}

#[tokio::test]
async fn narrow_terminal_hides_columns_and_a_note_names_them() {
    let (server, _) = server_with_devices(2).await;
    let mut terminal = Terminal::start(&server, 80, &["devices", CERTIFICATE], &[]);
    let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert_eq!(status, Some(0), "{lines:?}");
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["DEVICE_ID", "DEVICE_NAME", "NODE_ID"]);
    assert!(lines[1..3].iter().all(|line| line.contains("sample-device-")), "{lines:#?}");
    let note = lines[4..].join("");
    assert!(note.contains("gateway_id, product_id, app_id"), "{note}");
    assert!(note.contains("--output csv"), "{note}");
}

#[tokio::test]
async fn progress_bar_shows_total_and_rate_and_ctrl_c_prints_the_marker() {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let mut terminal = Terminal::start(&server, 120, &["devices", CERTIFICATE], &[]);
    let (status, terminal) = run_blocking(move || {
        terminal.wait_for("50 of 120 devices");
        let bar = terminal.lines().pop().unwrap_or_default();
        assert!(bar.contains("50 of 120 devices [===="), "{bar}");
        assert!(bar.contains("/s, "), "{bar}");
        terminal.press_ctrl_c();
        (terminal.end(), terminal)
    })
    .await;
    let lines = terminal.lines();
    assert_eq!(status, Some(130), "{lines:#?}");
    let marker = "resume with --marker 66178add3b98944277004700";
    assert_eq!(lines.last().map(String::as_str), Some(&*format!("  certificate {CERTIFICATE}: 50 printed; {marker}")));
}

/// Returns the lines on a terminal of this width while the first of three certificates is read, and after Ctrl-C.
async fn lines_while_reading(columns: u16) -> (Vec<String>, Vec<String>) {
    let (server, _) = server_with_devices(1200).await;
    server.add_certificate("other");
    server.add_certificate("third");
    server.set_faults(Faults::default().latency(Duration::from_millis(350)));
    let arguments = ["devices", CERTIFICATE, "other", "third", "--count"];
    let mut terminal = Terminal::start(&server, columns, &arguments, &[("LC_ALL", "C.UTF-8")]);
    run_blocking(move || {
        terminal.wait_for("50 of 1200 devices");
        let lines = terminal.lines();
        terminal.press_ctrl_c();
        assert_eq!(terminal.end(), Some(130));
        (lines, terminal.lines())
    })
    .await
}

#[tokio::test]
async fn progress_fits_on_one_line() {
    for (columns, parts) in [
        (120, &["50 of 1200 devices", ", certificate 1 of 3", " [=", "/s, "][..]),
        (80, &["50 of 1200 devices", ", certificate 1 of 3", " [", "/s, "]),
        (64, &["50 of 1200 devices", ", certificate 1 of 3", "/s, "]),
        (40, &["50 of 1200 devices", "/s, "]),
        (24, &["50 of 1200 devices"]),
    ] {
        let (lines, after) = lines_while_reading(columns).await;
        assert_eq!(lines.len(), 1, "{columns}: {lines:#?}");
        assert!(parts.iter().all(|part| lines[0].contains(part)), "{columns}: {lines:#?}");
        assert!(after[0].ends_with("interrupted"), "the bar is on the line above, which vt100 joins: {after:#?}");
    }
}

#[tokio::test]
async fn progress_of_a_resumed_listing_shows_no_total() {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let arguments = ["devices", CERTIFICATE, "--page-size", "20", "--marker", "66178add3b98944277004700"];
    let mut terminal = Terminal::start(&server, 120, &arguments, &[]);
    let (status, bar) = run_blocking(move || {
        terminal.wait_for(" 20 devices");
        let bar = terminal.lines().pop().unwrap_or_default();
        terminal.press_ctrl_c();
        (terminal.end(), bar)
    })
    .await;
    assert_eq!(status, Some(130));
    assert!(!bar.contains("120"), "{bar}");
    assert!(!bar.contains("left"), "{bar}");
}

/// Starts a summary of devices whose longest ID is that of a gateway, 45 characters.
async fn summary_lines(columns: u16) -> Vec<String> {
    let (server, _) = server_with_devices(12).await;
    let locale = [("LC_ALL", "C.UTF-8")];
    let mut terminal = Terminal::start(&server, columns, &["devices", "--summary", CERTIFICATE], &locale);
    let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert_eq!(status, Some(0), "{lines:#?}");
    lines
}

#[tokio::test]
async fn summary_on_a_narrow_terminal_prints_groups_above_their_rows() {
    let lines = summary_lines(80).await;
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["ID", "DEVICES", "PERCENT"], "{lines:#?}");
    assert_eq!(lines[1], "GROUP all");
    let bar = "█".repeat(80 - 45 - 9 - 9 - 2);
    assert!(lines[2].starts_with("- ") && lines[2].ends_with(&format!(" 100.0  {bar}")), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("GROUP ")).count(), 5, "{lines:#?}");
}

#[tokio::test]
async fn summary_on_a_very_narrow_terminal_also_prints_ids_above_their_rows() {
    let lines = summary_lines(48).await;
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["DEVICES", "PERCENT"], "{lines:#?}");
    assert_eq!(lines[1..3], ["GROUP all", "ID -"], "{lines:#?}");
    assert!(lines[3].ends_with(&format!("12    100.0  {}", "█".repeat(20))), "{lines:#?}");
    let gateway = lines.iter().position(|line| line == "GROUP gateway").expect("gateways");
    assert!(lines[gateway + 1].starts_with("ID b640f4c203b7910fc3cbd446ed437"), "{lines:#?}");
}

#[tokio::test]
async fn summary_on_a_wide_terminal_has_one_line_per_group() {
    let lines = summary_lines(110).await;
    assert!(lines[0].starts_with("GROUP "), "{lines:#?}");
    assert!(lines[1].starts_with("all ") && lines[1].ends_with(&"█".repeat(20)), "{lines:#?}");
}

#[tokio::test]
async fn no_color_and_dumb_terminals_disable_colors() {
    let (server, _) = server_with_devices(2).await;
    for (arguments, status) in [(&["devices", CERTIFICATE][..], Some(0)), (&["devices", "bad"], Some(4))] {
        for (variables, colored) in [(&[][..], true), (&[("NO_COLOR", "1")], false), (&[("TERM", "dumb")], false)] {
            let mut terminal = Terminal::start(&server, 220, arguments, variables);
            let (ended, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
            assert_eq!(ended, status);
            assert_eq!(terminal.has_colors(), colored, "{variables:?}: {}", terminal.lines().join("\n"));
        }
    }
}

#[tokio::test]
async fn output_option_overrides_the_table_on_a_terminal() {
    let (server, _) = server_with_devices(2).await;
    let mut terminal = Terminal::start(&server, 400, &["devices", CERTIFICATE, "--output", "jsonl"], &[]);
    let (_, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert!(lines[0].starts_with("{\"certificate_id\":"));
    assert!(lines[1].starts_with('{'), "{lines:#?}");
    assert!(lines[2].contains("2 devices"), "{lines:#?}");
}
