//! What README and the guide in `docs/` show of the program: each command is run, and prints what stands there.

#![cfg(all(unix, feature = "cli"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use support::program::{PROGRAM, foreign_variables};

const GUIDE: &str = include_str!("../docs/rotating-a-certificate.md");
const README: &str = include_str!("../README.md");

/// A command, and what it prints there.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    printed: String,
}

/// Those of the blocks of language `console`, in which a command's line begins with `$ `.
fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in guide.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), printed: String::new() }),
                (None, Some(step)) => step.printed.push_str(&format!("{line}\n")),
                (None, None) => panic!("no command prints {line}"),
            },
            (false, _) => {}
        }
    }
    steps
}

/// What a command prints on both streams.
fn run(command: &str, folder: &Path) -> String {
    let program = Path::new(PROGRAM).parent().expect("a folder").to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([program].into_iter().chain(env::split_paths(&others))).expect("a path");
    let mut shell = Command::new("sh");
    for name in foreign_variables() {
        shell.env_remove(name);
    }
    let script = format!("{{ {command}\n}} 2>&1");
    let output = shell.args(["-c", &script]).env("PATH", path).current_dir(folder).output().expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_command_of_the_guide_and_of_readme_prints_what_stands_there() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guide");
    // Nothing is there that an earlier run has made.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    for (page, least) in [(GUIDE, 10), (README, 2)] {
        let steps = steps(page);
        assert!(steps.iter().filter(|step| step.command.contains("iotda ")).count() >= least, "{steps:#?}");
        for Step { command, printed } in steps {
            assert_eq!(run(&command, &folder), printed, "$ {command}");
        }
    }
}
