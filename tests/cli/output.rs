//! What is printed, in every form: compared with files that were written by hand.

use std::fs;
use std::path::Path;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple, TemplateStatus};

use crate::support::program::{Ran, iotda_at, run, run_with};

const FORMS: [&str; 4] = ["table", "json", "jsonl", "csv"];

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// In the order of the table's columns; empty is null.
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

/// Values that forms must quote, and values that are missing.
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

fn golden(name: &str, form: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{form}"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn silent_success(ran: &Ran) {
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
}

async fn prints_as_in_the_files(name: &str, arguments: &[&str]) {
    let server = server().await;
    for form in FORMS {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--output", form]).collect();
        let ran = run(iotda_at(&server, &arguments)).await;
        silent_success(&ran);
        assert_eq!(ran.stdout, golden(name, form), "{name} as {form}");
    }
}

#[tokio::test]
async fn devices_of_two_certificates() {
    prints_as_in_the_files("devices", &["devices", "cert-a", "cert-b"]).await;
}

#[tokio::test]
async fn the_summary_of_two_certificates() {
    prints_as_in_the_files("summary", &["devices", "--summary", "cert-a", "cert-b"]).await;
}

#[tokio::test]
async fn certificates_that_no_device_uses() {
    prints_as_in_the_files("unused", &["devices", "--unused", "cert-a", "cert-c", "cert-b", "cert-d"]).await;
}

#[tokio::test]
async fn templates_with_odd_values() {
    prints_as_in_the_files("templates", &["templates"]).await;
}

#[tokio::test]
async fn a_pipe_gets_jsonl_unless_another_form_is_asked_for() {
    let ran = run(iotda_at(&server().await, &["devices", "cert-a", "cert-b"])).await;
    silent_success(&ran);
    assert_eq!(ran.stdout, golden("devices", "jsonl"));
}

#[tokio::test]
async fn a_listing_without_records_is_a_heading_or_nothing() {
    let server = server().await;
    for (form, expected) in [
        ("table", "DEVICE_ID  DEVICE_NAME  NODE_ID  GATEWAY_ID  PRODUCT_ID  APP_ID\n"),
        ("json", "[]\n"),
        ("jsonl", ""),
        ("csv", "certificate_id,device_id,device_name,node_id,gateway_id,product_id,app_id\n"),
    ] {
        let ran = run(iotda_at(&server, &["devices", "cert-c", "-o", form])).await;
        silent_success(&ran);
        assert_eq!(ran.stdout, expected, "{form}");
    }
}

#[tokio::test]
async fn ids_come_from_standard_input_too_each_once_and_in_order() {
    let server = server().await;
    let command = iotda_at(&server, &["devices", "cert-b", "-", "--output", "csv"]);
    let ran = run_with(command, "cert-a\r\n\n  cert-b \n").await;
    silent_success(&ran);
    let ids: Vec<_> = ran.lines()[1..].iter().map(|line| line.split(',').take(2).collect::<Vec<_>>()).collect();
    assert_eq!(ids, [["cert-b", "d-2"], ["cert-a", "d-3"], ["cert-a", "d-2"], ["cert-a", "d-1"]]);

    let marked = "\u{feff}cert-a\r\n\u{feff}cert-b\r\n";
    let ran = run_with(iotda_at(&server, &["devices", "-", "--output", "csv"]), marked).await;
    silent_success(&ran);
    assert_eq!(ran.lines().len(), 5);

    let ran = run_with(iotda_at(&server, &["devices", "-"]), " \n").await;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("standard input holds no certificate"), "{}", ran.stderr);
    let ran = run(iotda_at(&server, &["devices", " "])).await;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("CERTIFICATE is empty") && !ran.stderr.contains("standard input"), "{}", ran.stderr);
}

#[tokio::test]
async fn templates_are_chosen_by_name_and_status() {
    let server = server().await;
    for (arguments, expected) in [
        (&["templates", "--status", "active"][..], &["t-1"][..]),
        (&["templates", "--status", "inactive"], &["t-2"]),
        (&["templates", "--name", "second"], &["t-2"]),
        (&["templates", "--name", "second", "--status", "active"], &[]),
        (&["templates", "--page-size", "1"], &["t-3", "t-2", "t-1"]),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        silent_success(&ran);
        let printed: Vec<serde_json::Value> = ran.lines().iter().map(|line| line.parse().expect("JSON")).collect();
        let ids: Vec<_> = printed.iter().map(|template| template["template_id"].as_str().expect("an id")).collect();
        assert_eq!(ids, expected, "{arguments:?}");
    }
    let requests = server.requests();
    assert!(requests.iter().any(|request| request.target.contains("template_name=second")));
}

#[tokio::test]
async fn json_is_whole_where_a_page_has_no_wanted_record_or_nothing_has() {
    let server = server().await;
    server.add_sample_devices("cert-e", 1);
    for (arguments, expected) in [
        (&["templates", "--status", "active", "--page-size", "1"][..], 1),
        (&["templates", "--name", "second", "--status", "active"], 0),
        (&["devices", "--summary", "unknown", "cert-e"], 4),
        (&["devices", "cert-c", "cert-e"], 1),
        (&["devices", "--unused", "cert-e"], 0),
    ] {
        let ran = run(iotda_at(&server, &[arguments, &["--output", "json"]].concat())).await;
        let array: serde_json::Value = ran.stdout.parse().unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
        assert_eq!(array.as_array().map(Vec::len), Some(expected), "{arguments:?}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn a_value_of_any_length_is_printed_in_a_table() {
    let server = server().await;
    let name = "x".repeat(65_535);
    server.add_device("cert-e", device(["d-9", &name, "", "", "", ""]));
    let ran = run(iotda_at(&server, &["devices", "cert-e", "--output", "table"])).await;
    silent_success(&ran);
    assert!(ran.stdout.contains(&format!("  {}…  ", &name[..4000])), "{} bytes", ran.stdout.len());
    let ran = run(iotda_at(&server, &["devices", "cert-e"])).await;
    assert!(ran.stdout.contains(&name), "cut elsewhere too");
}

#[tokio::test]
async fn a_device_without_a_gateway_is_a_direct_one() {
    let server = server().await;
    server.add_device("cert-e", device(["d-9", "", "", "", "", ""]));
    let ran = run(iotda_at(&server, &["devices", "--summary", "cert-e", "--output", "csv"])).await;
    silent_success(&ran);
    assert!(ran.lines().contains(&"cert-e,direct,,1") && !ran.stdout.contains("gateway"), "{}", ran.stdout);
}

#[tokio::test]
async fn no_empty_list_is_printed_where_nothing_was_answered() {
    let server = server().await;
    for format in ["json", "jsonl", "csv", "table"] {
        for mode in [&[][..], &["--summary"], &["--unused"]] {
            let ran = run(iotda_at(&server, &[&["devices", "unknown", "--output", format], mode].concat())).await;
            assert_eq!((ran.status, ran.stdout.as_str()), (Some(4), ""), "{format} {mode:?}: {}", ran.stderr);
        }
        server.enqueue(MockResponse::new(403));
        let ran = run(iotda_at(&server, &["templates", "--output", format])).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(3), ""), "{format}: {}", ran.stderr);
    }
}
