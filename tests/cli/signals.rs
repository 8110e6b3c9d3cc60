//! Ctrl-C, SIGTERM and SIGHUP: the output is closed, standard error shows how to resume, and the signal ends the process.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::Value;

use crate::support::program::{iotda_at, read_lines};
use crate::support::{CERTIFICATE, server_with_devices};

/// Starts a server whose second page never arrives.
async fn server_stuck_after_first_page() -> MockServer {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    server
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().expect("sh");
    assert!(sent.success());
}

/// Sends these signals to `iotda` after its first page, and returns its output and its status as (code, signal).
async fn interrupt(mut command: Command, signals: &'static [&str]) -> (String, String, (Option<i32>, Option<i32>)) {
    let result = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("iotda starts");
        let mut printed = read_lines(child.stdout.as_mut().expect("a pipe"), 50);
        for signal in signals {
            send(signal, &child);
        }
        let output = child.wait_with_output().expect("iotda ends");
        printed.push_str(&String::from_utf8(output.stdout).expect("UTF-8"));
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        (printed, stderr, (output.status.code(), output.status.signal()))
    });
    result.await.expect("iotda ends")
}

#[tokio::test]
async fn signals_close_the_json_array_and_print_the_marker() {
    for (signals, status) in
        [(&["INT"][..], (Some(130), None)), (&["TERM"], (None, Some(15))), (&["HUP"], (None, Some(1)))]
    {
        let server = server_stuck_after_first_page().await;
        let command = iotda_at(&server, &["devices", CERTIFICATE, "-o", "json"]);
        let (stdout, stderr, ended) = interrupt(command, signals).await;
        assert_eq!(ended, status, "{signals:?}: {stderr}");
        let array: Value = stdout.parse().unwrap_or_else(|error| panic!("{signals:?}: {error}: {stdout}"));
        assert_eq!(array.as_array().map(Vec::len), Some(50), "{signals:?}");
        let marker = "50 printed; resume with --marker 66178add3b98944277004700";
        assert!(stderr.ends_with(&format!("  certificate {CERTIFICATE}: {marker}\n")), "{signals:?}: {stderr}");
    }
}

#[tokio::test]
async fn sigterm_is_named_and_ends_the_process() {
    let server = server_stuck_after_first_page().await;
    let (stdout, stderr, status) = interrupt(iotda_at(&server, &["devices", CERTIFICATE]), &["TERM"]).await;
    assert_eq!((status, stdout.lines().count()), ((None, Some(15)), 50), "{stderr}");
    expect![[r#"
        interrupted by SIGTERM
          certificate 61c970ce2d63eb6ee655dbf0: 50 printed; resume with --marker 66178add3b98944277004700
    "#]]
    .assert_eq(&stderr);
}

/// `nohup` and `trap '' HUP` ignore the signal.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn signal_that_the_caller_ignores_has_no_effect() {
    let server = server_stuck_after_first_page().await;
    let iotda = iotda_at(&server, &["devices", CERTIFICATE]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(iotda.get_program()).args(iotda.get_args());
    for (name, value) in iotda.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let (_, stderr, status) = interrupt(command, &["HUP", "TERM"]).await;
    assert_eq!(status, (None, Some(15)), "{stderr}");
}
