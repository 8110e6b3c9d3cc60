//! The manual pages and completion scripts in the package are those that the commands print.
//! `UPDATE_EXPECT=1 cargo test --features full` rewrites them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use expect_test::expect_file;

use crate::support::program::{iotda, run};

const COMMANDS: [&str; 8] = ["devices", "templates", "diff", "doctor", "spec", "mock", "completions", "man"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

async fn output(arguments: &[&str]) -> String {
    let ran = run(iotda(arguments)).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    ran.stdout
}

#[tokio::test]
async fn manual_pages_are_up_to_date() {
    expect_file![root().join("docs/man/iotda.1")].assert_eq(&output(&["man"]).await);
    for command in COMMANDS {
        let page = root().join(format!("docs/man/iotda-{command}.1"));
        expect_file![page].assert_eq(&output(&["man", command]).await);
    }
}

#[tokio::test]
async fn completion_scripts_are_up_to_date() {
    for (shell, file) in [
        ("bash", "iotda.bash"),
        ("elvish", "iotda.elv"),
        ("fish", "iotda.fish"),
        ("powershell", "_iotda.ps1"),
        ("zsh", "_iotda"),
    ] {
        let script = root().join("docs/completions").join(file);
        expect_file![script].assert_eq(&output(&["completions", shell]).await);
    }
}

#[tokio::test]
async fn out_option_writes_the_same_pages() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    drop(fs::remove_dir_all(&folder));
    let printed = output(&["man", "--out", folder.to_str().expect("UTF-8")]).await;
    let written = pages(&folder).expect("a folder");
    assert_eq!(written, pages(&root().join("docs/man")).expect("a folder"));
    assert_eq!(printed.lines().count(), written.len());
    for page in written {
        let read = |folder: &Path| fs::read_to_string(folder.join(&page)).expect("a page");
        assert_eq!(read(&folder), read(&root().join("docs/man")), "{page}");
    }
}

fn pages(folder: &Path) -> io::Result<BTreeSet<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[tokio::test]
async fn manual_page_describes_every_option_of_the_help() {
    for command in COMMANDS {
        let page = output(&["man", command]).await.replace("\\-", "-");
        assert!(page.contains(&format!("iotda {command}")), "{page}");
        let help = output(&[command, "-h"]).await;
        let options = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for option in options.map(|option| option.trim_end_matches(['.', ',', ';', ')'])) {
            assert!(page.contains(option) || option == "--demo", "{command}: {option}");
        }
    }
    let page = output(&["man"]).await.replace("\\-", "-");
    for text in ["HUAWEICLOUD_IOTDA_ENDPOINT", "--token-file", "Start CSV output with a byte order mark"] {
        assert!(page.contains(text), "{text}");
    }
}

#[tokio::test]
async fn unknown_command_has_no_page_and_the_error_names_all() {
    let ran = run(iotda(&["man", "device"])).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(&COMMANDS.join(", ")), "{}", ran.stderr);
}
