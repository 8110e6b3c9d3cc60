//! A client with https and plain http endpoints: only requests to the https ones go through a proxy.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Route};

use crate::support::no_backoff;
use crate::support::tls::{Authority, CountingServer};

const HOST: &str = "https://iotda.example";

/// A TLS server, and a CONNECT proxy for it.
struct Tunnel {
    authority: Authority,
    server: CountingServer,
    proxy: CountingServer,
}

impl Tunnel {
    async fn start() -> Self {
        let authority = Authority::new();
        let server = CountingServer::start_tls(authority.certify(&["iotda.example"], |_| {})).await;
        let proxy = CountingServer::start_proxy(server.address).await;
        Self { authority, server, proxy }
    }

    /// Returns a builder for a client that logs in and uses the proxy for each host that may have one.
    fn builder(&self) -> ClientBuilder {
        let via = reqwest::Proxy::all(format!("http://{}", self.proxy.address)).expect("a URL");
        let builder = Client::builder().endpoint(HOST).project_id("p").retry_policy(no_backoff(1));
        let builder = builder.credentials(Credentials::password("account", "user", "a-password"));
        builder.root_certificates(self.authority.pem()).configure_http(|http| http.proxy(via))
    }
}

async fn server_with_user() -> MockServer {
    let server = MockServer::start().await.expect("bind to 127.0.0.1");
    server.add_user("account", "user", "a-password");
    server
}

#[tokio::test]
async fn https_endpoint_uses_the_proxy_while_iam_uses_plain_http() {
    let (tunnel, iam) = (Tunnel::start().await, server_with_user().await);
    let client = tunnel.builder().iam_endpoint(iam.endpoint()).build().expect("a client");
    client.list_device_authentication_templates().send().await.expect("a page");
    assert_eq!((tunnel.proxy.connections(), tunnel.server.connections()), (1, 1));
    assert_eq!(iam.login_count(), 1, "the login does not go through the proxy");
    assert!(matches!(client.route(&iam.endpoint()), Route::Direct { .. }), "{:?}", client.route(&iam.endpoint()));
    assert_eq!(client.route(HOST), Route::Unknown, "the hook may have set a proxy");
}

#[tokio::test]
async fn iam_with_https_uses_the_proxy_while_the_endpoint_uses_plain_http() {
    let (tunnel, service) = (Tunnel::start().await, server_with_user().await);
    let client = tunnel.builder().endpoint(service.endpoint()).iam_endpoint(HOST).build().expect("a client");
    client.list_device_authentication_templates().send().await.expect_err("the response contains no token");
    assert_eq!((tunnel.proxy.connections(), tunnel.server.connections()), (1, 1));
    let client = tunnel.builder().endpoint(service.endpoint()).iam_endpoint(HOST);
    let client = client.credentials(Credentials::token(MockServer::TOKEN)).build().expect("a client");
    client.list_device_authentication_templates().send().await.expect("a page");
    assert_eq!(tunnel.proxy.connections(), 1, "the request to the service does not go through the proxy");
}

#[tokio::test]
async fn next_endpoint_with_https_uses_the_proxy() {
    let (tunnel, iam) = (Tunnel::start().await, server_with_user().await);
    let endpoints = format!("http://127.0.0.1:1,{HOST}");
    let client = tunnel.builder().endpoint(endpoints).iam_endpoint(iam.endpoint()).build().expect("a client");
    client.list_device_authentication_templates().send().await.expect("a page");
    assert_eq!(tunnel.proxy.connections(), 1);
}

#[tokio::test]
async fn no_proxy_disables_the_proxy_of_all_hosts() {
    let (tunnel, iam) = (Tunnel::start().await, server_with_user().await);
    let client = tunnel.builder().iam_endpoint(iam.endpoint()).no_proxy().build().expect("a client");
    client.list_device_authentication_templates().send().await.expect_err("the host name does not exist");
    assert_eq!((tunnel.proxy.connections(), iam.login_count()), (0, 1));
}
