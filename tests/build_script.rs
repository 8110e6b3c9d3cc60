//! The build script, run on the OpenAPI document and on invalid variants of it.

// The MinGW target is only built on Linux, and Wine does not run the build script, a program of Linux.
#![cfg(not(all(windows, target_env = "gnu")))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, process};

use expect_test::expect_file;

const DOCUMENT: &str = include_str!("../openapi/iotda.yaml");

/// Creates a package folder with this OpenAPI document. No other test or process uses the folder.
fn package(test: &str, document: &str) -> PathBuf {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-{test}", process::id()));
    fs::create_dir_all(root.join("openapi")).unwrap();
    fs::create_dir_all(root.join("out")).unwrap();
    fs::write(root.join("openapi/iotda.yaml"), document).unwrap();
    root
}

/// Runs the build script on a package. Returns its standard output and its standard error.
fn build(root: &Path, features: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    command.env("CARGO_MANIFEST_DIR", root).env("OUT_DIR", root.join("out")).env_remove("CARGO_FEATURE_SCHEMARS");
    for feature in features {
        command.env(format!("CARGO_FEATURE_{feature}"), "1");
    }
    let output = command.output().expect("the build script runs");
    assert!(output.status.success(), "cargo reports a `cargo::error` twice if the build script fails: {output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Builds a package with this OpenAPI document, and returns the generated client.
fn build_client(test: &str, document: &str, features: &[&str]) -> String {
    let root = package(test, document);
    let (stdout, _) = build(&root, features);
    assert!(!stdout.contains("cargo::error"), "{stdout}");
    let client = fs::read_to_string(root.join("out/client.rs")).unwrap();
    fs::remove_dir_all(root).unwrap();
    client
}

/// Builds a package with this OpenAPI document, and returns the only message that cargo shows.
fn build_error(test: &str, document: &str) -> String {
    let root = package(test, document);
    let (stdout, stderr) = build(&root, &[]);
    let messages: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
    assert_eq!(messages.len(), 1, "{test}: {stdout}");
    assert_eq!(stderr, "", "{test}: a panic is reported in addition to the message");
    assert!(!root.join("out/client.rs").exists(), "{test}: a client was written");
    fs::remove_dir_all(root).unwrap();
    messages[0].to_owned()
}

/// Returns the OpenAPI document with all occurrences of a text replaced.
fn replace_all(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "the OpenAPI document does not contain `{from}`");
    DOCUMENT.replace(from, to)
}

/// Returns the OpenAPI document with the first occurrence of a text after `start` replaced, for example after the ID of
/// an operation or the name of a component.
fn replace_after(start: &str, from: &str, to: &str) -> String {
    let index = DOCUMENT.find(start).unwrap_or_else(|| panic!("the OpenAPI document does not contain `{start}`"));
    let (before, rest) = DOCUMENT.split_at(index);
    assert!(rest.contains(from), "the OpenAPI document does not contain `{from}` after `{start}`");
    format!("{before}{}", rest.replacen(from, to, 1))
}

/// Returns the lines of a key and of its value.
fn lines_of(key: &str) -> &str {
    let start = DOCUMENT.find(&format!("\n{key}\n")).unwrap_or_else(|| panic!("no key `{key}`")) + 1;
    let indentation = key.len() - key.trim_start().len();
    let is_inside = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indentation;
    let length: usize = DOCUMENT[start..].split_inclusive('\n').skip(1).take_while(is_inside).map(str::len).sum();
    &DOCUMENT[start..start + key.len() + 1 + length]
}

fn without(key: &str) -> String {
    replace_all(lines_of(key), "")
}

const TEMPLATES_PATH: &str = "  /v5/iot/{project_id}/device-authentication-templates:";
const DEVICES_PATH: &str = "  /v5/iot/{project_id}/device-certificates/{certificate_id}/list-device:";

/// Golden file: run with `UPDATE_EXPECT=1` to update it.
#[test]
fn generated_client_matches_the_golden_file() {
    let header = "// The client that build.rs generates from openapi/iotda.yaml with the default features: a copy to read, \
                  which no code uses.\n// After a change, update it: UPDATE_EXPECT=1 cargo test --test build_script\n\n";
    let client = build_client("golden", DOCUMENT, &[]);
    expect_file!["golden/generated-client.rs"].assert_eq(&format!("{header}{client}"));
}

#[test]
fn schemars_feature_adds_its_attributes_to_every_public_type() {
    let client = build_client("schemars", DOCUMENT, &["SCHEMARS"]);
    assert_eq!(client.matches("schemars::JsonSchema").count(), client.matches("#[non_exhaustive]").count());
    assert_eq!(client.matches("#[schemars(transform = crate::types::reject_null)]").count(), 1);
}

#[test]
fn openapi_document_is_written_as_json() {
    let root = package("json", DOCUMENT);
    let (stdout, _) = build(&root, &[]);
    assert_eq!(fs::read_to_string(root.join("out/openapi.json")).unwrap(), huaweicloud_iotda::spec::OPENAPI_JSON);
    for input in ["openapi/iotda.yaml", "build.rs", "build"] {
        assert!(stdout.contains(&format!("cargo::rerun-if-changed={input}\n")), "{stdout}");
    }
    fs::remove_dir_all(root).unwrap();
}

/// Golden file: run with `UPDATE_EXPECT=1` to update it.
#[test]
fn each_mistake_is_reported_once_with_its_location() {
    let unused = |name: &str| {
        let reference = format!("$ref: '#/components/schemas/{name}'");
        without(&format!("    {name}:")).replace(&reference, "type: string")
    };
    let copy = lines_of(TEMPLATES_PATH).replace("templates:", "copies:").replace("Templates\n", "Copies\n");
    let cases = [
        ("empty file", String::new()),
        ("invalid YAML", replace_all("    PageLimit:\n", "    PageLimit: [\n")),
        ("duplicate key", replace_all("      minimum: 1\n", "      minimum: 1\n      minimum: 2\n")),
        ("unknown reference", replace_all("schemas/DeviceSimple'", "schemas/Device'")),
        ("removed schema that is used", without("    PageMarker:")),
        ("removed public schema", unused("ErrorBody")),
        ("removed replaced schema", unused("Timestamp")),
        (
            "reference to a reference",
            replace_all("  schemas:\n", "  schemas:\n    Loop:\n      $ref: '#/components/schemas/Loop'\n"),
        ),
        (
            "composed schema",
            replace_all("  schemas:\n", "  schemas:\n    A:\n      allOf:\n        - $ref: '#/components/schemas/A'\n"),
        ),
        ("missing field", replace_after("info:", "  version:", "  x-version:")),
        ("wrong type of schema keyword", replace_after("    DeviceSimple:", "nullable: true", "nullable: maybe")),
        ("wrong type of schema", replace_after("    XRequestId:", "type: string\n", "type: [string]\n")),
        ("unknown location of parameter", replace_after("- name: template_name", "in: query", "in: querry")),
        ("removed operation", without(DEVICES_PATH)),
        ("renamed operation", replace_all("operationId: ListDeviceByDeviceCertificate", "operationId: ListDevices")),
        ("operation that no code calls", replace_all(TEMPLATES_PATH, &format!("{copy}{TEMPLATES_PATH}"))),
        ("renamed parameter", replace_all("- name: template_name\n", "- name: other\n")),
        (
            "swapped parameters",
            replace_all(
                "{project_id}/device-certificates/{certificate_id}",
                "{certificate_id}/device-certificates/{project_id}",
            ),
        ),
        (
            "media type that progenitor does not support",
            replace_after("      requestBody:", "application/json:\n", "text/plain: {}\n          application/json:\n"),
        ),
        ("schema that progenitor does not support", replace_after("    DeviceSimple:", "type: string", "type: strin")),
        ("default response", replace_after("ListDeviceAuthenticationTemplates", "        '404':", "        default:")),
        ("page that is not nullable", replace_after("    Page:", "      nullable: true\n", "")),
        ("list that is not an array", replace_after("    DeviceList:", "type: array", "type: string")),
    ];
    let messages =
        cases.map(|(name, document)| format!("{name}\n    {}\n", build_error(&name.replace(' ', "-"), &document)));
    expect_file!["build_script/messages.txt"].assert_eq(&messages.join("\n"));
}

#[test]
fn message_of_an_unknown_reference_contains_its_line() {
    let document = replace_all("schemas/DeviceSimple'", "schemas/Device'");
    let line = document.lines().position(|line| line.contains("schemas/Device'")).unwrap() + 1;
    let message = build_error("line", &document);
    assert!(message.starts_with(&format!("openapi/iotda.yaml, line {line}: ")), "{message}");
}

#[test]
fn new_schema_may_be_recursive_or_scalar() {
    let schemas = "    Node:\n      type: object\n      description: A node.\n      properties:\n        next:\n          \
                   $ref: '#/components/schemas/Node'\n    Name:\n      type: string\n      description: A name.\n";
    build_client("new", &replace_all("  schemas:\n", &format!("  schemas:\n{schemas}")), &[]);
}

#[test]
fn build_script_path_is_exported_only_to_a_package_with_tests() {
    let root = package("tests", DOCUMENT);
    assert!(!build(&root, &[]).0.contains("IOTDA_BUILD_SCRIPT"));
    fs::create_dir(root.join("tests")).unwrap();
    fs::write(root.join("tests/build_script.rs"), "").unwrap();
    let line = format!("cargo::rustc-env=IOTDA_BUILD_SCRIPT={}\n", env!("IOTDA_BUILD_SCRIPT"));
    assert!(build(&root, &[]).0.contains(&line));
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn missing_document_is_reported() {
    let root = package("missing", "");
    fs::remove_dir_all(root.join("openapi")).unwrap();
    let (stdout, _) = build(&root, &[]);
    assert!(stdout.contains("cargo::error=openapi/iotda.yaml: "), "{stdout}");
    fs::remove_dir_all(root).unwrap();
}
