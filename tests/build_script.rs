//! The build script, run on the OpenAPI document and on invalid variants of it.

// The MinGW target is only built on Linux, and Wine does not run the build script, a program of Linux.
#![cfg(not(all(windows, target_env = "gnu")))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "build_script/operations.rs"]
mod operations;
#[path = "build_script/structure.rs"]
mod structure;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, process};

use expect_test::expect_file;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../openapi/iotda.yaml");

/// The JSON pointers of the operations.
const TEMPLATES: &str = "#/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get";
const DEVICES: &str = "#/paths/~1v5~1iot~1{project_id}~1device-certificates~1{certificate_id}~1list-device/post";

/// Creates a package folder with this OpenAPI document. No other test or process uses the folder.
fn package(test: &str, document: &str) -> PathBuf {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-{test}", process::id()));
    fs::create_dir_all(root.join("openapi")).unwrap();
    fs::create_dir_all(root.join("out")).unwrap();
    fs::write(root.join("openapi/iotda.yaml"), document).unwrap();
    root
}

/// Runs the build script on a package. Returns `true` if it succeeded, and its standard output.
fn build(root: &Path, features: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    command.env("CARGO_MANIFEST_DIR", root).env("OUT_DIR", root.join("out")).env_remove("CARGO_FEATURE_SCHEMARS");
    for feature in features {
        command.env(format!("CARGO_FEATURE_{feature}"), "1");
    }
    let output = command.output().expect("the build script runs");
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
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

/// Returns the OpenAPI document without the lines of a schema.
fn without_schema(name: &str) -> String {
    let head = format!("    {name}:");
    let is_head = |line: &&str| line.starts_with("    ") && !line.starts_with("     ");
    let lines: Vec<_> = DOCUMENT.lines().collect();
    let start = lines.iter().position(|line| *line == head).expect("the schema");
    let length = lines[start + 1..].iter().position(is_head).map_or(lines.len() - start, |next| next + 1);
    [&lines[..start], &lines[start + length..], &[""]].concat().join("\n")
}

/// Returns the OpenAPI document in JSON (which is also YAML), without the description of the object at this pointer.
fn without_description(pointer: &str) -> String {
    let mut document: Value = serde_json::from_str(huaweicloud_iotda::spec::OPENAPI_JSON).unwrap();
    let object = document.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
    object.remove("description").expect("a description");
    document.to_string()
}

/// Builds a package with this OpenAPI document, and returns the only error message.
fn build_error(test: &str, document: &str) -> String {
    let root = package(test, document);
    let (success, stdout) = build(&root, &[]);
    let messages: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
    assert!(!success && messages.len() == 1, "{test}: {stdout}");
    assert!(messages[0].contains("openapi/iotda.yaml"), "{}", messages[0]);
    assert!(!root.join("out/client.rs").exists(), "{test}: a client was written");
    fs::remove_dir_all(root).unwrap();
    messages[0].to_owned()
}

/// Asserts that the build fails with one message, which contains each of these pointers, names and values.
fn assert_build_error(test: &str, document: &str, expected: &[&str]) {
    let message = build_error(test, document);
    for part in expected {
        assert!(message.contains(part), "{test}: `{part}` is missing in: {message}");
    }
}

#[test]
fn valid_document_generates_client_constraints_and_json() {
    for features in [&[][..], &["SCHEMARS"]] {
        let root = package(&format!("valid-{}", features.len()), DOCUMENT);
        let (success, stdout) = build(&root, features);
        assert!(success, "{stdout}");
        let read = |name: &str| fs::read_to_string(root.join("out").join(name)).unwrap();
        assert!(read("client.rs").contains("pub async fn list_device_by_device_certificate"));
        assert_eq!(read("client.rs").contains("schemars::JsonSchema"), !features.is_empty());
        assert!(read("constraints.rs").contains("maximum: 500"));
        assert_eq!(read("openapi.json"), huaweicloud_iotda::spec::OPENAPI_JSON);
        for input in ["openapi/iotda.yaml", "build.rs", "build"] {
            assert!(stdout.contains(&format!("cargo::rerun-if-changed={input}\n")), "{stdout}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}

#[test]
fn repeated_builds_generate_identical_files() {
    let [first, second] = ["repeated-1", "repeated-2"].map(|test| {
        let root = package(test, DOCUMENT);
        assert!(build(&root, &[]).0);
        root
    });
    for name in ["client.rs", "constraints.rs", "openapi.json"] {
        let read = |root: &PathBuf| fs::read(root.join("out").join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
    fs::remove_dir_all(first).unwrap();
    fs::remove_dir_all(second).unwrap();
}

#[test]
fn error_messages_state_file_location_cause_and_remedy() {
    let renamed_reference =
        replace_all("$ref: '#/components/schemas/DeviceSimple'", "$ref: '#/components/schemas/Dev'");
    let line = renamed_reference.lines().position(|line| line.contains("schemas/Dev'")).unwrap() + 1;
    let duplicate_id = ("operationId: ListDeviceByDeviceCertificate", "operationId: ListDeviceAuthenticationTemplates");
    let renamed_id = ("operationId: ListDeviceByDeviceCertificate", "operationId: ListDevices");
    let documents = [
        renamed_reference.clone(),
        replace_after("    DeviceList:", "schemas/Page'", "responses/NotFound'"),
        replace_after("    post:", "      requestBody:\n", "      requestbody:\n"),
        replace_after("info:", "  version: 1.0.0\n", ""),
        replace_all(duplicate_id.0, duplicate_id.1),
        replace_all(renamed_id.0, renamed_id.1),
        replace_after("ListDeviceAuthenticationTemplates", "- name: template_name\n", "- name: other\n"),
        replace_after("\n    DeviceSimple:\n", "        gateway_id:\n", "        other:\n"),
        replace_all("      minimum: 1\n", ""),
        replace_all("'^[a-zA-Z0-9_-]{1,128}$'", "'^a|b$'"),
        without_description("/components/schemas/DeviceSimple/properties/device_name"),
        replace_after(
            "      requestBody:",
            "          application/json:\n",
            "          text/plain: {}\n          application/json:\n",
        ),
    ];
    let messages: Vec<_> = documents
        .iter()
        .enumerate()
        .map(|(index, document)| build_error(&format!("message-{index}"), document))
        .map(|message| message.replace(&format!("line {line}:"), "line N:"))
        .collect();
    expect_file!["build_script/messages.txt"].assert_eq(&format!("{}\n", messages.join("\n\n")));
}

#[test]
fn removed_schema_is_reported_at_its_reference_or_replacement() {
    let document = without_schema("PageMarker");
    assert_build_error("removed", &document, &["`#/components/schemas/PageMarker`", "line "]);
    // No reference is left, so the replacement finds no schema.
    let document = without_schema("Timestamp").replace("$ref: '#/components/schemas/Timestamp'", "type: string");
    assert_build_error("replaced", &document, &["#/components/schemas/Timestamp", "build/transforms.rs"]);
    let document = without_schema("PageLimit").replace("$ref: '#/components/schemas/PageLimit'", "type: integer");
    assert_build_error("bounds", &document, &["#/components/schemas/PageLimit/minimum"]);
}

#[test]
fn changed_value_that_hand_written_code_depends_on_is_reported() {
    let cases = [
        ("      minimum: 1\n", "", "/components/schemas/PageLimit/minimum"),
        ("      maximum: 50\n", "      maximum: -5\n", "/components/schemas/PageLimit/maximum"),
        ("      maximum: 50\n", "      maximum: 5000000000\n", "/components/schemas/PageLimit/maximum"),
        ("      default: 'ffffffffffffffffffffffff'\n", "      default: 1\n", "/components/schemas/PageMarker/default"),
        ("        - ACTIVE\n        - INACTIVE\n", "        none\n", "TemplateStatus/x-extensible-enum: "),
        ("        - INACTIVE\n", "        - IN-ACTIVE\n", "TemplateStatus/x-extensible-enum/1: \"IN-ACTIVE\""),
        ("        - INACTIVE\n", "        - 5\n", "TemplateStatus/x-extensible-enum/1: 5 "),
        ("        - INACTIVE\n", "        - ACTIVE\n", "TemplateStatus/x-extensible-enum/1: "),
        ("      default: 10\n", "      default: 100\n", "default 100"),
        ("      minLength: 24\n", "      minLength: 20\n", "/components/schemas/PageMarker/minLength"),
        ("'^[0-9a-fA-F]{24}$'", "'^[0-9a-fA-F]+$'", "/components/schemas/PageMarker/pattern"),
        ("'^[a-zA-Z0-9_-]{1,128}$'", "'^a|b$'", "/components/schemas/TemplateName/pattern"),
        ("        action: iotda:devicecertificates:queryDeviceList\n", "", "x-huaweicloud-authorization/action"),
        ("    Page:\n      type: object\n      nullable: true\n", "    Page:\n      type: object\n", "schemas/Page "),
        ("      type: array\n", "      type: arrays\n", "`arrays`"),
        ("        '200':\n", "        default:\n", "`default`"),
        ("        '200':\n", "        '201':\n          description: Created\n        '200':\n", "2xx"),
        (
            "        limit:\n          $ref: '#/components/schemas/PageLimit'\n",
            "",
            "#/components/schemas/ListDeviceRequest ",
        ),
    ];
    for (index, (from, to, expected)) in cases.into_iter().enumerate() {
        assert_build_error(&format!("value-{index}"), &replace_all(from, to), &[expected]);
    }
}

#[test]
fn field_without_description_is_reported() {
    for (index, (pointer, expected)) in [
        (
            "/components/schemas/DeviceSimple/properties/device_name",
            "#/components/schemas/DeviceSimple/properties/device_name ",
        ),
        (
            "/components/schemas/AuthenticationTemplateList/properties/templates",
            "#/components/schemas/AuthenticationTemplateList/properties/templates ",
        ),
        ("/components/schemas/Page", "List/properties/page "),
    ]
    .into_iter()
    .enumerate()
    {
        assert_build_error(&format!("description-{index}"), &without_description(pointer), &[expected]);
    }
}

#[test]
fn new_schema_may_be_recursive_or_scalar() {
    let schemas = "    Node:\n      type: object\n      description: A node.\n      properties:\n        next:\n          \
                   $ref: '#/components/schemas/Node'\n    Name:\n      type: string\n      description: A name.\n";
    let root = package("new", &replace_all("  schemas:\n", &format!("  schemas:\n{schemas}")));
    let (success, stdout) = build(&root, &[]);
    assert!(success, "{stdout}");
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn removed_property_is_reported() {
    for (schema, property) in [
        ("AuthenticationTemplateList", "page"),
        ("AuthenticationTemplateSimple", "update_time"),
        ("AuthenticationTemplateSimple", "create_time"),
        ("DeviceSimple", "gateway_id"),
        ("ErrorBody", "request_id"),
        ("ListDeviceRequest", "offset"),
        ("Page", "count"),
    ] {
        let (start, property_line) = (format!("\n    {schema}:\n"), format!("        {property}:\n"));
        let document = replace_after(&start, &property_line, "        other:\n");
        let (pointer, name) = (format!("#/components/schemas/{schema} "), format!("`{property}`"));
        assert_build_error(&format!("property-{schema}-{property}"), &document, &[&pointer, &name, "build/client.rs"]);
    }
    let document = replace_all("schemas/Timestamp'\n        description", "schemas/TemplateName'\n        description");
    assert_build_error("property-type", &document, &["`pub update_time: "]);
}

#[test]
fn build_script_path_is_exported_only_to_a_package_with_tests() {
    let root = package("tests", DOCUMENT);
    assert!(!build(&root, &[]).1.contains("IOTDA_BUILD_SCRIPT"));
    fs::create_dir(root.join("tests")).unwrap();
    fs::write(root.join("tests/build_script.rs"), "").unwrap();
    let line = format!("cargo::rustc-env=IOTDA_BUILD_SCRIPT={}\n", env!("IOTDA_BUILD_SCRIPT"));
    assert!(build(&root, &[]).1.contains(&line));
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn missing_document_is_reported() {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-missing", process::id()));
    fs::create_dir_all(&root).unwrap();
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    let output = command.env("CARGO_MANIFEST_DIR", &root).env("OUT_DIR", &root).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && stdout.contains("cargo::error=openapi/iotda.yaml: "), "{stdout}");
    fs::remove_dir_all(root).unwrap();
}
