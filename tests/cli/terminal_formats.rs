//! Output on a terminal while a progress bar is shown: no line of the output is corrupted, in any format.

use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockResponse};
use serde_json::Value;

use crate::support::program::{iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices};
use crate::terminal::{Terminal, run_blocking};

/// The delay of each page, in which the bar is drawn several times.
const PAGE_DELAY: Duration = Duration::from_millis(350);

async fn assert_same_output(arguments: &[&str]) {
    let (server, _) = server_with_devices(7).await;
    server.add_sample_templates(7);
    let expected = run(iotda_at(&server, arguments)).await;
    server.set_faults(Faults::default().latency(PAGE_DELAY));
    let mut terminal = Terminal::start(&server, 500, arguments, &[]);
    let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert_eq!(status, Some(0), "{lines:#?}");
    let expected = expected.lines();
    assert_eq!(lines[..expected.len()], expected, "{arguments:?}");
    assert_eq!(lines.len(), expected.len() + 1, "the output and a note: {lines:#?}");
}

#[tokio::test]
async fn json_is_intact() {
    assert_same_output(&["devices", CERTIFICATE, "--page-size", "3", "-o", "json"]).await;
    assert_same_output(&["templates", "--page-size", "3", "-o", "json"]).await;
}

#[tokio::test]
async fn jsonl_is_intact() {
    assert_same_output(&["devices", CERTIFICATE, "--page-size", "3", "-o", "jsonl"]).await;
}

#[tokio::test]
async fn csv_is_intact() {
    assert_same_output(&["devices", CERTIFICATE, "--page-size", "3", "-o", "csv"]).await;
}

#[tokio::test]
async fn table_is_intact() {
    assert_same_output(&["devices", CERTIFICATE, "--page-size", "3", "-o", "table"]).await;
}

#[tokio::test]
async fn json_of_a_limited_listing_is_valid() {
    let (server, _) = server_with_devices(7).await;
    server.set_faults(Faults::default().latency(PAGE_DELAY));
    let mut terminal = Terminal::start(&server, 500, &["devices", CERTIFICATE, "--max", "3", "-o", "json"], &[]);
    let (_, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    let end = lines.iter().position(|line| line == "]").unwrap_or_else(|| panic!("{lines:#?}"));
    let array: Value = lines[..=end].join("\n").parse().unwrap_or_else(|error| panic!("{error}: {lines:#?}"));
    assert_eq!(array.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn bar_of_several_certificates_shows_the_total_of_all() {
    let (server, _) = server_with_devices(120).await;
    server.add_certificate("other");
    server.add_sample_devices("other", 30);
    server.set_faults(Faults::default().latency(PAGE_DELAY));
    let arguments = ["devices", CERTIFICATE, "other", "--page-size", "5"];
    let mut terminal = Terminal::start(&server, 200, &arguments, &[]);
    let bar = run_blocking(move || {
        terminal.wait_for(" of 150 devices, certificate 1 of 2 [");
        terminal.wait_for(" left");
        let bar = terminal.lines().pop().unwrap_or_default();
        terminal.press_ctrl_c();
        terminal.end();
        bar
    })
    .await;
    assert!(bar.contains(" of 150 devices, certificate 1 of 2 ["), "{bar}");
    assert!(bar.ends_with(" left"), "{bar}");
}

#[tokio::test]
async fn number_of_templates_is_a_note() {
    let (server, _) = server_with_devices(1).await;
    server.add_sample_templates(3);
    for (arguments, note) in [
        (&["templates", "--name", "nope"][..], "0 templates"),
        (&["templates"], "3 templates"),
        (&["templates", "--status", "active"], "1 of 3 templates"),
    ] {
        let mut terminal = Terminal::start(&server, 120, arguments, &[]);
        let (_, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
        assert_eq!(terminal.lines().last().map(String::as_str), Some(note), "{arguments:?}");
    }
}

#[tokio::test]
async fn doctor_colors_the_results() {
    let (server, _) = server_with_devices(1).await;
    let mut terminal = Terminal::start(&server, 200, &["doctor"], &[]);
    let (_, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    assert!(terminal.has_colors());
    let mut terminal = Terminal::start(&server, 200, &["doctor"], &[("NO_COLOR", "1")]);
    let (_, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
    assert!(!terminal.has_colors());
}

/// The last record is printed when the array is closed.
#[tokio::test]
async fn json_that_ctrl_c_closes_is_valid() {
    let (server, _) = server_with_devices(7).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let arguments = ["devices", CERTIFICATE, "--page-size", "3", "-o", "json"];
    let mut terminal = Terminal::start(&server, 500, &arguments, &[]);
    let (status, terminal) = run_blocking(move || {
        terminal.wait_for("3 of 7 devices");
        terminal.press_ctrl_c();
        (terminal.end(), terminal)
    })
    .await;
    let lines = terminal.lines();
    assert_eq!(status, Some(130), "{lines:#?}");
    let end = lines.iter().position(|line| line == "interrupted").unwrap_or_else(|| panic!("{lines:#?}"));
    let array: Value = lines[..end].join("\n").parse().unwrap_or_else(|error| panic!("{error}: {lines:#?}"));
    assert_eq!(array.as_array().map(Vec::len), Some(3));
}
