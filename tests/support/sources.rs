//! The sources of the crate.

use std::fs;
use std::path::Path;

/// The text of all Rust files in `src/`.
pub fn rust_sources() -> String {
    text_below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")))
}

fn text_below(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&text_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a text"));
        }
    }
    text
}
