//! `iotda mock`, `--demo` and `iotda completions`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::program::{PROGRAM, iotda, run};

const CERTIFICATES: [&str; 3] = ["61c970ce2d63eb6ee655dbf0", "61c970ce2d63eb6ee655dbf1", "61c970ce2d63eb6ee655dbf2"];

/// A running `iotda mock`; it is killed when dropped.
pub(crate) struct Mock {
    child: Child,
    printed: Vec<String>,
}

impl Mock {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = iotda(&["mock"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("iotda starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let printed = lines.take(5).map(|line| line.expect("a line")).collect();
        Self { child, printed }
    }

    /// Returns `iotda` with the exported variables.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut command = iotda(arguments);
        let exports = self.printed.iter().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        command.envs(exports);
        command
    }

    fn port(&self) -> &str {
        let line = self.printed.iter().find(|line| line.contains("HUAWEICLOUD_IOTDA_ENDPOINT")).expect("an endpoint");
        line.rsplit(':').next().expect("a port")
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn mock_prints_the_variables_and_certificate_ids_for_clients() {
    let mock = Mock::start(&["--devices", "60", "--templates", "2"]);
    let ran = run(mock.client(&["devices", CERTIFICATES[0]])).await;
    assert_eq!(ran.status, Some(0), "{:?}", mock.printed);
    assert_eq!(ran.lines().len(), 60, "{:?}", mock.printed);
    let ran = run(mock.client(&["templates"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 2);
    let ran = run(mock.client(&[&["devices", "--unused"], &CERTIFICATES[..]].concat())).await;
    assert!(ran.lines().len() == 1, "{}", ran.stdout);
    assert!(ran.stdout.contains(CERTIFICATES[2]), "{}", ran.stdout);
    for id in CERTIFICATES {
        assert!(mock.printed.iter().any(|line| line.starts_with('#') && line.contains(id)), "{:?}", mock.printed);
    }
}

#[tokio::test]
async fn mock_listens_on_the_port_option() {
    let mock = Mock::start(&[]);
    let port = mock.port().to_owned();
    drop(mock);
    assert_eq!(Mock::start(&["--port", &port]).port(), port);
}

#[tokio::test]
async fn mock_reports_a_port_in_use() {
    let mock = Mock::start(&[]);
    let ran = run(iotda(&["mock", "--port", mock.port()])).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.stderr.contains(mock.port()), "{}", ran.stderr);
}

#[tokio::test]
async fn mock_faults_are_reproducible_by_seed() {
    let results = async |seed: &str| {
        let mock = Mock::start(&["--fault-rate", "0.5", "--seed", seed]);
        let mut results = Vec::new();
        for _ in 0..12 {
            let ran = run(mock.client(&["templates", "--retries", "0"])).await;
            results.push((ran.status, ran.lines().len()));
        }
        results
    };
    let first = results("3").await;
    assert!(first.contains(&(Some(0), 3)), "{first:?}");
    assert!(first.iter().any(|(status, _)| *status != Some(0)), "{first:?}");
    assert_eq!(results("3").await, first);
    assert_ne!(results("4").await, first);
}

#[tokio::test]
async fn mock_latency_causes_timeouts() {
    let mock = Mock::start(&["--latency", "3600000"]);
    let ran = run(mock.client(&["templates", "--retries", "0", "--timeout", "0.1"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_stops_the_mock_with_status_130() {
    let mut mock = Mock::start(&[]);
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", mock.child.id())]).status().expect("sh");
    assert!(sent.success());
    assert_eq!(mock.child.wait().expect("iotda ends").code(), Some(130));
}

#[tokio::test]
async fn demo_needs_no_settings_and_ignores_the_environment() {
    let mut command = iotda(&["--demo", "devices", CERTIFICATES[0]]);
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9").env("HW_AUTH_TOKEN", "x");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 120);
    assert_eq!(ran.stderr, "");
    let ran = run(iotda(&["devices", CERTIFICATES[1], "--demo"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 30);
    let ran = run(iotda(&["doctor", "--demo"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let ran = run(iotda(&["--demo", "devices", "61c970ce2d63eb6ee655dbff"])).await;
    assert_eq!(ran.status, Some(4), "{ran:?}");
}

#[tokio::test]
async fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(iotda(&["completions", shell])).await;
        assert_eq!(ran.status, Some(0), "{ran:?}");
        for word in ["iotda", "devices", "summary", "token-file"] {
            assert!(ran.stdout.contains(word), "{word} for {shell}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_options_of_a_command() {
    let Ok(version) = Command::new("bash").arg("--version").output() else { return };
    assert!(version.status.success());
    let script = format!(
        "eval \"$({PROGRAM} completions bash)\"; COMP_WORDS=(iotda devices --su); COMP_CWORD=2; \
         _iotda iotda --su devices; echo \"${{COMPREPLY[@]}}\""
    );
    let output = Command::new("bash").args(["--norc", "-c", &script]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "--summary", "{output:?}");
}
