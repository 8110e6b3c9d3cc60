//! The connection pool of a client, also of one that several runtimes share.
//!
//! A pooled connection is driven by the runtime that opened it. A runtime that is not driven, because no future is blocked on
//! it, does not send on its connections.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, RetryPolicy};
use tokio::runtime::Runtime;

use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, total, without_root_certificates};

const CALLS: usize = 12;

const EMPTY_LIST: &str = "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n{\"templates\":[],\"page\":{\"count\":0}}";

fn server() -> MockServer {
    server_on_thread(|server| drop(server.add_sample_devices(CERTIFICATE, 3)))
}

fn client(server: &MockServer) -> Client {
    without_root_certificates(server.builder()).build().unwrap()
}

/// Makes concurrent calls on a new runtime, and returns it with the idle connections. It is not driven until the next
/// `block_on`.
fn idle_runtime(client: &Client) -> Runtime {
    let runtime = runtime();
    let results = runtime.block_on(join_all((0..CALLS).map(|_| total(client))));
    results.into_iter().for_each(|result| assert_eq!(result.unwrap(), 3));
    runtime
}

#[test]
fn idle_connections_of_another_runtime_are_not_used() {
    let server = server();
    let client = client(&server);
    let _idle = idle_runtime(&client);
    assert_eq!(runtime().block_on(total(&client)).unwrap(), 3);
    assert_eq!(server.request_count(), CALLS + 1);
}

#[test]
fn iam_requests_do_not_use_idle_connections_of_another_runtime() {
    let server = server();
    server.add_user("account", "user", "a-password");
    let builder = without_root_certificates(server.builder());
    let client = builder.credentials(Credentials::password("account", "user", "a-password")).build().unwrap();
    let _idle = idle_runtime(&client);
    assert!(server.remove_token("mock-login-token-0001"));
    assert_eq!(runtime().block_on(total(&client)).unwrap(), 3);
    assert_eq!(server.login_count(), 2);
}

#[test]
fn server_time_does_not_use_idle_connections_of_another_runtime() {
    let server = server();
    let client = client(&server);
    let _idle = idle_runtime(&client);
    assert!(runtime().block_on(client.server_time()).unwrap().is_some());
}

#[test]
fn each_of_several_runtimes_reuses_its_connections() {
    let (endpoint, heads) = raw_server(EMPTY_LIST);
    let client = builder_for(&endpoint).build().unwrap();
    let runtimes = [runtime(), runtime()];
    for _ in 0..3 {
        for runtime in &runtimes {
            runtime.block_on(client.list_device_authentication_templates().send()).unwrap();
        }
    }
    let connections: Vec<_> = heads.try_iter().map(|(connection, _)| connection).collect();
    assert_eq!(connections, [0, 1, 0, 1, 0, 1]);
}

#[test]
fn requests_of_all_runtimes_are_equal() {
    let (endpoint, heads) = raw_server(EMPTY_LIST);
    let client = builder_for(&endpoint).build().unwrap();
    let runtimes = [runtime(), runtime()];
    for runtime in &runtimes {
        runtime.block_on(client.list_device_authentication_templates().send()).unwrap();
    }
    let heads: Vec<_> = heads.try_iter().map(|(_, head)| head).collect();
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn signatures_are_accepted_on_all_runtimes() {
    let server = server();
    server.add_access_key("AK", "a-secret-key");
    let builder = without_root_certificates(server.builder()).credentials(Credentials::ak_sk("AK", "a-secret-key"));
    let client = builder.build().unwrap();
    let runtimes = [runtime(), runtime()];
    for runtime in &runtimes {
        assert_eq!(runtime.block_on(total(&client)).unwrap(), 3);
    }
}

#[test]
fn client_works_on_hundreds_of_runtimes_one_after_another() {
    let server = server();
    let client = client(&server);
    for _ in 0..300 {
        assert_eq!(runtime().block_on(total(&client)).unwrap(), 3);
    }
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[test]
fn tunnel_request_of_another_runtime_contains_no_user_info() {
    let (proxy, heads) = raw_server("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let proxy = reqwest::Proxy::all(proxy).unwrap();
    let builder = builder_for("https://iotda.example:8443").configure_http(|http| http.proxy(proxy));
    let client = builder.build().unwrap();
    let runtimes = [runtime(), runtime()];
    for runtime in &runtimes {
        runtime.block_on(client.list_device_authentication_templates().send()).unwrap_err();
    }
    let lines: Vec<_> = heads.try_iter().map(|(_, head)| head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["CONNECT iotda.example:8443 HTTP/1.1"; 2]);
}

#[test]
fn plain_request_of_another_runtime_to_a_proxy_contains_no_user_info() {
    let (proxy, heads) = raw_server(EMPTY_LIST);
    let proxy = reqwest::Proxy::all(proxy).unwrap();
    let builder = builder_for("http://iotda.example").allow_http(true).configure_http(|http| http.proxy(proxy));
    let client = builder.build().unwrap();
    for _ in 0..2 {
        runtime().block_on(client.list_device_authentication_templates().send()).unwrap();
    }
    for (_, head) in heads.try_iter() {
        assert!(head.starts_with("GET http://iotda.example/"), "{head}");
    }
}

#[test]
fn many_listings_reuse_the_connections_of_those_in_flight() {
    const IN_FLIGHT: usize = 8;
    let (endpoint, heads) = raw_server(EMPTY_LIST);
    let client = builder_for(&endpoint).build().unwrap();
    let listings = stream::iter(0..200).map(|_| client.list_device_authentication_templates().send());
    let listings = listings.buffer_unordered(IN_FLIGHT).try_for_each(|_| async { Ok(()) });
    runtime().block_on(listings).unwrap();
    let connections: HashSet<_> = heads.try_iter().map(|(connection, _)| connection).collect();
    // A request may open a connection shortly before another one becomes idle.
    assert!(connections.len() <= 2 * IN_FLIGHT, "{connections:?}");
}

#[test]
fn listing_without_a_response_delays_no_other_listing() {
    let server = server();
    let client = client(&server);
    server.enqueue(MockResponse::pass_through().delay(Duration::MAX));
    let listings = stream::iter(0..100).map(|_| total(&client));
    let others = listings.buffer_unordered(8).take(99).try_collect::<Vec<_>>();
    assert_eq!(runtime().block_on(others).unwrap(), [3; 99]);
}

/// A builder without retries.
fn builder_for(endpoint: &str) -> ClientBuilder {
    let builder =
        Client::builder().endpoint(endpoint).project_id("a-project").credentials(Credentials::token("a-token"));
    builder.retry_policy(RetryPolicy::none())
}

/// Starts a server that sends this response to each request without a body. Returns its URL, and the head of each request
/// with the number of its connection.
fn raw_server(response: &'static str) -> (String, Receiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let sender = sender.clone();
            thread::spawn(move || serve(stream.unwrap(), number, response, &sender));
        }
    });
    (url, receiver)
}

/// Serves a connection until the client closes it.
fn serve(mut stream: TcpStream, number: usize, response: &str, heads: &Sender<(usize, String)>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while stream.read_exact(&mut byte).is_ok() {
        head.extend(byte);
        if head.ends_with(b"\r\n\r\n") {
            let text = String::from_utf8(std::mem::take(&mut head)).unwrap();
            if heads.send((number, text)).is_err() || stream.write_all(response.as_bytes()).is_err() {
                return;
            }
        }
    }
}
