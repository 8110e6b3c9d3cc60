//! Sequential pagination: order, markers, resuming, offsets, totals, errors and cancellation.

use futures::{StreamExt, TryStreamExt};
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device, sample_template};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{Client, ErrorKind, Items, Pages};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::support::{CERTIFICATE, collect_until_error, request_bodies, sample_device_names, server_with_devices};

fn device_names(devices: Vec<DeviceSimple>) -> Vec<String> {
    devices.into_iter().filter_map(|device| device.device_name).collect()
}

/// A response with a page of one device.
fn page_of_one(name: &str, marker: Value) -> MockResponse {
    MockResponse::new(200).json(&json!({"devices": [{"device_name": name}], "page": {"count": 9, "marker": marker}}))
}

fn items(client: &Client) -> Items<DeviceSimple> {
    client.list_device_by_device_certificate(CERTIFICATE).items()
}

#[tokio::test]
async fn markers_lead_through_three_pages_in_order() {
    let (server, client) = server_with_devices(125).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(50);
    let pages: Vec<_> = request.pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(sizes, [50, 50, 25]);
    assert!(pages.iter().all(|page| page.total == Some(125)));
    let read: Vec<_> = pages.iter().flat_map(|page| device_names(page.items.clone())).collect();
    assert_eq!(read, sample_device_names((1..=125).rev()));

    let next = |index: usize| pages[index].next_marker.as_ref().map(Marker::as_str);
    let expected = [
        json!({"limit": 50}),
        json!({"limit": 50, "marker": next(0)}),
        json!({"limit": 50, "marker": next(1)}),
        // The empty page after the last: only it proves that the listing is complete.
        json!({"limit": 50, "marker": next(2)}),
    ];
    assert_eq!(request_bodies(&server), expected);
}

#[tokio::test]
async fn next_page_is_requested_after_the_current_one_is_consumed() {
    let (server, client) = server_with_devices(125).await;
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).limit(50).items();
    assert_eq!(server.requests().len(), 0, "nothing is sent before the first poll");
    for _ in 0..100 {
        items.try_next().await.unwrap().expect("a device");
    }
    assert_eq!(server.requests().len(), 2, "the third page must not be requested");
    drop(items);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn items_request_50_records_per_page_by_default() {
    let (server, client) = server_with_devices(60).await;
    let devices: Vec<_> = items(&client).try_collect().await.unwrap();
    assert_eq!(device_names(devices), sample_device_names((1..=60).rev()));
    assert_eq!(request_bodies(&server)[0], json!({"limit": 50}));
}

#[tokio::test]
async fn pages_request_50_records_per_page_by_default() {
    let (server, client) = server_with_devices(60).await;
    let pages: Vec<_> = client.list_device_by_device_certificate(CERTIFICATE).pages().try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [50, 10]);
    assert_eq!(request_bodies(&server)[0], json!({"limit": 50}));
}

#[tokio::test]
async fn limit_sets_the_page_size_of_items() {
    let (server, client) = server_with_devices(60).await;
    let eight = client.list_device_by_device_certificate(CERTIFICATE).limit(7).items().take(8);
    let (devices, error) = collect_until_error(eight).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(devices.len(), 8);
    assert_eq!(request_bodies(&server).len(), 2, "eight records are on two pages of seven");
}

#[tokio::test]
async fn send_without_limit_uses_the_page_size_of_the_service() {
    let (server, client) = server_with_devices(12).await;
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!(page.items.len(), 10);
    assert_eq!(page.total, Some(12));
    assert!(page.request_id.is_some_and(|id| id.len() == 32));
    assert_eq!(request_bodies(&server), [json!({})]);
}

#[tokio::test]
async fn template_name_filter_is_sent_with_every_page() {
    let (server, client) = server_with_devices(0).await;
    for _ in 0..5 {
        let mut template = sample_template(2);
        template.template_name = Some("mine".to_owned());
        server.add_template(template);
        server.add_sample_templates(1);
    }
    let request = client.list_device_authentication_templates().template_name("mine").limit(2);
    let (templates, error) = collect_until_error(request.items()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(templates.len(), 5);
    assert!(templates.iter().all(|template| template.template_name.as_deref() == Some("mine")));
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.target.contains("template_name=mine")), "{requests:?}");
}

#[tokio::test]
async fn empty_listing_yields_nothing_without_error() {
    let (server, client) = server_with_devices(0).await;
    let (devices, error) = collect_until_error(items(&client)).await;
    assert!(error.is_none(), "{error:?}");
    assert!(devices.is_empty(), "{devices:?}");
    assert_eq!(server.requests().len(), 1);
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert!(page.items.is_empty(), "{:?}", page.items);
    assert_eq!(page.total, Some(0));
    assert_eq!(page.next_marker, None);
    let (pages, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).pages()).await;
    assert!(error.is_none(), "{error:?}");
    assert!(pages.is_empty(), "{pages:?}");
}

#[tokio::test]
async fn list_or_count_of_zero_ends_the_listing_without_error() {
    let bodies = [
        json!({"devices": null, "page": {"count": 0}}),
        json!({"devices": []}),
        json!({"devices": [], "page": {"count": 0}}),
        json!({"devices": [], "page": {"count": null, "marker": null}}),
        json!({"page": {"count": 0}}),
    ];
    for body in bodies {
        let (server, client) = server_with_devices(0).await;
        server.enqueue(MockResponse::new(200).json(&body));
        let (devices, error) = collect_until_error(items(&client)).await;
        assert!(error.is_none(), "{body}: {error:?}");
        assert!(devices.is_empty(), "{body}: {devices:?}");
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn page_without_marker_ends_the_listing() {
    for body in [json!({"devices": [{"device_name": "a"}]}), json!({"devices": [{"device_name": "a"}], "page": null})] {
        let (server, client) = server_with_devices(0).await;
        server.enqueue(MockResponse::new(200).json(&body));
        let (devices, error) = collect_until_error(items(&client)).await;
        assert!(error.is_none(), "{body}: {error:?}");
        assert_eq!(device_names(devices), ["a"], "{body}");
        assert_eq!(server.requests().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn short_page_does_not_end_the_listing() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(page_of_one("a", json!("66178add3b98944277731d0c")));
    server.enqueue(page_of_one("b", json!("66178add3b98944277731d0b")));
    server.enqueue(page_of_one("c", json!("66178ADD3B98944277731D0A")));
    let devices = client.list_device_by_device_certificate(CERTIFICATE).limit(50).items();
    let (devices, error) = collect_until_error(devices).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(device_names(devices), ["a", "b", "c"]);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn marker_that_does_not_decrease_is_an_error() {
    let first = "66178add3b98944277731d0b";
    let cases = [
        ("repeats", json!(first)),
        ("repeats in capitals", json!("66178ADD3B98944277731D0B")),
        ("grows", json!("66178add3b98944277731d0c")),
        ("starts again", json!("ffffffffffffffffffffffff")),
    ];
    for (case, marker) in cases {
        let (server, client) = server_with_devices(0).await;
        server.enqueue(page_of_one("a", json!(first)));
        server.enqueue(page_of_one("b", marker));
        let mut stream = items(&client);
        assert_eq!(stream.try_next().await.unwrap().unwrap().device_name.as_deref(), Some("a"), "{case}");
        let error = stream.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{case}: {error}");
        assert_eq!(error.status(), Some(200), "{case}");
        assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"), "{case}");
        assert!(error.request_id().is_some(), "{case}");
        assert!(stream.next().await.is_none(), "{case}: an error ends the stream");
        assert_eq!(server.requests().len(), 2, "{case}");
    }
}

/// A marker that is not 24 hexadecimal digits.
const MALFORMED_MARKER: &str = "0c7e5a4e-1b1c-4f0e";

#[tokio::test]
async fn malformed_marker_is_an_error_after_the_records_of_its_page() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(page_of_one("a", json!(MALFORMED_MARKER)));
    let (devices, error) = collect_until_error(items(&client)).await;
    assert_eq!(device_names(devices), ["a"], "the records that arrived must be yielded");
    let error = error.expect("an error, because there may be more records");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert_eq!(error.status(), Some(200), "{error}");
    assert!(error.request_id().is_some(), "{error}");
    assert!(error.to_string().contains(MALFORMED_MARKER), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn malformed_marker_fails_send() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(page_of_one("a", json!(MALFORMED_MARKER)));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await;
    let error = error.expect_err("a page without its marker would look like the last one");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
}

#[tokio::test]
async fn malformed_marker_does_not_affect_total() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(page_of_one("a", json!(MALFORMED_MARKER)));
    assert_eq!(client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap(), 9);
}

#[tokio::test]
async fn error_in_mid_stream_is_yielded_once_after_the_previous_records() {
    let (server, client) = server_with_devices(30).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(500));
    let mut stream = client.list_device_by_device_certificate(CERTIFICATE).limit(10).items();
    let (devices, error) = collect_until_error(&mut stream).await;
    assert_eq!(device_names(devices), sample_device_names((21..=30).rev()));
    assert_eq!(error.and_then(|error| error.status()), Some(500));
    assert!(stream.next().await.is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn stored_marker_resumes_the_listing() {
    let (_server, client) = server_with_devices(30).await;
    let request = || client.list_device_by_device_certificate(CERTIFICATE).limit(10);
    let first = request().pages().try_next().await.unwrap().expect("a page");
    // As text, because an application stores it as text.
    let stored = first.next_marker.expect("a marker").to_string();
    let (devices, error) = collect_until_error(request().marker(stored).items()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(device_names(devices), sample_device_names((1..=20).rev()));
}

#[tokio::test]
async fn offset_applies_to_the_first_page_only() {
    let (server, client) = server_with_devices(30).await;
    let devices = client.list_device_by_device_certificate(CERTIFICATE).limit(10).offset(5).items();
    let (devices, error) = collect_until_error(devices).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(device_names(devices), sample_device_names((1..=25).rev()));
    let bodies = request_bodies(&server);
    assert_eq!(bodies[0], json!({"limit": 10, "offset": 5}));
    assert!(bodies[1..].iter().all(|body| body.get("offset").is_none() && body.get("marker").is_some()), "{bodies:?}");
}

#[tokio::test]
async fn page_number_is_converted_to_an_offset() {
    let (server, client) = server_with_devices(600).await;
    // "If there are 50 records on each page, you can directly specify offset to jump to page 1 to 11."
    let page = client.list_device_by_device_certificate(CERTIFICATE).limit(50).page_number(11).send().await.unwrap();
    assert_eq!(device_names(page.items), sample_device_names((51..=100).rev()));
    // "To view pages 12 to 22, use the marker of page 11."
    let marker = page.next_marker.expect("a marker");
    let page = client.list_device_by_device_certificate(CERTIFICATE).limit(50).marker(marker.clone()).send().await;
    assert_eq!(device_names(page.unwrap().items), sample_device_names((1..=50).rev()));
    let expected = [json!({"limit": 50, "offset": 500}), json!({"limit": 50, "marker": marker})];
    assert_eq!(request_bodies(&server), expected);
}

#[tokio::test]
async fn page_number_without_limit_uses_the_default_page_size() {
    let (server, client) = server_with_devices(600).await;
    client.list_device_by_device_certificate(CERTIFICATE).page_number(2).send().await.unwrap();
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).page_number(2).items();
    assert_eq!(items.try_next().await.unwrap().unwrap().device_name.as_deref(), Some("sample-device-550"));
    // `send` leaves the limit to the service, which uses 10; `items` requests 50.
    assert_eq!(request_bodies(&server), [json!({"offset": 10}), json!({"limit": 50, "offset": 50})]);
}

#[tokio::test]
async fn total_requests_a_single_record_without_marker_and_offset() {
    let (server, client) = server_with_devices(7).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(50).offset(3);
    assert_eq!(request.marker("66178add3b98944277731d0a").total().await.unwrap(), 7);
    assert_eq!(request_bodies(&server), [json!({"limit": 1})]);
}

#[tokio::test]
async fn total_without_a_count_is_an_error() {
    let (server, client) = server_with_devices(7).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": []})));
    let error = client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "a missing count is not a count of zero");
}

#[tokio::test]
async fn records_that_stay_are_read_once_while_others_are_removed_and_added() {
    let (server, client) = server_with_devices(0).await;
    let records = server.add_sample_devices(CERTIFICATE, 40);
    let mut pages = client.list_device_by_device_certificate(CERTIFICATE).limit(10).pages();
    let mut read = device_names(pages.try_next().await.unwrap().unwrap().items);
    for number in [40, 31, 25] {
        server.remove_device(CERTIFICATE, &records[number - 1]).expect("the device exists");
    }
    server.add_device(CERTIFICATE, sample_device(41));
    while let Some(page) = pages.try_next().await.unwrap() {
        read.extend(device_names(page.items));
    }
    let expected = sample_device_names((1..=40).rev().filter(|number| *number != 25));
    // Devices 40 and 31 were read before their removal; device 41 is newer than the start of the listing.
    assert_eq!(read, expected);
}

#[test]
fn streams_are_unpin_send_and_static() {
    fn check<T: Unpin + Send + 'static>() {}
    check::<Items<DeviceSimple>>();
    check::<Pages<DeviceSimple>>();
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Client>();
    fn sendable(client: &Client) -> impl Future + Send + 'static {
        client.list_device_by_device_certificate(CERTIFICATE).send()
    }
    let _ = sendable;
}

/// Accepts one connection, reads the request, signals `received`, never responds, and returns when the client closed
/// the connection.
async fn wait_until_client_closes(listener: TcpListener, received: oneshot::Sender<()>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "incomplete request: {request:?}");
    }
    received.send(()).unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap_or_default(), 0, "the connection must be closed");
}

/// Starts `call` against a server that never responds, and drops it when its request has arrived. The client stays open.
async fn assert_drop_closes_connection(call: impl AsyncFnOnce(Client)) {
    let mock = MockServer::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let client = mock.builder().endpoint(endpoint).build().unwrap();
    let (sender, received) = oneshot::channel();
    let drop_call = async {
        tokio::select! {
            () = call(client.clone()) => panic!("the server never responds"),
            received = received => received.unwrap(),
        }
    };
    tokio::join!(drop_call, wait_until_client_closes(listener, sender));
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection() {
    let call = async |client: Client| drop(client.list_device_by_device_certificate(CERTIFICATE).send().await);
    assert_drop_closes_connection(call).await;
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let call = async |client: Client| drop(items(&client).next().await);
    assert_drop_closes_connection(call).await;
}

/// A response that reports seven records but lists none.
fn empty_list_with_count() -> MockResponse {
    MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 7}}))
}

#[tokio::test]
async fn empty_first_page_that_counts_records_is_an_error() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(empty_list_with_count());
    let (devices, error) = collect_until_error(items(&client)).await;
    let error = error.expect("an error");
    assert!(devices.is_empty(), "{devices:?}");
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
    assert!(error.message().contains('7'), "the message must name the count: {error}");
}

#[tokio::test]
async fn empty_first_page_that_counts_records_fails_total() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(empty_list_with_count());
    let error = client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
}

#[tokio::test]
async fn empty_page_that_counts_records_is_an_error_at_the_explicit_first_marker() {
    let (server, client) = server_with_devices(0).await;
    server.enqueue(empty_list_with_count());
    let request = client.list_device_by_device_certificate(CERTIFICATE).marker("f".repeat(24));
    assert_eq!(request.send().await.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn empty_page_that_counts_records_is_valid_after_a_marker_or_an_offset() {
    let (server, client) = server_with_devices(0).await;
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    for request in [devices().marker("66178add3b98944277731d0a"), devices().offset(7)] {
        server.enqueue(empty_list_with_count());
        let page = request.send().await.unwrap();
        assert!(page.items.is_empty(), "{:?}", page.items);
    }
}
