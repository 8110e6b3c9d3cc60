//! `iotda diff`: compares saved listings with each other and with the service.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};

use crate::support::CERTIFICATE;
use crate::support::program::{Ran, iotda, iotda_at, run, run_with};

fn directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff").join(test);
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

/// Starts a server with these sample devices.
async fn server(numbers: impl IntoIterator<Item = usize>) -> MockServer {
    let server = MockServer::start().await.expect("a port");
    server.add_certificate(CERTIFICATE);
    for number in numbers {
        server.add_device(CERTIFICATE, sample_device(number));
    }
    server
}

async fn save(server: &MockServer, file: &Path, format: &str) {
    let ran =
        run(iotda_at(server, &["devices", CERTIFICATE, "-o", format, "--csv-bom"][..4 + usize::from(format == "csv")]))
            .await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    fs::write(file, ran.stdout).expect("the file is written");
}

async fn diff(files: &[&Path]) -> Ran {
    let files: Vec<_> = files.iter().map(|file| file.to_str().expect("UTF-8")).collect();
    run(iotda(&[&["diff", "-o", "csv"], &files[..]].concat())).await
}

#[tokio::test]
async fn saved_listings_of_all_formats_are_equal() {
    let (server, directory) = (server(1..=60).await, directory("formats"));
    let files = ["csv", "jsonl", "json"].map(|format| (directory.join(format), format));
    for (file, format) in &files {
        save(&server, file, format).await;
    }
    for (before, _) in &files {
        for (after, _) in &files {
            let ran = diff(&[before, after]).await;
            assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{before:?} {after:?}: {}", ran.stdout);
            assert_eq!(ran.lines().len(), 1, "a header: {}", ran.stdout);
        }
    }
}

#[tokio::test]
async fn added_removed_and_changed_records_are_printed_with_status_1() {
    let directory = directory("changes");
    let (before, after) = (directory.join("before.csv"), directory.join("after.json"));
    let text = "certificate_id,device_id,device_name,app_id\nc,d-1,one,s\nc,d-2,two,s\nc,d-3,three,\n";
    fs::write(&before, text).expect("the file is written");
    let text = r#"[{"certificate_id": "c", "device_id": "d-1", "device_name": "one", "app_id": "s", "node_id": "n"},
        {"certificate_id": "c", "device_id": "d-3", "device_name": "3", "app_id": "t"},
        {"certificate_id": "c", "device_id": "d-4", "device_name": null, "app_id": "s"}]"#;
    fs::write(&after, text).expect("the file is written");
    let ran = diff(&[&before, &after]).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(1), ""));
    expect![[r#"
        change,certificate_id,id,name,field,before,after
        removed,c,d-2,two,,,
        changed,c,d-3,3,device_name,three,3
        changed,c,d-3,3,app_id,,t
        added,c,d-4,,,,
    "#]]
    .assert_eq(&ran.stdout);
}

#[tokio::test]
async fn saved_listing_is_compared_with_the_service() {
    let (old, file) = (server(1..=60).await, directory("service").join("before.csv"));
    save(&old, &file, "csv").await;
    let file = file.to_str().expect("UTF-8");
    let new = server((1..=58).chain([70])).await;
    let ran = run(iotda_at(&new, &["diff", file, "-o", "csv"])).await;
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    let mut changes: Vec<_> = ran.lines()[1..].iter().map(|line| line.split(',').next().unwrap_or_default()).collect();
    changes.sort_unstable();
    assert_eq!(changes, ["added", "removed", "removed"], "{}", ran.stdout);
    let ran = run(iotda_at(&old, &["diff", file])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
}

/// A saved listing does not contain the certificates that no device used.
#[tokio::test]
async fn certificate_that_no_device_used_is_compared_if_it_is_named() {
    let (server, directory) = (server(1..=3).await, directory("named"));
    let (file, empty) = (directory.join("before.csv"), directory.join("empty.csv"));
    save(&server, &file, "csv").await;
    fs::write(&empty, "certificate_id,device_id\n").expect("the file is written");
    let (file, empty) = (file.to_str().expect("UTF-8"), empty.to_str().expect("UTF-8"));
    server.add_device("new", sample_device(4));
    server.add_certificate("unused");
    for (arguments, status, added) in [
        (&["diff", file][..], 0, 0),
        (&["diff", file, "--certificate", "new,unused"], 1, 1),
        (&["diff", file, "--certificate", "new", "--certificate", CERTIFICATE], 1, 1),
        (&["diff", empty, "--certificate", "new"], 1, 1),
        (&["diff", empty, "--certificate", "unused"], 0, 0),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!((ran.status, ran.lines().len()), (Some(status), added), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout.matches("\"added\",\"certificate_id\":\"new\"").count(), added, "{arguments:?}: {ran:?}");
    }
    for (arguments, part) in
        [(&["diff", empty][..], "--certificate"), (&["diff", file, file, "--certificate", "new"], "cannot be used")]
    {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn note_names_the_certificates_that_were_read() {
    use crate::terminal::{Terminal, run_blocking};

    let (server, file) = (server(1..=3).await, directory("note").join("before.csv"));
    save(&server, &file, "csv").await;
    let file = file.to_str().expect("UTF-8");
    for certificate in ["a", "b", "c"] {
        server.add_certificate(certificate);
    }
    for (additional, names) in [("a,b", format!("{CERTIFICATE}, a, b")), ("a,b,c", "4 certificates".to_owned())] {
        let mut terminal = Terminal::start(&server, 200, &["diff", file, "--certificate", additional], &[]);
        let (status, lines) = run_blocking(move || (terminal.end(), terminal.lines())).await;
        assert_eq!(status, Some(0), "{lines:#?}");
        assert!(lines.contains(&format!("read from the service, without filters: {names}")), "{lines:#?}");
    }
}

#[tokio::test]
async fn standard_input_is_one_of_the_listings() {
    let file = directory("stdin").join("before.jsonl");
    fs::write(&file, "{\"device_id\": \"d-1\"}\n").expect("the file is written");
    let file = file.to_str().expect("UTF-8");
    let ran = run_with(iotda(&["diff", file, "-"]), "device_id\nd-1\ndevice_id\nd-2\n").await;
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1, "a repeated header is no record: {}", ran.stdout);
    assert_eq!(run(iotda(&["diff", "-", "-"])).await.status, Some(2));
}

#[tokio::test]
async fn templates_are_compared_by_their_ids() {
    let file = directory("templates").join("before.csv");
    fs::write(&file, "template_id,status\nt-1,ACTIVE\n").expect("the file is written");
    let file = file.to_str().expect("UTF-8");
    let ran = run_with(iotda(&["diff", file, "-", "-o", "csv"]), "template_id,status\nt-1,INACTIVE\n").await;
    assert_eq!(ran.lines()[1..], ["changed,,t-1,,status,ACTIVE,INACTIVE"], "{}", ran.stderr);
}

#[tokio::test]
async fn failures_have_status_2_and_print_no_difference() {
    let directory = directory("failures");
    let file = |name: &str, text: &str| {
        let file = directory.join(name);
        fs::write(&file, text).expect("the file is written");
        file.to_str().expect("UTF-8").to_owned()
    };
    let valid = file("valid", "device_id\nd-1\n");
    for (invalid, part) in [
        (file("truncated.json", "[\n  {\"device_id\": \"d-1\"},\n"), "not a complete JSON array"),
        (file("truncated.jsonl", "{\"device_id\": \"d-1\"}\n{\"devi"), "line 2 is not a JSON object"),
        (file("other.csv", "a,b\n1,2\n"), "device_id"),
        (file("no-id.csv", "device_id,name\n,x\n"), "record 1 has no device_id"),
        (directory.join("nowhere").to_str().expect("UTF-8").to_owned(), "nowhere"),
    ] {
        let ran = run(iotda(&["diff", &valid, &invalid])).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{invalid}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{invalid}: {}", ran.stderr);
    }
    let server = server(1..=60).await;
    let ran = run(iotda_at(&server, &["diff", &valid])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("no certificate_id"), "{}", ran.stderr);
    let saved = file("saved.csv", &format!("certificate_id,device_id\n{CERTIFICATE},d-1\n"));
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(403));
    let ran = run(iotda_at(&server, &["diff", &saved])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
}

/// Each would otherwise hide a difference, or report a wrong one.
#[tokio::test]
async fn listings_that_cannot_be_compared_have_status_2_and_a_reason() {
    let directory = directory("incomparable");
    let (good, bad) = (directory.join("good.csv"), directory.join("bad.csv"));
    fs::write(&good, "certificate_id,device_id,device_name\nc,d-1,one\n").expect("the file is written");
    for (text, reason) in [
        ("", "it is empty"),
        ("device_id,device_name\nd-1,one\n", "only one listing has the field certificate_id"),
        ("certificate_id,device_id,device_name\nc,d-1,two\nc,d-1,one\n", "repeats d-1"),
    ] {
        fs::write(&bad, text).expect("the file is written");
        for files in [[&good, &bad], [&bad, &good]] {
            let ran = diff(&files.map(PathBuf::as_path)).await;
            assert_eq!(ran.status, Some(2), "{text:?}: {}", ran.stdout);
            assert!(ran.stderr.contains(reason), "{text:?}: {}", ran.stderr);
        }
    }
}
