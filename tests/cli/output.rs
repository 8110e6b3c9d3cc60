//! Printed records in every format, compared with golden files. `UPDATE_EXPECT=1 cargo test --features full` rewrites them.

use std::path::Path;

use expect_test::{expect, expect_file};
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple, TemplateStatus};

use crate::support::program::{Ran, iotda_at, run, run_with};

const FORMATS: [&str; 4] = ["table", "json", "jsonl", "csv"];

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns a device with these values, in the order of the table's columns. An empty value is null.
fn device([id, name, node, gateway, product, space]: [&str; 6]) -> DeviceSimple {
    let mut device = DeviceSimple::default();
    (device.device_id, device.device_name, device.node_id) = (text(id), text(name), text(node));
    (device.gateway_id, device.product_id, device.app_id) = (text(gateway), text(product), text(space));
    device
}

fn template([id, name, status, created, updated, description]: [&str; 6]) -> AuthenticationTemplateSimple {
    let mut template = AuthenticationTemplateSimple::default();
    (template.template_id, template.template_name, template.description) = (text(id), text(name), text(description));
    template.status = Some(TemplateStatus::from(status.to_owned()));
    template.create_time = text(created).map(Into::into);
    template.update_time = text(updated).map(Into::into);
    template
}

/// Starts a server with values that some formats must escape, and with missing values.
async fn server() -> MockServer {
    let server = MockServer::start().await.expect("a port");
    let second = device(["d-2", "水泵\u{1b}[31m", "N2", "d-1", "p-2", ""]);
    server.add_device("cert-a", device(["d-1", "Pump, \"north\"", "N1", "d-1", "p-1", "s-1"]));
    server.add_device("cert-a", second.clone());
    server.add_device("cert-a", device(["d-3", "", "", "d-1", "p-1", ""]));
    server.add_device("cert-b", second);
    server.add_certificate("cert-c");
    server.add_certificate("cert-d");
    server.add_template(template(["t-1", "first", "ACTIVE", "20231031T070547Z", "20240101T000000Z", ""]));
    server.add_template(template(["t-2", "second", "INACTIVE", "20231031T070547Z", "20240101T000000Z", "two\nlines"]));
    server.add_template(template(["t-3", "", "PAUSED", "", "", ""]));
    server
}

fn assert_golden(name: &str, format: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{format}"));
    expect_file![file].assert_eq(text);
}

fn assert_silent_success(ran: &Ran) {
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    assert_eq!(ran.stderr, "", "{}", ran.stdout);
}

async fn assert_golden_files(name: &str, arguments: &[&str]) {
    let server = server().await;
    for format in FORMATS {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--output", format]).collect();
        let ran = run(iotda_at(&server, &arguments)).await;
        assert_silent_success(&ran);
        assert_golden(name, format, &ran.stdout);
    }
}

#[tokio::test]
async fn devices_of_two_certificates_match_the_golden_files() {
    assert_golden_files("devices", &["devices", "cert-a", "cert-b"]).await;
}

#[tokio::test]
async fn summary_of_two_certificates_matches_the_golden_files() {
    assert_golden_files("summary", &["devices", "--summary", "cert-a", "cert-b"]).await;
}

#[tokio::test]
async fn unused_certificates_match_the_golden_files() {
    assert_golden_files("unused", &["devices", "--unused", "cert-a", "cert-c", "cert-b", "cert-d"]).await;
}

#[tokio::test]
async fn templates_with_missing_and_unknown_values_match_the_golden_files() {
    assert_golden_files("templates", &["templates"]).await;
}

#[tokio::test]
async fn default_format_for_a_pipe_is_jsonl() {
    let ran = run(iotda_at(&server().await, &["devices", "cert-a", "cert-b"])).await;
    assert_silent_success(&ran);
    assert_golden("devices", "jsonl", &ran.stdout);
}

#[tokio::test]
async fn empty_listing_prints_the_header_or_an_empty_array_or_nothing() {
    let server = server().await;
    let table = expect![[r#"
        DEVICE_ID  DEVICE_NAME  NODE_ID  GATEWAY_ID  PRODUCT_ID  APP_ID
    "#]];
    let json = expect![[r#"
        []
    "#]];
    let csv = expect![[r#"
        certificate_id,device_id,device_name,node_id,gateway_id,product_id,app_id
    "#]];
    for (format, expected) in [("table", table), ("json", json), ("jsonl", expect![""]), ("csv", csv)] {
        let ran = run(iotda_at(&server, &["devices", "cert-c", "-o", format])).await;
        assert_silent_success(&ran);
        expected.assert_eq(&ran.stdout);
    }
}

#[tokio::test]
async fn certificate_ids_from_arguments_and_stdin_are_deduplicated_in_order() {
    let server = server().await;
    let command = iotda_at(&server, &["devices", "cert-b", "-", "--output", "csv"]);
    let ran = run_with(command, "cert-a\r\n\n  cert-b \n").await;
    assert_silent_success(&ran);
    let ids: Vec<_> = ran.lines()[1..].iter().map(|line| line.split(',').take(2).collect::<Vec<_>>()).collect();
    assert_eq!(ids, [["cert-b", "d-2"], ["cert-a", "d-3"], ["cert-a", "d-2"], ["cert-a", "d-1"]]);
}

#[tokio::test]
async fn byte_order_marks_in_stdin_are_ignored() {
    let server = server().await;
    let with_byte_order_marks = "\u{feff}cert-a\r\n\u{feff}cert-b\r\n";
    let ran = run_with(iotda_at(&server, &["devices", "-", "--output", "csv"]), with_byte_order_marks).await;
    assert_silent_success(&ran);
    assert_eq!(ran.lines().len(), 5);
}

#[tokio::test]
async fn stdin_without_a_certificate_id_is_a_usage_error() {
    let server = server().await;
    let ran = run_with(iotda_at(&server, &["devices", "-"]), " \n").await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    expect![[r#"
        error: standard input contains no certificate ID
    "#]]
    .assert_eq(&ran.stderr);
}

#[tokio::test]
async fn empty_certificate_id_is_a_usage_error() {
    let server = server().await;
    let ran = run(iotda_at(&server, &["devices", " "])).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    expect![[r#"
        error: CERTIFICATE is empty; specify a certificate ID
    "#]]
    .assert_eq(&ran.stderr);
}

#[tokio::test]
async fn templates_are_filtered_by_name_and_status() {
    let server = server().await;
    for (arguments, expected) in [
        (&["templates", "--status", "active"][..], &["t-1"][..]),
        (&["templates", "--status", "inactive"], &["t-2"]),
        (&["templates", "--name", "second"], &["t-2"]),
        (&["templates", "--name", "second", "--status", "active"], &[]),
        (&["templates", "--page-size", "1"], &["t-3", "t-2", "t-1"]),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_silent_success(&ran);
        let printed: Vec<serde_json::Value> = ran.lines().iter().map(|line| line.parse().expect("JSON")).collect();
        let ids: Vec<_> = printed.iter().map(|template| template["template_id"].as_str().expect("an ID")).collect();
        assert_eq!(ids, expected, "{arguments:?}");
    }
    let requests = server.requests();
    assert!(requests.iter().any(|request| request.target.contains("template_name=second")));
}

#[tokio::test]
async fn json_output_is_valid_if_pages_contain_no_matching_record() {
    let server = server().await;
    server.add_sample_devices("cert-e", 1);
    for (arguments, expected) in [
        (&["templates", "--status", "active", "--page-size", "1"][..], 1),
        (&["templates", "--name", "second", "--status", "active"], 0),
        (&["devices", "--summary", "unknown", "cert-e", "--by", "product"], 4),
        (&["devices", "cert-c", "cert-e"], 1),
        (&["devices", "--unused", "cert-e"], 0),
    ] {
        let ran = run(iotda_at(&server, &[arguments, &["--output", "json"]].concat())).await;
        let array: serde_json::Value = ran.stdout.parse().unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
        assert_eq!(array.as_array().map(Vec::len), Some(expected), "{arguments:?}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn table_truncates_values_to_4000_characters() {
    let server = server().await;
    let name = "x".repeat(65_535);
    server.add_device("cert-e", device(["d-9", &name, "", "", "", ""]));
    let ran = run(iotda_at(&server, &["devices", "cert-e", "--output", "table"])).await;
    assert_silent_success(&ran);
    assert!(ran.stdout.contains(&format!("  {}…  ", &name[..4000])), "{} bytes", ran.stdout.len());
    let ran = run(iotda_at(&server, &["devices", "cert-e"])).await;
    assert!(ran.stdout.contains(&name), "other formats do not truncate");
}

#[tokio::test]
async fn device_without_gateway_id_is_counted_as_direct() {
    let server = server().await;
    server.add_device("cert-e", device(["d-9", "", "", "", "", ""]));
    let ran = run(iotda_at(&server, &["devices", "--summary", "cert-e", "--output", "csv"])).await;
    assert_silent_success(&ran);
    assert!(ran.lines().contains(&"cert-e,direct,,1,100.0"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("gateway"), "{}", ran.stdout);
}

#[tokio::test]
async fn nothing_is_printed_if_every_request_fails() {
    let server = server().await;
    for format in ["json", "jsonl", "csv", "table"] {
        for mode in [&[][..], &["--summary"], &["--unused"]] {
            let ran = run(iotda_at(&server, &[&["devices", "unknown", "--output", format], mode].concat())).await;
            assert_eq!(ran.status, Some(4), "{format} {mode:?}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{format} {mode:?}: {}", ran.stderr);
        }
        server.enqueue(MockResponse::new(403));
        let ran = run(iotda_at(&server, &["templates", "--output", format])).await;
        assert_eq!(ran.status, Some(3), "{format}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{format}: {}", ran.stderr);
    }
}
