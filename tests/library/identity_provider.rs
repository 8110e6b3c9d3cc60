//! The login of a federated user with an ID token: IAM issues an unscoped token, and for that a temporary access key.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, IdentityProvider, Profile};
use serde_json::json;

use crate::support::clock::Clock;
use crate::support::token_file::TokenFile;
use crate::support::{server_with_devices, total};

const AUDIENCE: &str = "my-client-id";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

async fn server_with_idp() -> MockServer {
    let (server, _) = server_with_devices(1).await;
    server.add_identity_provider("my-idp", AUDIENCE);
    server
}

fn valid_token() -> String {
    MockServer::id_token(AUDIENCE, SystemTime::now() + 24 * HOUR)
}

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

#[tokio::test]
async fn both_requests_are_as_documented_and_the_key_signs_the_call() {
    let server = server_with_idp().await;
    let token = valid_token();
    let file = TokenFile::new(format!("{token}\n"));
    let client = client(&server, IdentityProvider::new("my-idp", file.path()));
    assert_eq!(total(&client).await.unwrap(), 1);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("POST", "/v3.0/OS-AUTH/id-token/tokens"));
    assert_eq!(requests[0].header("x-idp-id"), Some("my-idp"));
    assert_eq!(requests[0].json(), Some(json!({"auth": {"id_token": {"id": token}}})));
    assert_eq!(requests[1].target, "/v3.0/OS-CREDENTIAL/securitytokens");
    let token_json = json!({"id": "mock-unscoped-token-0001", "duration_seconds": 21600});
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": token_json}}});
    assert_eq!(requests[1].json(), Some(body));
    assert_eq!(requests[1].header("x-auth-token"), None);
    assert_eq!(requests[2].header("x-security-token"), Some("mock-security-token-0001"));
    let texts = format!("{requests:?}");
    assert!(!texts.contains(&token) && !texts.contains("mock-unscoped-token"), "{texts}");
}

#[tokio::test]
async fn rotated_file_is_read_before_the_key_expires() {
    let server = server_with_idp().await;
    let file = TokenFile::new(valid_token());
    let clock = Clock::now();
    server.set_time(clock.read());
    let credentials = IdentityProvider::new("my-idp", file.path());
    let client = server.builder().credentials(credentials).clock(clock.time_source()).build().unwrap();
    total(&client).await.unwrap();
    let rotated = MockServer::id_token(AUDIENCE, SystemTime::now() + 48 * HOUR);
    file.write(&rotated);
    clock.advance(6 * HOUR + MINUTE);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.issued_key_count(), 2);
    let requests = server.requests();
    let mut logins = requests.iter().filter(|request| request.target.starts_with("/v3.0/OS-AUTH/"));
    assert_eq!(logins.next_back().unwrap().json(), Some(json!({"auth": {"id_token": {"id": rotated}}})));
}

#[tokio::test]
async fn rejected_id_token_is_sent_once() {
    let server = server_with_idp().await;
    let token = MockServer::id_token("another", SystemTime::now() + HOUR);
    let client = client(&server, IdentityProvider::with_token("my-idp", &token));
    for _ in 0..10 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert_eq!((error.status(), error.code()), (Some(401), Some("IAM.0001")), "{error}");
        assert_eq!(error.request_id().map(str::len), Some(32), "{error}");
        assert!(error.help().unwrap().contains("audience"), "{error}");
        assert!(!format!("{error} {error:?} {error:#?}").contains(&token), "{error}");
    }
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn unknown_identity_provider_is_named_as_the_cause() {
    let server = server_with_idp().await;
    let client = client(&server, IdentityProvider::with_token("another-idp", valid_token()));
    let error = total(&client).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("IAM.0004")), "{error}");
    assert!(error.help().unwrap().contains("identity provider"), "{error}");
    assert!(!error.is_not_found(), "{error}");
}

#[tokio::test]
async fn failure_of_the_second_request_names_the_step_and_no_token() {
    for (response, kind, part) in [
        (
            MockResponse::new(403)
                .json(&json!({"error_code": "IAM.0003", "error_msg": "no: mock-unscoped-token-0001"})),
            ErrorKind::Credentials,
            "identity conversion rules",
        ),
        (MockResponse::new(201).json(&json!({"credential": null})), ErrorKind::UnexpectedResponse, "`access`"),
        (MockResponse::disconnect(), ErrorKind::Connection, "127.0.0.1"),
    ] {
        let server = server_with_idp().await;
        server.enqueue(MockResponse::pass_through());
        server.enqueue(response);
        let client = client(&server, IdentityProvider::with_token("my-idp", valid_token()));
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = format!("{error} {error:?} {error:#?}");
        assert!(text.contains("IAM temporary access key") && text.contains(part), "{text}");
        assert!(!text.contains("mock-unscoped"), "{text}");
    }
}

#[tokio::test]
async fn profile_with_an_identity_provider_logs_in() {
    let server = server_with_idp().await;
    let token = TokenFile::new(valid_token());
    // In the SDKs, the identity provider precedes the access key, too.
    let text = format!("[basic]\nak = AK\nsk = SK\nidp_id = my-idp\nid_token_file = {}\n", token.text());
    let profile = TokenFile::new(text);
    assert_eq!(total(&client(&server, Profile::new().file(profile.path()))).await.unwrap(), 1);
    assert_eq!(server.issued_key_count(), 1);
}

#[tokio::test]
async fn profile_with_a_part_of_an_identity_provider_names_the_missing_key() {
    let server = server_with_idp().await;
    for (text, missing) in
        [("[basic]\nidp_id = my-idp\n", "`id_token_file`"), ("[basic]\nid_token_file = /t\n", "`idp_id`")]
    {
        let profile = TokenFile::new(text);
        let error = total(&client(&server, Profile::new().file(profile.path()))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains(missing) && error.to_string().contains(profile.text()), "{error}");
    }
    assert_eq!(server.request_count(), 0);
}
