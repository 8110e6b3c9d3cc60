//! `-v`, `-vv` and `RUST_LOG`: retries and requests on standard error.

use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::json;

use crate::support::program::{Ran, iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices};

fn bad_gateway() -> MockResponse {
    let body = json!({"error_code": "APIGW.0201", "error_msg": "Backend unavailable."});
    MockResponse::new(502).json(&body).header("X-Request-Id", "request-1")
}

/// A server with two pages of devices and an empty one. The first request fails.
async fn server() -> MockServer {
    let (server, _) = server_with_devices(60).await;
    server.enqueue(bad_gateway());
    server
}

async fn devices(server: &MockServer, options: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = iotda_at(server, &[&["devices", CERTIFICATE], options].concat());
    command.envs(variables.iter().copied());
    let ran = run(command).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 60), "{}", ran.stderr);
    ran
}

/// Returns the lines of standard error without time and level.
fn texts<'a>(ran: &'a Ran, level: &str) -> Vec<&'a str> {
    let separator = format!("Z {level} ");
    ran.stderr.lines().filter_map(|line| line.split_once(&separator)).map(|(_, text)| text).collect()
}

fn assert_retry(ran: &Ran) {
    let [_, retry] = texts(ran, "INFO")[..] else { panic!("{}", ran.stderr) };
    let expected = "ListDeviceByDeviceCertificate: retrying in _ ms (attempt 2 of 5) after HTTP 502, code APIGW.0201, \
                    request ID request-1: Backend unavailable.";
    assert_eq!(without_duration(retry), expected);
}

#[tokio::test]
async fn verbose_shows_each_retry_with_its_cause_and_wait() {
    let ran = devices(&server().await, &["-v"], &[]).await;
    assert_retry(&ran);
    assert_eq!(
        texts(&ran, "INFO")[0],
        "credential obtained iotda.credential.source=HW_AUTH_TOKEN iotda.credential.kind=token"
    );
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
}

#[tokio::test]
async fn more_verbose_also_shows_each_request_with_status_time_and_request_id() {
    for options in [&["-vv"][..], &["--verbose", "--verbose"]] {
        let ran = devices(&server().await, options, &[]).await;
        assert_retry(&ran);
        let requests: Vec<_> = texts(&ran, "DEBUG").iter().map(|text| without_duration(text)).collect();
        let expected = [
            "ListDeviceByDeviceCertificate: HTTP 502, code APIGW.0201 in _ ms, request ID request-1",
            "ListDeviceByDeviceCertificate: HTTP 200 in _ ms, request ID 00000000000000000000000000000002",
            "ListDeviceByDeviceCertificate: HTTP 200 in _ ms, request ID 00000000000000000000000000000003",
            "ListDeviceByDeviceCertificate: HTTP 200 in _ ms, request ID 00000000000000000000000000000004",
        ];
        assert_eq!(requests, expected);
    }
}

/// Replaces the number of milliseconds.
fn without_duration(text: &str) -> String {
    let (before, after) = text.split_once(" in ").unwrap_or_else(|| panic!("{text}"));
    let (duration, after) = after.split_once(" ms").unwrap_or_else(|| panic!("{text}"));
    assert!(duration.parse::<u32>().is_ok(), "{text}");
    format!("{before} in _ ms{after}")
}

#[tokio::test]
async fn request_without_a_response_is_shown_with_the_kind_of_the_failure() {
    let (server, _) = server_with_devices(60).await;
    server.enqueue(MockResponse::disconnect());
    let ran = devices(&server, &["-vv"], &[]).await;
    assert!(texts(&ran, "DEBUG")[0].contains(": connection error in "), "{}", ran.stderr);
    assert!(texts(&ran, "INFO")[1].contains(" after connection error: no response (127.0.0.1:"), "{}", ran.stderr);
}

#[tokio::test]
async fn rust_log_selects_events_and_verbose_takes_precedence() {
    for (filter, options, debug) in [
        ("huaweicloud_iotda=debug", &[][..], 4),
        ("debug", &[], 4),
        ("info", &[], 0),
        ("off", &["-vv"], 4),
        ("debug", &["-v"], 0),
    ] {
        let ran = devices(&server().await, options, &[("RUST_LOG", filter)]).await;
        let requests = texts(&ran, "DEBUG").into_iter().filter(|text| text.starts_with("ListDevice"));
        assert_eq!(requests.count(), debug, "{filter} {options:?}: {}", ran.stderr);
        assert_retry(&ran);
    }
    for filter in ["", "off", "huaweicloud_iotda=error", "another_crate=trace"] {
        let ran = devices(&server().await, &[], &[("RUST_LOG", filter)]).await;
        assert_eq!(ran.stderr, "", "{filter}");
    }
}

#[tokio::test]
async fn invalid_rust_log_is_a_warning() {
    let ran = devices(&server().await, &[], &[("RUST_LOG", "huaweicloud_iotda=loud")]).await;
    let [warning] = ran.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", ran.stderr) };
    assert!(warning.starts_with("warning: RUST_LOG "), "{warning}");
}

#[tokio::test]
async fn activity_contains_no_secret_and_no_id() {
    let ran = devices(&server().await, &[], &[("RUST_LOG", "trace")]).await;
    for secret in [MockServer::TOKEN, MockServer::PROJECT_ID, CERTIFICATE] {
        assert!(!ran.stderr.contains(secret), "{secret}: {}", ran.stderr);
    }
}

#[cfg(unix)]
mod terminal {
    use huaweicloud_iotda::mock::Faults;

    use super::*;
    use crate::terminal::{Terminal, run_blocking};

    /// Returns the progress bar after a failure whose response asks for a delay.
    async fn bar_after(response: MockResponse, options: &[&str], text: &'static str) -> String {
        let (server, _) = server_with_devices(120).await;
        server.enqueue(MockResponse::pass_through());
        server.enqueue(response.header("Retry-After", "15"));
        let arguments = [&["devices", CERTIFICATE], options].concat();
        let mut terminal = Terminal::start(&server, 120, &arguments, &[]);
        run_blocking(move || {
            terminal.wait_for("50 of 120 devices [");
            terminal.wait_for(text);
            let bar = terminal.lines().pop().unwrap_or_default();
            terminal.press_ctrl_c();
            assert_eq!(terminal.end(), Some(130));
            bar
        })
        .await
    }

    #[tokio::test]
    async fn progress_bar_shows_a_retry() {
        let text = "] retrying: HTTP 502 (attempt 2 of 5)";
        let bar = bar_after(bad_gateway(), &[], text).await;
        assert!(!bar.contains("left"), "{bar}");
        bar_after(bad_gateway(), &["-vv"], text).await;
    }

    #[tokio::test]
    async fn progress_bar_shows_the_retry_of_a_throttled_run_with_a_fixed_rate() {
        let text = "] retrying: HTTP 429 (attempt 2 of 5)";
        let bar = bar_after(MockResponse::new(429), &["--rate-limit", "1000"], text).await;
        assert!(!bar.contains("throttled"), "{bar}");
    }

    #[tokio::test]
    async fn lines_are_intact_above_the_progress_bar() {
        let (server, _) = server_with_devices(20).await;
        server.set_faults(Faults::default().latency(Duration::from_millis(150)));
        let arguments = ["devices", CERTIFICATE, "--page-size", "5", "-vv", "-o", "jsonl"];
        let mut terminal = Terminal::start(&server, 500, &arguments, &[]);
        let (status, terminal) = run_blocking(move || (terminal.end(), terminal)).await;
        let lines = terminal.lines();
        assert_eq!(status, Some(0), "{lines:#?}");
        let requests: Vec<_> = lines.iter().filter(|line| line.contains("Z DEBUG ListDeviceByDevice")).collect();
        assert_eq!(requests.len(), 5, "the last one is empty: {lines:#?}");
        assert!(requests.iter().all(|line| line.contains(" ms, request ID 000000000")), "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with('{') && line.ends_with('}')).count(), 20, "{lines:#?}");
        assert_eq!(lines.len(), 1 + 5 + 20 + 1, "the credential, requests, devices and a note: {lines:#?}");
    }
}
