//! The help of each command. `UPDATE_EXPECT=1 cargo test --features full` rewrites the golden files.

use std::collections::BTreeSet;
use std::{env, fs};

use expect_test::expect_file;

use crate::support::program::{iotda, run};
use crate::support::sources::rust_sources;

const COMMANDS: [&str; 8] = ["devices", "templates", "diff", "doctor", "spec", "mock", "completions", "man"];

async fn help(arguments: &[&str]) -> String {
    let ran = run(iotda(arguments)).await;
    assert_eq!(ran.status, Some(0), "{arguments:?}");
    assert_eq!(ran.stderr, "", "{arguments:?}");
    ran.stdout
}

#[tokio::test]
async fn help_of_every_command_matches_the_golden_files() {
    expect_file!["../golden/help-iotda.txt"].assert_eq(&help(&["--help"]).await);
    expect_file!["../golden/help-iotda-short.txt"].assert_eq(&help(&["-h"]).await);
    expect_file!["../golden/help-devices.txt"].assert_eq(&help(&["devices", "--help"]).await);
    expect_file!["../golden/help-devices-short.txt"].assert_eq(&help(&["devices", "-h"]).await);
    expect_file!["../golden/help-templates.txt"].assert_eq(&help(&["templates", "--help"]).await);
    expect_file!["../golden/help-diff.txt"].assert_eq(&help(&["diff", "--help"]).await);
    expect_file!["../golden/help-doctor.txt"].assert_eq(&help(&["doctor", "--help"]).await);
    expect_file!["../golden/help-spec.txt"].assert_eq(&help(&["spec", "--help"]).await);
    expect_file!["../golden/help-mock.txt"].assert_eq(&help(&["mock", "--help"]).await);
    expect_file!["../golden/help-completions.txt"].assert_eq(&help(&["completions", "--help"]).await);
    expect_file!["../golden/help-man.txt"].assert_eq(&help(&["man", "--help"]).await);
}

#[tokio::test]
async fn help_names_every_variable_that_the_library_reads() {
    let help = help(&["--help"]).await;
    let sources = rust_sources();
    let words = sources.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'));
    let names: BTreeSet<_> = words.filter(|word| word.starts_with("HW_") || word.starts_with("HUAWEICLOUD_")).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(help.contains(name), "{name}");
    }
}

/// The table in docs/command-line.md has one row `| status | meaning |` for each line of the help.
#[tokio::test]
async fn exit_statuses_in_the_documentation_match_the_help() {
    let help = help(&["--help"]).await;
    let (_, list) = help.split_once("Exit status:\n").expect("the exit statuses");
    let lines = list.lines().map_while(|line| line.trim().split_once(' '));
    let meanings: Vec<_> = lines.map(|(status, meaning)| (status, meaning.trim())).collect();
    let statuses: Vec<_> = meanings.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "129", "130", "143"]);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/command-line.md");
    let page = fs::read_to_string(path).expect("docs/command-line.md");
    let mut expected = page.clone();
    for (status, meaning) in meanings {
        let is_row =
            |line: &&str| line.starts_with(&format!("| {status} |")) || line.starts_with(&format!("| `{status}` |"));
        let row =
            page.lines().find(is_row).unwrap_or_else(|| panic!("docs/command-line.md has no row for status {status}"));
        expected = expected.replace(row, &format!("| {status} | {meaning} |"));
    }
    if env::var_os("UPDATE_EXPECT").is_some() && page != expected {
        fs::write(path, expected).expect("docs/command-line.md is written");
    } else {
        assert_eq!(page, expected, "run UPDATE_EXPECT=1 cargo test --features full");
    }
}

#[tokio::test]
async fn every_option_has_a_description_and_lines_fit_100_columns() {
    for command in COMMANDS {
        let text = help(&[command, "--help"]).await;
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
            if line.trim_start().starts_with("--") {
                let has_description =
                    lines.peek().is_some_and(|next| next.starts_with("          ") && !next.trim().is_empty());
                assert!(has_description, "{command}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn help_of_a_command_omits_settings_that_do_not_affect_it() {
    for command in ["spec", "mock", "completions", "man"] {
        let text = help(&[command, "--help"]).await;
        assert!(!text.contains("--token-file"), "{text}");
        assert!(!text.contains("--output"), "{text}");
    }
}

#[tokio::test]
async fn short_help_of_a_command_omits_the_settings_of_a_client() {
    for command in ["devices", "templates", "doctor"] {
        assert!(help(&[command, "--help"]).await.contains("--token-file"), "{command}");
        let short = help(&[command, "-h"]).await;
        assert!(!short.contains("--token-file"), "{short}");
        assert!(short.contains("--demo"), "{short}");
    }
}

#[tokio::test]
async fn no_arguments_print_the_short_help_to_stderr_with_status_2() {
    let ran = run(iotda(&[])).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, help(&["-h"]).await);
}
