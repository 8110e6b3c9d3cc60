//! A client that several tokio runtimes share: a lookup that one of them started does not block or fail the others.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, InstanceMetadata};
use tokio::runtime::Builder;

use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, no_backoff, total};

const HOUR: Duration = Duration::from_secs(3600);
/// Ends a test that would otherwise hang.
const HANGS: Duration = Duration::from_secs(20);

/// A server that does not respond to the first request, which looks up a credential or the project.
fn hanging_server() -> MockServer {
    let server = server();
    server.enqueue(MockResponse::pass_through().delay(HOUR));
    server
}

fn server() -> MockServer {
    server_on_thread(|server| {
        server.add_certificate(CERTIFICATE);
        server.add_sample_devices(CERTIFICATE, 1);
        server.add_user("account", "user", "password");
        server.add_project("project", "cn-north-4");
        server.set_metadata("AK", "SK", "security-token", SystemTime::now() + HOUR, true);
    })
}

fn builders(server: &MockServer) -> [ClientBuilder; 3] {
    let without_project = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint());
    [
        server.builder().credentials(Credentials::password("account", "user", "password")),
        server.builder().credentials(InstanceMetadata::new().endpoint(server.endpoint())),
        without_project.region("cn-north-4").credentials(Credentials::token(MockServer::TOKEN)),
    ]
}

#[test]
fn synchronous_code_lists_all_records_with_an_iterator() {
    let server = server_on_thread(|server| drop(server.add_sample_devices(CERTIFICATE, 120)));
    let client = server.client().unwrap();
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).items();
    let runtime = runtime();
    let devices = std::iter::from_fn(|| runtime.block_on(items.next()));
    assert_eq!(devices.collect::<Result<Vec<_>, _>>().unwrap().len(), 120);
}

#[test]
fn lookup_is_started_again_if_its_runtime_is_dropped() {
    for index in 0..builders(&server()).len() {
        let server = hanging_server();
        let [client, waiting_client] = {
            let client = builders(&server).into_iter().nth(index).unwrap().build().unwrap();
            [client.clone(), client]
        };
        let first = runtime();
        // The call and its lookup are dropped with this runtime.
        let (started, is_started) = mpsc::channel();
        let call = first.spawn(async move {
            started.send(()).unwrap();
            total(&client).await
        });
        first.block_on(async {
            while server.request_count() == 0 {
                tokio::task::yield_now().await;
            }
        });
        is_started.recv().unwrap();
        let (joined, has_joined) = mpsc::channel();
        let second = thread::spawn(move || {
            runtime().block_on(async {
                let mut call = std::pin::pin!(total(&waiting_client));
                assert!(futures::poll!(call.as_mut()).is_pending());
                joined.send(()).unwrap();
                tokio::time::timeout(HANGS, call).await.expect("the call hangs")
            })
        });
        has_joined.recv().unwrap();
        drop(first);
        drop(call);
        assert_eq!(second.join().expect("no panic").map_err(|error| error.to_string()), Ok(1), "case {index}");
    }
}

#[test]
fn lookup_is_started_again_if_its_runtime_is_not_driven() {
    // Not the metadata service, whose time limit is not configurable: the test would wait for 6 seconds.
    for index in [0, 2] {
        let server = hanging_server();
        let builder = builders(&server).into_iter().nth(index).unwrap();
        let builder = builder.attempt_timeout(Duration::from_millis(500)).retry_policy(no_backoff(5));
        let client = builder.build().unwrap();
        let first = runtime();
        let mut parked = Box::pin(total(&client));
        first.block_on(async {
            assert!(futures::poll!(parked.as_mut()).is_pending());
            while server.request_count() == 0 {
                tokio::task::yield_now().await;
                let _ = futures::poll!(parked.as_mut());
            }
        });
        // From here on, the first runtime exists, but nothing runs on it.
        let result = runtime().block_on(async { tokio::time::timeout(HANGS, total(&client)).await });
        assert_eq!(result.expect("the call hangs").map_err(|error| error.to_string()), Ok(1), "case {index}");
        let _guard = first.enter();
        drop(parked);
    }
}

/// Runs a call, and returns the message of its panic or its error.
fn failure(call: impl FnOnce() -> Result<u64, Error>) -> String {
    match panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.unwrap_err().to_string(),
        Err(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => (*panic.downcast::<&str>().expect("a panic with a message")).to_owned(),
        },
    }
}

#[test]
fn call_without_a_complete_runtime_names_what_is_missing_and_the_client_stays_usable() {
    let without_timers = Builder::new_current_thread().enable_io().build().unwrap();
    let without_io = Builder::new_current_thread().enable_time().build().unwrap();
    for index in 0..builders(&server()).len() {
        let server = server();
        let client = builders(&server).into_iter().nth(index).unwrap().build().unwrap();
        let missing = failure(|| futures::executor::block_on(total(&client)));
        assert!(missing.contains("Tokio 1.x runtime"), "case {index}: {missing}");
        let missing = failure(|| without_timers.block_on(total(&client)));
        assert!(missing.contains("enable_time"), "case {index}: {missing}");
        let missing = failure(|| without_io.block_on(total(&client)));
        assert!(missing.contains("enable_io"), "case {index}: {missing}");
        assert_eq!(runtime().block_on(total(&client)).map_err(|error| error.to_string()), Ok(1), "case {index}");
    }
}

#[test]
fn pending_call_can_be_dropped_outside_of_a_runtime() {
    let (server, runtime) = (server(), runtime());
    let client = server.client().unwrap();
    let mut call = Box::pin(total(&client));
    runtime.block_on(async {
        while server.request_count() == 0 {
            assert!(futures::poll!(call.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        // The runtime receives the response, and the connection becomes idle.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    });
    drop(call);
    assert_eq!(runtime.block_on(total(&client)).unwrap(), 1);
}
