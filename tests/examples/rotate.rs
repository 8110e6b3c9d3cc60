//! The example `rotate`: interrupted at any point, it resumes without losing or repeating a device.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use serde_json::{Value, json};

use crate::support::example::{ExampleOutput, example, run};
use crate::support::{request_bodies, server_env};

/// The certificates with their numbers of devices.
const CERTIFICATES: [(&str, usize); 3] = [("first", 120), ("unused", 0), ("last", 101)];
/// The requests of a complete run, with the empty page at the end of each listing.
const REQUESTS: usize = 4 + 1 + 4;

/// A server, and the directory of a run.
struct Rotation {
    server: MockServer,
    directory: PathBuf,
}

impl Rotation {
    async fn new(test: &str) -> Self {
        let server = MockServer::start().await.expect("bind to 127.0.0.1");
        for (certificate, devices) in CERTIFICATES {
            server.add_certificate(certificate);
            server.add_sample_devices(certificate, devices);
        }
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rotate").join(test);
        let _ = fs::remove_dir_all(&directory);
        Self { server, directory }
    }

    fn command(&self) -> Command {
        self.command_for(&CERTIFICATES.map(|(certificate, _)| certificate))
    }

    fn command_for(&self, certificates: &[&str]) -> Command {
        let mut command = example("rotate");
        command.arg(&self.directory).args(certificates).envs(server_env(&self.server.endpoint()));
        command
    }

    async fn run(&self) -> ExampleOutput {
        run(self.command()).await
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.directory.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn checkpoint(&self) -> Value {
        self.text("checkpoint.json").parse().expect("JSON")
    }

    fn devices(&self) -> Vec<Value> {
        self.text("devices.jsonl").lines().map(|line| line.parse().expect("JSON")).collect()
    }
}

/// Every device of every certificate, in the order of the service.
fn all_devices() -> Vec<Value> {
    let devices_of = |(certificate, count): (&'static str, usize)| {
        let line = move |number| json!({"certificate_id": certificate, "device_id": sample_device(number).device_id});
        (1..=count).rev().map(line)
    };
    CERTIFICATES.into_iter().flat_map(devices_of).collect()
}

#[tokio::test]
async fn failed_run_keeps_its_progress_and_the_same_command_resumes() {
    let rotation = Rotation::new("failure").await;
    for response in [MockResponse::pass_through(), MockResponse::pass_through(), MockResponse::new(403)] {
        rotation.server.enqueue(response);
    }
    let output = rotation.run().await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.starts_with("first: "), "the certificate must be named: {}", output.stderr);
    assert!(output.stderr.contains("403"), "{}", output.stderr);
    assert_eq!(rotation.devices(), all_devices()[..100]);
    let checkpoint = rotation.checkpoint();
    assert_eq!(checkpoint["certificates"][0]["devices"], 100);
    assert_eq!(checkpoint["output_bytes"], rotation.text("devices.jsonl").len());
    let marker = &checkpoint["certificates"][0]["position"]["after"];
    assert!(marker.is_string(), "{checkpoint}");

    rotation.server.clear_requests();
    let output = rotation.run().await;
    assert!(output.success, "{}", output.stderr);
    assert_eq!(output.stdout, "first: 120 devices\nunused: 0 devices\nlast: 101 devices\n");
    assert_eq!(rotation.devices(), all_devices());
    assert_eq!(&request_bodies(&rotation.server)[0]["marker"], marker);
    assert_eq!(rotation.server.request_count(), REQUESTS - 2, "the first two pages must not be requested again");

    let output = rotation.run().await;
    assert!(output.success, "{}", output.stderr);
    assert_eq!(rotation.devices(), all_devices());
    assert_eq!(rotation.server.request_count(), REQUESTS - 2, "a complete run must send nothing");
}

/// The last line of standard error, which says how to continue.
fn hint(output: &ExampleOutput) -> &str {
    output.stderr.lines().last().unwrap_or_default()
}

#[tokio::test]
async fn transient_failure_asks_for_the_same_command() {
    let rotation = Rotation::new("transient").await;
    rotation.server.enqueue(MockResponse::new(503).header("Retry-After", "3600"));
    let output = rotation.run().await;
    assert!(!output.success, "{output:?}");
    expect!["Run the same command again to resume."].assert_eq(hint(&output));
}

#[tokio::test]
async fn permanent_failure_asks_for_a_correction() {
    let rotation = Rotation::new("permanent").await;
    rotation.server.enqueue(MockResponse::new(403));
    let output = rotation.run().await;
    assert!(!output.success, "{output:?}");
    expect!["Correct the cause first; a wrong ID needs another directory. Run the same command again to resume."]
        .assert_eq(hint(&output));
}

#[tokio::test]
async fn duplicate_certificate_is_rejected_before_anything_is_read() {
    let rotation = Rotation::new("duplicate").await;
    let output = run(rotation.command_for(&["first", "last", "first"])).await;
    assert!(!output.success, "{output:?}");
    expect![[r#"
        duplicate certificate ID: first
    "#]]
    .assert_eq(&output.stderr);
    assert_eq!(rotation.server.request_count(), 0);
    assert!(!rotation.directory.exists());
}

#[tokio::test]
async fn run_killed_during_any_request_resumes() {
    for request in 1..=REQUESTS {
        let rotation = Rotation::new(&format!("killed-{request}")).await;
        (1..request).for_each(|_| rotation.server.enqueue(MockResponse::pass_through()));
        rotation.server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
        let mut child = rotation.command().stdout(Stdio::null()).spawn().expect("the example starts");
        while rotation.server.request_count() < request {
            assert_eq!(child.try_wait().expect("a status"), None, "exited before request {request}");
            tokio::task::yield_now().await;
        }
        child.kill().expect("kill the example");
        child.wait().expect("an exit status");
        let before = rotation.devices();
        assert_eq!(before, all_devices()[..before.len()], "killed at request {request}");

        let output = rotation.run().await;
        assert!(output.success, "{}", output.stderr);
        assert_eq!(rotation.devices(), all_devices(), "killed at request {request}");
        assert_eq!(rotation.server.request_count(), REQUESTS + 1, "only the interrupted request may be repeated");
    }
}

/// Runs the example with a limit of the file size. The operating system kills it in the middle of a write.
#[cfg(unix)]
async fn run_with_file_limit(rotation: &Rotation, blocks: usize) {
    let command = rotation.command();
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    assert!(!run(limited).await.success, "{blocks} blocks did not stop the run");
}

#[cfg(unix)]
#[tokio::test]
async fn run_killed_during_a_write_resumes() {
    for blocks in (1..36).step_by(2) {
        let rotation = Rotation::new(&format!("write-{blocks}")).await;
        run_with_file_limit(&rotation, blocks).await;
        assert_eq!(rotation.text("devices.jsonl").len(), blocks * 512, "a block has 512 bytes");
        // Once more, while it writes the checkpoint.
        run_with_file_limit(&rotation, 0).await;
        let output = rotation.run().await;
        assert!(output.success, "{}", output.stderr);
        assert_eq!(rotation.devices(), all_devices(), "killed after {blocks} blocks");
        assert_eq!(rotation.server.request_count(), REQUESTS + 1, "only the incomplete page may be requested again");
    }
}

#[tokio::test]
async fn malformed_marker_does_not_complete_the_listing() {
    let rotation = Rotation::new("marker").await;
    let page = json!({"devices": [sample_device(120)], "page": {"count": 120, "marker": "not a marker"}});
    rotation.server.enqueue(MockResponse::new(200).json(&page));
    let output = rotation.run().await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.contains("not a marker"), "the marker must be named: {}", output.stderr);
    let output = rotation.run().await;
    assert!(output.success, "{}", output.stderr);
    assert_eq!(rotation.devices(), all_devices());
}

/// A run that failed after its first page.
struct InterruptedRun {
    rotation: Rotation,
    checkpoint: String,
    devices: String,
}

impl InterruptedRun {
    async fn new(test: &str) -> Self {
        let rotation = Rotation::new(test).await;
        rotation.server.enqueue(MockResponse::pass_through());
        rotation.server.enqueue(MockResponse::new(403));
        assert!(!rotation.run().await.success);
        let (checkpoint, devices) = (rotation.text("checkpoint.json"), rotation.text("devices.jsonl"));
        rotation.server.clear_requests();
        Self { rotation, checkpoint, devices }
    }

    /// Runs the command in a directory with these files. Asserts that it fails, neither changes the files nor sends a
    /// request, and returns its error, in which placeholders replace the directory and the cause in parentheses.
    async fn rejection(&self, command: Command, checkpoint: Option<&str>, devices: Option<&str>) -> String {
        let files = [("checkpoint.json", checkpoint), ("devices.jsonl", devices)];
        let files = files.map(|(name, text)| (self.rotation.directory.join(name), text));
        for (file, text) in &files {
            match text {
                Some(text) => fs::write(file, text).expect("write the file"),
                None => fs::remove_file(file).expect("remove the file"),
            }
        }
        let output = run(command).await;
        assert!(!output.success, "{output:?}");
        assert_eq!(output.stdout, "");
        for (file, text) in files {
            assert_eq!(fs::read_to_string(&file).ok().as_deref(), text, "{}", file.display());
        }
        assert_eq!(self.rotation.server.request_count(), 0);
        let error = output.stderr.replace(&self.rotation.directory.display().to_string(), "DIRECTORY");
        match (error.find('('), error.rfind(')')) {
            (Some(start), Some(end)) => format!("{}(CAUSE){}", &error[..start], &error[end + 1..]),
            _ => error,
        }
    }
}

#[tokio::test]
async fn truncated_checkpoint_is_rejected() {
    let run = InterruptedRun::new("truncated-checkpoint").await;
    let half = &run.checkpoint[..run.checkpoint.len() / 2];
    let error = run.rejection(run.rotation.command(), Some(half), Some(&run.devices)).await;
    expect![[r#"
        DIRECTORY: checkpoint.json is damaged (CAUSE); use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn checkpoint_with_malformed_marker_is_rejected() {
    let run = InterruptedRun::new("malformed-marker").await;
    let mut checkpoint: Value = run.checkpoint.parse().expect("JSON");
    checkpoint["certificates"][0]["position"] = json!({"after": "not a marker"});
    let error = run.rejection(run.rotation.command(), Some(&checkpoint.to_string()), Some(&run.devices)).await;
    expect![[r#"
        DIRECTORY: checkpoint.json is damaged (CAUSE); use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn missing_checkpoint_is_rejected() {
    let run = InterruptedRun::new("missing-checkpoint").await;
    let error = run.rejection(run.rotation.command(), None, Some(&run.devices)).await;
    expect![[r#"
        DIRECTORY: cannot read checkpoint.json (CAUSE); use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn output_shorter_than_the_checkpoint_is_rejected() {
    let run = InterruptedRun::new("short-output").await;
    let error = run.rejection(run.rotation.command(), Some(&run.checkpoint), Some(&run.devices[1..])).await;
    expect![[r#"
        DIRECTORY: devices.jsonl is shorter than checkpoint.json requires; use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn missing_output_is_rejected() {
    let run = InterruptedRun::new("missing-output").await;
    let error = run.rejection(run.rotation.command(), Some(&run.checkpoint), None).await;
    expect![[r#"
        DIRECTORY: devices.jsonl is shorter than checkpoint.json requires; use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn checkpoint_of_other_certificates_is_rejected() {
    let run = InterruptedRun::new("other-certificates").await;
    let mut errors = Vec::new();
    for certificates in [&["first", "last"][..], &["first", "unused", "other"], &["last", "unused", "first"]] {
        let command = run.rotation.command_for(certificates);
        errors.push(run.rejection(command, Some(&run.checkpoint), Some(&run.devices)).await);
    }
    errors.dedup();
    expect![[r#"
        DIRECTORY: checkpoint.json belongs to another service or other certificates; use another directory
    "#]]
    .assert_eq(&errors.concat());
}

#[tokio::test]
async fn checkpoint_of_another_project_is_rejected() {
    let run = InterruptedRun::new("other-project").await;
    let mut command = run.rotation.command();
    command.env("HUAWEICLOUD_SDK_PROJECT_ID", "another-project");
    let error = run.rejection(command, Some(&run.checkpoint), Some(&run.devices)).await;
    expect![[r#"
        DIRECTORY: checkpoint.json belongs to another service or other certificates; use another directory
    "#]]
    .assert_eq(&error);
}

#[tokio::test]
async fn rejected_run_resumes_after_its_checkpoint_is_restored() {
    let run = InterruptedRun::new("restored").await;
    fs::write(run.rotation.directory.join("checkpoint.json"), "damaged").expect("write the file");
    assert!(!run.rotation.run().await.success);
    fs::write(run.rotation.directory.join("checkpoint.json"), &run.checkpoint).expect("write the file");
    assert!(run.rotation.run().await.success);
    assert_eq!(run.rotation.devices(), all_devices());
}

#[tokio::test]
async fn demo_reads_the_devices_of_the_embedded_server() {
    let rotation = Rotation::new("demo").await;
    let mut command = example("rotate");
    command.arg("--demo").arg(&rotation.directory);
    let output = run(command).await;
    assert!(output.success, "{}", output.stderr);
    assert_eq!(output.stdout, "certificate-1: 120 devices\ncertificate-2: 70 devices\n");
    assert_eq!(rotation.devices().len(), 190);
}

#[tokio::test]
async fn missing_arguments_are_reported_with_the_usage() {
    let output = run(example("rotate")).await;
    assert!(!output.success, "{output:?}");
    expect![[r#"
        usage: rotate DIRECTORY CERTIFICATE_ID... | rotate --demo DIRECTORY
    "#]]
    .assert_eq(&output.stderr);
}
