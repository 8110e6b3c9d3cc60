//! What the build says of a broken document: the build script itself, run on it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "build_script/operations.rs"]
mod operations;
#[path = "build_script/structure.rs"]
mod structure;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, process};

const DOCUMENT: &str = include_str!("../openapi/iotda.yaml");

/// A package's folder with this document; the folder is this process's own.
fn package(test: &str, document: &str) -> PathBuf {
    let root = env::temp_dir().join(format!("huaweicloud-iotda-{}-{test}", process::id()));
    fs::create_dir_all(root.join("openapi")).unwrap();
    fs::create_dir_all(root.join("out")).unwrap();
    fs::write(root.join("openapi/iotda.yaml"), document).unwrap();
    root
}

/// Runs the build script on a package; its outcome, and what it wrote to standard output.
fn build(root: &Path, features: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("IOTDA_BUILD_SCRIPT"));
    command.env("CARGO_MANIFEST_DIR", root).env("OUT_DIR", root.join("out")).env_remove("CARGO_FEATURE_SCHEMARS");
    for feature in features {
        command.env(format!("CARGO_FEATURE_{feature}"), "1");
    }
    let output = command.output().expect("the build script runs");
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// The document with one thing changed, wherever it stands.
fn changed(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "the document has no `{from}`");
    DOCUMENT.replace(from, to)
}

/// The document with one thing changed in the operation of this id, or in the component of this name.
fn changed_in(head: &str, from: &str, to: &str) -> String {
    let start = DOCUMENT.find(head).unwrap_or_else(|| panic!("the document has no `{head}`"));
    let (before, rest) = DOCUMENT.split_at(start);
    assert!(rest.contains(from), "after `{head}` the document has no `{from}`");
    format!("{before}{}", rest.replacen(from, to, 1))
}

/// Where the operations stand.
const TEMPLATES: &str = "#/paths/~1v5~1iot~1{project_id}~1device-authentication-templates/get";
const DEVICES: &str = "#/paths/~1v5~1iot~1{project_id}~1device-certificates~1{certificate_id}~1list-device/post";

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
    let root = package(test, document);
    let (success, stdout) = build(&root, &[]);
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
        let root = package(&format!("good-{}", features.len()), DOCUMENT);
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
fn the_same_document_gives_the_same_client() {
    let [first, second] = ["same-1", "same-2"].map(|test| {
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
        ("      maximum: 50\n", "      maximum: 5000000000\n", "/components/schemas/PageLimit/maximum"),
        ("      default: 'ffffffffffffffffffffffff'\n", "      default: 1\n", "/components/schemas/PageMarker/default"),
        (
            "        - ACTIVE\n        - INACTIVE\n",
            "        none\n",
            "TemplateStatus/x-extensible-enum: expected a list",
        ),
        ("        - INACTIVE\n", "        - IN-ACTIVE\n", "TemplateStatus/x-extensible-enum/1: \"IN-ACTIVE\""),
        ("        - INACTIVE\n", "        - 5\n", "TemplateStatus/x-extensible-enum/1: 5 "),
        ("        - INACTIVE\n", "        - ACTIVE\n", "TemplateStatus/x-extensible-enum/1: \"ACTIVE\" stands twice"),
        ("      default: 10\n", "      default: 100\n", "default 100"),
        ("      minLength: 24\n", "      minLength: 20\n", "/components/schemas/PageMarker/minLength"),
        ("'^[0-9a-fA-F]{24}$'", "'^[0-9a-fA-F]+$'", "/components/schemas/PageMarker/pattern"),
        ("'^[a-zA-Z0-9_-]{1,128}$'", "'^a|b$'", "/components/schemas/TemplateName/pattern"),
        ("        action: iotda:devicecertificates:queryDeviceList\n", "", "x-huaweicloud-authorization/action"),
        ("    Page:\n      type: object\n      nullable: true\n", "    Page:\n      type: object\n", "schemas/Page "),
        ("      type: array\n", "      type: arrays\n", "`arrays` is no type"),
        ("        '200':\n", "        default:\n", "`default`"),
        ("        '200':\n", "        '201':\n          description: Created\n        '200':\n", "2xx"),
        (
            "        limit:\n          $ref: '#/components/schemas/PageLimit'\n",
            "",
            "schemas/ListDeviceRequest has no property `limit`",
        ),
    ];
    for (index, (from, to, part)) in cases.into_iter().enumerate() {
        assert_stops(&format!("asserted-{index}"), &changed(from, to), &[part]);
    }
}

#[test]
fn a_field_without_a_description_is_told() {
    let document = changed("          description: Device name.\n", "");
    assert_stops(
        "undescribed",
        &document,
        &["#/components/schemas/DeviceSimple/properties/device_name needs a description"],
    );
    let document = changed("          description: Details of the authentication templates on this page.\n", "");
    assert_stops(
        "undescribed-list",
        &document,
        &["#/components/schemas/AuthenticationTemplateList/properties/templates "],
    );
    let document = changed_in("    Page:\n", "      description: Pagination information of the query's results.\n", "");
    assert_stops("undescribed-schema", &document, &["/properties/page needs a description, or must refer to"]);
}

#[test]
fn a_new_schema_may_refer_to_itself_or_be_a_value() {
    let node = "    Node:\n      type: object\n      description: A node.\n      properties:\n        next:\n          \
                $ref: '#/components/schemas/Node'\n    Name:\n      type: string\n      description: A name.\n";
    let root = package("new", &changed("  schemas:\n", &format!("  schemas:\n{node}")));
    let (success, stdout) = build(&root, &[]);
    assert!(success, "{stdout}");
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_removed_property_is_told() {
    for (schema, property) in [
        ("AuthenticationTemplateList", "page"),
        ("AuthenticationTemplateSimple", "update_time"),
        ("AuthenticationTemplateSimple", "create_time"),
        ("DeviceSimple", "gateway_id"),
        ("ErrorBody", "request_id"),
        ("ListDeviceRequest", "offset"),
        ("Page", "count"),
    ] {
        let document = changed_in(&format!("\n    {schema}:\n"), &format!("        {property}:\n"), "        other:\n");
        let cause = format!("#/components/schemas/{schema} has no property `{property}`");
        assert_stops(&format!("property-{schema}-{property}"), &document, &[&cause, "public API"]);
    }
    let document = changed("schemas/Timestamp'\n        description", "schemas/TemplateName'\n        description");
    assert_stops("property-type", &document, &["lacks `pub update_time: "]);
}

#[test]
fn this_program_s_path_is_given_to_a_package_with_tests_only() {
    let root = package("tests", DOCUMENT);
    assert!(!build(&root, &[]).1.contains("IOTDA_BUILD_SCRIPT"));
    fs::create_dir(root.join("tests")).unwrap();
    fs::write(root.join("tests/build_script.rs"), "").unwrap();
    let line = format!("cargo::rustc-env=IOTDA_BUILD_SCRIPT={}\n", env!("IOTDA_BUILD_SCRIPT"));
    assert!(build(&root, &[]).1.contains(&line));
    fs::remove_dir_all(root).unwrap();
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
