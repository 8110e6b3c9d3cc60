//! Generates the typed client from `openapi/iotda.yaml`.
//!
//! Reads the OpenAPI document, adapts it to what progenitor supports (each change checks that its target exists), generates
//! the client, rewrites parts of it, and writes these files to `OUT_DIR`:
//!
//! - `client.rs`: the generated client and its types, included by `src/generated.rs`; `tests/golden/generated-client.rs` is
//!   a copy to read;
//! - `openapi.json`: the OpenAPI document as JSON, included by `src/spec.rs`.
//!
//! A document from which the client cannot be generated stops the build with one message: file, location, cause, and
//! what to do. `tests/library/openapi_schema.rs` and the linters check the rest of the OpenAPI document.

#[path = "build/client.rs"]
mod client;
#[path = "build/document.rs"]
mod document;
#[path = "build/transforms.rs"]
mod transforms;

use std::path::{Path, PathBuf};
use std::{env, fs};

use document::Document;

/// The path of the OpenAPI document, relative to the package's root.
const DOCUMENT_PATH: &str = "openapi/iotda.yaml";

type Result<T> = std::result::Result<T, String>;

fn main() {
    for input in [DOCUMENT_PATH, "build.rs", "build"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let result = directory("CARGO_MANIFEST_DIR").and_then(|root| {
        export_path_for_tests(&root);
        build(&root)
    });
    // This line fails the build. If the exit status also reported the failure, cargo would print the message twice.
    if let Err(message) = result {
        println!("cargo::error={}", message.replace(['\r', '\n'], " "));
    }
}

/// Exports the path of this build script, because the tests run it on invalid OpenAPI documents.
///
/// The published package has no tests, so its users' builds do not contain the path.
fn export_path_for_tests(root: &Path) {
    if let (true, Ok(build_script)) = (root.join("tests/build_script.rs").exists(), env::current_exe()) {
        println!("cargo::rustc-env=IOTDA_BUILD_SCRIPT={}", build_script.display());
    }
}

fn build(root: &Path) -> Result<()> {
    let out_dir = directory("OUT_DIR")?;
    let with_schemars = env::var_os("CARGO_FEATURE_SCHEMARS").is_some();

    let document = Document::read(&root.join(DOCUMENT_PATH))?;
    let mut api = document.to_openapi()?;
    transforms::apply(&mut api)?;
    let client = client::generate(&document, &api, with_schemars)?;

    write(&out_dir.join("client.rs"), &client)?;
    write(&out_dir.join("openapi.json"), &format!("{}\n", document.root))
}

fn directory(variable: &str) -> Result<PathBuf> {
    let path =
        env::var_os(variable).ok_or_else(|| format!("{variable} is not set: run the build script with cargo"))?;
    Ok(PathBuf::from(path))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("failed to write {}: {error}", path.display()))
}
