//! The commands in the console blocks of `README.md` and `docs/` print what the pages show.
//!
//! `UPDATE_EXPECT=1 cargo test --features full --test cli guide::` rewrites the output in the pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use expect_test::expect_file;

use crate::support::program::{PROGRAM, foreign_variables};

/// The pages with console blocks, and the minimum number of commands on each.
const PAGES: [(&str, usize); 3] =
    [("README.md", 1), ("docs/command-line.md", 3), ("docs/rotating-a-certificate.md", 10)];

/// Returns the page with the output of `run` after each command of its console blocks, and the number of commands.
///
/// A command is a line that starts with `$ `; the lines that follow it are its output.
fn with_output(page: &str, mut run: impl FnMut(&str) -> String) -> (String, usize) {
    let (mut result, mut commands) = (String::new(), 0);
    let mut in_block = false;
    for line in page.lines() {
        match (in_block, line) {
            (false, "```console") => in_block = true,
            (true, "```") => in_block = false,
            (true, _) => {
                let Some(command) = line.strip_prefix("$ ") else { continue };
                commands += 1;
                result.push_str(&format!("{line}\n{}", run(command)));
                continue;
            }
            (false, _) => {}
        }
        result.push_str(line);
        result.push('\n');
    }
    (result, commands)
}

/// Runs a shell command with `iotda` on the path, and returns what it prints to both streams.
fn run(command: &str, directory: &Path) -> String {
    let program = Path::new(PROGRAM).parent().expect("a directory").to_owned();
    let inherited = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([program].into_iter().chain(env::split_paths(&inherited))).expect("a path");
    let mut shell = Command::new("sh");
    for name in foreign_variables() {
        shell.env_remove(name);
    }
    // The bars of a table depend on it.
    shell.env("LC_ALL", "C.UTF-8");
    let script = format!("{{ {command}\n}} 2>&1");
    let output = shell.args(["-c", &script]).env("PATH", path).current_dir(directory).output().expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn console_blocks_show_the_output_of_their_commands() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guide");
    // Removes the files of an earlier run.
    drop(fs::remove_dir_all(&directory));
    fs::create_dir_all(&directory).expect("a directory");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, min_commands) in PAGES {
        let page = fs::read_to_string(root.join(name)).expect("a page");
        let (updated, commands) = with_output(&page, |command| run(command, &directory));
        assert!(commands >= min_commands, "{name} has {commands} commands");
        expect_file![root.join(name)].assert_eq(&updated);
    }
}

#[test]
fn every_page_with_a_console_block_is_tested() {
    let docs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).expect("docs");
    let pages = docs.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    for path in pages {
        let name = format!("docs/{}", path.file_name().expect("a name").to_string_lossy());
        let has_console = fs::read_to_string(&path).expect("a page").contains("```console\n");
        assert_eq!(has_console, PAGES.iter().any(|(page, _)| *page == name), "{name}");
    }
}

#[test]
fn output_is_replaced_only_in_console_blocks() {
    let page = "$ text\n\n```console\n$ a\nold\nold\n$ b\n```\n\n```sh\n$ c\nold\n```\n";
    let expected = "$ text\n\n```console\n$ a\nnew a\n$ b\nnew b\n```\n\n```sh\n$ c\nold\n```\n";
    let (updated, commands) = with_output(page, |command| format!("new {command}\n"));
    assert_eq!(updated, expected);
    assert_eq!(commands, 2);
}
