//! Running the program `iotda` as its user would: in a process of its own, with settings of its own.

#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses its own part")]

use std::env;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use huaweicloud_iotda::mock::MockServer;

use super::settings;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_iotda");

/// What the program said, and its exit status.
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

/// The variables that a test must not inherit.
pub fn foreign_variables() -> Vec<String> {
    let ours = |name: &str| ["HUAWEICLOUD_", "HW_", "NO_COLOR"].iter().any(|start| name.starts_with(start));
    env::vars()
        .map(|(name, _)| name)
        .filter(|name| ours(name) || name.to_ascii_lowercase().ends_with("_proxy"))
        .collect()
}

/// The program without any setting of the caller's.
pub fn iotda(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    for name in foreign_variables() {
        command.env_remove(name);
    }
    // Where no profile is.
    command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// The program with the settings of this server.
pub fn iotda_at(server: &MockServer, arguments: &[&str]) -> Command {
    let mut command = iotda(arguments);
    command.envs(settings(&server.endpoint()));
    command
}

/// Runs it beside the server, which needs the runtime's thread.
pub async fn run(command: Command) -> Ran {
    run_with(command, "").await
}

/// The same with this on standard input.
pub async fn run_with(mut command: Command, input: &'static str) -> Ran {
    let ran = tokio::task::spawn_blocking(move || {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        // It may not want it.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        finish(child)
    });
    ran.await.expect("the program is waited for")
}

/// What is left to read of a program, and its end.
pub fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Reads until so many lines are there.
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
