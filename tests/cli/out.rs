//! `--out FILE`: after a failure or a kill at any moment, the same command continues without loss or duplication.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};
use serde_json::Value;
use serde_json::json;

use crate::support::program::{iotda_at, run};

const CERTIFICATES: [(&str, usize); 3] = [("first", 301), ("unused", 0), ("last", 120)];

/// A server, and the file of a run.
struct Save {
    server: MockServer,
    file: PathBuf,
}

impl Save {
    async fn new(file: &str) -> Self {
        let server = MockServer::start().await.expect("a port");
        for (certificate, devices) in CERTIFICATES {
            server.add_certificate(certificate);
            server.add_sample_devices(certificate, devices);
        }
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("out").join(file);
        drop(fs::remove_dir_all(&directory));
        fs::create_dir_all(&directory).expect("a directory");
        Self { server, file: directory.join(file) }
    }

    fn command(&self, options: &[&str]) -> Command {
        let certificates = CERTIFICATES.map(|(certificate, _)| certificate);
        let file = self.file.to_str().expect("UTF-8");
        iotda_at(&self.server, &[&["devices", "--out", file], &certificates[..], options].concat())
    }

    /// The next listing has one device, although the service counts two.
    fn enqueue_incomplete_listing(&self) {
        let (device, marker) = (json!({"device_id": "d-1"}), "000000000000000000000001");
        for (devices, marker) in [(vec![device], Some(marker)), (Vec::new(), None)] {
            let page = json!({"devices": devices, "page": {"count": 2, "marker": marker}});
            self.server.enqueue(MockResponse::new(200).json(&page));
        }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).expect("the file")
    }

    fn has_checkpoint(&self) -> bool {
        self.file.with_extension("jsonl.checkpoint").exists() || self.file.with_extension("csv.checkpoint").exists()
    }

    /// Asserts that the file contains each device of each certificate once.
    fn assert_complete(&self) {
        let records: Vec<Value> = self.text().lines().map(|line| line.parse().expect("JSON")).collect();
        for (certificate, devices) in CERTIFICATES {
            let ids: Vec<_> = records.iter().filter(|record| record["certificate_id"] == certificate).collect();
            let unique: BTreeSet<_> = ids.iter().map(|record| record["device_id"].to_string()).collect();
            assert_eq!((ids.len(), unique.len()), (devices, devices), "{certificate}");
        }
        assert!(!self.has_checkpoint(), "it is removed");
    }
}

#[tokio::test]
async fn run_that_is_killed_50_times_under_faults_saves_each_device_once() {
    let save = Save::new("kills.jsonl").await;
    // The latency limits the progress of a run before it is killed, so that all of them end early.
    save.server.set_faults(Faults::default().rate(0.05).seed(7).latency(Duration::from_millis(30)));
    let mut random = fastrand::Rng::with_seed(7);
    // With one device per page, 50 runs of at most a few requests cannot read everything.
    for _ in 0..50 {
        let mut child = save.command(&["--page-size", "1"]).stderr(Stdio::null()).spawn().expect("iotda starts");
        let requests = save.server.request_count() + random.usize(0..5);
        while save.server.request_count() < requests {
            assert_eq!(child.try_wait().expect("its status"), None, "the run ended before it was killed");
            tokio::task::yield_now().await;
        }
        // A random moment between two requests.
        for _ in 0..random.usize(0..1000) {
            tokio::task::yield_now().await;
        }
        child.kill().expect("iotda is killed");
        child.wait().expect("iotda ends");
    }
    save.server.set_faults(Faults::default());
    assert!(save.has_checkpoint());
    let ran = run(save.command(&[])).await;
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    save.assert_complete();
}

#[tokio::test]
async fn second_process_with_the_same_file_fails_at_once_and_changes_nothing() {
    let save = Save::new("locked.jsonl").await;
    // The first process waits for its second page.
    save.server.enqueue(MockResponse::pass_through());
    save.server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let mut first = save.command(&[]).spawn().expect("iotda starts");
    while save.server.request_count() < 2 {
        tokio::task::yield_now().await;
    }
    let before = save.text();
    for options in [&[][..], &["--direct"]] {
        let ran = run(save.command(options)).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("another process is writing this file"), "{}", ran.stderr);
    }
    assert_eq!(save.server.request_count(), 2);
    // The checkpoint alone is no lock, also if the user removes it.
    fs::remove_file(save.file.with_extension("jsonl.checkpoint")).expect("the checkpoint");
    assert_eq!(run(save.command(&[])).await.status, Some(1));
    assert_eq!(save.text(), before);

    first.kill().expect("iotda is killed");
    first.wait().expect("iotda ends");
    fs::remove_file(&save.file).expect("the file");
    let ran = run(save.command(&[])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "the lock ended with its process");
    save.assert_complete();
    let files = fs::read_dir(save.file.parent().expect("a directory")).expect("a directory");
    assert_eq!(files.count(), 1, "the lock is removed");
}

#[tokio::test]
async fn failure_of_a_certificate_does_not_stop_the_others_and_is_retried() {
    let save = Save::new("failure.jsonl").await;
    for response in [MockResponse::pass_through(), MockResponse::new(503)] {
        save.server.enqueue(response);
    }
    let ran = run(save.command(&["--retries", "0"])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("run the same command again to continue"), "{}", ran.stderr);
    assert_eq!(save.text().lines().count(), 50 + 120, "a page of the first certificate, and the last one");
    assert!(save.has_checkpoint());
    let ran = run(save.command(&[])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    save.assert_complete();
}

#[tokio::test]
async fn listing_that_ends_below_the_count_of_an_earlier_run_is_incomplete() {
    let save = Save::new("below-the-count.csv").await;
    let page = json!({"count": 999, "marker": "000000000000000000000001"});
    save.server.enqueue(MockResponse::new(200).json(&json!({"devices": [{"device_id": "d-1"}], "page": page})));
    save.server.enqueue(MockResponse::new(503));
    assert_eq!(run(save.command(&["--retries", "0"])).await.status, Some(6));
    let ran = run(save.command(&["--strict"])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("but the service counts 999"), "{}", ran.stderr);
}

#[tokio::test]
async fn strict_run_of_an_incomplete_listing_reads_everything_when_it_is_repeated() {
    let save = Save::new("strict.jsonl").await;
    save.enqueue_incomplete_listing();
    let ran = run(save.command(&["--strict"])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("incomplete: run the same command again before you act"), "{}", ran.stderr);
    assert_eq!(save.text().lines().count(), 1 + 120);
    let ran = run(save.command(&["--strict"])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    save.assert_complete();
}

/// Another certificate that cannot be read changes nothing: the incomplete listing must be read again.
#[tokio::test]
async fn strict_run_reads_everything_again_although_another_certificate_failed() {
    let save = Save::new("strict-failure.jsonl").await;
    save.enqueue_incomplete_listing();
    save.server.enqueue(MockResponse::new(503));
    let ran = run(save.command(&["--strict", "--retries", "0"])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    let ran = run(save.command(&["--strict"])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    save.assert_complete();
}

#[tokio::test]
async fn checkpoint_without_all_positions_is_damaged() {
    let save = Save::new("positions.jsonl").await;
    save.server.enqueue(MockResponse::new(503));
    assert_eq!(run(save.command(&["--retries", "0"])).await.status, Some(6));
    let path = save.file.with_extension("jsonl.checkpoint");
    let mut checkpoint: Value = serde_json::from_slice(&fs::read(&path).expect("the checkpoint")).expect("JSON");
    checkpoint["positions"] = json!([]);
    fs::write(&path, checkpoint.to_string()).expect("the checkpoint");
    let ran = run(save.command(&[])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("its checkpoint is damaged"), "{}", ran.stderr);
}

#[tokio::test]
async fn incomplete_listing_without_strict_is_saved_and_not_overwritten() {
    let save = Save::new("not-strict.jsonl").await;
    save.enqueue_incomplete_listing();
    let ran = run(save.command(&[])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("incomplete: run it again with another file"), "{}", ran.stderr);
    assert!(!save.has_checkpoint());
    assert_eq!(run(save.command(&[])).await.status, Some(2));
    assert_eq!(save.text().lines().count(), 1 + 120);
}

#[tokio::test]
async fn csv_file_is_the_same_as_the_output() {
    let save = Save::new("devices.csv").await;
    let ran = run(save.command(&["--name", "*-1*", "--csv-bom"])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    let arguments = ["devices", "first", "unused", "last", "--name", "*-1*", "--csv-bom", "-o", "csv"];
    assert_eq!(save.text(), run(iotda_at(&save.server, &arguments)).await.stdout);
}

#[tokio::test]
async fn header_is_kept_if_the_first_certificate_fails() {
    let save = Save::new("header.csv").await;
    save.server.enqueue(MockResponse::new(503));
    assert_eq!(run(save.command(&["--retries", "0"])).await.status, Some(6));
    assert_eq!(run(save.command(&[])).await.status, Some(0));
    let text = save.text();
    assert!(text.starts_with("certificate_id,device_id,"), "{text}");
    assert_eq!(text.lines().count(), 1 + 301 + 120);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let save = Save::new("existing.jsonl").await;
    fs::write(&save.file, "mine").expect("the file is written");
    let ran = run(save.command(&[])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("exists already"), "{}", ran.stderr);
    assert_eq!(save.text(), "mine");

    let save = Save::new("other.jsonl").await;
    save.server.enqueue(MockResponse::new(503));
    assert_eq!(run(save.command(&["--retries", "0"])).await.status, Some(6));
    let before = save.text();
    for options in
        [&["another"][..], &["--direct"], &["-o", "csv"], &["--columns", "device_id"], &["--instance-id", "another"]]
    {
        let ran = run(save.command(options)).await;
        assert_eq!(ran.status, Some(2), "{options:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("belongs to other certificates, options"), "{}", ran.stderr);
        assert_eq!(save.text(), before);
    }
    fs::write(save.file.with_extension("jsonl.checkpoint"), "{").expect("the file is written");
    let ran = run(save.command(&[])).await;
    assert!(ran.status == Some(2) && ran.stderr.contains("damaged"), "{}", ran.stderr);
}

#[tokio::test]
async fn formats_that_cannot_be_continued_are_usage_errors() {
    let save = Save::new("format.jsonl").await;
    for options in [&["-o", "json"][..], &["-o", "table"], &["--sort", "device_id"]] {
        let ran = run(save.command(options)).await;
        assert_eq!(ran.status, Some(2), "{options:?}: {}", ran.stderr);
        assert!(!save.file.exists());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn progress_of_a_resumed_run_includes_the_devices_that_were_saved() {
    use crate::terminal::{Terminal, run_blocking};

    let save = Save::new("progress.jsonl").await;
    save.server.enqueue(MockResponse::pass_through());
    save.server.enqueue(MockResponse::disconnect());
    let file = save.file.to_str().expect("UTF-8");
    let arguments = ["devices", "first", "--out", file];
    let ran = run(iotda_at(&save.server, &[&arguments[..], &["--retries", "0"]].concat())).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);

    save.server.enqueue(MockResponse::pass_through());
    save.server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let mut terminal = Terminal::start(&save.server, 120, &arguments, &[]);
    let status = run_blocking(move || {
        terminal.wait_for("100 of 301 devices [===");
        terminal.press_ctrl_c();
        terminal.end()
    });
    assert_eq!(status.await, Some(130));

    let mut terminal = Terminal::start(&save.server, 200, &arguments, &[]);
    let (status, lines) = run_blocking(move || (terminal.end(), terminal.lines())).await;
    assert_eq!(status, Some(0));
    assert_eq!(lines, [format!("{file}: complete, 301 devices were read")]);
}
