//! Runs `iotda` in a separate process and environment.

use std::env;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use huaweicloud_iotda::mock::MockServer;

use super::server_env;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_iotda");

/// The variable with the home directory.
pub const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The output and the exit status of a process.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

/// Returns the variables of the caller that a test must not inherit.
pub fn foreign_variables() -> Vec<String> {
    let is_setting = |name: &str| {
        ["HUAWEICLOUD_", "HW_", "HC_CONTAINER_", "NO_COLOR", "RUST_LOG"].iter().any(|start| name.starts_with(start))
    };
    env::vars()
        .map(|(name, _)| name)
        .filter(|name| is_setting(name) || name.to_ascii_lowercase().ends_with("_proxy"))
        .collect()
}

/// Returns `iotda` without the caller's settings.
pub fn iotda(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    for name in foreign_variables() {
        command.env_remove(name);
    }
    // A directory without a profile.
    command.env(HOME, env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Returns `iotda` with the settings of this server.
pub fn iotda_at(server: &MockServer, arguments: &[&str]) -> Command {
    let mut command = iotda(arguments);
    command.envs(server_env(&server.endpoint()));
    command
}

/// Runs a command without blocking the mock server's thread.
pub async fn run(command: Command) -> Ran {
    run_with(command, "").await
}

/// Runs a command with this standard input.
pub async fn run_with(mut command: Command, input: &'static str) -> Ran {
    let ran = tokio::task::spawn_blocking(move || {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("iotda starts");
        // The process may end before it reads this.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        finish(child)
    });
    ran.await.expect("iotda ends")
}

/// Waits for a process and returns the rest of its output.
pub fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().expect("iotda ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Reads at least this number of lines.
pub fn read_lines(from: &mut impl Read, count: usize) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while text.iter().filter(|byte| **byte == b'\n').count() < count {
        let read = from.read(&mut buffer).expect("more output");
        assert!(read > 0, "the output ended after {:?}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(text).expect("UTF-8")
}
