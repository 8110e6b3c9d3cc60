//! The help: that nothing is left unexplained in it. (That it reads well, only a reader can tell.)

use std::collections::BTreeSet;

use crate::support::program::{iotda, run};

const COMMANDS: [&str; 6] = ["devices", "templates", "doctor", "spec", "mock", "completions"];

async fn help(arguments: &[&str]) -> String {
    let ran = run(iotda(arguments)).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    ran.stdout
}

#[tokio::test]
async fn every_variable_that_the_library_reads_is_in_the_help() {
    let help = help(&["--help"]).await;
    let sources = [include_str!("../../src/from_env.rs"), include_str!("../../src/auth/environment.rs")];
    let words =
        sources.iter().flat_map(|text| text.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_')));
    let names: BTreeSet<_> = words.filter(|word| word.starts_with("HW_") || word.starts_with("HUAWEICLOUD_")).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(help.contains(name), "{name}");
    }
}

#[tokio::test]
async fn every_exit_status_is_in_the_help_and_in_the_readme() {
    let help = help(&["--help"]).await;
    let (_, statuses) = help.split_once("Exit status:\n").expect("the exit statuses");
    let readme = include_str!("../../README.md");
    for status in ["0", "1", "2", "3", "4", "5", "6", "130"] {
        assert!(statuses.lines().any(|line| line.trim_start().starts_with(&format!("{status} "))), "{status}");
        assert!(readme.lines().any(|line| line.starts_with(&format!("| {status} |"))), "{status} in the README");
    }
}

#[tokio::test]
async fn every_option_of_every_command_is_explained_in_lines_of_a_terminals_width() {
    for command in COMMANDS {
        let text = help(&[command, "--help"]).await;
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
            if line.trim_start().starts_with("--") {
                let explained =
                    lines.peek().is_some_and(|next| next.starts_with("          ") && !next.trim().is_empty());
                assert!(explained, "{command}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_command_shows_no_setting_that_has_no_effect_on_it() {
    for command in ["spec", "mock", "completions"] {
        let text = help(&[command, "--help"]).await;
        assert!(!text.contains("--token-file") && !text.contains("--output"), "{text}");
    }
    for command in ["devices", "templates", "doctor"] {
        assert!(help(&[command, "--help"]).await.contains("--token-file"), "{command}");
        let short = help(&[command, "-h"]).await;
        assert!(!short.contains("--token-file") && short.contains("--demo"), "{short}");
    }
}

#[tokio::test]
async fn without_arguments_the_help_is_shown_as_an_error() {
    let ran = run(iotda(&[])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("iotda --demo devices"), "{}", ran.stderr);
}
