//! The pages for readers name files that are there.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// README and its like, and what stands in `docs/`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "openapi/README.md"].map(|page| root.join(page));
    let docs = fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    pages.into_iter().chain(docs).collect()
}

/// What looks like a file or folder of this repository: a path that begins with one of its folders, or a page at its top.
fn files(text: &str) -> Vec<&str> {
    const FOLDERS: [&str; 10] =
        [".ci/", "benches/", "build/", "docs/", "examples/", "fuzz/", "openapi/", "src/", "tests/", "build.rs"];
    let of_a_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let words = text.split(|letter: char| !of_a_path(letter)).map(|word| word.trim_end_matches('.'));
    let is_page = |word: &&str| word.ends_with(".md") && !word.contains('/') && word.starts_with(char::is_uppercase);
    words.filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)) || is_page(word)).collect()
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for file in files(&text) {
            assert!(root.join(file).exists(), "{} names {file}", page.display());
            found += 1;
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn every_module_on_the_way_of_a_call_is_there() {
    let text = include_str!("../ARCHITECTURE.md");
    let way = text.split("```").nth(1).expect("the way of a call");
    let modules: Vec<_> = way.split_whitespace().filter(|word| word.ends_with(".rs")).collect();
    assert!(modules.len() > 15, "{modules:?}");
    for module in modules {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(module).exists(), "{module}");
    }
}
