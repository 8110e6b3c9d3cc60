//! Running an example as its reader would: in a process of its own, with settings of its own.

#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses its own part")]

use std::env;
use std::process::Command;

/// What an example said, and whether it succeeded.
#[derive(Debug)]
pub struct Ran {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// The example as cargo builds it beside the tests, without any setting of the caller's.
pub fn example(name: &str) -> Command {
    let tests = env::current_exe().expect("the test's own program");
    let directory = tests.parent().and_then(|deps| deps.parent()).expect("the build folder").join("examples");
    let program = directory.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is not built: run `cargo test --features full`", program.display());
    let mut command = Command::new(program);
    let ours = |name: &str| ["HUAWEICLOUD_", "HW_"].iter().any(|start| name.starts_with(start));
    for (name, _) in env::vars().filter(|(name, _)| ours(name) || name.to_ascii_lowercase().ends_with("_proxy")) {
        command.env_remove(name);
    }
    command
}

/// Runs it beside the server, which needs the runtime's thread.
pub async fn run(mut command: Command) -> Ran {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("the example is waited for").expect("the example runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
