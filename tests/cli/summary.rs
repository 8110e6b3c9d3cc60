//! `--summary`: a table contains the largest groups.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;

use crate::support::program::{iotda_at, run};

/// A server with 1 device of product p-1, 2 of p-2 and so on, up to p-12, of two certificates.
async fn server() -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for product in 1..=12 {
        for number in 1..=product {
            let mut device = DeviceSimple::default();
            device.device_id = Some(format!("d-{product}-{number}"));
            device.product_id = Some(format!("p-{product}"));
            server.add_device("cert-a", device.clone());
            server.add_device("cert-b", device);
        }
    }
    server
}

fn rows<'a>(text: &'a str, group: &str) -> Vec<Vec<&'a str>> {
    let rows = text.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect());
    rows.filter(|row: &Vec<&str>| row.contains(&group)).collect()
}

#[tokio::test]
async fn table_contains_the_ten_largest_groups_and_the_sum_of_the_others() {
    let server = server().await;
    let ran = run(iotda_at(&server, &["devices", "--summary", "cert-a", "-o", "table"])).await;
    let products = rows(&ran.stdout, "product");
    assert_eq!(products.len(), 11, "{}", ran.stdout);
    assert_eq!(products[0], ["product", "p-12", "12"]);
    assert_eq!(products[10], ["product", "others (2)", "3"], "1 of p-1 and 2 of p-2");
}

#[tokio::test]
async fn top_option_limits_each_kind_of_group() {
    let server = server().await;
    let ran = run(iotda_at(&server, &["devices", "--summary", "cert-a", "cert-b", "-o", "table", "--top", "2"])).await;
    for certificate in ["cert-a", "cert-b"] {
        let others: Vec<_> = rows(&ran.stdout, "product").into_iter().filter(|row| row[0] == certificate).collect();
        assert_eq!(others[2..], [[certificate, "product", "others (10)", "55"]], "{}", ran.stdout);
    }
    let shared = rows(&ran.stdout, "shared");
    assert_eq!(shared.len(), 3, "{}", ran.stdout);
    assert_eq!(shared[2][2], "others (154)", "78 devices use both certificates");
}

#[tokio::test]
async fn other_formats_contain_all_groups() {
    let server = server().await;
    for format in ["csv", "jsonl", "json"] {
        let ran = run(iotda_at(&server, &["devices", "--summary", "cert-a", "-o", format, "--top", "2"])).await;
        assert_eq!(ran.stdout.matches("p-").count(), 12, "{}", ran.stdout);
        assert!(!ran.stdout.contains("others"), "{}", ran.stdout);
    }
}
