//! Checks that code in docs/mock-fixtures.md is quoted from the files that `tests/clients/run` tests.

use std::fs;
use std::path::Path;

#[test]
fn mock_fixtures_are_quoted_from_tested_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = include_str!("../../docs/mock-fixtures.md");
    let parts: Vec<_> = page.split("```").collect();
    let mut quotations = 0;
    for pair in parts.chunks_exact(2) {
        let [prose, block] = pair else { unreachable!() };
        let path = prose.split('`').rfind(|word| word.starts_with("tests/clients/")).expect("the path of a file");
        let (_language, code) = block.split_once('\n').expect("a block of code");
        let file = fs::read_to_string(root.join(path)).expect(path);
        assert!(file.contains(code), "{path} does not contain this code:\n{code}");
        quotations += 1;
    }
    assert_eq!(quotations, 4);
}
