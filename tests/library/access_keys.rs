//! Requests signed with an access key, end to end: the mock recomputes every signature from the request that it received.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use expect_test::expect;
use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Credentials, ErrorKind, IamCredential, Signing};

use crate::support::clock::Clock;
use crate::support::keys::{AK, SK, server_with_key, signing_builder, wrong_secret_builder};
use crate::support::{CERTIFICATE, ReplaceableProvider, collect_until_error, total};

const MINUTE: Duration = Duration::from_secs(60);

fn derived() -> Signing {
    Signing::Derived { region: "cn-north-4".to_owned() }
}

#[tokio::test]
async fn both_operations_work_with_both_signing_algorithms() {
    for signing in [Signing::Standard, derived()] {
        let server = server_with_key(120).await;
        server.set_signing(signing.clone());
        let client = signing_builder(&server).signing(signing).instance_id("i-1").build().unwrap();
        let (devices, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(devices.len(), 120);
        let request = client.list_device_authentication_templates().template_name("sample-template-2").limit(1);
        let (templates, error) = collect_until_error(request.items()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(templates.len(), 1);
    }
}

#[tokio::test]
async fn mock_can_accept_any_signing_algorithm_and_region() {
    let server = server_with_key(1).await;
    server.add_project(MockServer::PROJECT_ID, "cn-north-4");
    server.accept_any_signing();
    for signing in [Signing::Standard, derived(), Signing::Derived { region: "cn-south-1".to_owned() }] {
        let client = signing_builder(&server).signing(signing.clone()).build().unwrap();
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{signing:?}");
    }
    let error = total(&wrong_secret_builder(&server).build().unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Some("APIG.0301"));
}

/// Sends a request that is signed like by the vendor's SDK for Go, without the header `host`.
async fn list_with_go_signature(server: &MockServer, signed_headers: &str) -> reqwest::StatusCode {
    let (path, date) = ("/v5/iot/p/device-authentication-templates", "20231114T221320Z");
    let header = |name: &str| format!("{name}:{}\n", if name == "x-project-id" { "p" } else { date });
    let headers: String = signed_headers.split(';').map(header).collect();
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hash = |text: &str| hex(hmac_sha256::Hash::hash(text.as_bytes()));
    let canonical = format!("GET\n{path}/\n\n{headers}\n{signed_headers}\n{}", hash(""));
    let string_to_sign = format!("SDK-HMAC-SHA256\n{date}\n{}", hash(&canonical));
    let signature = hex(hmac_sha256::HMAC::mac(string_to_sign, SK));
    let authorization = format!("SDK-HMAC-SHA256 Access={AK}, SignedHeaders={signed_headers}, Signature={signature}");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("{}{path}", server.endpoint())).header("X-Project-Id", "p");
    request.header("X-Sdk-Date", date).header("Authorization", authorization).send().await.unwrap().status()
}

#[tokio::test]
async fn mock_accepts_a_signature_without_the_host_but_not_without_the_project_or_the_date() {
    let server = server_with_key(1).await;
    server.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    for (signed_headers, status) in [("x-project-id;x-sdk-date", 200), ("x-sdk-date", 401), ("x-project-id", 401)] {
        assert_eq!(list_with_go_signature(&server, signed_headers).await, status, "{signed_headers}");
    }
}

#[tokio::test]
async fn signature_covers_the_documented_headers() {
    let server = server_with_key(1).await;
    let client = signing_builder(&server).instance_id("i-1").build().unwrap();
    total(&client).await.unwrap();
    let request = server.requests().remove(0);
    let authorization = request.header("authorization").unwrap();
    let headers = "SignedHeaders=content-type;host;instance-id;x-project-id;x-sdk-date,";
    assert!(authorization.starts_with(&format!("SDK-HMAC-SHA256 Access={AK}, {headers}")), "{authorization}");
    assert_eq!(request.header("x-project-id"), Some(MockServer::PROJECT_ID));
    assert!(!format!("{request:?}").contains("Signature="), "{request:?}");
}

/// A request that the vendor's SDK for Go 0.1.207 sent. It signs neither `Host` nor `Content-Type`.
#[tokio::test]
async fn mock_accepts_a_request_whose_host_is_not_signed() {
    let server = MockServer::start().await.unwrap();
    server.add_access_key("AK", "secret-key");
    server.add_sample_devices("certificate-1", 1);
    // 2026-11-26T06:39:16Z
    server.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_675_156));
    let path = format!("/v5/iot/{}/device-certificates/certificate-1/list-device", MockServer::PROJECT_ID);
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(server.endpoint() + &path);
    let signature = "98560bcf686d335411940f86090fdd297d9719911babcc83ab3adfe86ffd66aa";
    let application = "b4ed6871-6941-4865-ad67-d011a8abfe5b";
    let request = request
        .header(
            "User-Agent",
            format!("huaweicloud-usdk-go/3.0; os/Debian_GNU/Linux#12_(bookworm)#amd64 go/go1.26.8; app/{application}"),
        )
        .header(
            "Authorization",
            format!(
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=user-agent;x-project-id;x-sdk-date, Signature={signature}"
            ),
        )
        .header("Content-Type", "application/json")
        .header("X-Project-Id", MockServer::PROJECT_ID)
        .header("X-Sdk-Date", "20261126T063916Z")
        .body("{\"limit\":50}\n");
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn permanent_access_key_sends_no_token() {
    let server = server_with_key(1).await;
    total(&signing_builder(&server).build().unwrap()).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("x-auth-token"), None);
    assert_eq!(request.header("x-security-token"), None);
}

#[tokio::test]
async fn ids_with_special_characters_have_valid_signatures() {
    for id in ["a b", "a+b", "a%2fb", "ä", "a?b#c", "a~b!*'()", "{x}", "a&b=c;d,e:f@g$"] {
        let server = server_with_key(0).await;
        server.add_sample_devices(id, 2);
        let client = signing_builder(&server).build().unwrap();
        let devices = client.list_device_by_device_certificate(id).total().await;
        assert_eq!(devices.map_err(|error| error.to_string()), Ok(2), "{id}");
    }
}

#[tokio::test]
async fn temporary_key_sends_and_signs_its_security_token() {
    let server = server_with_key(1).await;
    server.add_temporary_access_key("TEMPORARY", SK, "a-security-token");
    let credentials = || IamCredential::access_key("TEMPORARY", SK);
    let client = server.builder().credentials(credentials().security_token("a-security-token")).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    let request = server.requests().remove(0);
    assert_eq!(request.header("x-security-token"), Some("a-security-token"));
    assert!(request.header("authorization").unwrap().contains("x-security-token"));
    let without_security_token = server.builder().credentials(credentials()).build().unwrap();
    assert!(total(&without_security_token).await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn host_determines_the_signing_algorithm() {
    for (host, signing) in [
        ("a1b2c3.st1.iotda-app.cn-north-4.myhuaweicloud.com", derived()),
        ("iotda.cn-north-4.myhuaweicloud.com", Signing::Standard),
        ("iotda-app.example.com", Signing::Standard),
    ] {
        let server = server_with_key(1).await;
        server.set_signing(signing);
        let address = server.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
        // The name resolves to the mock instead of the real service.
        let builder = signing_builder(&server).endpoint(format!("http://{host}")).allow_http(true);
        let client = builder.configure_http(move |http| http.resolve(host, address)).build().unwrap();
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{host}");
        assert_eq!(server.requests()[0].header("host"), Some(host));
    }
}

#[tokio::test]
async fn wrong_signing_algorithm_is_reported_as_likely_cause() {
    let server = server_with_key(1).await;
    server.set_signing(derived());
    let error = total(&signing_builder(&server).build().unwrap()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.code(), Some("IOTDA.000002"));
    expect!["Likely cause: a token that is wrong, expired (after 24 hours) or from another region's IAM endpoint; with an access key: a wrong or disabled key, a wrong clock, or the wrong signing algorithm for this host. Check the clock and the signing algorithm, or replace the credential"].assert_eq(&error.help().unwrap());
}

#[tokio::test]
async fn wrong_key_is_sent_once_for_50_concurrent_calls() {
    let server = server_with_key(1).await;
    let client = wrong_secret_builder(&server).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    let first = results[0].as_ref().unwrap_err();
    assert!(first.is_unauthorized(), "{first}");
    for result in &results {
        assert_eq!(result.as_ref().unwrap_err().to_string(), first.to_string());
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.rejected_count(), 1);
}

#[tokio::test]
async fn wrong_key_is_sent_once_for_50_sequential_calls() {
    let server = server_with_key(1).await;
    let client = wrong_secret_builder(&server).build().unwrap();
    for _ in 0..50 {
        // Clones share the state of the key.
        assert!(total(&client.clone()).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn rejected_key_is_sent_again_after_five_minutes() {
    let server = server_with_key(1).await;
    let clock = Clock::now();
    let client = wrong_secret_builder(&server).clock(clock.time_source()).build().unwrap();
    for (minutes, expected_requests) in [(0, 1), (4, 1), (1, 2), (0, 2), (4, 2), (1, 3)] {
        clock.advance(minutes * MINUTE);
        server.set_time(clock.read());
        assert!(total(&client).await.unwrap_err().is_unauthorized());
        assert_eq!(server.requests().len(), expected_requests, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn requests_are_serialized_until_the_key_is_accepted() {
    let server = server_with_key(1).await;
    let client = signing_builder(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(300)));
    let calls = join_all((0..20).map(|_| total(&client)));
    let requests_before_the_first_response = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        // Gives the other calls the opportunity to send a request.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        server.requests().len()
    };
    let (results, early_requests) = tokio::join!(calls, requests_before_the_first_response);
    assert_eq!(early_requests, 1);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.requests().len(), 20);
}

#[tokio::test]
async fn responses_without_authentication_do_not_accept_the_key() {
    let server = server_with_key(1).await;
    let client = wrong_secret_builder(&server).build().unwrap();
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::new(429));
    server.enqueue(MockResponse::disconnect());
    let results = join_all((0..20).map(|_| total(&client))).await;
    let unauthorized = results.iter().filter(|result| result.as_ref().unwrap_err().is_unauthorized());
    assert_eq!(unauthorized.count(), 17);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn replaced_key_is_used_without_delay() {
    let server = server_with_key(1).await;
    let provider = ReplaceableProvider(Arc::new(Mutex::new(IamCredential::access_key(AK, "wrong"))));
    let client = server.builder().credentials(Credentials::from_provider(provider.clone())).build().unwrap();
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 1);
    *provider.0.lock().unwrap() = IamCredential::access_key(AK, SK);
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 2);
}

/// Sends the wrong key this often. Each call uses a new client, because one client would not send it again.
async fn fail(server: &MockServer, times: usize) {
    for _ in 0..times {
        assert!(total(&wrong_secret_builder(server).build().unwrap()).await.unwrap_err().is_unauthorized());
    }
}

#[tokio::test]
async fn mock_locks_a_key_for_five_minutes_at_its_sixth_failure() {
    let server = server_with_key(1).await;
    let now = SystemTime::now();
    server.set_time(now);
    let call = async || total(&signing_builder(&server).clock(move || now).build().unwrap()).await;
    fail(&server, 6).await;
    let error = call().await.unwrap_err();
    assert_eq!(error.status(), Some(401), "{error}");
    server.set_time(now + 5 * MINUTE);
    assert_eq!(call().await.unwrap(), 1);
}

#[tokio::test]
async fn success_resets_the_failure_count_of_the_mock() {
    let server = server_with_key(1).await;
    let call = async || total(&signing_builder(&server).build().unwrap()).await;
    fail(&server, 5).await;
    assert_eq!(call().await.unwrap(), 1);
    fail(&server, 5).await;
    assert_eq!(call().await.unwrap(), 1);
}

#[tokio::test]
async fn mock_rejects_a_request_that_was_changed_in_transit() {
    let server = server_with_key(1).await;
    let client = signing_builder(&server).build().unwrap();
    client.list_device_authentication_templates().limit(1).send().await.unwrap();
    let recorded = server.requests().remove(0);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (target, status) in [(recorded.target.clone(), 200), (recorded.target.replace("limit=1", "limit=2"), 401)] {
        let mut request = http.get(format!("{}{target}", server.endpoint()));
        for (name, value) in recorded.headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{target}");
    }
}

#[tokio::test]
async fn keys_that_are_invalid_in_a_header_are_rejected_by_build() {
    let server = server_with_key(0).await;
    let invalid: [IamCredential; 5] = [
        IamCredential::access_key(AK, format!("{SK}\n")),
        IamCredential::access_key("", SK),
        IamCredential::access_key("A K", SK),
        IamCredential::access_key(AK, ""),
        IamCredential::access_key(AK, SK).security_token("a\nb"),
    ];
    for credentials in invalid {
        let error = server.builder().credentials(credentials).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(!error.to_string().contains(SK), "{error}");
    }
}

#[tokio::test]
async fn invalid_signing_region_is_rejected_by_build() {
    let server = server_with_key(0).await;
    let error = signing_builder(&server).signing(Signing::Derived { region: "a b/".to_owned() }).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("a b/"), "{error}");
}
