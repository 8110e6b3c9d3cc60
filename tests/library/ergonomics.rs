//! The public API without helper crates: `next` and `try_next`, `.await` on a request, markers, positions, and credentials.
//!
//! No trait of the crate futures is imported here, because the inherent methods must work without it.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer, RecordedRequest};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{
    Client, Credentials, ErrorKind, IamCredential, InstanceMetadata, Items, ListDeviceByDeviceCertificate, ListRequest,
    Page, Password, Profile,
};
use serde_json::json;

use crate::support::{CERTIFICATE, ReplaceableProvider, request_bodies, sample_device_names, server_with_devices};

/// Method, target, headers and body.
type RequestParts = (String, String, Vec<(String, String)>, Vec<u8>);

fn parts(request: RecordedRequest) -> RequestParts {
    (request.method, request.target, request.headers, request.body)
}

fn devices(client: &Client) -> ListRequest<ListDeviceByDeviceCertificate> {
    client.list_device_by_device_certificate(CERTIFICATE)
}

/// A server with this many devices, its client, and the markers of the devices, newest first.
async fn server_with_markers(devices: usize) -> (MockServer, Client, Vec<Marker>) {
    let (server, client) = server_with_devices(0).await;
    let mut markers = server.add_sample_devices(CERTIFICATE, devices);
    markers.reverse();
    (server, client, markers)
}

fn name(device: DeviceSimple) -> String {
    device.device_name.expect("a name")
}

/// Reads this many records, and returns their names.
async fn read(items: &mut Items<DeviceSimple>, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < count {
        names.push(name(items.try_next().await.unwrap().expect("a record")));
    }
    names
}

/// Reads all records, and returns their names.
async fn read_all(mut items: Items<DeviceSimple>) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(device) = items.try_next().await.unwrap() {
        names.push(name(device));
    }
    names
}

#[tokio::test]
async fn items_next_and_try_next_need_no_futures_crate() {
    let (_server, client) = server_with_devices(3).await;
    let mut items = devices(&client).limit(2).items();
    assert_eq!(name(items.next().await.unwrap().unwrap()), "sample-device-3");
    assert_eq!(name(items.try_next().await.unwrap().unwrap()), "sample-device-2");
    assert_eq!(name(items.next().await.unwrap().unwrap()), "sample-device-1");
    assert!(items.try_next().await.unwrap().is_none());
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn pages_next_and_try_next_need_no_futures_crate() {
    let (_server, client) = server_with_devices(3).await;
    let mut pages = devices(&client).limit(2).pages();
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 2);
    assert_eq!(pages.try_next().await.unwrap().unwrap().items.len(), 1);
    assert!(pages.next().await.is_none());
    assert!(pages.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn next_and_try_next_return_an_error_once() {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(400));
    let mut items = devices(&client).items();
    assert_eq!(items.try_next().await.unwrap_err().status(), Some(400));
    assert!(items.try_next().await.unwrap().is_none());
    server.enqueue(MockResponse::new(400));
    let mut pages = devices(&client).pages();
    assert_eq!(pages.next().await.unwrap().unwrap_err().status(), Some(400));
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn canceled_next_loses_no_record() {
    let (server, client) = server_with_devices(3).await;
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(100)));
    let mut items = devices(&client).items();
    tokio::select! {
        result = items.next() => panic!("the response is delayed: {result:?}"),
        () = async { while server.requests().is_empty() { tokio::task::yield_now().await } } => {}
    }
    assert_eq!(read_all(items).await, sample_device_names([3, 2, 1]));
    assert_eq!(server.request_count(), 2);
}

#[tokio::test]
async fn await_sends_the_same_request_as_send() {
    let (server, client) = server_with_devices(3).await;
    let request = devices(&client).limit(2).offset(1).instance_id("i-1");
    let sent: Page<DeviceSimple> = request.clone().send().await.unwrap();
    let awaited: Page<DeviceSimple> = request.await.unwrap();
    assert_eq!(awaited.items, sent.items);
    assert_eq!(awaited.total, sent.total);
    assert_eq!(awaited.next_marker, sent.next_marker);
    let [by_send, by_await]: [_; 2] = server.requests().try_into().expect("two requests");
    assert_eq!(parts(by_await), parts(by_send));
}

#[tokio::test]
async fn await_returns_the_error_of_send() {
    let (_server, client) = server_with_devices(1).await;
    let error = client.list_device_authentication_templates().limit(51).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn awaited_request_is_send_and_static() {
    fn assert_send<T: Send + 'static>(value: T) -> T {
        value
    }

    let (_server, client) = server_with_devices(3).await;
    let task = tokio::spawn(assert_send(devices(&client).into_future()));
    assert_eq!(task.await.unwrap().unwrap().items.len(), 3);
    let request = assert_send(devices(&client));
    let task = tokio::spawn(async move { request.await });
    assert_eq!(task.await.unwrap().unwrap().items.len(), 3);
}

#[tokio::test]
async fn marker_accepts_all_marker_types() {
    let (server, client, markers) = server_with_markers(3).await;
    let marker = &markers[0];
    let text = marker.to_string();
    let requests = [
        devices(&client).marker(marker.clone()),
        devices(&client).marker(marker),
        devices(&client).marker(marker.as_str()),
        devices(&client).marker(text.clone()),
        devices(&client).marker(&text),
        devices(&client).marker(Some(marker.clone())),
        devices(&client).marker(Some(marker)),
        devices(&client).marker(Some(marker.as_str())),
        devices(&client).marker(Some(text.clone())),
    ];
    for request in requests {
        server.clear_requests();
        assert_eq!(request.await.unwrap().items.len(), 2);
        assert_eq!(request_bodies(&server), [json!({"marker": text})]);
    }
}

#[tokio::test]
async fn marker_none_starts_at_the_newest_record() {
    let (server, client, markers) = server_with_markers(3).await;
    let requests = [
        devices(&client),
        devices(&client).marker(None::<Marker>),
        devices(&client).marker(None::<&Marker>),
        devices(&client).marker(None::<&str>),
        devices(&client).marker(None::<String>),
        // The last value is used.
        devices(&client).marker(&markers[0]).marker(None::<Marker>),
    ];
    for request in requests {
        server.clear_requests();
        assert_eq!(request.await.unwrap().items.len(), 3);
        assert_eq!(request_bodies(&server), [json!({})]);
    }
}

#[tokio::test]
async fn next_marker_is_accepted_in_a_loop() {
    let (_server, client) = server_with_devices(5).await;
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let page = devices(&client).limit(2).marker(marker).await.unwrap();
        names.extend(page.items.into_iter().map(name));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names, sample_device_names((1..=5).rev()));
}

#[tokio::test]
async fn position_before_the_first_record_is_the_start_marker() {
    let (server, client, markers) = server_with_markers(3).await;
    assert_eq!(devices(&client).items().position(), None);
    assert_eq!(devices(&client).concurrency(4).items().position(), None);
    assert_eq!(devices(&client).marker(&markers[0]).items().position(), Some(&markers[0]));
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn position_changes_at_the_end_of_each_page() {
    let (_server, client, markers) = server_with_markers(5).await;
    let mut items = devices(&client).limit(2).items();
    let expected = [None, Some(&markers[1]), Some(&markers[1]), Some(&markers[3]), Some(&markers[4])];
    for (index, position) in expected.into_iter().enumerate() {
        read(&mut items, 1).await;
        assert_eq!(items.position(), position, "after {} records", index + 1);
    }
}

#[tokio::test]
async fn position_within_the_first_page_is_the_start_marker() {
    let (_server, client, markers) = server_with_markers(5).await;
    let mut items = devices(&client).limit(2).marker(&markers[0]).items();
    read(&mut items, 1).await;
    assert_eq!(items.position(), Some(&markers[0]));
    read(&mut items, 1).await;
    assert_eq!(items.position(), Some(&markers[2]));
}

#[tokio::test]
async fn position_at_the_end_is_the_last_record() {
    let (_server, client, markers) = server_with_markers(5).await;
    for concurrency in [1, 4] {
        let mut items = devices(&client).limit(2).concurrency(concurrency).items();
        read(&mut items, 5).await;
        assert!(items.try_next().await.unwrap().is_none());
        assert_eq!(items.position(), Some(&markers[4]), "{concurrency}");
        let resumed = devices(&client).marker(items.position()).items();
        assert_eq!(read_all(resumed).await, [""; 0], "{concurrency}");
    }
}

#[tokio::test]
async fn position_of_an_empty_listing_is_the_start() {
    let (_server, client) = server_with_devices(0).await;
    let mut items = devices(&client).items();
    assert!(items.try_next().await.unwrap().is_none());
    assert_eq!(items.position(), None);
}

#[tokio::test]
async fn position_after_a_last_page_without_a_marker_is_unchanged() {
    let (server, client, markers) = server_with_markers(3).await;
    let mut items = devices(&client).limit(2).items();
    read(&mut items, 2).await;
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [{"device_name": "last"}], "page": {"count": 3}})));
    assert_eq!(read(&mut items, 1).await, ["last"]);
    assert!(items.try_next().await.unwrap().is_none());
    assert_eq!(items.position(), Some(&markers[1]));
}

#[tokio::test]
async fn position_after_an_error_resumes_without_losing_or_repeating_a_record() {
    let (server, client, markers) = server_with_markers(5).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(400));
    let mut items = devices(&client).limit(2).items();
    let before = read(&mut items, 2).await;
    assert_eq!(items.try_next().await.unwrap_err().status(), Some(400));
    assert_eq!(items.position(), Some(&markers[1]));
    assert!(items.try_next().await.unwrap().is_none());
    assert_eq!(items.position(), Some(&markers[1]));
    let after = read_all(devices(&client).limit(2).marker(items.position()).items()).await;
    assert_eq!([before, after].concat(), sample_device_names((1..=5).rev()));
}

#[tokio::test]
async fn position_after_an_error_of_the_first_page_is_the_start_marker() {
    let (server, client, markers) = server_with_markers(3).await;
    server.enqueue(MockResponse::new(400));
    let mut items = devices(&client).marker(&markers[0]).items();
    assert_eq!(items.try_next().await.unwrap_err().status(), Some(400));
    assert_eq!(items.position(), Some(&markers[0]));
}

#[tokio::test]
async fn resuming_from_any_position_repeats_only_records_of_the_current_page() {
    const DEVICES: usize = 11;
    const LIMIT: usize = 3;
    let (_server, client, markers) = server_with_markers(DEVICES).await;
    let all = sample_device_names((1..=DEVICES).rev());
    for (concurrency, start) in [(1, 0_usize), (1, 2), (4, 0), (4, 2)] {
        let start_marker = start.checked_sub(1).map(|index| &markers[index]);
        let request = devices(&client).limit(LIMIT as u32).concurrency(concurrency).marker(start_marker);
        for count in 0..=DEVICES - start {
            let case = format!("concurrency {concurrency}, start {start}, {count} records");
            let mut items = request.clone().items();
            let end = start + count;
            assert_eq!(read(&mut items, count).await, all[start..end], "{case}");
            let resumed = read_all(devices(&client).marker(items.position()).items()).await;
            let resumed_at = DEVICES - resumed.len();
            assert_eq!(resumed, all[resumed_at..], "{case}");
            assert!((start..=end).contains(&resumed_at), "{case}: resumed at record {resumed_at}");
            let repeated = end - resumed_at;
            assert!(repeated < LIMIT, "{case}: {repeated} records are repeated");
            if concurrency == 1 {
                let read_of_current_page = if end == DEVICES { 0 } else { count % LIMIT };
                assert_eq!(repeated, read_of_current_page, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn pages_and_items_request_50_records_per_page() {
    for concurrency in [1, 4] {
        let (server, client) = server_with_devices(220).await;
        let request = devices(&client).concurrency(concurrency);
        assert_eq!(read_all(request.clone().items()).await.len(), 220);
        let items_bodies = request_bodies(&server);
        server.clear_requests();
        let mut pages = request.pages();
        let mut records = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            records += page.items.len();
        }
        assert_eq!(records, 220);
        let pages_bodies = request_bodies(&server);
        assert!(items_bodies.len() >= 5, "{items_bodies:?}");
        for body in items_bodies.iter().chain(&pages_bodies) {
            assert_eq!(body["limit"], 50, "concurrency {concurrency}");
        }
        assert_eq!(items_bodies[0], pages_bodies[0]);
        assert_eq!(items_bodies.len(), pages_bodies.len());
    }
}

#[tokio::test]
async fn send_requests_no_limit_by_default() {
    let (server, client) = server_with_devices(11).await;
    assert_eq!(devices(&client).send().await.unwrap().items.len(), 10);
    assert_eq!(request_bodies(&server), [json!({})]);
}

#[tokio::test]
async fn page_number_2_of_items_and_pages_is_offset_50() {
    let (server, client) = server_with_devices(60).await;
    let names = read_all(devices(&client).page_number(2).items()).await;
    assert_eq!(names, sample_device_names((1..=10).rev()));
    let items_body = request_bodies(&server).remove(0);
    assert_eq!(items_body, json!({"limit": 50, "offset": 50}));
    server.clear_requests();
    devices(&client).page_number(2).pages().try_next().await.unwrap();
    assert_eq!(request_bodies(&server), [items_body]);
}

#[tokio::test]
async fn page_number_2_of_send_is_offset_10() {
    let (server, client) = server_with_devices(60).await;
    let page = devices(&client).page_number(2).send().await.unwrap();
    let names: Vec<_> = page.items.into_iter().map(name).collect();
    assert_eq!(names, sample_device_names((41..=50).rev()));
    assert_eq!(request_bodies(&server), [json!({"offset": 10})]);
}

#[tokio::test]
async fn credential_constructors_have_one_type() {
    fn credentials(fixed: bool) -> Credentials {
        if fixed { Credentials::ak_sk("AK", "SK") } else { Credentials::from_env() }
    }

    let (server, _) = server_with_devices(2).await;
    server.add_access_key("AK", "SK");
    let client = server.builder().credentials(credentials(true)).build().unwrap();
    assert_eq!(devices(&client).total().await.unwrap(), 2);
    assert!(server.builder().credentials(credentials(false)).build().is_ok());
}

#[tokio::test]
async fn chain_accepts_all_constructors() {
    let (server, _) = server_with_devices(2).await;
    server.add_access_key("AK", "SK");
    let provider = ReplaceableProvider(Arc::new(Mutex::new(IamCredential::access_key("AK", "SK"))));
    let chain = Credentials::chain([
        Credentials::from_provider(provider),
        Credentials::from_env(),
        Credentials::from_profile(),
        Credentials::from_instance_metadata(),
        Credentials::token("a-token"),
        Credentials::ak_sk("AK", "SK"),
        Credentials::temporary_ak_sk("AK", "SK", "a-security-token"),
        Credentials::password("account", "user", "password"),
        Credentials::chain([]),
    ]);
    let client = server.builder().credentials(chain).build().unwrap();
    assert_eq!(devices(&client).total().await.unwrap(), 2);
}

#[tokio::test]
async fn builder_accepts_each_type_of_credentials() {
    let (server, _) = server_with_devices(2).await;
    server.add_token("a-token");
    server.add_user("account", "user", "password");
    let clients = [
        server.builder().credentials(Credentials::token("a-token")).build().unwrap(),
        server.builder().credentials(IamCredential::token("a-token")).build().unwrap(),
        server.builder().credentials(Password::new("account", "user", "password")).build().unwrap(),
    ];
    for client in clients {
        assert_eq!(devices(&client).total().await.unwrap(), 2);
    }
    assert!(server.builder().credentials(Profile::new()).build().is_ok());
    assert!(server.builder().credentials(InstanceMetadata::new()).build().is_ok());
}

#[tokio::test]
async fn configure_http_works_with_the_reexported_reqwest() {
    use huaweicloud_iotda::reqwest;

    fn with_user_agent(http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        http.user_agent("inventory/1.0")
    }

    let (server, _) = server_with_devices(2).await;
    let client = server.builder().configure_http(with_user_agent).build().unwrap();
    devices(&client).await.unwrap();
    assert_eq!(server.requests()[0].header("user-agent"), Some("inventory/1.0"));
}

#[tokio::test]
async fn position_of_a_rejected_request_is_its_start_marker() {
    let (_server, client, markers) = server_with_markers(3).await;
    let mut items = devices(&client).marker(&markers[1]).limit(51).items();
    assert_eq!(items.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(items.position(), Some(&markers[1]));
}

#[tokio::test]
async fn next_is_a_fused_future_that_select_accepts() {
    let (_server, client, _) = server_with_markers(3).await;
    let mut items = devices(&client).items();
    let mut pages = devices(&client).pages();
    let (mut item_count, mut page_count) = (0, 0);
    loop {
        futures::select! {
            item = items.next() => item_count += usize::from(item.is_some()),
            page = pages.next() => page_count += usize::from(page.is_some()),
            complete => break,
        }
        if item_count == 3 && page_count == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn items_are_read_by_code_that_is_generic_over_the_operation() {
    async fn count<O: huaweicloud_iotda::Operation>(request: ListRequest<O>) -> usize {
        let mut items = request.items();
        let mut count = 0;
        while items.try_next().await.unwrap().is_some() {
            count += 1;
        }
        count
    }
    let (server, client, _) = server_with_markers(3).await;
    server.add_sample_templates(2);
    assert_eq!(count(devices(&client)).await, 3);
    assert_eq!(count(client.list_device_authentication_templates()).await, 2);
}
