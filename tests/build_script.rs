//! What the build says of a broken document: the build script itself, run on it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, process};

const DOCUMENT: &str = include_str!("../openapi/iotda.yaml");

/// Runs the build script on a document; its outcome, and what it wrote to standard output.
fn build(test: &str, document: &str, features: &[&str]) -> (bool, String, PathBuf) {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-{test}", process::id()));
    let out = root.join("out");
    fs::create_dir_all(root.join("openapi")).unwrap();
    fs::create_dir_all(&out).unwrap();
    fs::write(root.join("openapi/iotda.yaml"), document).unwrap();
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    command.env("CARGO_MANIFEST_DIR", &root).env("OUT_DIR", &out).env_remove("CARGO_FEATURE_SCHEMARS");
    for feature in features {
        command.env(format!("CARGO_FEATURE_{feature}"), "1");
    }
    let output = command.output().expect("the build script runs");
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), root)
}

/// The document with one thing changed, wherever it stands.
fn changed(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "the document has no `{from}`");
    DOCUMENT.replace(from, to)
}

/// Everything from a line that starts a schema to the next schema.
fn without_schema(name: &str) -> String {
    let head = format!("    {name}:");
    let is_head = |line: &&str| line.starts_with("    ") && !line.starts_with("     ");
    let lines: Vec<_> = DOCUMENT.lines().collect();
    let start = lines.iter().position(|line| *line == head).expect("the schema");
    let length = lines[start + 1..].iter().position(is_head).map_or(lines.len() - start, |next| next + 1);
    [&lines[..start], &lines[start + length..], &[""]].concat().join("\n")
}

/// That the build stops with one message that holds all of these.
fn assert_stops(test: &str, document: &str, parts: &[&str]) {
    let (success, stdout, root) = build(test, document, &[]);
    let messages: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
    assert!(!success && messages.len() == 1, "{test}: {stdout}");
    for part in [&["openapi/iotda.yaml"], parts].concat() {
        assert!(messages[0].contains(part), "`{part}` is not in: {}", messages[0]);
    }
    assert!(!root.join("out/client.rs").exists(), "nothing is written");
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn the_document_as_it_is_gives_a_client_its_facts_and_json() {
    for features in [&[][..], &["SCHEMARS"]] {
        let (success, stdout, root) = build(&format!("good-{}", features.len()), DOCUMENT, features);
        assert!(success, "{stdout}");
        let read = |name: &str| fs::read_to_string(root.join("out").join(name)).unwrap();
        assert!(read("client.rs").contains("pub async fn list_device_by_device_certificate"));
        assert_eq!(read("client.rs").contains("schemars::JsonSchema"), !features.is_empty());
        assert!(read("facts.rs").contains("maximum: 500"));
        assert_eq!(read("openapi.json"), huaweicloud_iotda::spec::OPENAPI_JSON);
        for input in ["openapi/iotda.yaml", "build.rs", "build"] {
            assert!(stdout.contains(&format!("cargo::rerun-if-changed={input}\n")), "{stdout}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}

#[test]
fn the_same_document_gives_the_same_client() {
    let (_, _, first) = build("same-1", DOCUMENT, &[]);
    let (_, _, second) = build("same-2", DOCUMENT, &[]);
    for name in ["client.rs", "facts.rs", "openapi.json"] {
        let read = |root: &PathBuf| fs::read(root.join("out").join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
    fs::remove_dir_all(first).unwrap();
    fs::remove_dir_all(second).unwrap();
}

#[test]
fn an_unknown_reference_is_told_with_its_line_and_its_place() {
    let document = changed("$ref: '#/components/schemas/DeviceSimple'", "$ref: '#/components/schemas/Device'");
    let line = document.lines().position(|line| line.contains("schemas/Device'")).unwrap() + 1;
    let place = "#/components/schemas/DeviceList/properties/devices/items/$ref";
    let line = format!("line {line}");
    assert_stops("reference", &document, &[&line, place, "`#/components/schemas/Device`"]);
}

#[test]
fn invalid_yaml_is_told_with_line_and_column() {
    let document = changed("    PageLimit:\n", "    PageLimit: [\n");
    assert_stops("yaml", &document, &["not valid YAML", "line", "column"]);
    let document = changed("      minimum: 1\n", "      minimum: 1\n      minimum: 2\n");
    assert_stops("duplicate", &document, &["not valid YAML", "minimum"]);
    assert_stops("empty", "", &["missing"]);
}

#[test]
fn a_renamed_operation_is_told() {
    let document = changed("operationId: ListDeviceByDeviceCertificate", "operationId: ListDevices");
    assert_stops("operation", &document, &["operationId `ListDeviceByDeviceCertificate`", "src/operations.rs"]);
}

#[test]
fn a_removed_schema_is_told_as_a_reference_or_as_a_replacement() {
    let document = without_schema("PageMarker");
    assert_stops("removed", &document, &["`#/components/schemas/PageMarker`", "line"]);
    // With its references gone too, the replacement finds nothing.
    let document = without_schema("Timestamp").replace("$ref: '#/components/schemas/Timestamp'", "type: string");
    assert_stops("replaced", &document, &["#/components/schemas/Timestamp", "build/transforms.rs"]);
    let document = without_schema("PageLimit").replace("$ref: '#/components/schemas/PageLimit'", "type: integer");
    assert_stops("bounds", &document, &["/components/schemas/PageLimit/minimum", "missing"]);
}

#[test]
fn what_the_hand_written_code_builds_on_is_asserted() {
    let cases = [
        ("      minimum: 1\n", "", "/components/schemas/PageLimit/minimum"),
        ("      maximum: 50\n", "      maximum: -5\n", "/components/schemas/PageLimit/maximum"),
        ("      default: 10\n", "      default: 100\n", "default 100"),
        ("      minLength: 24\n", "      minLength: 20\n", "/components/schemas/PageMarker/minLength"),
        ("'^[0-9a-fA-F]{24}$'", "'^[0-9a-fA-F]+$'", "/components/schemas/PageMarker/pattern"),
        ("'^[a-zA-Z0-9_-]{1,128}$'", "'^a|b$'", "/components/schemas/TemplateName/pattern"),
        ("        action: iotda:devicecertificates:queryDeviceList\n", "", "x-huaweicloud-authorization/action"),
        ("    Page:\n      type: object\n      nullable: true\n", "    Page:\n      type: object\n", "schemas/Page "),
        ("      type: array\n", "      type: arrays\n", "`arrays` is no type"),
        ("        '200':\n", "        default:\n", "`default`"),
        ("        '200':\n", "        '201':\n          description: Created\n        '200':\n", "2xx"),
        ("        limit:\n          $ref: '#/components/schemas/PageLimit'\n", "", "pub limit"),
    ];
    for (index, (from, to, part)) in cases.into_iter().enumerate() {
        assert_stops(&format!("asserted-{index}"), &changed(from, to), &[part]);
    }
}

#[test]
fn a_missing_document_is_told() {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-missing", process::id()));
    fs::create_dir_all(&root).unwrap();
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    let output = command.env("CARGO_MANIFEST_DIR", &root).env("OUT_DIR", &root).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && stdout.contains("cargo::error=openapi/iotda.yaml: "), "{stdout}");
    fs::remove_dir_all(root).unwrap();
}
