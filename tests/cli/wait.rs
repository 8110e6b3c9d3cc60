//! `--unused --wait`: waits until no device uses the certificates. `--fail-if-used` reports it by the exit status.

use std::process::Stdio;
use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use huaweicloud_iotda::types::Marker;
use serde_json::json;

use crate::support::program::{Ran, finish, iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices};

async fn wait(server: &MockServer, options: &[&str]) -> Ran {
    let arguments = ["devices", "--unused", "--wait", "--interval", "20ms", CERTIFICATE, "-o", "csv"];
    run(iotda_at(server, &[&arguments, options].concat())).await
}

async fn server_with_markers() -> (MockServer, Vec<Marker>) {
    let server = MockServer::start().await.expect("a port");
    server.add_certificate(CERTIFICATE);
    let markers = (1..=3).map(|number| server.add_device(CERTIFICATE, sample_device(number))).collect();
    (server, markers)
}

/// Removes all devices when `iotda` has requested the count twice.
#[tokio::test]
async fn wait_ends_when_the_last_device_has_left() {
    let (server, markers) = server_with_markers().await;
    let arguments = ["devices", "--unused", "--wait", "--interval", "20ms", CERTIFICATE, "-o", "csv"];
    let mut command = iotda_at(&server, &arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("iotda starts");
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    for marker in &markers {
        assert!(server.remove_device(CERTIFICATE, marker).is_some());
    }
    let ran = tokio::task::spawn_blocking(move || finish(child)).await.expect("iotda ends");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!((ran.stdout, ran.stderr), (format!("certificate_id\n{CERTIFICATE}\n"), String::new()));
}

#[tokio::test]
async fn certificate_that_is_used_again_during_the_wait_is_not_unused() {
    let (server, markers) = server_with_markers().await;
    server.add_certificate("other");
    let arguments = ["devices", "--unused", "--wait", "--interval", "20ms", "--timeout", "1s", CERTIFICATE, "other"];
    let child = iotda_at(&server, &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    // The first round requests the counts of both and the empty listing.
    while server.requests().len() < 5 {
        tokio::task::yield_now().await;
    }
    server.add_device("other", sample_device(4));
    for marker in &markers {
        assert!(server.remove_device(CERTIFICATE, marker).is_some());
    }
    let ran = tokio::task::spawn_blocking(move || finish(child.expect("iotda starts"))).await.expect("iotda ends");
    assert_eq!(ran.status, Some(8), "{ran:?}");
    assert!(ran.stderr.contains("certificate other (1 devices)"), "{}", ran.stderr);
}

#[tokio::test]
async fn count_that_lags_behind_the_list_does_not_end_the_wait() {
    let (server, _) = server_with_devices(0).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 5}})));
    let ran = wait(&server, &[]).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("still waiting"), "{}", ran.stderr);
}

#[tokio::test]
async fn wait_ends_with_status_8_after_the_timeout() {
    let (server, _) = server_with_devices(3).await;
    server.add_certificate("unused");
    let ran = wait(&server, &["unused", "--timeout", "500ms"]).await;
    assert_eq!(ran.status, Some(8), "{}", ran.stderr);
    assert_eq!(ran.stdout, "certificate_id\nunused\n");
    expect![[r#"
        error: still in use after 500ms: certificate 61c970ce2d63eb6ee655dbf0 (3 devices); run again, or use a longer --timeout
    "#]]
    .assert_eq(&ran.stderr);
}

#[tokio::test]
async fn count_of_zero_is_not_trusted() {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 0}})));
    let ran = wait(&server, &["--timeout", "300ms"]).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(8), "certificate_id\n"), "{}", ran.stderr);
}

#[tokio::test]
async fn transient_failure_does_not_end_the_wait() {
    let (server, _) = server_with_devices(0).await;
    server.enqueue(MockResponse::new(503));
    let ran = wait(&server, &["--retries", "0"]).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("warning: certificate ") && ran.stderr.contains("still waiting"), "{}", ran.stderr);
}

fn enqueue_failures(server: &MockServer) {
    for _ in 0..1000 {
        server.enqueue(MockResponse::new(503));
    }
}

/// Status 8 would say that a device uses the certificate.
#[tokio::test]
async fn certificate_that_could_not_be_read_is_reported_with_its_cause_and_the_status_of_the_failure() {
    for (options, cause) in [
        (&["--timeout", "2s", "--retries", "0"][..], "HTTP 503"),
        (&["--timeout", "2s", "--retries", "1000"], "not read within 2s: retrying: HTTP 503 (attempt "),
    ] {
        let (server, _) = server_with_devices(0).await;
        enqueue_failures(&server);
        let ran = wait(&server, options).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(5), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error: certificate {CERTIFICATE}: ")), "{}", ran.stderr);
        assert!(ran.stderr.contains(cause) && !ran.stderr.contains("still in use"), "{}", ran.stderr);
        assert!(ran.stderr.contains("it is not known whether a device uses this certificate"), "{}", ran.stderr);
    }
    let (server, _) = server_with_devices(0).await;
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let ran = wait(&server, &["--timeout", "200ms"]).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("not read within 200ms: no response"), "{}", ran.stderr);
}

#[tokio::test]
async fn certificate_that_was_in_use_before_the_requests_failed_has_status_8() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::pass_through());
    enqueue_failures(&server);
    let ran = wait(&server, &["--timeout", "2s", "--retries", "0"]).await;
    assert_eq!(ran.status, Some(8), "{}", ran.stderr);
    assert!(ran.stderr.contains("(3 devices, but the last request failed)"), "{}", ran.stderr);
}

#[tokio::test]
async fn unknown_certificate_and_rejected_credential_end_the_wait() {
    let (server, _) = server_with_devices(0).await;
    let ran = wait(&server, &["unknown"]).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert_eq!(ran.stdout, format!("certificate_id\n{CERTIFICATE}\n"));
    let mut command = iotda_at(&server, &["devices", "--unused", "--wait", CERTIFICATE]);
    command.env("HW_AUTH_TOKEN", "another");
    assert_eq!(run(command).await.status, Some(3));
}

/// Certificates that cannot be read are not counted as unused.
#[cfg(unix)]
#[tokio::test]
async fn note_counts_only_the_certificates_that_were_read() {
    let server = MockServer::start().await.expect("a port");
    server.add_certificate(CERTIFICATE);
    let arguments = ["devices", "--unused", "--wait", "--interval", "20ms", CERTIFICATE, "unknown"];
    let mut terminal = crate::terminal::Terminal::start(&server, 160, &arguments, &[]);
    let status = crate::terminal::run_blocking(move || {
        terminal.wait_for("unused certificates: 1 of 2; some could not be read");
        terminal.end()
    });
    assert_eq!(status.await, Some(6));
}

#[cfg(unix)]
#[tokio::test]
async fn terminal_shows_how_many_devices_are_left() {
    let (server, markers) = server_with_markers().await;
    let arguments = ["devices", "--unused", "--wait", "--interval", "20ms", CERTIFICATE];
    let mut terminal = crate::terminal::Terminal::start(&server, 160, &arguments, &[]);
    let mut terminal = crate::terminal::run_blocking(move || {
        terminal.wait_for("waiting: 3 of 3 devices left");
        terminal
    })
    .await;
    assert!(server.remove_device(CERTIFICATE, &markers[0]).is_some());
    let status = crate::terminal::run_blocking(move || {
        terminal.wait_for("waiting: 2 of 3 devices left, ");
        terminal.wait_for(" fewer per minute");
        terminal.press_ctrl_c();
        terminal.end()
    });
    assert_eq!(status.await, Some(130));
}

#[tokio::test]
async fn fail_if_used_has_status_7_only_if_a_device_uses_a_certificate() {
    let (server, _) = server_with_devices(1).await;
    server.add_certificate("unused");
    for (certificates, status) in
        [(&["unused"][..], 0), (&[CERTIFICATE], 7), (&["unused", CERTIFICATE], 7), (&["x"], 4)]
    {
        let ran = run(iotda_at(&server, &[&["devices", "--unused", "--fail-if-used"], certificates].concat())).await;
        assert_eq!(ran.status, Some(status), "{certificates:?}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn options_for_unused_certificates_require_unused() {
    for option in ["--wait", "--fail-if-used"] {
        let ran = run(iotda_at(&server_with_devices(0).await.0, &["devices", CERTIFICATE, option])).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("--unused"), "{}", ran.stderr);
    }
}
