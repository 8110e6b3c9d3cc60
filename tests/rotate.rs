//! The example `rotate` is broken off at every point, and goes on without losing or repeating a device.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use serde_json::{Value, json};
use support::example::{Ran, example, run};
use support::{bodies, settings};

/// With so many devices each, the pages of which take so many requests: the empty one at the end is asked for too.
const CERTIFICATES: [(&str, usize); 3] = [("first", 120), ("unused", 0), ("last", 101)];
const REQUESTS: usize = 4 + 1 + 4;

/// A service, and a run's folder.
struct Rotation {
    server: MockServer,
    folder: PathBuf,
}

impl Rotation {
    async fn new(test: &str) -> Self {
        let server = MockServer::start().await.expect("a port on 127.0.0.1");
        for (certificate, devices) in CERTIFICATES {
            server.add_certificate(certificate);
            server.add_sample_devices(certificate, devices);
        }
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rotate").join(test);
        let _ = fs::remove_dir_all(&folder);
        Self { server, folder }
    }

    fn command(&self) -> Command {
        self.command_of(&CERTIFICATES.map(|(certificate, _)| certificate))
    }

    fn command_of(&self, certificates: &[&str]) -> Command {
        let mut command = example("rotate");
        command.arg(&self.folder).args(certificates).envs(settings(&self.server.endpoint()));
        command
    }

    async fn run(&self) -> Ran {
        run(self.command()).await
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn checkpoint(&self) -> Value {
        self.text("checkpoint.json").parse().expect("JSON")
    }

    fn devices(&self) -> Vec<Value> {
        self.text("devices.jsonl").lines().map(|line| line.parse().expect("JSON")).collect()
    }
}

/// Every device of every certificate, as the service lists them.
fn all() -> Vec<Value> {
    let of = |(certificate, count): (&'static str, usize)| {
        let line = move |number| json!({"certificate_id": certificate, "device_id": sample_device(number).device_id});
        (1..=count).rev().map(line)
    };
    CERTIFICATES.into_iter().flat_map(of).collect()
}

#[tokio::test]
async fn a_failure_keeps_what_was_read_and_the_same_command_reads_the_rest() {
    let rotation = Rotation::new("failure").await;
    for answer in [MockResponse::pass_through(), MockResponse::pass_through(), MockResponse::new(403)] {
        rotation.server.enqueue(answer);
    }
    let ran = rotation.run().await;
    assert!(!ran.success);
    assert!(ran.stderr.contains("first: ") && ran.stderr.contains("HTTP 403"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Mend the cause first"), "{}", ran.stderr);
    assert_eq!(rotation.devices(), all()[..100]);
    let checkpoint = rotation.checkpoint();
    assert_eq!(checkpoint["certificates"][0]["devices"], 100);
    assert_eq!(checkpoint["output_bytes"], rotation.text("devices.jsonl").len());
    let marker = &checkpoint["certificates"][0]["position"]["after"];
    assert!(marker.is_string(), "{checkpoint}");

    rotation.server.clear_requests();
    let ran = rotation.run().await;
    assert!(ran.success, "{}", ran.stderr);
    assert_eq!(ran.stdout, "first: 120 devices\nunused: 0 devices\nlast: 101 devices\n");
    assert_eq!(rotation.devices(), all());
    assert_eq!(&bodies(&rotation.server)[0]["marker"], marker);
    assert_eq!(rotation.server.request_count(), REQUESTS - 2, "the two pages that were read are not asked for again");

    let ran = rotation.run().await;
    assert!(ran.success, "{}", ran.stderr);
    assert_eq!(rotation.devices(), all());
    assert_eq!(rotation.server.request_count(), REQUESTS - 2, "there is nothing left to ask for");
}

#[tokio::test]
async fn a_failure_that_may_pass_asks_for_nothing_but_the_same_command() {
    let rotation = Rotation::new("passing").await;
    rotation.server.enqueue(MockResponse::new(503).header("Retry-After", "3600"));
    let ran = rotation.run().await;
    assert!(!ran.success);
    assert!(ran.stderr.ends_with("\nThe same command goes on from here.\n"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_certificate_that_is_named_twice_is_refused_before_anything_is_read() {
    let rotation = Rotation::new("twice").await;
    let ran = run(rotation.command_of(&["first", "last", "first"])).await;
    assert!(!ran.success && ran.stderr.contains("first is named twice"), "{}", ran.stderr);
    assert_eq!(rotation.server.request_count(), 0);
    assert!(!rotation.folder.exists());
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_waits_for_any_of_the_answers_goes_on() {
    for request in 1..=REQUESTS {
        let rotation = Rotation::new(&format!("killed-{request}")).await;
        (1..request).for_each(|_| rotation.server.enqueue(MockResponse::pass_through()));
        rotation.server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
        let mut child = rotation.command().stdout(Stdio::null()).spawn().expect("the example starts");
        while rotation.server.request_count() < request {
            assert_eq!(child.try_wait().expect("a process"), None, "it ended before request {request}");
            tokio::task::yield_now().await;
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        let before = rotation.devices();
        assert_eq!(before, all()[..before.len()], "killed at request {request}");

        let ran = rotation.run().await;
        assert!(ran.success, "{}", ran.stderr);
        assert_eq!(rotation.devices(), all(), "killed at request {request}");
        assert_eq!(rotation.server.request_count(), REQUESTS + 1, "only the unanswered request is repeated");
    }
}

/// The system kills a program that writes more to a file than it may: in the middle of a write.
#[cfg(unix)]
async fn killed_by_its_output(rotation: &Rotation, blocks: usize) {
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
    assert!(!run(limited).await.success, "{blocks} blocks are enough");
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_that_is_killed_in_the_middle_of_a_write_goes_on() {
    for blocks in (1..36).step_by(2) {
        let rotation = Rotation::new(&format!("write-{blocks}")).await;
        killed_by_its_output(&rotation, blocks).await;
        assert_eq!(rotation.text("devices.jsonl").len(), blocks * 512, "a block has 512 bytes");
        // And again, while it writes the checkpoint.
        killed_by_its_output(&rotation, 0).await;
        let ran = rotation.run().await;
        assert!(ran.success, "{}", ran.stderr);
        assert_eq!(rotation.devices(), all(), "killed after {blocks} blocks");
        assert_eq!(rotation.server.request_count(), REQUESTS + 1, "only the page that was not kept is asked for again");
    }
}

#[tokio::test]
async fn a_page_after_which_nothing_can_be_asked_for_is_not_the_end() {
    let rotation = Rotation::new("beyond").await;
    let page = json!({"devices": [sample_device(120)], "page": {"count": 120, "marker": "not a marker"}});
    rotation.server.enqueue(MockResponse::new(200).json(&page));
    let ran = rotation.run().await;
    assert!(!ran.success && ran.stderr.contains("marker"), "{}", ran.stderr);
    let ran = rotation.run().await;
    assert!(ran.success, "{}", ran.stderr);
    assert_eq!(rotation.devices(), all());
}

#[tokio::test]
async fn a_checkpoint_that_is_damaged_or_another_runs_is_an_error_and_nothing_is_touched() {
    let rotation = Rotation::new("refused").await;
    rotation.server.enqueue(MockResponse::pass_through());
    rotation.server.enqueue(MockResponse::new(403));
    assert!(!rotation.run().await.success);
    let (checkpoint, devices) = (rotation.text("checkpoint.json"), rotation.text("devices.jsonl"));
    rotation.server.clear_requests();

    let refused = async |command: Command, checkpoint: Option<&str>, devices: Option<&str>, why: &str| {
        let files = [("checkpoint.json", checkpoint), ("devices.jsonl", devices)];
        let files = files.map(|(name, text)| (rotation.folder.join(name), text));
        for (file, text) in &files {
            match text {
                Some(text) => fs::write(file, text).expect("written"),
                None => fs::remove_file(file).expect("removed"),
            }
        }
        let ran = run(command).await;
        assert!(!ran.success && ran.stdout.is_empty(), "{why}");
        assert!(ran.stderr.contains(why) && ran.stderr.contains("another folder"), "{why}: {}", ran.stderr);
        for (file, text) in files {
            assert_eq!(fs::read_to_string(file).ok().as_deref(), text, "{why}");
        }
        assert_eq!(rotation.server.request_count(), 0, "{why}");
    };
    let read = Some(devices.as_str());
    let half = &checkpoint[..checkpoint.len() / 2];
    refused(rotation.command(), Some(half), read, "damaged").await;
    let marker = json!({"after": "not a marker"});
    let mut odd: Value = checkpoint.parse().expect("JSON");
    odd["certificates"][0]["position"] = marker;
    refused(rotation.command(), Some(&odd.to_string()), read, "damaged").await;
    refused(rotation.command(), None, read, "can't be read").await;
    refused(rotation.command(), Some(&checkpoint), Some(&devices[1..]), "shorter").await;
    refused(rotation.command(), Some(&checkpoint), None, "shorter").await;
    let others = [&["first", "last"][..], &["first", "unused", "other"], &["last", "unused", "first"]];
    for certificates in others {
        refused(rotation.command_of(certificates), Some(&checkpoint), read, "other certificates").await;
    }
    let mut elsewhere = rotation.command();
    elsewhere.env("HUAWEICLOUD_SDK_PROJECT_ID", "another-project");
    refused(elsewhere, Some(&checkpoint), read, "another service").await;

    fs::write(rotation.folder.join("checkpoint.json"), checkpoint).expect("written");
    assert!(rotation.run().await.success);
    assert_eq!(rotation.devices(), all());
}

#[tokio::test]
async fn the_demonstration_reads_the_embedded_servers_devices() {
    let rotation = Rotation::new("demo").await;
    let mut command = example("rotate");
    command.arg("--demo").arg(&rotation.folder);
    let ran = run(command).await;
    assert!(ran.success, "{}", ran.stderr);
    assert_eq!(ran.stdout, "certificate-1: 120 devices\ncertificate-2: 70 devices\n");
    assert_eq!(rotation.devices().len(), 190);

    let ran = run(example("rotate")).await;
    assert!(!ran.success && ran.stderr.contains("a folder"), "{}", ran.stderr);
}
