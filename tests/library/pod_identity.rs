//! Pod identity of CCE: an agent issues temporary access keys for an authorization token in a file.

use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, PodIdentity, RetryPolicy};
use serde_json::json;

use crate::support::clock::Clock;
use crate::support::tls::CountingServer;
use crate::support::token_file::TokenFile;
use crate::support::{server_with_devices, total};

const TOKEN: &str = "pod-authorization-token-1";
const HOUR: Duration = Duration::from_secs(3600);

async fn server_with_pod() -> MockServer {
    let (server, _) = server_with_devices(1).await;
    server.add_pod_token(TOKEN);
    server
}

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

fn pod(server: &MockServer, file: &TokenFile) -> PodIdentity {
    PodIdentity::new(server.pod_identity_uri(), file.path())
}

#[tokio::test]
async fn request_is_as_documented_and_the_key_signs_the_call() {
    let server = server_with_pod().await;
    let file = TokenFile::new(format!("{TOKEN}\n"));
    assert_eq!(total(&client(&server, pod(&server, &file))).await.unwrap(), 1);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].method, "POST");
    assert_eq!(requests[0].header("authorization"), Some(TOKEN));
    assert_eq!(requests[0].json(), Some(json!({})));
    assert_eq!(requests[1].header("x-security-token"), Some("mock-security-token-0001"));
    assert!(!format!("{requests:?}").contains(TOKEN));
}

#[tokio::test]
async fn uri_is_sent_unchanged() {
    let server = server_with_pod().await;
    let file = TokenFile::new(TOKEN);
    let uri = format!("{}/v1/keys/?pod=a%20b", server.endpoint());
    let _ = total(&client(&server, PodIdentity::new(uri, file.path()))).await;
    assert_eq!(server.requests()[0].target, "/v1/keys/?pod=a%20b");
}

#[tokio::test]
async fn each_documented_form_of_a_key_is_accepted() {
    let expiry = "2099-01-01T00:00:00.123456Z";
    let metadata = json!({"access": "AK", "secret": "SK", "securitytoken": "ST", "expires_at": expiry});
    let camel = json!({"accessKeyId": "AK", "secretAccessKey": "SK", "securityToken": "ST", "expiration": expiry});
    let snake = json!({"access_key_id": "AK", "secret_access_key": "SK", "security_token": "ST", "expiration": expiry});
    for key in [metadata, camel, snake] {
        for body in [key.clone(), json!({"credential": key}), json!({"credentials": key})] {
            let server = server_with_pod().await;
            server.add_temporary_access_key("AK", "SK", "ST");
            let file = TokenFile::new(TOKEN);
            server.enqueue(MockResponse::new(200).json(&body));
            let result = total(&client(&server, pod(&server, &file))).await;
            assert_eq!(result.map_err(|error| error.to_string()), Ok(1), "{body}");
        }
    }
}

#[tokio::test]
async fn rotated_token_is_read_again_at_the_refresh() {
    let server = server_with_pod().await;
    let file = TokenFile::new(TOKEN);
    let clock = Clock::now();
    server.set_time(clock.read());
    let client = server.builder().credentials(pod(&server, &file)).clock(clock.time_source()).build().unwrap();
    total(&client).await.unwrap();
    assert!(server.remove_pod_token(TOKEN));
    server.add_pod_token("pod-authorization-token-2");
    file.write("pod-authorization-token-2");
    clock.advance(2 * HOUR);
    server.set_time(clock.read());
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.issued_key_count(), 2);
    assert_eq!(server.rejected_count(), 0);
}

#[tokio::test]
async fn rejected_token_is_reported_with_help_and_without_the_token() {
    let server = server_with_pod().await;
    let file = TokenFile::new("another-pod-token");
    let error = total(&client(&server, pod(&server, &file))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert_eq!(error.status(), Some(401), "{error}");
    assert_eq!(error.request_id().map(str::len), Some(32), "{error}");
    let text = format!("{error} {error:?} {error:#?}");
    assert!(text.contains("pod identity") && text.contains("service account"), "{text}");
    assert!(!text.contains("another-pod-token"), "{text}");
}

#[tokio::test]
async fn missing_token_file_is_reported_with_its_path() {
    let server = server_with_pod().await;
    let error = total(&client(&server, PodIdentity::new(server.pod_identity_uri(), "/nowhere"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert!(error.to_string().contains("pod identity: the file /nowhere cannot be read"), "{error}");
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn plain_http_is_accepted_only_for_loopback_and_link_local_addresses() {
    let (server, _) = server_with_devices(1).await;
    let build = |uri: &str| server.builder().credentials(PodIdentity::new(uri, "/token")).build();
    for uri in ["http://169.254.1.1/v1/keys", "http://[fe80::1]/", "http://127.0.0.1:80", "http://localhost/a?b=c"] {
        assert!(build(uri).is_ok(), "{uri}");
    }
    for uri in ["http://10.0.0.1/", "http://agent.example.com/", "http://169.255.0.1/", "ftp://127.0.0.1/", ""] {
        let error = build(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{uri}: {error}");
        assert!(error.message().starts_with("uri "), "{uri}: {error}");
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let token = MockServer::id_token("a", SystemTime::now());
    let credentials = Credentials::from(huaweicloud_iotda::OidcFederation::with_token("p", "a", &token));
    let login = huaweicloud_iotda::IdentityProvider::with_token("i", &token);
    assert!(!format!("{credentials:?} {login:?}").contains(&token));
}

/// Its timeout is shorter or longer than the one of an attempt. A longer one is no pause of the application.
#[tokio::test(start_paused = true)]
async fn agent_that_does_not_respond_is_asked_once_per_attempt() {
    let agent = CountingServer::start_silent().await;
    let file = TokenFile::new(TOKEN);
    for attempt_timeout in [1, 60] {
        let before = agent.connections();
        let (server, _) = server_with_devices(1).await;
        let credentials = PodIdentity::new(format!("http://{}/keys", agent.address), file.path());
        let builder = server.builder().credentials(credentials).retry_policy(RetryPolicy::none());
        let client = builder.attempt_timeout(Duration::from_secs(attempt_timeout)).build().unwrap();
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.message().contains("5s"), "{error}");
        assert_eq!(agent.connections() - before, 1, "{attempt_timeout}");
    }
}
