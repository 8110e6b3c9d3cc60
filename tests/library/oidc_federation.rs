//! OIDC federation: an ID token is exchanged for a temporary access key at STS.

use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, OidcFederation};
use serde_json::json;

use crate::support::clock::Clock;
use crate::support::token_file::TokenFile;
use crate::support::{server_with_devices, total};

const PROVIDER: &str = "iam::0123456789:oidcProvider:ci";
const AGENCY: &str = "iam::0123456789:agency:reader";
const AUDIENCE: &str = "my-audience";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

async fn server_with_agency() -> MockServer {
    let (server, _) = server_with_devices(1).await;
    server.add_oidc_agency(PROVIDER, AGENCY, AUDIENCE);
    server
}

fn valid_token() -> String {
    MockServer::id_token(AUDIENCE, SystemTime::now() + 24 * HOUR)
}

fn federation(server: &MockServer, file: &TokenFile) -> OidcFederation {
    OidcFederation::new(PROVIDER, AGENCY, file.path()).sts_endpoint(server.endpoint())
}

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

#[tokio::test]
async fn exchange_is_as_documented_and_its_key_signs_the_requests() {
    let server = server_with_agency().await;
    let token = valid_token();
    let file = TokenFile::new(format!(" {token}\r\n"));
    assert_eq!(total(&client(&server, federation(&server, &file))).await.unwrap(), 1);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("POST", "/v5/agencies/assume-with-oidc"));
    let body = json!({
        "provider_urn": PROVIDER,
        "agency_urn": AGENCY,
        "agency_session_name": "oidc-sts-session",
        "id_token": token,
        "duration_seconds": 3600,
    });
    assert_eq!(requests[0].json(), Some(body));
    for header in ["authorization", "x-auth-token", "x-security-token", "x-project-id"] {
        assert_eq!(requests[0].header(header), None, "the exchange is not authenticated");
    }
    assert_eq!(requests[1].header("x-security-token"), Some("mock-security-token-0001"));
    assert!(requests[1].header("authorization").unwrap().contains("MOCKKEY0001"));
    assert!(!format!("{requests:?}").contains(&token));
}

#[tokio::test]
async fn options_are_sent() {
    let server = server_with_agency().await;
    let file = TokenFile::new(valid_token());
    let federation = federation(&server, &file).session_name("nightly").duration(2 * HOUR);
    let federation = federation.policy("{\"Version\":\"5.0\"}").policy_ids(["p-1", "p-2"]);
    assert_eq!(total(&client(&server, federation)).await.unwrap(), 1);
    let body = server.requests()[0].json().unwrap();
    assert_eq!(body["agency_session_name"], "nightly");
    assert_eq!(body["duration_seconds"], 7200);
    assert_eq!(body["policy"], "{\"Version\":\"5.0\"}");
    assert_eq!(body["policy_ids"], json!(["p-1", "p-2"]));
}

#[tokio::test]
async fn fifty_concurrent_calls_share_one_exchange() {
    let server = server_with_agency().await;
    let federation = OidcFederation::with_token(PROVIDER, AGENCY, valid_token()).sts_endpoint(server.endpoint());
    let client = client(&server, federation);
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.issued_key_count(), 1);
}

#[tokio::test]
async fn file_is_read_again_at_each_refresh_ten_minutes_before_the_expiry() {
    let server = server_with_agency().await;
    let file = TokenFile::new(valid_token());
    let clock = Clock::now();
    server.set_time(clock.read());
    let builder = server.builder().credentials(federation(&server, &file)).clock(clock.time_source());
    let client = builder.build().unwrap();
    total(&client).await.unwrap();
    let rotated = MockServer::id_token(AUDIENCE, SystemTime::now() + 48 * HOUR);
    file.write(&rotated);
    clock.advance(49 * MINUTE);
    server.set_time(clock.read());
    total(&client).await.unwrap();
    assert_eq!(server.issued_key_count(), 1);
    clock.advance(2 * MINUTE);
    server.set_time(clock.read());
    total(&client).await.unwrap();
    // A refresh runs alongside the calls.
    while server.issued_key_count() < 2 {
        tokio::task::yield_now().await;
    }
    let mut exchanges = server.requests().into_iter().filter(|request| request.target.starts_with("/v5/agencies"));
    assert_eq!(exchanges.next_back().unwrap().json().unwrap()["id_token"], rotated);
}

#[tokio::test]
async fn failed_refresh_does_not_affect_calls_while_the_key_is_valid() {
    let server = server_with_agency().await;
    let file = TokenFile::new(valid_token());
    let clock = Clock::now();
    server.set_time(clock.read());
    let builder = server.builder().credentials(federation(&server, &file)).clock(clock.time_source());
    let client = builder.build().unwrap();
    total(&client).await.unwrap();
    file.write("");
    clock.advance(55 * MINUTE);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    clock.advance(6 * MINUTE);
    server.set_time(clock.read());
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert!(error.to_string().contains(file.text()), "{error}");
    file.write(valid_token());
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn lifetime_is_computed_with_the_time_of_sts() {
    let server = server_with_agency().await;
    let file = TokenFile::new(valid_token());
    // The local clock is two hours ahead of the server's: the key would count as expired.
    let now = SystemTime::now();
    server.set_time(now);
    let client =
        server.builder().credentials(federation(&server, &file)).clock(move || now + 2 * HOUR).build().unwrap();
    for _ in 0..3 {
        assert_eq!(total(&client).await.unwrap(), 1);
    }
    assert_eq!(server.issued_key_count(), 1);
}

#[tokio::test]
async fn rejected_id_token_is_sent_once_until_its_file_is_replaced() {
    let server = server_with_agency().await;
    let token = MockServer::id_token("another-audience", SystemTime::now() + HOUR);
    let file = TokenFile::new(&token);
    let client = client(&server, federation(&server, &file));
    for _ in 0..20 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert_eq!(error.status(), Some(401), "{error}");
        assert_eq!(error.request_id().map(str::len), Some(32), "{error}");
        assert_eq!(error.host(), Some(&*server.endpoint().replace("http://", "")), "{error}");
        let text = format!("{error} {error:?} {error:#?}");
        for part in ["OIDC federation", "audience", "trust policy"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains(&token), "{text}");
        assert!(!text.contains("another-audience"), "{text}");
    }
    assert_eq!(server.request_count(), 1);
    file.write(valid_token());
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn expired_id_token_is_named_in_the_error() {
    let server = server_with_agency().await;
    let file = TokenFile::new(MockServer::id_token(AUDIENCE, SystemTime::now() - MINUTE));
    let error = total(&client(&server, federation(&server, &file))).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(error.message().contains("the ID token has expired by the local clock"), "{error}");
}

#[tokio::test]
async fn unknown_agency_is_reported_with_its_code() {
    let (server, _) = server_with_devices(1).await;
    let file = TokenFile::new(valid_token());
    let error = total(&client(&server, federation(&server, &file))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert_eq!((error.status(), error.code()), (Some(404), Some("STS5.1106")), "{error}");
    assert!(error.help().unwrap().contains("agency"), "{error}");
    assert!(!error.is_not_found(), "the certificate is not the reason: {error}");
}

#[tokio::test]
async fn unusable_token_file_is_reported_with_its_path_and_without_its_content() {
    let server = server_with_agency().await;
    let cases: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"top-secret top-secret", "space"),
        (b"top-secret\nsecond-line", "line break"),
        (b"top-secret\xff", "UTF-8"),
    ];
    for (content, cause) in cases {
        let file = TokenFile::new(content);
        let error = total(&client(&server, federation(&server, &file))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        let text = format!("{error} {error:?} {error:#?}");
        assert!(text.contains(file.text()) && text.contains(cause), "{cause}: {text}");
        assert!(!text.contains("top-secret") && !text.contains("second-line"), "{text}");
    }
    let missing = OidcFederation::new(PROVIDER, AGENCY, "/nowhere/token").sts_endpoint(server.endpoint());
    let error = total(&client(&server, missing)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert!(error.to_string().contains("/nowhere/token"), "{error}");
    let large = TokenFile::new(vec![b'a'; 1024 * 1024 + 1]);
    let error = total(&client(&server, federation(&server, &large))).await.unwrap_err();
    assert!(error.to_string().contains("1 MiB"), "{error}");
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn undocumented_responses_are_errors_without_secrets() {
    let key = json!({"access_key_id": "AK", "secret_access_key": "top-secret", "security_token": "top-secret-2"});
    let with_expiry = |expiry: &str| {
        json!({"credentials": {"access_key_id": "AK", "secret_access_key": "top-secret",
        "security_token": "top-secret-2", "expiration": expiry}})
    };
    for (response, kind) in [
        (MockResponse::new(200).json(&json!({"credentials": key})), ErrorKind::UnexpectedResponse),
        (MockResponse::new(200).json(&with_expiry("tomorrow")), ErrorKind::UnexpectedResponse),
        (MockResponse::new(200).json(&json!({"credentials": {}})), ErrorKind::UnexpectedResponse),
        (MockResponse::new(200).body("top-secret"), ErrorKind::UnexpectedResponse),
        (MockResponse::new(502).body("<html>bad gateway</html>"), ErrorKind::Credentials),
        (MockResponse::new(302).header("Location", "http://127.0.0.1:1/"), ErrorKind::Credentials),
        (MockResponse::disconnect(), ErrorKind::Connection),
    ] {
        let server = server_with_agency().await;
        let file = TokenFile::new(valid_token());
        let client = client(&server, federation(&server, &file));
        server.enqueue(response);
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = format!("{error} {error:?} {error:#?}");
        assert!(text.contains("OIDC federation") && text.contains("127.0.0.1"), "{text}");
        assert!(!text.contains("top-secret"), "{text}");
        assert_eq!(server.request_count(), 1, "{error}");
    }
}

#[tokio::test]
async fn echoed_id_token_is_redacted() {
    let server = server_with_agency().await;
    let token = valid_token();
    let file = TokenFile::new(&token);
    let client = client(&server, federation(&server, &file));
    let body = json!({"error_code": "X.1", "error_msg": format!("bad token {token}")});
    server.enqueue(MockResponse::new(403).header("X-Request-Id", token.clone()).json(&body));
    let error = total(&client).await.unwrap_err();
    assert!(error.message().contains("[redacted]"), "{error}");
    assert!(!format!("{error} {error:?} {error:#?}").contains(&token[..12]), "{error}");
}

#[tokio::test]
async fn issued_key_is_rejected_by_the_mock_after_its_expiry_and_replaced() {
    let server = server_with_agency().await;
    server.set_issued_key_lifetime(20 * MINUTE);
    let file = TokenFile::new(valid_token());
    let clock = Clock::now();
    server.set_time(clock.read());
    let builder = server.builder().credentials(federation(&server, &file)).clock(clock.time_source());
    let client = builder.build().unwrap();
    for issued in 1..=3 {
        assert_eq!(total(&client).await.unwrap(), 1);
        assert_eq!(server.issued_key_count(), issued);
        clock.advance(21 * MINUTE);
        server.set_time(clock.read());
    }
    assert_eq!(server.rejected_count(), 0);
}

#[tokio::test]
async fn invalid_values_are_rejected_when_the_client_is_built() {
    let (server, _) = server_with_devices(1).await;
    let federation = || OidcFederation::new(PROVIDER, AGENCY, "/token");
    for (federation, name) in [
        (OidcFederation::new("", AGENCY, "/token"), "provider_urn"),
        (OidcFederation::new(PROVIDER, "\"a\"", "/token"), "agency_urn"),
        (OidcFederation::with_token(PROVIDER, AGENCY, "a b"), "id_token"),
        (federation().session_name(""), "session_name"),
        (federation().duration(Duration::from_secs(899)), "duration"),
        (federation().duration(12 * HOUR + MINUTE), "duration"),
        (federation().sts_endpoint("http://sts.example.com"), "sts_endpoint"),
    ] {
        let error = server.builder().credentials(federation).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.message().starts_with(name), "{name}: {error}");
    }
}

#[tokio::test]
async fn unknown_sts_endpoint_is_an_error_before_anything_is_sent() {
    let server = server_with_agency().await;
    let file = TokenFile::new(valid_token());
    let credentials = OidcFederation::new(PROVIDER, AGENCY, file.path());
    let error = total(&client(&server, credentials)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("sts_endpoint"), "{error}");
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn variables_that_are_not_set_are_listed() {
    let (server, _) = server_with_devices(1).await;
    let chain = Credentials::chain([
        Credentials::from_oidc_federation(),
        Credentials::from_identity_provider(),
        Credentials::from_pod_identity(),
    ]);
    let error = total(&client(&server, chain)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    for name in ["HUAWEICLOUD_OIDC_PROVIDER_URN", "HUAWEICLOUD_SDK_ID_TOKEN_FILE", "HC_CONTAINER_CREDENTIALS_FULL_URI"]
    {
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(server.request_count(), 0);
}

// A build without TLS cannot connect to STS.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn sts_has_the_region_and_domain_of_the_endpoint() {
    let unreachable = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let file = TokenFile::new(valid_token());
    for (endpoint, region, sts) in [
        ("https://a1.st1.iotda-app.cn-north-4.myhuaweicloud.com", None, "sts.cn-north-4.myhuaweicloud.com"),
        ("https://iotda.eu-west-101.myhuaweicloud.eu", None, "sts.eu-west-101.myhuaweicloud.eu"),
        ("https://a1.iotda-app.eu-de.otc.t-systems.com", None, "sts.eu-de.otc.t-systems.com"),
        ("", Some("eu-west-101"), "sts.eu-west-101.myhuaweicloud.eu"),
        ("", Some("cn-north-4"), "sts.cn-north-4.myhuaweicloud.com"),
    ] {
        let builder = Client::builder().project_id("p").no_proxy();
        let builder = match region {
            Some(region) => builder.region(region),
            None => builder.endpoint(endpoint),
        };
        let credentials = OidcFederation::new(PROVIDER, AGENCY, file.path());
        let builder = builder.credentials(credentials).configure_http(move |http| http.resolve(sts, unreachable));
        let retry_policy = huaweicloud_iotda::RetryPolicy::none();
        let error = total(&builder.retry_policy(retry_policy).build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert_eq!(error.host(), Some(&*format!("{sts}:443")), "{error}");
    }
}
