//! Reading listings to their end.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use futures::{StreamExt, TryStreamExt};
use huaweicloud_iotda::mock::{MockResponse, sample_device};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{Client, ErrorKind, Items, Pages};
use serde_json::{Value, json};
use support::{CERTIFICATE, bodies, drain, names, serve};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

fn device_names(devices: Vec<DeviceSimple>) -> Vec<String> {
    devices.into_iter().filter_map(|device| device.device_name).collect()
}

/// A page of one device, as the service would answer.
fn page(name: &str, marker: Value) -> MockResponse {
    MockResponse::new(200).json(&json!({"devices": [{"device_name": name}], "page": {"count": 9, "marker": marker}}))
}

fn items(client: &Client) -> Items<DeviceSimple> {
    client.list_device_by_device_certificate(CERTIFICATE).items()
}

#[tokio::test]
async fn three_pages_are_read_in_order_by_their_markers() {
    let (server, client) = serve(125).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(50);
    let pages: Vec<_> = request.pages().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(sizes, [50, 50, 25]);
    assert!(pages.iter().all(|page| page.total == Some(125)));
    let read: Vec<_> = pages.iter().flat_map(|page| device_names(page.items.clone())).collect();
    assert_eq!(read, names((1..=125).rev()));

    let next = |index: usize| pages[index].next_marker.as_ref().map(Marker::as_str);
    let expected = [
        json!({"limit": 50}),
        json!({"limit": 50, "marker": next(0)}),
        json!({"limit": 50, "marker": next(1)}),
        // The price of certainty: the page after the last, which is empty.
        json!({"limit": 50, "marker": next(2)}),
    ];
    assert_eq!(bodies(&server), expected);
}

#[tokio::test]
async fn a_page_is_asked_for_only_when_the_one_before_it_is_used_up() {
    let (server, client) = serve(125).await;
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).limit(50).items();
    assert_eq!(server.requests().len(), 0, "nothing is sent before the first poll");
    for _ in 0..100 {
        items.try_next().await.unwrap().expect("a device");
    }
    assert_eq!(server.requests().len(), 2, "the third page is never asked for");
    drop(items);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn items_ask_for_the_fewest_pages_unless_a_limit_is_set() {
    let (server, client) = serve(60).await;
    let all: Vec<_> = items(&client).try_collect().await.unwrap();
    assert_eq!(device_names(all), names((1..=60).rev()));
    assert_eq!(bodies(&server)[0], json!({"limit": 50}));
    server.clear_requests();
    let (few, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).limit(7).items().take(8)).await;
    assert!(error.is_none());
    assert_eq!((few.len(), bodies(&server).len()), (8, 2));
}

#[tokio::test]
async fn one_page_of_the_services_own_size_is_what_send_and_pages_ask_for() {
    let (server, client) = serve(12).await;
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!((page.items.len(), page.total), (10, Some(12)));
    assert!(page.request_id.is_some_and(|id| id.len() == 32));
    let (pages, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).pages()).await;
    assert!(error.is_none());
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [10, 2]);
    assert_eq!(bodies(&server)[..2], [json!({}), json!({})]);
}

#[tokio::test]
async fn templates_are_read_like_devices_with_the_filter_on_every_page() {
    let (server, client) = serve(0).await;
    for _ in 0..5 {
        let mut template = huaweicloud_iotda::mock::sample_template(2);
        template.template_name = Some("mine".to_owned());
        server.add_template(template);
        server.add_sample_templates(1);
    }
    let request = client.list_device_authentication_templates().template_name("mine").limit(2);
    let (templates, error) = drain(request.items()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(templates.len(), 5);
    assert!(templates.iter().all(|template| template.template_name.as_deref() == Some("mine")));
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.target.contains("template_name=mine")), "{requests:?}");
}

#[tokio::test]
async fn an_empty_listing_is_no_item_and_no_error() {
    let (server, client) = serve(0).await;
    let (devices, error) = drain(items(&client)).await;
    assert!(devices.is_empty() && error.is_none());
    assert_eq!(server.requests().len(), 1);
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap();
    assert_eq!((page.items.len(), page.total, page.next_marker), (0, Some(0), None));
    let (pages, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).pages()).await;
    assert!(pages.is_empty() && error.is_none());
}

#[tokio::test]
async fn null_and_absent_parts_of_an_answer_are_its_end_and_no_error() {
    let answers = [
        json!({"devices": null, "page": {"count": 0}}),
        json!({"devices": null, "page": null}),
        json!({"devices": null}),
        json!({"devices": []}),
        json!({"devices": [], "page": {"count": null, "marker": null}}),
        json!({"page": {"count": 0}}),
        json!({}),
    ];
    for answer in answers {
        let (server, client) = serve(0).await;
        server.enqueue(MockResponse::new(200).json(&answer));
        let (devices, error) = drain(items(&client)).await;
        assert!(devices.is_empty() && error.is_none(), "{answer}: {error:?}");
        assert_eq!(server.requests().len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_page_without_a_marker_is_the_last() {
    for page in [json!({"devices": [{"device_name": "a"}]}), json!({"devices": [{"device_name": "a"}], "page": null})] {
        let (server, client) = serve(0).await;
        server.enqueue(MockResponse::new(200).json(&page));
        let (devices, error) = drain(items(&client)).await;
        assert_eq!((device_names(devices), error.is_none()), (vec!["a".to_owned()], true), "{page}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_short_page_in_the_middle_ends_nothing() {
    let (server, client) = serve(0).await;
    server.enqueue(page("a", json!("66178add3b98944277731d0c")));
    server.enqueue(page("b", json!("66178add3b98944277731d0b")));
    server.enqueue(page("c", json!("66178ADD3B98944277731D0A")));
    let (devices, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).limit(50).items()).await;
    assert_eq!((device_names(devices).join(""), error.is_none()), ("abc".to_owned(), true));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_marker_that_does_not_go_downwards_is_an_error_and_no_loop() {
    let first = "66178add3b98944277731d0b";
    let cases = [
        ("repeats", json!(first)),
        ("repeats in capitals", json!("66178ADD3B98944277731D0B")),
        ("grows", json!("66178add3b98944277731d0c")),
        ("starts anew", json!("ffffffffffffffffffffffff")),
    ];
    for (case, marker) in cases {
        let (server, client) = serve(0).await;
        server.enqueue(page("a", json!(first)));
        server.enqueue(page("b", marker));
        let mut stream = items(&client);
        assert_eq!(stream.try_next().await.unwrap().unwrap().device_name.as_deref(), Some("a"), "{case}");
        let error = stream.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{case}: {error}");
        assert_eq!((error.status(), error.operation()), (Some(200), Some("ListDeviceByDeviceCertificate")), "{case}");
        assert!(error.request_id().is_some(), "{case}");
        assert!(stream.next().await.is_none(), "{case}: an error ends the stream");
        assert_eq!(server.requests().len(), 2, "{case}");
    }
}

#[tokio::test]
async fn a_marker_of_another_form_is_an_error_after_the_records_of_its_page() {
    let (server, client) = serve(0).await;
    let odd = || page("a", json!("0c7e5a4e-1b1c-4f0e"));
    server.enqueue(odd());
    let (devices, error) = drain(items(&client)).await;
    assert_eq!(device_names(devices), ["a"], "what arrived is not lost");
    let error = error.expect("an error, for there may be more");
    assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedResponse, Some(200)), "{error}");
    assert!(error.request_id().is_some() && error.to_string().contains("0c7e5a4e-1b1c-4f0e"), "{error}");
    assert_eq!(server.requests().len(), 1);

    server.enqueue(odd());
    let page = client.list_device_by_device_certificate(CERTIFICATE).send().await;
    assert!(page.is_err(), "a page without its marker would look like the last");
    server.enqueue(odd());
    assert_eq!(client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap(), 9);
}

#[tokio::test]
async fn an_error_in_mid_stream_comes_once_after_everything_before_it() {
    let (server, client) = serve(30).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(500));
    let mut stream = client.list_device_by_device_certificate(CERTIFICATE).limit(10).items();
    let (devices, error) = drain(&mut stream).await;
    assert_eq!(device_names(devices), names((21..=30).rev()));
    assert_eq!(error.and_then(|error| error.status()), Some(500));
    assert!(stream.next().await.is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_run_goes_on_from_the_last_pages_marker() {
    let (_server, client) = serve(30).await;
    let request = || client.list_device_by_device_certificate(CERTIFICATE).limit(10);
    let first = request().pages().try_next().await.unwrap().expect("a page");
    // As text, the way that a program would store it.
    let stored = first.next_marker.expect("a marker").to_string();
    let (devices, error) = drain(request().marker(stored).items()).await;
    assert!(error.is_none());
    assert_eq!(device_names(devices), names((1..=20).rev()));
}

#[tokio::test]
async fn an_offset_is_for_the_first_page_and_markers_lead_on() {
    let (server, client) = serve(30).await;
    let (devices, _) = drain(client.list_device_by_device_certificate(CERTIFICATE).limit(10).offset(5).items()).await;
    assert_eq!(device_names(devices), names((1..=25).rev()));
    let bodies = bodies(&server);
    assert_eq!(bodies[0], json!({"limit": 10, "offset": 5}));
    assert!(bodies[1..].iter().all(|body| body.get("offset").is_none() && body.get("marker").is_some()), "{bodies:?}");
}

#[tokio::test]
async fn a_page_number_is_an_offset_of_whole_pages() {
    let (server, client) = serve(600).await;
    // "If there are 50 records on each page, you can directly specify offset to jump to page 1 to 11."
    let page = client.list_device_by_device_certificate(CERTIFICATE).limit(50).page_number(11).send().await.unwrap();
    assert_eq!(device_names(page.items), names((51..=100).rev()));
    // "To view pages 12 to 22, use the marker of page 11."
    let marker = page.next_marker.expect("a marker");
    let page = client.list_device_by_device_certificate(CERTIFICATE).limit(50).marker(marker.clone()).send().await;
    assert_eq!(device_names(page.unwrap().items), names((1..=50).rev()));
    let expected = [json!({"limit": 50, "offset": 500}), json!({"limit": 50, "marker": marker})];
    assert_eq!(bodies(&server), expected);

    server.clear_requests();
    client.list_device_by_device_certificate(CERTIFICATE).page_number(2).send().await.unwrap();
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).page_number(2).items();
    assert_eq!(items.try_next().await.unwrap().unwrap().device_name, Some("sample-device-590".to_owned()));
    assert_eq!(bodies(&server), [json!({"offset": 10}), json!({"limit": 50, "offset": 10})]);
}

#[tokio::test]
async fn the_total_is_the_count_of_the_whole_listing_by_a_page_of_one() {
    let (server, client) = serve(7).await;
    let request = client.list_device_by_device_certificate(CERTIFICATE).limit(50).offset(3);
    assert_eq!(request.marker("66178add3b98944277731d0a").total().await.unwrap(), 7);
    assert_eq!(bodies(&server), [json!({"limit": 1})]);

    server.enqueue(MockResponse::new(200).json(&json!({"devices": []})));
    let error = client.list_device_by_device_certificate(CERTIFICATE).total().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "no count is not a count of zero");
}

#[tokio::test]
async fn a_listing_that_changes_while_it_is_read_loses_nothing_that_stays() {
    let (server, client) = serve(0).await;
    let records = server.add_sample_devices(CERTIFICATE, 40);
    let mut pages = client.list_device_by_device_certificate(CERTIFICATE).limit(10).pages();
    let mut read = device_names(pages.try_next().await.unwrap().unwrap().items);
    for number in [40, 31, 25] {
        server.remove_device(CERTIFICATE, &records[number - 1]).expect("it was there");
    }
    server.add_device(CERTIFICATE, sample_device(41));
    while let Some(page) = pages.try_next().await.unwrap() {
        read.extend(device_names(page.items));
    }
    let expected = names((1..=40).rev().filter(|number| *number != 25));
    assert_eq!(read, expected, "what was read before its removal stays, the newer one is not part of this run");
}

#[test]
fn streams_are_named_unpin_send_and_static() {
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

/// A listener that never answers: it takes one connection, lets `drop_it` go when the request has arrived, and returns when
/// the client has closed the connection.
async fn closed_by_client(listener: TcpListener, drop_it: oneshot::Sender<()>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the whole request must arrive");
    }
    drop_it.send(()).unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap_or_default(), 0, "the connection is closed");
}

#[tokio::test]
async fn dropping_a_call_or_a_stream_closes_its_connection() {
    for as_stream in [false, true] {
        let (server, _) = serve(0).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let client = server.builder().endpoint(endpoint).build().unwrap();
        let (drop_it, dropped) = oneshot::channel();
        let call = async move {
            let request = client.list_device_by_device_certificate(CERTIFICATE);
            let call: futures::future::BoxFuture<'_, ()> = match as_stream {
                true => Box::pin(async move { drop(request.items().next().await) }),
                false => Box::pin(async move { drop(request.send().await) }),
            };
            tokio::select! {
                () = call => panic!("nothing answers"),
                dropped = dropped => dropped.unwrap(),
            }
            // The client lives on: it is the call that ends.
            client
        };
        let (_client, ()) = tokio::join!(call, closed_by_client(listener, drop_it));
    }
}

#[tokio::test]
async fn an_empty_first_page_that_counts_records_is_no_empty_listing() {
    let (server, client) = serve(0).await;
    let devices = || client.list_device_by_device_certificate(CERTIFICATE);
    let contradiction = || server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 7}})));
    contradiction();
    let (read, error) = drain(devices().items()).await;
    let error = error.expect("an error");
    assert_eq!((read.len(), error.kind()), (0, ErrorKind::UnexpectedResponse));
    assert!(error.message().contains("counts 7 records and lists none"), "{error}");
    contradiction();
    assert!(devices().total().await.is_err());
    contradiction();
    assert!(devices().marker("f".repeat(24)).send().await.is_err(), "the same begin, said aloud");
    // Behind a marker or an offset there may be none of them.
    contradiction();
    assert!(devices().marker("66178add3b98944277731d0a").send().await.unwrap().items.is_empty());
    contradiction();
    assert!(devices().offset(7).send().await.unwrap().items.is_empty());
}
