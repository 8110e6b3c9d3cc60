//! `iotda mock --identities`: workload identities, with `iotda` as the client in another process.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::MockServer;

use crate::mock::Mock;
use crate::support::program::{Ran, iotda, run};

const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
const PROVIDERS: [&str; 4] = ["oidc", "idp", "pod", "metadata"];

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mock-identities").join(name);
    // Removes the files of an earlier run.
    drop(fs::remove_dir_all(&directory));
    directory
}

fn start(directory: &Path, options: &[&str]) -> Mock {
    Mock::start(&[&["--identities", directory.to_str().expect("UTF-8")], options].concat())
}

async fn list(mock: &Mock, provider: &str) -> Ran {
    run(mock.client(&["devices", CERTIFICATE, "--credentials", provider])).await
}

#[tokio::test]
async fn each_provider_lists_all_devices() {
    for signing in ["auto", "standard"] {
        let mock = start(&directory("all"), &["--signing", signing]);
        for provider in PROVIDERS {
            let ran = list(&mock, provider).await;
            assert_eq!((ran.status, ran.lines().len()), (Some(0), 120), "{provider}: {}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn doctor_reports_no_problem_with_all_variables() {
    let mock = start(&directory("doctor"), &[]);
    for provider in PROVIDERS {
        let ran = run(mock.client(&["doctor", "--credentials", provider])).await;
        assert_eq!(ran.status, Some(0), "{provider}: {}", ran.stdout);
        assert!(!ran.stdout.contains("no effect"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn id_token_of_another_audience_or_expired_is_rejected() {
    let directory = directory("rejected");
    let mock = start(&directory, &["--audience", "my-audience"]);
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    for (token, reason) in [
        (MockServer::id_token("another", now + hour), "audience"),
        (MockServer::id_token("my-audience", now - hour), "expired"),
        ("not-a-token".to_owned(), "JSON Web Token"),
    ] {
        fs::write(directory.join("id-token"), token).expect("a file");
        for provider in ["oidc", "idp"] {
            let ran = list(&mock, provider).await;
            assert_eq!(ran.status, Some(3), "{provider}: {}", ran.stderr);
            assert!(ran.stderr.contains(reason), "{provider}: {}", ran.stderr);
        }
    }
    fs::write(directory.join("id-token"), MockServer::id_token("my-audience", now + hour)).expect("a file");
    assert_eq!(list(&mock, "oidc").await.status, Some(0));
}

#[tokio::test]
async fn wrong_token_of_a_pod_is_rejected() {
    let directory = directory("pod");
    let mock = start(&directory, &[]);
    fs::write(directory.join("pod-token"), "wrong").expect("a file");
    let ran = list(&mock, "pod").await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
}

#[tokio::test]
async fn id_token_expires_after_its_lifetime() {
    let mock = start(&directory("lifetime"), &["--id-token-lifetime", "1ms"]);
    // The expiry in the ID token has a precision of seconds.
    let ran = list(&mock, "oidc").await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("expired"), "{}", ran.stderr);
}

#[tokio::test]
async fn key_lifetime_is_the_expiry_of_issued_keys() {
    // The client requests a new key before it expires, so each of the three pages has a key that was just issued.
    let mock = start(&directory("keys"), &["--key-lifetime", "90s"]);
    for provider in PROVIDERS {
        let ran = list(&mock, provider).await;
        assert_eq!((ran.status, ran.lines().len()), (Some(0), 120), "{provider}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn directory_that_cannot_be_created_is_an_error() {
    let file = directory("file");
    fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
    fs::write(&file, "").expect("a file");
    let path = file.to_str().expect("UTF-8");
    let ran = run(iotda(&["mock", "--identities", path])).await;
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("another --identities"), "{}", ran.stderr);
    fs::remove_file(file).expect("a file");
}

#[tokio::test]
async fn metadata_endpoint_on_another_machine_must_use_https() {
    let mock = start(&directory("metadata"), &[]);
    let mut command = mock.client(&["devices", CERTIFICATE, "--credentials", "metadata"]);
    command.env("HUAWEICLOUD_IOTDA_METADATA_ENDPOINT", "http://10.0.0.1");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("HUAWEICLOUD_IOTDA_METADATA_ENDPOINT"), "{}", ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn shell_reads_paths_with_special_characters() {
    let directory = directory("it's a $HOME");
    let mock = start(&directory, &[]);
    let line = format!("export HUAWEICLOUD_OIDC_TOKEN_FILE={}", mock.line("export HUAWEICLOUD_OIDC_TOKEN_FILE="));
    let script = format!("{line}; printf %s \"$HUAWEICLOUD_OIDC_TOKEN_FILE\"");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh");
    assert_eq!(Path::new(std::str::from_utf8(&output.stdout).expect("UTF-8")), directory.join("id-token"));
}
