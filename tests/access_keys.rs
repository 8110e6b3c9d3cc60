//! Signed requests, end to end: the server recomputes every signature from what arrived.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Credentials, IamCredential, Signing};
use support::clock::Clock;
use support::keys::{AK, SK, keyed, signed, wrong};
use support::{CERTIFICATE, Vault, drain, total};

fn derived() -> Signing {
    Signing::Derived { region: "cn-north-4".to_owned() }
}

#[tokio::test]
async fn both_operations_are_read_with_both_kinds_of_signature() {
    for signing in [Signing::Standard, derived()] {
        let server = keyed(120).await;
        server.set_signing(signing.clone());
        let client = signed(&server).signing(signing).instance_id("i-1").build().unwrap();
        let (devices, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
        assert_eq!((devices.len(), error.map(|error| error.to_string())), (120, None));
        let templates = client.list_device_authentication_templates().template_name("sample-template-2").limit(1);
        let (templates, error) = drain(templates.items()).await;
        assert_eq!((templates.len(), error.map(|error| error.to_string())), (1, None));
    }
}

#[tokio::test]
async fn a_signature_covers_what_is_documented_and_no_token_is_sent() {
    let server = keyed(1).await;
    let client = signed(&server).instance_id("i-1").build().unwrap();
    total(&client).await.unwrap();
    let request = server.requests().remove(0);
    let authorization = request.header("authorization").unwrap();
    let headers = "SignedHeaders=content-type;host;instance-id;x-project-id;x-sdk-date,";
    assert!(authorization.starts_with(&format!("SDK-HMAC-SHA256 Access={AK}, {headers}")), "{authorization}");
    assert_eq!(request.header("x-project-id"), Some(MockServer::PROJECT_ID));
    assert_eq!((request.header("x-auth-token"), request.header("x-security-token")), (None, None));
    assert!(!format!("{request:?}").contains("Signature="), "{request:?}");
}

#[tokio::test]
async fn ids_of_any_characters_are_signed_as_they_arrive() {
    for id in ["a b", "a+b", "a%2fb", "ä", "a?b#c", "a~b!*'()", "{x}", "a&b=c;d,e:f@g$"] {
        let server = keyed(0).await;
        server.add_sample_devices(id, 2);
        let client = signed(&server).build().unwrap();
        assert_eq!(
            client.list_device_by_device_certificate(id).total().await.map_err(|error| error.to_string()),
            Ok(2),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_temporary_key_sends_and_signs_its_security_token() {
    let server = keyed(1).await;
    server.add_temporary_access_key("TEMPORARY", SK, "a-security-token");
    let credentials = || IamCredential::access_key("TEMPORARY", SK);
    let client = server.builder().credentials(credentials().security_token("a-security-token")).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    assert!(server.requests()[0].header("authorization").unwrap().contains("x-security-token"));
    let without = server.builder().credentials(credentials()).build().unwrap();
    assert!(total(&without).await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn the_kind_of_signature_comes_from_the_host() {
    for (host, signing) in [
        ("a1b2c3.st1.iotda-app.cn-north-4.myhuaweicloud.com", derived()),
        ("iotda.cn-north-4.myhuaweicloud.com", Signing::Standard),
        ("iotda-app.example.com", Signing::Standard),
    ] {
        let server = keyed(1).await;
        server.set_signing(signing);
        let address = server.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
        // The name leads to the server on this machine, whatever it is elsewhere.
        let builder = signed(&server).endpoint(format!("http://{host}")).allow_http(true);
        let client = builder.configure_http(move |http| http.resolve(host, address)).build().unwrap();
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{host}");
        assert_eq!(server.requests()[0].header("host"), Some(host));
    }
}

#[tokio::test]
async fn the_wrong_kind_of_signature_is_told_as_a_likely_cause() {
    let server = keyed(1).await;
    server.set_signing(derived());
    let error = total(&signed(&server).build().unwrap()).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("IOTDA.000002")));
    assert!(error.to_string().contains("kind of signature"), "{error}");
}

#[tokio::test]
async fn fifty_calls_at_once_with_a_wrong_key_reach_the_server_once() {
    let server = keyed(1).await;
    let client = wrong(&server).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    let first = results[0].as_ref().unwrap_err().to_string();
    assert!(results.iter().all(|result| result.as_ref().is_err_and(|error| error.to_string() == first)), "{results:?}");
    assert!(results[0].as_ref().unwrap_err().is_unauthorized());
    assert_eq!((server.requests().len(), server.rejected_count()), (1, 1));
}

#[tokio::test]
async fn fifty_calls_in_a_row_with_a_wrong_key_reach_the_server_once() {
    let server = keyed(1).await;
    let client = wrong(&server).build().unwrap();
    for _ in 0..50 {
        // A clone of the client is the same client.
        assert!(total(&client.clone()).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.requests().len(), 1);
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn after_five_minutes_a_rejected_key_is_tried_once_more() {
    let server = keyed(1).await;
    let clock = Clock::now();
    let client = wrong(&server).clock(clock.given()).build().unwrap();
    for (advance, requests) in [(0, 1), (4, 1), (1, 2), (0, 2), (4, 2), (1, 3)] {
        clock.advance(advance * MINUTE);
        server.set_time(clock.read());
        assert!(total(&client).await.unwrap_err().is_unauthorized());
        assert_eq!(server.requests().len(), requests, "after {advance} minutes");
    }
}

#[tokio::test]
async fn until_a_key_is_accepted_one_request_at_a_time_goes_out() {
    let server = keyed(1).await;
    let client = signed(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(300)));
    let calls = join_all((0..20).map(|_| total(&client)));
    let watch = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        // The first is not answered yet: whatever the others would send, they could send now.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        server.requests().len()
    };
    let (results, meanwhile) = tokio::join!(calls, watch);
    assert_eq!(meanwhile, 1);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.requests().len(), 20);
}

#[tokio::test]
async fn an_answer_that_says_nothing_of_the_key_does_not_accept_it() {
    let server = keyed(1).await;
    let client = wrong(&server).build().unwrap();
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::new(429));
    server.enqueue(MockResponse::disconnect());
    let results = join_all((0..20).map(|_| total(&client))).await;
    assert_eq!(results.iter().filter(|result| result.as_ref().unwrap_err().is_unauthorized()).count(), 17);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_replaced_key_is_used_at_once() {
    let server = keyed(1).await;
    let vault = Vault(Arc::new(Mutex::new(IamCredential::access_key(AK, "wrong"))));
    let client = server.builder().credentials(Credentials::from_provider(vault.clone())).build().unwrap();
    assert!(total(&client).await.is_err());
    assert!(total(&client).await.is_err());
    assert_eq!(server.requests().len(), 1);
    *vault.0.lock().unwrap() = IamCredential::access_key(AK, SK);
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_mock_locks_a_key_at_its_sixth_failure_as_the_service_does() {
    let server = keyed(1).await;
    let now = SystemTime::now();
    server.set_time(now);
    for failures in 1..=6 {
        // A new client each time, for one client would not send it again.
        assert!(total(&wrong(&server).build().unwrap()).await.is_err());
        if failures == 5 {
            assert!(total(&signed(&server).build().unwrap()).await.is_ok(), "a success ends the count");
            for _ in 0..5 {
                assert!(total(&wrong(&server).build().unwrap()).await.is_err());
            }
        }
    }
    let right = || signed(&server).clock(move || now);
    let error = total(&right().build().unwrap()).await.unwrap_err();
    assert!(error.message().contains("locked"), "{error}");
    server.set_time(now + 5 * MINUTE);
    assert_eq!(total(&right().build().unwrap()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_mock_refuses_a_request_that_was_changed_on_its_way() {
    let server = keyed(1).await;
    let client = signed(&server).build().unwrap();
    client.list_device_authentication_templates().limit(1).send().await.unwrap();
    let request = server.requests().remove(0);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (target, status) in [(request.target.clone(), 200), (request.target.replace("limit=1", "limit=2"), 401)] {
        let mut again = http.get(format!("{}{target}", server.endpoint()));
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
            again = again.header(name, value);
        }
        assert_eq!(again.send().await.unwrap().status(), status, "{target}");
    }
}

#[tokio::test]
async fn keys_that_no_header_can_hold_are_refused_by_build() {
    let server = keyed(0).await;
    let bad: [IamCredential; 5] = [
        IamCredential::access_key(AK, format!("{SK}\n")),
        IamCredential::access_key("", SK),
        IamCredential::access_key("A K", SK),
        IamCredential::access_key(AK, ""),
        IamCredential::access_key(AK, SK).security_token("a\nb"),
    ];
    for credentials in bad {
        let error = server.builder().credentials(credentials).build().unwrap_err();
        assert_eq!(error.kind(), huaweicloud_iotda::ErrorKind::Configuration, "{error}");
        assert!(!error.to_string().contains(SK), "{error}");
    }
    let error = signed(&server).signing(Signing::Derived { region: "a b/".to_owned() }).build().unwrap_err();
    assert!(error.to_string().contains("region"), "{error}");
}
