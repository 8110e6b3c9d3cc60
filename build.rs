//! From `openapi/iotda.yaml` to the typed client.
//!
//! Reads the document, checks it, adapts it to what progenitor can take (each change asserts what it expects),
//! generates, asserts the output, and writes three files to `OUT_DIR`:
//!
//! - `client.rs`: the generated client and its types, included by `src/generated.rs`;
//! - `facts.rs`: bounds, patterns and IAM actions, included by `src/facts.rs`;
//! - `openapi.json`: the document as JSON, included by `src/spec.rs`.
//!
//! Whatever is wrong stops the build with one message: file, place, cause.

#[path = "build/checks.rs"]
mod checks;
#[path = "build/client.rs"]
mod client;
#[path = "build/constraints.rs"]
mod constraints;
#[path = "build/document.rs"]
mod document;
#[path = "build/grammar.rs"]
mod grammar;
#[path = "build/structure.rs"]
mod structure;
#[path = "build/transforms.rs"]
mod transforms;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use document::Document;

/// The document, relative to the package's root.
const DOCUMENT: &str = "openapi/iotda.yaml";

type Result<T> = std::result::Result<T, String>;

fn main() {
    for input in [DOCUMENT, "build.rs", "build"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let outcome = directory("CARGO_MANIFEST_DIR").and_then(|root| {
        tell_tests(&root);
        build(&root)
    });
    if let Err(message) = outcome {
        println!("cargo::error={}", message.replace(['\r', '\n'], " "));
        process::exit(1);
    }
}

/// The tests run this very program on broken documents. The published package has no tests: its users' builds
/// need no path of this program.
fn tell_tests(root: &Path) {
    if let (true, Ok(this_program)) = (root.join("tests/build_script.rs").exists(), env::current_exe()) {
        println!("cargo::rustc-env=IOTDA_BUILD_SCRIPT={}", this_program.display());
    }
}

fn build(root: &Path) -> Result<()> {
    let out = directory("OUT_DIR")?;
    let with_schemars = env::var_os("CARGO_FEATURE_SCHEMARS").is_some();

    let document = Document::read(&root.join(DOCUMENT))?;
    structure::check(&document)?;
    checks::check(&document)?;
    let facts = constraints::emit(&document)?;
    let mut api = document.api()?;
    transforms::prepare(&mut api)?;
    let client = client::generate(&api, with_schemars)?;

    write(&out.join("client.rs"), &client)?;
    write(&out.join("constraints.rs"), &facts)?;
    write(&out.join("openapi.json"), &document.to_json()?)
}

fn directory(variable: &str) -> Result<PathBuf> {
    let path = env::var_os(variable).ok_or_else(|| format!("{variable} is not set; cargo sets it"))?;
    Ok(PathBuf::from(path))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
