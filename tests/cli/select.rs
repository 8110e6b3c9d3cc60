//! Filters, columns, order, header and count.

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::types::DeviceSimple;

use crate::support::program::{Ran, iotda_at, run};

/// Devices d-1 to d-60 of three products; every fifth is behind the gateway d-1.
async fn server() -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for number in 1..=60 {
        let mut device = DeviceSimple::default();
        let id = format!("d-{number:02}");
        device.gateway_id = Some(if number % 5 == 0 { "d-01".to_owned() } else { id.clone() });
        device.device_id = Some(id);
        device.device_name = Some(format!("{}-{number}", if number % 2 == 0 { "pump" } else { "valve" }));
        device.product_id = Some(format!("p-{}", number % 3));
        device.app_id = (number > 30).then(|| "space".to_owned());
        server.add_device("cert-a", device);
    }
    server
}

async fn devices(server: &MockServer, options: &[&str]) -> Ran {
    let ran = run(iotda_at(server, &[&["devices", "cert-a"], options].concat())).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{options:?}");
    ran
}

#[tokio::test]
async fn filters_are_applied_after_reading() {
    let server = server().await;
    for (options, count) in [
        (&["--product", "p-1"][..], 20),
        (&["--gateway", "d-01"], 13),
        (&["--app", "space"], 30),
        (&["--name", "pump-*"], 30),
        (&["--name", "*-?"], 9),
        (&["--direct"], 48),
        (&["--direct", "--name", "pump-*", "--product", "p-0", "--app", "space"], 4),
        (&["--product", "p"], 0),
    ] {
        let ran = devices(&server, options).await;
        assert_eq!(ran.lines().len(), count, "{options:?}: {}", ran.stdout);
        let counted = devices(&server, &[options, &["--count", "-o", "csv", "--no-header"]].concat()).await;
        assert_eq!(counted.stdout, format!("cert-a,{count}\n"), "{options:?}");
        let summary = devices(&server, &[options, &["--summary", "-o", "csv"]].concat()).await;
        assert!(summary.stdout.contains(&format!("cert-a,all,,{count},")), "{options:?}: {}", summary.stdout);
    }
}

#[tokio::test]
async fn columns_are_printed_in_the_requested_order() {
    let server = server().await;
    let options =
        ["--product", "p-1", "--direct", "--app", "space", "--name", "*-3?", "--columns", "device_name,device_id"];
    let ran = devices(&server, &[&options[..], &["-o", "table"]].concat()).await;
    expect![[r#"
        DEVICE_NAME  DEVICE_ID
        valve-37     d-37
        pump-34      d-34
        valve-31     d-31
    "#]]
    .assert_eq(&ran.stdout);
    let ran = devices(&server, &[&options[..], &["-o", "json"]].concat()).await;
    expect![[r#"
        [
          {"device_name":"valve-37","device_id":"d-37"},
          {"device_name":"pump-34","device_id":"d-34"},
          {"device_name":"valve-31","device_id":"d-31"}
        ]
    "#]]
    .assert_eq(&ran.stdout);
}

#[tokio::test]
async fn rows_are_sorted_by_a_column_that_need_not_be_printed() {
    let server = server().await;
    let options = ["--sort", "device_id", "--columns", "device_name", "-o", "csv"];
    let ran = devices(&server, &options).await;
    assert_eq!(ran.lines()[..3], ["device_name", "valve-1", "pump-2"], "{}", ran.stdout);
    assert_eq!(ran.lines().len(), 61);
}

#[tokio::test]
async fn sorted_run_that_fails_prints_what_it_read_and_no_marker() {
    let server = server().await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", "cert-a", "--retries", "0", "--sort", "device_id"])).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(6), 50), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--marker"), "{}", ran.stderr);
}

#[tokio::test]
async fn header_is_omitted_on_request() {
    let server = server().await;
    for format in ["csv", "table"] {
        let with = devices(&server, &["-o", format]).await;
        let without = devices(&server, &["-o", format, "--no-header"]).await;
        assert_eq!(without.lines().len(), 60, "{format}");
        assert_eq!(with.lines()[1..], without.lines(), "{format}");
        assert_eq!(devices(&server, &["-o", format, "--no-header", "--product", "p"]).await.stdout, "", "{format}");
    }
}

#[tokio::test]
async fn unknown_column_is_a_usage_error_that_lists_the_columns() {
    let server = server().await;
    for option in ["--columns", "--sort"] {
        let ran = run(iotda_at(&server, &["devices", "cert-a", option, "name"])).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("there is no column name; the columns are: certificate_id, device_id"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(server.requests().len(), 0);
}

/// An object with the same key twice is ambiguous.
#[tokio::test]
async fn column_that_is_listed_twice_is_a_usage_error() {
    let server = server().await;
    for format in ["json", "csv"] {
        let columns = "device_id,device_name,device_id";
        let ran = run(iotda_at(&server, &["devices", "cert-a", "-o", format, "--columns", columns])).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("--columns: the column device_id is listed twice"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn failed_certificate_is_not_counted() {
    let server = server().await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", "cert-a", "--count", "--retries", "0"])).await;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(5), ""), "{}", ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn note_shows_how_many_devices_were_selected() {
    let server = server().await;
    server.add_sample_devices("cert-a", 1140);
    let arguments = ["devices", "cert-a", "--app", "space", "--sort", "device_id"];
    let mut terminal = crate::terminal::Terminal::start(&server, 200, &arguments, &[]);
    let (_, terminal) = crate::terminal::run_blocking(move || (terminal.end(), terminal)).await;
    let lines = terminal.lines();
    assert!(lines.contains(&"--sort: all records are read before the first one is printed".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"certificate cert-a: 30 of 1,200 devices".to_owned()), "{lines:#?}");
}
