//! TLS: root certificates, and the errors of certificates and servers that cannot work. Permanent failures are not retried.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};

use crate::support::no_backoff;
use crate::support::tls::{Authority, CountingServer, self_signed};

const ATTEMPTS: u32 = 3;

/// The texts of rustls, which contain dates and names.
#[cfg(not(feature = "native-tls"))]
mod library {
    pub(super) const UNKNOWN_ISSUER: &str = "UnknownIssuer";
    pub(super) const NOT_TLS: &str = "InvalidContentType";
    pub(super) const EXPIRED: &str = "has expired (at Sat, 29 Feb 2020 00:00:00 GMT)";
    pub(super) const NOT_YET_VALID: &str = "is not yet valid (before Thu, 02 Jan 3000 00:00:00 GMT)";

    pub(super) fn names(names: &str) -> String {
        if names.is_empty() { String::new() } else { format!(": {names}") }
    }
}

/// The texts of OpenSSL.
#[cfg(feature = "native-tls")]
mod library {
    pub(super) const UNKNOWN_ISSUER: &str = "unable to get local issuer certificate";
    pub(super) const NOT_TLS: &str = "wrong version number";
    pub(super) const EXPIRED: &str = "the server's certificate has expired (";
    pub(super) const NOT_YET_VALID: &str = "the server's certificate is not yet valid (";

    pub(super) fn names(_: &str) -> String {
        String::new()
    }
}

/// A builder that trusts this authority.
fn builder(authority: &Authority, endpoint: &str) -> ClientBuilder {
    let builder = Client::builder().endpoint(endpoint).project_id(MockServer::PROJECT_ID).no_proxy();
    let builder = builder.credentials(Credentials::token(MockServer::TOKEN)).retry_policy(no_backoff(ATTEMPTS));
    builder.root_certificates(authority.pem())
}

async fn error(client: ClientBuilder) -> Error {
    let client = client.build().expect("a client");
    client.list_device_authentication_templates().send().await.expect_err("an error")
}

/// Asserts that the failure is not retried, and explained by these texts.
async fn assert_permanent(server: &CountingServer, builder: ClientBuilder, texts: &[&str]) {
    let error = error(builder).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(!error.is_retryable(), "{error}");
    assert_eq!((error.attempts(), server.connections()), (1, 1), "{error}");
    for text in texts {
        assert!(error.to_string().contains(text), "{text}: {error}");
    }
}

#[tokio::test]
async fn added_root_certificate_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
    for pem in [authority.pem(), [other.pem(), authority.pem()].concat()] {
        let builder = builder(&other, &server.https()).root_certificates(pem);
        let client = builder.build().expect("a client");
        client.list_device_authentication_templates().send().await.expect("a page");
    }
    // With a hook, too.
    let client = builder(&authority, &server.https()).configure_http(|http| http.pool_max_idle_per_host(1));
    client.build().expect("a client").list_device_authentication_templates().send().await.expect("a page");
}

#[tokio::test]
async fn added_root_certificate_is_trusted_behind_a_proxy() {
    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["iotda.example"], |_| {})).await;
    let proxy = CountingServer::start_proxy(server.address).await;
    let via = reqwest_proxy(&proxy);
    let client =
        Client::builder().endpoint("https://iotda.example").project_id("p").credentials(Credentials::token("t"));
    let client = client.root_certificates(authority.pem()).configure_http(|http| http.proxy(via)).build();
    client.expect("a client").list_device_authentication_templates().send().await.expect("a page");
    assert_eq!(proxy.connections(), 1);
}

fn reqwest_proxy(proxy: &CountingServer) -> reqwest::Proxy {
    reqwest::Proxy::all(format!("http://{}", proxy.address)).expect("a URL")
}

#[tokio::test]
async fn certificate_of_an_unknown_issuer_is_explained() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = CountingServer::start_tls(other.certify(&["127.0.0.1"], |_| {})).await;
    let texts = [
        "its issuer is not among the root certificates",
        library::UNKNOWN_ISSUER,
        "SSL_CERT_FILE",
        "root_certificates",
    ];
    assert_permanent(&server, builder(&authority, &server.https()), &texts).await;

    // An authority that was created again with the same name.
    let (old, new) = (Authority::named("Corporate CA"), Authority::named("Corporate CA"));
    let server = CountingServer::start_tls(new.certify(&["127.0.0.1"], |_| {})).await;
    assert_permanent(&server, builder(&old, &server.https()), &[texts[0], texts[3]]).await;
}

#[tokio::test]
async fn self_signed_certificate_is_explained() {
    let authority = Authority::new();
    let as_ca = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for certificate in [self_signed(&["127.0.0.1"], |_| {}), self_signed(&["127.0.0.1"], as_ca)] {
        let server = CountingServer::start_tls(certificate).await;
        assert_permanent(&server, builder(&authority, &server.https()), &["self-signed", "root_certificates"]).await;
    }
}

#[tokio::test]
async fn certificate_that_has_expired_or_is_not_yet_valid_is_explained_with_its_date() {
    let authority = Authority::new();
    let expired = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 2, 29));
    };
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(3000, 1, 2);
    let certificates = [authority.certify(&["127.0.0.1"], expired), authority.certify(&["127.0.0.1"], early)];
    for (certificate, text) in certificates.into_iter().zip([library::EXPIRED, library::NOT_YET_VALID]) {
        let server = CountingServer::start_tls(certificate).await;
        assert_permanent(&server, builder(&authority, &server.https()), &[text, "clock"]).await;
    }
}

#[tokio::test]
async fn certificate_of_another_host_is_explained_with_its_names() {
    let authority = Authority::new();
    let many: Vec<_> = (1..=7).map(|number| format!("h{number}.example")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for (names, listed) in [
        (&["one.example"][..], "one.example"),
        (&["one.example", "*.two.example", "10.0.0.1"], "one.example, *.two.example, 10.0.0.1"),
        (&many, "h1.example, h2.example, h3.example, h4.example, h5.example and 2 more"),
        (&[], ""),
    ] {
        let server = CountingServer::start_tls(authority.certify(names, |_| {})).await;
        let text = format!("the server's certificate is for another host{} (", library::names(listed));
        assert_permanent(&server, builder(&authority, &server.https()), &[&text, "Overview page"]).await;
    }
}

#[tokio::test]
async fn plain_http_port_addressed_by_https_is_explained() {
    let server = CountingServer::start_raw(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
    let texts = ["the port does not use TLS", "plain http", library::NOT_TLS, "port and the scheme"];
    assert_permanent(&server, builder(&Authority::new(), &server.https()), &texts).await;
}

/// RFC 8446, section 6: an alert is a record of type 21 with the level fatal (2) and protocol_version (70) or
/// handshake_failure (40).
#[tokio::test]
async fn old_tls_version_is_explained() {
    for alert in [b"\x15\x03\x01\x00\x02\x02\x46", b"\x15\x03\x01\x00\x02\x02\x28"] {
        let server = CountingServer::start_raw(alert).await;
        assert_permanent(&server, builder(&Authority::new(), &server.https()), &["TLS 1.2 or 1.3"]).await;
    }
}

#[tokio::test]
async fn interrupted_tls_handshake_is_retried() {
    let server = CountingServer::start_raw(b"").await;
    let error = error(builder(&Authority::new(), &server.https())).await;
    assert!(error.is_retryable(), "{error}");
    assert_eq!(server.connections(), ATTEMPTS as usize, "{error}");
}

#[tokio::test]
async fn permanent_failure_does_not_change_the_endpoint() {
    let (authority, other) = (Authority::new(), Authority::new());
    let first = CountingServer::start_tls(other.certify(&["127.0.0.1"], |_| {})).await;
    let second = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
    let endpoints = format!("{},{}", first.https(), second.https());
    assert_permanent(&first, builder(&authority, &endpoints), &[library::UNKNOWN_ISSUER]).await;
    assert_eq!(second.connections(), 0);
    let client = builder(&authority, &endpoints).build().expect("a client");
    assert!(!client.server_time().await.expect_err("an error").is_retryable());
    assert_eq!(second.connections(), 0);
}

#[test]
fn root_certificates_that_are_none_are_rejected() {
    for pem in ["", "no certificate", "\u{30}\u{1}", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let builder = builder(&Authority::new(), "https://127.0.0.1:9").root_certificates(pem);
        let error = builder.build().expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{pem}: {error}");
        assert!(error.to_string().starts_with("root_certificates "), "{pem}: {error}");
        assert!(error.to_string().contains("BEGIN CERTIFICATE"), "{pem}: {error}");
    }
}
