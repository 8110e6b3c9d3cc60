//! The examples print what their first lines describe. `UPDATE_EXPECT=1 cargo test --features full` rewrites the output.

use std::path::PathBuf;
use std::{fs, io};

use expect_test::expect;

use crate::support::example::{example, run};

/// Replaces the parts of each line that `is_volatile` selects, and that differ from run to run.
fn with_placeholder(text: &str, placeholder: &str, is_volatile: impl Fn(&str) -> bool) -> String {
    let words = text.split(' ').map(|word| if is_volatile(word) { placeholder } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn blast_radius_counts_all_devices_although_one_certificate_is_unknown() {
    let output = run(example("blast_radius")).await;
    assert!(output.success, "{}", output.stderr);
    // The certificates are read concurrently, so their order and the request IDs differ.
    let mut lines: Vec<_> = output.stdout.lines().collect();
    let total = lines.pop().expect("a last line");
    lines.sort_unstable();
    lines.push(total);
    let is_request_id = |word: &str| word.starts_with("0000000000");
    let lines: Vec<_> = lines.iter().map(|line| with_placeholder(line, "REQUEST_ID]", is_request_id)).collect();
    expect![[r#"
        certificate-0: 0 devices are cut off
        certificate-1: 1 devices are cut off
        certificate-2: 49 devices are cut off
        certificate-3: 50 devices are cut off
        certificate-4: 51 devices are cut off
        certificate-5: 120 devices are cut off
        certificate-6: not known, do not disable it: ListDeviceByDeviceCertificate: HTTP 404 Not Found: IOTDA.015500: The certificate does not exist. [request ID REQUEST_ID] Likely cause: the resource does not exist in this project and instance. Check the resource ID, the project ID, the endpoint's region and the instance ID
        120 devices in all, 51 of them with more than one certificate"#]].assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn custom_credentials_reads_the_file_before_the_expiry_and_after_a_rejection() {
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("custom_credentials");
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary).unwrap();
    let mut command = example("custom_credentials");
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, &temporary);
    }
    let output = run(command).await;
    assert!(output.success, "{}", output.stderr);
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0, "the directory with the secret was not removed");
    assert!(!output.stdout.contains("token-"), "{}", output.stdout);
    let printed = output.stdout.replace(&io::Error::from_raw_os_error(2).to_string(), "NOT_FOUND");
    let printed = with_placeholder(&printed, "FILE:", |word| word.ends_with("secret.json:"));
    expect![[r#"
        the first call: 3 devices; the file was read 1 times
        six minutes before the expiry: 3 devices; the file was read 1 times
        four minutes before the expiry: 3 devices; the file was read 2 times
        after the service has revoked the token: 3 devices; the file was read 3 times
        without the file, before the expiry: 3 devices; the file was read 4 times
        without the file, at the expiry: ListDeviceByDeviceCertificate: custom credential provider failed: FILE: NOT_FOUND; the file was read 5 times
        with an expiry out of range: ListDeviceByDeviceCertificate: custom credential provider failed: FILE: expires_at is out of range; the file was read 6 times
    "#]].assert_eq(&printed);
}

#[test]
fn cargo_test_runs_the_tests_of_the_example_testing() {
    // Without `test = true`, cargo builds the example but does not run its tests.
    let manifest = include_str!("../../Cargo.toml");
    assert!(manifest.contains("name = \"testing\"\nrequired-features = [\"mock\"]\ntest = true\n"), "{manifest}");
}
