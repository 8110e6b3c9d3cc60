//! Listings that end with fewer records than the service counts, and pages that do not state an empty list.

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::support::program::{Ran, iotda_at, run};

const MARKER: &str = "66178add3b98944277000009";
const WARNING: &str = "warning: certificate cert-a: read 2 records, but the service counts 4; records came or went \
                       meanwhile, or the listing is incomplete: run it again before you act";

/// A page of two devices of four, and the end of the listing.
fn incomplete_listing() -> [Value; 2] {
    let devices = json!([{"device_id": "d-1"}, {"device_id": "d-2"}]);
    [
        json!({"devices": devices, "page": {"count": 4, "marker": MARKER}}),
        json!({"devices": [], "page": {"count": 4, "marker": null}}),
    ]
}

async fn run_with(arguments: &[&str], responses: impl IntoIterator<Item = Value>) -> Ran {
    let server = MockServer::start().await.expect("a port");
    for response in responses {
        server.enqueue(MockResponse::new(200).json(&response));
    }
    run(iotda_at(&server, arguments)).await
}

#[tokio::test]
async fn incomplete_listing_is_reported_in_every_format() {
    for arguments in [
        &["devices", "cert-a", "-o", "table"][..],
        &["devices", "cert-a", "-o", "json"],
        &["devices", "cert-a", "-o", "jsonl"],
        &["devices", "cert-a", "-o", "csv"],
        &["devices", "cert-a", "--summary"],
        &["devices", "cert-a", "--summary", "-o", "json"],
        &["devices", "cert-a", "--concurrency", "4"],
        &["devices", "cert-a", "--max", "100"],
    ] {
        let ran = run_with(arguments, incomplete_listing()).await;
        assert_eq!(ran.stderr.trim_end(), WARNING, "{arguments:?}");
        assert_eq!(ran.status, Some(0), "{arguments:?}");
        let strict = run_with(&[arguments, &["--strict"]].concat(), incomplete_listing()).await;
        assert_eq!(strict.status, Some(6), "{arguments:?}");
        assert_eq!((strict.stdout, strict.stderr), (ran.stdout, ran.stderr), "{arguments:?}");
    }
}

#[tokio::test]
async fn complete_listing_is_not_reported() {
    let [mut first, mut last] = incomplete_listing();
    (first["page"]["count"], last["page"]["count"]) = (json!(4), json!(2));
    let ran = run_with(&["devices", "cert-a", "--strict"], [first, last]).await;
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)));
}

#[tokio::test]
async fn requested_part_of_a_listing_is_not_reported() {
    let [first, _] = incomplete_listing();
    let ran = run_with(&["devices", "cert-a", "--max", "2", "--strict"], [first]).await;
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)));
    let [first, last] = incomplete_listing();
    let resumed = ["devices", "cert-a", "--strict", "--marker", "66178add3b9894427700000f"];
    let ran = run_with(&resumed, [first, last]).await;
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)));
}

#[tokio::test]
async fn max_above_one_page_is_compared_with_the_count() {
    let page = |numbers: std::ops::Range<u32>, marker: Option<String>| {
        let devices: Vec<_> = numbers.map(|number| json!({"device_id": format!("d-{number}")})).collect();
        json!({"devices": devices, "page": {"count": 100, "marker": marker}})
    };
    let responses = [page(0..50, Some(MARKER.into())), page(50..55, Some(MARKER.replace('9', "8"))), page(0..0, None)];
    let ran = run_with(&["devices", "cert-a", "--max", "70", "--strict"], responses).await;
    assert!(ran.stderr.contains("read 55 records, but the service counts 100"), "{}", ran.stderr);
    assert_eq!(ran.status, Some(6));
}

#[tokio::test]
async fn incomplete_templates_are_reported() {
    let page = json!({"templates": [{"template_id": "t-1"}], "page": {"count": 2, "marker": MARKER}});
    let end = json!({"templates": [], "page": {"count": 2}});
    let ran = run_with(&["templates", "-o", "csv", "--strict"], [page, end]).await;
    assert!(ran.stderr.starts_with("warning: templates: read 1 records, but the service counts 2"), "{}", ran.stderr);
    assert_eq!(ran.status, Some(6));
}

#[tokio::test]
async fn certificate_is_unused_only_if_the_service_states_it() {
    let unused = json!({"devices": [], "page": {"count": 0}});
    let ran = run_with(&["devices", "cert-a", "--unused", "-o", "csv"], [unused]).await;
    assert_eq!(ran.stdout, "certificate_id\ncert-a\n");
    assert_eq!((ran.stderr.as_str(), ran.status), ("", Some(0)));

    for body in [
        json!({"code": "500", "message": "backend timeout", "devices": [], "page": null}),
        json!({}),
        json!({"devices": null}),
        json!({"devices": [], "page": {"count": 3}}),
        json!({"status": "UP"}),
    ] {
        let ran = run_with(&["devices", "cert-a", "--unused"], [body.clone()]).await;
        assert_eq!(ran.stdout, "", "{body}");
        assert!(ran.stderr.starts_with("error: certificate cert-a: "), "{body}: {}", ran.stderr);
        assert_eq!(ran.status, Some(1), "{body}");
    }
}

#[tokio::test]
async fn certificate_whose_first_device_follows_an_empty_page_is_used() {
    let empty = json!({"devices": [], "page": {"count": 1, "marker": MARKER}});
    let device = json!({"devices": [{"device_id": "d-1"}], "page": {"count": 1}});
    let ran = run_with(&["devices", "cert-a", "--unused", "-o", "csv"], [empty.clone(), device]).await;
    assert_eq!((ran.stdout.as_str(), ran.status), ("certificate_id\n", Some(0)));

    let end = json!({"devices": [], "page": {"count": 1}});
    let ran = run_with(&["devices", "cert-a", "--unused", "-o", "csv"], [empty, end]).await;
    assert_eq!((ran.stdout.as_str(), ran.status), ("", Some(1)), "{}", ran.stderr);
}

#[tokio::test]
async fn id_that_is_not_unicode_is_marked() {
    let server = MockServer::start().await.expect("a port");
    let body = b"{\"devices\": [{\"device_id\": \"d-\xff\", \"device_name\": \"\xff\"}], \"page\": {\"count\": 1}}";
    server.enqueue(MockResponse::new(200).body(&body[..]));
    let ran = run(iotda_at(&server, &["devices", "cert-a", "-o", "jsonl"])).await;
    assert!(ran.stdout.contains("\"d-\u{fffd}\""), "{}", ran.stdout);
    assert!(ran.stderr.contains("printed as U+FFFD; it cannot be used in other calls"), "{}", ran.stderr);
}
