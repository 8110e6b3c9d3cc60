//! `--summary`: totals, shares and bars. A table contains the largest groups, the other formats all groups.

use expect_test::expect;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;
use serde_json::{Value, json};

use crate::support::program::{Ran, iotda_at, run};

fn device(id: String, product: &str, gateway: Option<&str>) -> DeviceSimple {
    let mut device = DeviceSimple::default();
    device.gateway_id = Some(gateway.map_or_else(|| id.clone(), str::to_owned));
    device.device_id = Some(id);
    device.product_id = Some(product.to_owned());
    device
}

/// A server with 1 device of product p-1, 2 of p-2 and so on, up to p-12, of two certificates.
async fn server() -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for product in 1..=12 {
        for number in 1..=product {
            let device = device(format!("d-{product}-{number}"), &format!("p-{product}"), None);
            server.add_device("cert-a", device.clone());
            server.add_device("cert-b", device);
        }
    }
    server
}

/// A server with 6 devices of cert-a, and 2 of cert-b, one of which is also one of cert-a.
async fn small_server() -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for number in 1..=6 {
        let gateway = (number > 4).then_some("d-1");
        server.add_device("cert-a", device(format!("d-{number}"), if number > 2 { "p-1" } else { "p-2" }, gateway));
    }
    server.add_device("cert-b", device("d-6".to_owned(), "p-1", Some("d-1")));
    server.add_device("cert-b", device("d-7".to_owned(), "p-3", None));
    server
}

async fn summary(server: &MockServer, arguments: &[&str]) -> Ran {
    summary_in(server, arguments, "C.UTF-8").await
}

async fn summary_in(server: &MockServer, arguments: &[&str], locale: &str) -> Ran {
    let mut command = iotda_at(server, &[&["devices", "--summary"], arguments].concat());
    command.env("LC_ALL", locale);
    let ran = run(command).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    ran
}

fn rows<'a>(ran: &'a Ran, group: &str) -> Vec<Vec<&'a str>> {
    let cells = |line: &'a str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    ran.stdout.lines().map(cells).filter(|row: &Vec<&str>| row.contains(&group)).collect()
}

#[tokio::test]
async fn table_shows_share_and_bar_of_each_group() {
    let ran = summary(&small_server().await, &["cert-a", "-o", "table"]).await;
    expect![[r#"
        GROUP           ID   DEVICES  PERCENT
        all             -          6    100.0  ████████████████████
        direct          -          4     66.7  █████████████▍
        product         p-1        4     66.7  █████████████▍
        product         p-2        2     33.3  ██████▋
        resource_space  -          6    100.0  ████████████████████
        gateway         d-1        2     33.3  ██████▋
    "#]]
    .assert_eq(&ran.stdout);
}

/// The row of the others is no group.
#[tokio::test]
async fn sorted_table_contains_the_largest_groups_and_the_others_are_the_last_row() {
    let server = server().await;
    for (column, products) in [
        ("id", ["p-10", "p-11", "p-12", "p-9", "others (8)"]),
        ("devices", ["p-9", "p-10", "p-11", "p-12", "others (8)"]),
    ] {
        let options = ["cert-a", "-o", "table", "--by", "product", "--top", "4", "--sort", column];
        let ran = summary(&server, &options).await;
        assert_eq!(ran.lines()[1].split_whitespace().next(), Some("all"), "{}", ran.stdout);
        let rows = rows(&ran, "product");
        assert_eq!(rows.iter().map(|row| row[1]).collect::<Vec<_>>(), products, "{}", ran.stdout);
    }
    let ran = summary(&server, &["cert-a", "-o", "csv", "--sort", "devices", "--columns", "devices"]).await;
    assert!(ran.lines()[1..].is_sorted_by_key(|devices| devices.parse::<u64>().expect("a number")), "{}", ran.stdout);
}

#[tokio::test]
async fn table_of_several_certificates_shows_totals_of_different_devices() {
    let ran = summary(&small_server().await, &["cert-a", "cert-b", "-o", "table"]).await;
    expect![[r#"
        GROUP           ID      DEVICES  PERCENT
        all             -             7    100.0  ████████████████████
        direct          -             5     71.4  ██████████████▎
        certificate     cert-a        6     85.7  █████████████████▏
        certificate     cert-b        2     28.6  █████▊
        shared          -             1     14.3  ██▉
        product         p-1           4     57.1  ███████████▍
        product         p-2           2     28.6  █████▊
        product         p-3           1     14.3  ██▉
        resource_space  -             7    100.0  ████████████████████
        gateway         d-1           2     28.6  █████▊
    "#]]
    .assert_eq(&ran.stdout);
}

#[tokio::test]
async fn jsonl_contains_each_certificate_then_the_totals_then_the_shared_devices() {
    let ran = summary(&small_server().await, &["cert-a", "cert-b", "--by", "certificate"]).await;
    let records: Vec<Value> = ran.lines().iter().map(|line| line.parse().expect("JSON")).collect();
    let record = |certificate: Option<&str>, group: &str, id: Option<&str>, devices: u64, percent: f64| json!({"certificate_id": certificate, "group": group, "id": id, "devices": devices, "percent": percent});
    let expected = [
        record(Some("cert-a"), "all", None, 6, 100.0),
        record(Some("cert-b"), "all", None, 2, 100.0),
        record(None, "all", None, 7, 100.0),
        record(None, "certificate", Some("cert-a"), 6, 85.7),
        record(None, "certificate", Some("cert-b"), 2, 28.6),
        record(None, "shared", None, 1, 14.3),
        record(Some("cert-a"), "shared", Some("d-6"), 1, 16.7),
        record(Some("cert-b"), "shared", Some("d-6"), 1, 50.0),
    ];
    assert_eq!(records, expected);
}

#[tokio::test]
async fn by_option_selects_groups() {
    let server = small_server().await;
    for (by, expected) in [
        ("product", &["all", "product"][..]),
        ("space", &["all", "resource_space"]),
        ("resource_space", &["all", "resource_space"]),
        ("gateway", &["all", "direct", "gateway"]),
        ("certificate", &["all"]),
        ("gateway,product", &["all", "direct", "product", "gateway"]),
    ] {
        let ran = summary(&server, &["cert-a", "--by", by, "--columns", "group", "-o", "csv", "--no-header"]).await;
        let mut groups = ran.lines();
        groups.dedup();
        assert_eq!(groups, expected, "{by}");
    }
}

#[tokio::test]
async fn devices_of_no_device_have_no_share() {
    let server = MockServer::start().await.expect("a port");
    server.add_certificate("unused");
    let ran = summary(&server, &["unused", "-o", "table"]).await;
    expect![[r#"
        GROUP   ID  DEVICES  PERCENT
        all     -         0      0.0
        direct  -         0      0.0
    "#]]
    .assert_eq(&ran.stdout);
}

#[tokio::test]
#[cfg(unix)] // The console of Windows always shows Unicode.
async fn bars_are_ascii_if_the_locale_is_not_utf_8() {
    let server = small_server().await;
    for (locale, bar) in
        [("C", "#######"), ("POSIX", "#######"), ("en_US.ISO-8859-1", "#######"), ("de_DE.utf8", "██████▋")]
    {
        let ran = summary_in(&server, &["cert-a", "-o", "table", "--by", "product"], locale).await;
        assert!(ran.lines()[3].ends_with(&format!("33.3  {bar}")), "{locale}: {}", ran.stdout);
    }
}

#[tokio::test]
#[cfg(unix)] // The console of Windows always shows Unicode.
async fn smallest_group_has_a_bar() {
    let server = MockServer::start().await.expect("a port");
    for number in 0..4000 {
        server.add_device("cert-a", device(format!("d-{number}"), if number == 0 { "rare" } else { "p" }, None));
    }
    for (locale, bar) in [("C", "#"), ("C.UTF-8", "▏")] {
        let ran = summary_in(&server, &["cert-a", "-o", "table"], locale).await;
        assert_eq!(rows(&ran, "rare"), [["product", "rare", "1", "0.1", bar]]);
    }
}

#[tokio::test]
async fn table_contains_the_ten_largest_groups_and_the_sum_of_the_others() {
    let ran = summary(&server().await, &["cert-a", "-o", "table"]).await;
    let products = rows(&ran, "product");
    assert_eq!(products.len(), 11, "{}", ran.stdout);
    assert_eq!(products[0][..4], ["product", "p-12", "12", "15.4"]);
    assert_eq!(products[10][..4], ["product", "others (2)", "3", "3.8"], "1 of p-1 and 2 of p-2");
}

#[tokio::test]
async fn top_option_limits_each_kind_of_group() {
    let ran = summary(&server().await, &["cert-a", "cert-b", "-o", "table", "--top", "2"]).await;
    let products = rows(&ran, "product");
    assert_eq!(products[2][..4], ["product", "others (10)", "55", "70.5"], "{}", ran.stdout);
    assert_eq!(products.len(), 3, "{}", ran.stdout);
    assert_eq!(rows(&ran, "shared")[0][..4], ["shared", "-", "78", "100.0"], "{}", ran.stdout);
}

#[tokio::test]
async fn single_other_group_is_shown() {
    let ran = summary(&small_server().await, &["cert-a", "-o", "table", "--top", "1"]).await;
    assert_eq!(rows(&ran, "product").iter().map(|row| row[1]).collect::<Vec<_>>(), ["p-1", "p-2"]);
}

#[tokio::test]
async fn table_of_a_fleet_fits_on_a_screen() {
    let server = MockServer::start().await.expect("a port");
    let certificates: Vec<_> = (0..200).map(|number| format!("cert-{number:03}")).collect();
    for (number, certificate) in certificates.iter().enumerate() {
        for copy in 0..=number % 3 {
            let id = format!("d-{number}-{copy}");
            server.add_device(certificate, device(id.clone(), &format!("p-{number}"), Some("d-0-0")));
            server.add_device(certificate, device(format!("{id}-child"), "child", Some(&id)));
        }
    }
    let mut arguments: Vec<_> = certificates.iter().map(String::as_str).collect();
    arguments.extend(["-o", "table", "--columns", "group,id,devices"]);
    let ran = summary(&server, &arguments).await;
    assert!(ran.lines().len() < 50, "{}", ran.stdout);
    assert_eq!(rows(&ran, "all"), [["all", "-", "798"]], "{}", ran.stdout);
    let certificates = rows(&ran, "certificate");
    assert_eq!(certificates[0], ["certificate", "cert-002", "6"]);
    assert_eq!(certificates[10], ["certificate", "others (190)", "738"]);
}

#[tokio::test]
async fn other_formats_contain_all_groups() {
    let server = server().await;
    for format in ["csv", "jsonl", "json"] {
        let ran = summary(&server, &["cert-a", "-o", format, "--top", "2"]).await;
        assert_eq!(ran.stdout.matches("p-").count(), 12, "{}", ran.stdout);
        assert!(!ran.stdout.contains("others"), "{}", ran.stdout);
        let ran = summary(&server, &["cert-a", "cert-b", "-o", format, "--by", "certificate"]).await;
        assert_eq!(ran.stdout.matches("\"shared\"").count() + ran.stdout.matches(",shared,").count(), 78 * 2 + 1);
    }
}

#[tokio::test]
async fn rows_can_be_sorted_by_share() {
    let ran =
        summary(&small_server().await, &["cert-a", "--sort", "percent", "--columns", "id,percent", "-o", "csv"]).await;
    assert_eq!(ran.lines(), ["id,percent", "p-2,33.3", "d-1,33.3", ",66.7", "p-1,66.7", ",100.0", ",100.0"]);
}

#[tokio::test]
async fn options_of_the_summary_require_it() {
    let server = small_server().await;
    for option in ["--top=3", "--by=product"] {
        let ran = run(iotda_at(&server, &["devices", "cert-a", option])).await;
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("--summary"), "{}", ran.stderr);
    }
}
