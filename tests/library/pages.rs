//! Checks that the files named in the Markdown pages exist.

use std::fs;
use std::path::{Path, PathBuf};

/// The Markdown pages of the repository.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "openapi/README.md"].map(|page| root.join(page));
    let docs = fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    pages.into_iter().chain(docs.filter(|path| path.is_file())).collect()
}

/// Returns the words that look like a file or directory of this repository: paths in one of its directories, and pages
/// in its root.
fn paths(text: &str) -> Vec<&str> {
    const DIRECTORIES: [&str; 10] =
        [".ci/", "benches/", "build/", "docs/", "examples/", "fuzz/", "openapi/", "src/", "tests/", "build.rs"];
    let is_path_character = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let words = text.split(|letter: char| !is_path_character(letter)).map(|word| word.trim_end_matches('.'));
    let is_page = |word: &&str| word.ends_with(".md") && !word.contains('/') && word.starts_with(char::is_uppercase);
    words.filter(|word| DIRECTORIES.iter().any(|directory| word.starts_with(directory)) || is_page(word)).collect()
}

#[test]
fn files_named_in_pages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    let mut missing = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for path in paths(&text) {
            found += 1;
            if !root.join(path).exists() {
                missing.push(format!("{} in {}", path, page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 80, "only {found} paths");
}

#[test]
fn modules_in_the_life_of_a_request_exist() {
    let text = include_str!("../../ARCHITECTURE.md");
    let diagram = text.split("```").nth(1).expect("the diagram of the life of a request");
    let modules: Vec<_> = diagram
        .split_whitespace()
        .map(|word| word.trim_matches(['(', ')', ',', ';']))
        .filter(|word| word.ends_with(".rs"))
        .collect();
    assert!(modules.len() > 15, "{modules:?}");
    for module in modules {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(module).exists(), "{module}");
    }
}
