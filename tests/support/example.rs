//! Runs an example in a separate process.

use std::env;
use std::process::Command;

/// The output of an example, its exit status, and whether it succeeded.
#[derive(Debug)]
pub struct ExampleOutput {
    pub success: bool,
    /// `None` if a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Returns a command for the example that cargo built with the tests. The command does not inherit the variables that
/// configure the client or a proxy.
pub fn example(name: &str) -> Command {
    let test = env::current_exe().expect("the path of the test binary");
    let directory = test.parent().and_then(|deps| deps.parent()).expect("the build directory").join("examples");
    let path = directory.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built: run `cargo test --features full`", path.display());
    let mut command = Command::new(path);
    let configures_client =
        |name: &str| ["HUAWEICLOUD_", "HW_", "HC_CONTAINER_"].iter().any(|prefix| name.starts_with(prefix));
    for (name, _) in env::vars() {
        if configures_client(&name) || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the command on a blocking thread, because the server of the test uses the thread of the runtime.
pub async fn run(mut command: Command) -> ExampleOutput {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("the thread does not panic").expect("the example starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 output");
    let status = output.status;
    ExampleOutput {
        success: status.success(),
        status: status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
