//! The examples do what their first lines say.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;

use support::example::{example, run};

#[tokio::test]
async fn the_blast_radius_of_several_certificates_is_complete_though_one_fails() {
    let ran = run(example("blast_radius")).await;
    assert!(ran.success, "{}", ran.stderr);
    let mut lines: Vec<_> = ran.stdout.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap();
    lines.sort();
    let counts = [0, 1, 49, 50, 51, 120].into_iter().enumerate();
    let known: Vec<_> =
        counts.map(|(index, count)| format!("certificate-{index}: {count} devices are cut off")).collect();
    assert_eq!(lines[..6], known);
    assert!(lines[6].starts_with("certificate-6: not known") && lines[6].contains("IOTDA.015500"), "{}", lines[6]);
    // The largest holds all of them; of those, 51 are in a smaller one too.
    assert_eq!(last, "120 devices in all, 51 of them with more than one certificate");
}

#[tokio::test]
async fn a_source_of_ones_own_is_asked_when_the_end_is_near_and_when_the_service_refuses() {
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("own_credentials");
    let _ = fs::remove_dir_all(&temporary);
    fs::create_dir_all(&temporary).unwrap();
    let mut command = example("own_credentials");
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, &temporary);
    }
    let ran = run(command).await;
    assert!(ran.success, "{}", ran.stderr);
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0, "the secret is left behind");
    let lines: Vec<_> = ran.stdout.lines().collect();
    let [good @ .., missing, broken] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(
        good,
        [
            "the first call: 3 devices; the file was read 1 times",
            "six minutes before its end: 3 devices; the file was read 1 times",
            "four minutes before its end: 3 devices; the file was read 2 times",
            "after the service has revoked it: 3 devices; the file was read 3 times",
            "without the file, while the token is good: 3 devices; the file was read 4 times",
        ]
    );
    let failures = [
        (missing, "without the file, at the token's end: ", "secret.json: ", "; the file was read 5 times"),
        (broken, "with an end that is no time: ", "expires_at is no time", "; the file was read 6 times"),
    ];
    for (line, what, why, reads) in failures {
        assert!(line.starts_with(what) && line.contains(why) && line.ends_with(reads), "{line}");
        assert!(line.contains("own source failed: "), "{line}");
    }
    assert!(!ran.stdout.contains("token-"), "{}", ran.stdout);
}

#[test]
fn the_tests_of_the_example_testing_are_run_by_cargo_test() {
    // Without this line cargo only builds an example; its tests would be gone without a word.
    let manifest = include_str!("../Cargo.toml");
    assert!(manifest.contains("name = \"testing\"\nrequired-features = [\"mock\"]\ntest = true\n"), "{manifest}");
}
