//! Streaming output: rows are printed before the last page is read, and a failure or Ctrl-C leaves a marker to resume from.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::Value;

use crate::support::program::{Ran, finish, iotda, iotda_at, read_lines, run};
use crate::support::{CERTIFICATE, request_bodies, server_with_devices, without_ports};

/// Starts a server whose second page never arrives.
async fn server_stuck_after_first_page() -> MockServer {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    server
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("iotda starts")
}

/// Runs blocking code without blocking the mock server.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the task ends")
}

fn devices(text: &str) -> Vec<String> {
    let id = |line: &str| {
        let line: Value = line.parse().expect("JSON");
        line["device_id"].as_str().expect("an ID").to_owned()
    };
    text.lines().map(id).collect()
}

/// Returns the marker in standard error.
fn marker(stderr: &str) -> String {
    let (_, after) = stderr.split_once("--marker ").unwrap_or_else(|| panic!("no marker in {stderr}"));
    after.split_whitespace().next().expect("a marker").to_owned()
}

async fn resume(server: &MockServer, marker: &str) -> Ran {
    run(iotda_at(server, &["devices", CERTIFICATE, "--marker", marker])).await
}

#[tokio::test]
async fn first_rows_are_printed_before_the_last_page_is_read() {
    for format in ["jsonl", "csv", "table"] {
        let server = server_stuck_after_first_page().await;
        let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "--output", format]));
        let lines = if format == "jsonl" { 50 } else { 51 };
        let text = run_blocking(move || {
            let text = read_lines(child.stdout.as_mut().expect("a pipe"), lines);
            child.kill().expect("iotda is killed");
            child.wait().expect("iotda ends");
            text
        });
        assert_eq!(text.await.lines().count(), lines, "{format}");
    }
}

#[tokio::test]
async fn failure_on_the_second_page_keeps_the_first_and_prints_the_marker_to_resume() {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let first = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"])).await;
    assert_eq!(first.status, Some(6), "{}", first.stderr);
    assert_eq!(first.lines().len(), 50);
    expect![[r#"
        error: certificate 61c970ce2d63eb6ee655dbf0: the response body is empty
          HTTP 503, request ID 00000000000000000000000000000002, host HOST:PORT, ListDeviceByDeviceCertificate
          The service or its gateway failed temporarily. Run again; if the error persists, contact Huawei Cloud support with the request ID
          certificate 61c970ce2d63eb6ee655dbf0: 50 printed; resume with --marker 66178add3b98944277004700
    "#]].assert_eq(&without_ports(&first.stderr));

    let rest = resume(&server, &marker(&first.stderr)).await;
    assert_eq!(rest.status, Some(0), "{}", rest.stderr);
    assert_eq!(rest.lines().len(), 70, "{}", rest.stderr);
    let all: BTreeSet<_> = devices(&first.stdout).into_iter().chain(devices(&rest.stdout)).collect();
    assert_eq!(all.len(), 120);
}

#[tokio::test]
async fn json_output_is_valid_after_a_failure() {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0", "--output", "json"])).await;
    let array: Value = ran.stdout.parse().expect("JSON");
    assert_eq!(ran.status, Some(6), "{ran:?}");
    assert_eq!(array.as_array().map(Vec::len), Some(50));
}

#[tokio::test]
async fn failure_after_a_page_without_matching_records_prints_the_marker() {
    let (server, _) = server_with_devices(0).await;
    server.add_sample_templates(6);
    // Only the oldest template is active, so it is on the last page.
    let arguments = ["templates", "--status", "active", "--page-size", "2"];
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &[&arguments[..], &["--retries", "0"]].concat())).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "{}", ran.stderr);
    assert!(ran.stderr.contains("\n  templates: 0 printed; "), "{}", ran.stderr);
    let from = marker(&ran.stderr);
    server.clear_requests();
    let rest = run(iotda_at(&server, &[&arguments[..], &["--marker", &from]].concat())).await;
    assert_eq!(rest.status, Some(0), "{}", rest.stderr);
    assert_eq!(rest.lines().len(), 1, "{}", rest.stderr);
    let first = server.requests().swap_remove(0);
    assert!(first.target.contains(&format!("marker={from}")), "{}", first.target);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn failure_to_write_output_prints_the_marker() {
    let (server, _) = server_with_devices(120).await;
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let from = "66178add3b98944277004700";
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--marker", from]);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("iotda starts");
    let ran = run_blocking(move || finish(child)).await;
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    expect![[r#"
        error: cannot write to standard output: No space left on device (os error 28)
          certificate 61c970ce2d63eb6ee655dbf0: nothing printed; run again with --marker 66178add3b98944277004700
    "#]]
    .assert_eq(&ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn output_that_is_not_open_for_writing_is_a_failure() {
    for arguments in [&["--demo", "devices", CERTIFICATE][..], &["--demo", "doctor"], &["spec"]] {
        let read_only = std::fs::File::open("/dev/null").expect("a device");
        let child = iotda(arguments).stdout(read_only).stderr(Stdio::piped()).spawn().expect("iotda starts");
        let ran = run_blocking(move || finish(child)).await;
        assert_eq!(ran.status, Some(1), "{arguments:?}");
        assert!(ran.stderr.starts_with("error: cannot write to standard output: "), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn summary_omits_a_certificate_that_was_read_partly() {
    let (server, _) = server_with_devices(120).await;
    server.add_sample_devices("other", 2);
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", "--summary", CERTIFICATE, "--retries", "0"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "{}", ran.stderr);
    assert!(ran.stderr.lines().last().is_some_and(|line| line.contains("summary")), "{}", ran.stderr);
}

#[tokio::test]
async fn max_option_requests_no_more_records_than_it_prints() {
    let (server, _) = server_with_devices(120).await;
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--max", "70"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 70);
    assert_eq!(ran.stderr, "");
    let limits: Vec<_> = request_bodies(&server).iter().map(|body| body["limit"].clone()).collect();
    assert_eq!(limits, [50, 20], "all requested records are printed");
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--max", "500", "--page-size", "40"])).await;
    assert_eq!(ran.lines().len(), 120);
}

#[tokio::test]
async fn closed_pipe_ends_a_listing_without_an_error() {
    let (server, _) = server_with_devices(5000).await;
    for format in ["jsonl", "json", "csv", "table"] {
        server.clear_requests();
        let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "--output", format]));
        let ran = run_blocking(move || {
            read_lines(child.stdout.as_mut().expect("a pipe"), 2);
            drop(child.stdout.take());
            finish(child)
        });
        let ran = ran.await;
        assert_eq!(ran.status, Some(0), "{format}");
        assert_eq!(ran.stderr, "", "{format}");
        assert!(server.requests().len() < 60, "{} of 101 pages were read", server.requests().len());
    }
}

#[tokio::test]
async fn closed_pipe_ends_the_other_commands_without_an_error() {
    for arguments in [&["spec"][..], &["completions", "bash"], &["--demo", "templates"], &["--demo", "doctor"]] {
        let mut child = spawn(iotda(arguments));
        drop(child.stdout.take());
        let ran = run_blocking(move || finish(child)).await;
        assert_eq!(ran.status, Some(0), "{arguments:?}");
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}

#[tokio::test]
async fn closed_pipe_does_not_hide_an_earlier_failure() {
    let (server, _) = server_with_devices(120).await;
    for mode in [&[][..], &["--summary"]] {
        let arguments = [&["devices", "bad", CERTIFICATE], mode].concat();
        let mut child = spawn(iotda_at(&server, &arguments));
        drop(child.stdout.take());
        let ran = run_blocking(move || finish(child)).await;
        assert!(matches!(ran.status, Some(4 | 6)), "{mode:?}: {:?}", ran.status);
        assert!(ran.stderr.starts_with("error: certificate bad: "), "{}", ran.stderr);
    }
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().expect("sh");
    assert!(sent.success());
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_the_run_immediately_and_prints_the_marker_to_resume() {
    let server = server_stuck_after_first_page().await;
    let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE]));
    let read = run_blocking(move || (read_lines(child.stdout.as_mut().expect("a pipe"), 50), child));
    let (printed, child) = read.await;
    // The delayed response must belong to this run.
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    interrupt(&child);
    let ran = run_blocking(move || finish(child)).await;
    assert_eq!(ran.status, Some(130), "{ran:?}");
    assert_eq!(ran.stdout, "");
    expect![[r#"
        interrupted
          certificate 61c970ce2d63eb6ee655dbf0: 50 printed; resume with --marker 66178add3b98944277004700
    "#]]
    .assert_eq(&ran.stderr);
    let rest = resume(&server, &marker(&ran.stderr)).await;
    let all: BTreeSet<_> = devices(&printed).into_iter().chain(devices(&rest.stdout)).collect();
    assert_eq!(rest.lines().len(), 70, "each device once");
    assert_eq!(all.len(), 120, "each device once");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_the_run_while_the_output_is_blocked() {
    let (server, _) = server_with_devices(5000).await;
    server.add_certificate("later");
    let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "later"]));
    let ran = run_blocking(move || {
        // The output is larger than the pipe's buffer, so iotda is blocked until it is read.
        let mut out = child.stdout.take().expect("a pipe");
        read_lines(&mut out, 1);
        interrupt(&child);
        let ran = finish(child);
        drop(out);
        ran
    });
    let ran = ran.await;
    assert_eq!(ran.status, Some(130), "{ran:?}");
    assert!(ran.stderr.contains("\n  certificate later: nothing printed"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("certificate {CERTIFICATE}: ")), "{}", ran.stderr);
}
