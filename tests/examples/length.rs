//! The length of the examples: each can be read at once.

use std::fs;
use std::path::Path;

/// Programs of the scripts in tests/, which are not packaged.
const TOOLS: [&str; 2] = ["interop.rs", "mock_server.rs"];

#[test]
fn each_example_has_fewer_than_120_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directories = ["examples", "examples/integrations/src/bin"];
    let entries = directories.into_iter().flat_map(|name| fs::read_dir(root.join(name)).unwrap());
    let mut checked = 0;
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 120 || TOOLS.contains(&name), "{} has {lines} lines", path.display());
        checked += 1;
    }
    assert!(checked > 10, "only {checked} examples were found");
}
