//! Rows as they come: before the last page is read, before a failure, before the reader goes away or the user stops it.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::Value;

use crate::support::program::{Ran, finish, iotda, iotda_at, read_lines, run};
use crate::support::{CERTIFICATE, bodies, serve};

/// A first page, and a second one that nobody waits for.
async fn stuck_after_the_first_page() -> MockServer {
    let (server, _) = serve(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    server
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// What blocks the thread, beside the server.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it is waited for")
}

fn devices(text: &str) -> Vec<String> {
    let id = |line: &str| {
        let line: Value = line.parse().expect("JSON");
        line["device_id"].as_str().expect("an id").to_owned()
    };
    text.lines().map(id).collect()
}

/// The marker that standard error names.
fn marker(stderr: &str) -> String {
    let (_, after) = stderr.split_once("--marker ").unwrap_or_else(|| panic!("no marker in {stderr}"));
    after.split_whitespace().next().expect("a marker").to_owned()
}

async fn resume(server: &MockServer, from: &str) -> Ran {
    run(iotda_at(server, &["devices", CERTIFICATE, "--marker", from])).await
}

#[tokio::test]
async fn the_first_rows_come_before_the_last_page_is_read() {
    for form in ["jsonl", "csv", "table"] {
        let server = stuck_after_the_first_page().await;
        let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "--output", form]));
        let lines = if form == "jsonl" { 50 } else { 51 };
        let text = beside(move || {
            let text = read_lines(child.stdout.as_mut().expect("a pipe"), lines);
            child.kill().expect("killed");
            child.wait().expect("ended");
            text
        });
        assert_eq!(text.await.lines().count(), lines, "{form}");
    }
}

#[tokio::test]
async fn a_failure_in_mid_stream_leaves_what_came_before_and_the_marker_to_go_on_from() {
    let (server, _) = serve(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let first = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"])).await;
    assert_eq!(first.status, Some(6), "{}", first.stderr);
    assert_eq!(first.lines().len(), 50);
    assert!(first.stderr.contains("HTTP 503") && first.stderr.contains("50 printed"), "{}", first.stderr);

    let rest = resume(&server, &marker(&first.stderr)).await;
    assert_eq!((rest.status, rest.lines().len()), (Some(0), 70), "{}", rest.stderr);
    let all: BTreeSet<_> = devices(&first.stdout).into_iter().chain(devices(&rest.stdout)).collect();
    assert_eq!(all.len(), 120);
}

#[tokio::test]
async fn json_that_is_broken_off_is_whole_json() {
    let (server, _) = serve(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0", "--output", "json"])).await;
    let array: Value = ran.stdout.parse().expect("JSON");
    assert_eq!((ran.status, array.as_array().map(Vec::len)), (Some(6), Some(50)));
}

#[tokio::test]
async fn a_failure_after_a_page_without_wanted_records_names_the_marker_too() {
    let (server, _) = serve(0).await;
    server.add_sample_templates(6);
    // The oldest one alone is active.
    let arguments = ["templates", "--status", "active", "--page-size", "2"];
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &[&arguments[..], &["--retries", "0"]].concat())).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(5), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("templates: 0 printed; go on with --marker "), "{}", ran.stderr);
    let from = marker(&ran.stderr);
    server.clear_requests();
    let rest = run(iotda_at(&server, &[&arguments[..], &["--marker", &from]].concat())).await;
    assert_eq!((rest.status, rest.lines().len()), (Some(0), 1), "{}", rest.stderr);
    let first = server.requests().swap_remove(0);
    assert!(first.target.contains(&format!("marker={from}")), "{}", first.target);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_output_that_can_not_be_written_is_a_failure_that_names_the_marker() {
    let (server, _) = serve(120).await;
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let from = "66178add3b98944277004700";
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--marker", from]);
    let ended = command.stdout(full).stderr(Stdio::piped()).spawn().expect("the program starts");
    let ran = beside(move || finish(ended)).await;
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: standard output can't be written: "), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("nothing printed; begin again with --marker {from}\n")), "{}", ran.stderr);
}

#[tokio::test]
async fn a_summary_counts_no_certificate_in_part() {
    let (server, _) = serve(120).await;
    server.add_sample_devices("other", 2);
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", "--summary", CERTIFICATE, "--retries", "0"])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(5), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("not part of the summary"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_limited_run_ends_at_a_page_that_others_can_go_on_from() {
    let (server, _) = serve(120).await;
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--max", "70"])).await;
    assert_eq!((ran.status, ran.lines().len(), ran.stderr.as_str()), (Some(0), 70, ""));
    let limits: Vec<_> = bodies(&server).iter().map(|body| body["limit"].clone()).collect();
    assert_eq!(limits, [50, 20], "no page is asked for that is not printed");
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--max", "500", "--page-size", "40"])).await;
    assert_eq!(ran.lines().len(), 120);
}

#[tokio::test]
async fn a_closed_pipe_ends_the_run_without_an_error() {
    let (server, _) = serve(5000).await;
    for form in ["jsonl", "json", "csv", "table"] {
        server.clear_requests();
        let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "--output", form]));
        let ran = beside(move || {
            read_lines(child.stdout.as_mut().expect("a pipe"), 2);
            drop(child.stdout.take());
            finish(child)
        });
        let ran = ran.await;
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{form}");
        assert!(server.requests().len() < 60, "{} of 101 pages were read for nobody", server.requests().len());
    }
    for arguments in [&["spec"][..], &["completions", "bash"], &["--demo", "templates"], &["--demo", "doctor"]] {
        let mut child = spawn(iotda(arguments));
        drop(child.stdout.take());
        let ran = beside(move || finish(child)).await;
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_closed_pipe_hides_no_failure_that_was_told_before() {
    let (server, _) = serve(120).await;
    for mode in [&[][..], &["--summary"]] {
        let arguments = [&["devices", "bad", CERTIFICATE], mode].concat();
        let mut child = spawn(iotda_at(&server, &arguments));
        drop(child.stdout.take());
        let ran = beside(move || finish(child)).await;
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
async fn ctrl_c_ends_the_run_at_once_and_says_how_to_go_on() {
    let server = stuck_after_the_first_page().await;
    let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE]));
    let read = beside(move || (read_lines(child.stdout.as_mut().expect("a pipe"), 50), child));
    let (printed, child) = read.await;
    // The answer that nobody waits for is for this run.
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    interrupt(&child);
    let ran = beside(move || finish(child)).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(130), ""));
    assert!(ran.stderr.starts_with("interrupted\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("50 printed"), "{}", ran.stderr);
    let rest = resume(&server, &marker(&ran.stderr)).await;
    let all: BTreeSet<_> = devices(&printed).into_iter().chain(devices(&rest.stdout)).collect();
    assert_eq!((rest.lines().len(), all.len()), (70, 120), "nothing twice, nothing lost");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_is_heard_also_when_nobody_reads_the_output() {
    let (server, _) = serve(5000).await;
    server.add_certificate("later");
    let mut child = spawn(iotda_at(&server, &["devices", CERTIFICATE, "later"]));
    let ran = beside(move || {
        // More is printed than a pipe holds, so the program waits for a reader.
        let mut out = child.stdout.take().expect("a pipe");
        read_lines(&mut out, 1);
        interrupt(&child);
        let ran = finish(child);
        drop(out);
        ran
    });
    let ran = ran.await;
    assert_eq!(ran.status, Some(130));
    assert!(ran.stderr.contains("certificate later: nothing printed"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("certificate {CERTIFICATE}: ")), "{}", ran.stderr);
}
