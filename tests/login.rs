//! Logging in at IAM with a password, and asking it for the project. Bodies are those of the vendor's IAM API.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, ErrorKind, Password};
use serde_json::json;
use support::{serve, total};

const PASSWORD: &str = "Correct-Horse-42";
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

async fn with_user() -> MockServer {
    let (server, _) = serve(1).await;
    server.add_user("my-account", "my-user", PASSWORD);
    server
}

fn login(password: &str) -> Password {
    Password::new("my-account", "my-user", password)
}

fn logged_in(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(login(PASSWORD))
}

fn paths(server: &MockServer) -> Vec<String> {
    let target =
        |target: &str| target.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    server.requests().iter().map(|request| target(&request.target)).collect()
}

#[tokio::test]
async fn a_login_is_what_iam_documents_and_its_token_is_what_is_sent() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    let requests = server.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("POST", "/v3/auth/tokens?nocatalog=1"));
    let user = json!({"name": "my-user", "password": PASSWORD, "domain": {"name": "my-account"}});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"id": MockServer::PROJECT_ID}},
    }});
    assert_eq!(requests[0].json(), Some(body));
    assert_eq!(requests[1].header("x-auth-token"), Some("mock-login-token-0001"));
    assert!(!format!("{requests:?}").contains(PASSWORD));
}

#[tokio::test]
async fn the_token_is_for_the_project_that_is_named_or_the_regions() {
    let server = with_user().await;
    server.add_project("the-id-of-it", "cn-north-4");
    let builder = || Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let cases = [(login(PASSWORD), "cn-north-4"), (login(PASSWORD).project_name("cn-north-4_mine"), "cn-north-4_mine")];
    for (login, name) in cases {
        server.clear_requests();
        assert_eq!(total(&builder().credentials(login).build().unwrap()).await.unwrap(), 1);
        let body = server.requests()[0].json().unwrap();
        assert_eq!(body["auth"]["scope"], json!({"project": {"name": name}}));
        assert!(server.requests()[2].target.starts_with("/v5/iot/the-id-of-it/"));
    }
}

#[tokio::test]
async fn fifty_callers_wait_for_one_login() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!((server.login_count(), server.requests().len()), (1, 51));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_for_all_who_wait_and_not_kept() {
    let server = with_user().await;
    let client = server.builder().credentials(login("Kennwort-daneben-7")).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert_eq!((server.rejected_count(), server.requests().len()), (1, 1));
    for result in results {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Credentials, Some(401)), "{error}");
        assert_eq!((error.code(), error.request_id().map(str::len)), (Some("IAM.0101"), Some(32)));
        assert!(error.message().contains("The username or password is wrong."), "{error}");
        assert!(!format!("{error:?} {error:#?}").contains("Kennwort-daneben-7"));
    }
    server.add_user("my-account", "my-user", "Kennwort-daneben-7");
    assert_eq!(total(&client).await.unwrap(), 1, "a failure is not kept");
}

/// A clock that a test sets, for the client and the server.
fn clock(server: &MockServer, client: ClientBuilder) -> (impl Fn(Duration) + use<>, Client) {
    let start = SystemTime::now();
    let now = Arc::new(Mutex::new(start));
    let read = now.clone();
    let client = client.clock(move || *read.lock().unwrap()).build().unwrap();
    server.set_time(start);
    (move |elapsed| *now.lock().unwrap() = start + elapsed, client)
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    let server = with_user().await;
    let (set, client) = clock(&server, logged_in(&server));
    // A token lives for 24 hours and is renewed in its last five minutes.
    for (elapsed, logins) in
        [(Duration::ZERO, 1), (23 * HOUR, 1), (24 * HOUR - 6 * MINUTE, 1), (24 * HOUR - 4 * MINUTE, 2)]
    {
        set(elapsed);
        let results = join_all((0..10).map(|_| total(&client))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(server.login_count(), logins, "after {elapsed:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_still_good_is_used_while_iam_is_down() {
    let server = with_user().await;
    let (set, client) = clock(&server, logged_in(&server));
    total(&client).await.unwrap();
    set(24 * HOUR - 4 * MINUTE);
    server.enqueue(MockResponse::new(503));
    assert_eq!(total(&client).await.unwrap(), 1);
    server.clear_requests();
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(paths(&server), ["list-device"], "IAM is left alone for half a minute");
    set(24 * HOUR + MINUTE);
    server.enqueue(MockResponse::new(503));
    let error = total(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.is_retryable()),
        (ErrorKind::Credentials, Some(503), true),
        "{error}"
    );
    assert_eq!(server.login_count(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    total(&client).await.unwrap();
    server.remove_token("mock-login-token-0001");
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.login_count(), 2);
}

#[tokio::test]
async fn a_late_refusal_of_an_old_token_does_not_replace_the_new_one() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    total(&client).await.unwrap();
    let refused =
        || MockResponse::new(401).json(&json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."}));
    server.enqueue(refused());
    server.enqueue(refused().delay(Duration::from_millis(200)));
    let results = join_all((0..2).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.login_count(), 2, "the token that failed is forgotten by its value");
}

#[tokio::test]
async fn callers_that_leave_do_not_start_the_login_again() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(200)));
    let mut callers: Vec<_> = (0..50).map(|_| Box::pin(total(&client))).collect();
    let mut last = callers.pop().unwrap();
    let received = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        results = join_all(callers) => panic!("not logged in yet: {results:?}"),
        result = &mut last => panic!("not logged in yet: {result:?}"),
        () = received => {}
    }
    // All but the last are gone, the one that began the login among them.
    assert_eq!(last.await.unwrap(), 1);
    assert_eq!((server.login_count(), paths(&server)), (1, vec!["tokens".to_owned(), "list-device".to_owned()]));
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_is_no_reason_to_log_in_for_every_call() {
    let server = with_user().await;
    let now = SystemTime::now();
    server.set_time(now);
    let client = logged_in(&server).clock(move || now + 25 * HOUR).build().unwrap();
    assert!(join_all((0..50).map(|_| total(&client))).await.iter().all(Result::is_ok));
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.login_count(), 1);
}

#[tokio::test]
async fn a_403_that_means_an_invalid_token_is_a_refused_token_too() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    total(&client).await.unwrap();
    server.clear_requests();
    server.enqueue(
        MockResponse::new(403).json(&json!({"error_code": "IOTDA.000004", "error_msg": "Invalid access token."})),
    );
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(paths(&server), ["list-device", "tokens", "list-device"]);
}

#[tokio::test]
async fn a_second_refusal_is_an_error() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    let refused =
        || MockResponse::new(401).json(&json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."}));
    for answer in [MockResponse::pass_through(), refused(), MockResponse::pass_through(), refused()] {
        server.enqueue(answer);
    }
    let error = total(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.code()), (ErrorKind::Service, Some(401), Some("IOTDA.000002")));
    assert_eq!(paths(&server), ["tokens", "list-device", "tokens", "list-device"]);
}

#[tokio::test]
async fn another_403_is_no_reason_to_log_in_again() {
    let server = with_user().await;
    let client = logged_in(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(403).json(&json!({"error_code": "IOTDA.000021", "error_msg": "User not found."})));
    assert!(total(&client).await.unwrap_err().is_forbidden());
    assert_eq!(paths(&server), ["tokens", "list-device"]);
}

#[tokio::test]
async fn a_given_token_that_is_refused_is_not_sent_again() {
    let (server, client) = serve(1).await;
    server.remove_token(MockServer::TOKEN);
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn iam_that_answers_oddly_is_told_and_nothing_is_made_of_it() {
    let cases = [
        (MockResponse::new(201).json(&json!({"token": {}})), ErrorKind::UnexpectedResponse, "X-Subject-Token"),
        (MockResponse::new(502).body("<html>bad gateway</html>"), ErrorKind::Credentials, "bad gateway"),
        (MockResponse::new(302).header("Location", "http://127.0.0.1:1/"), ErrorKind::Credentials, "302"),
        (MockResponse::disconnect(), ErrorKind::Connection, "IAM login"),
        (
            MockResponse::new(401).json(&json!({"error_msg": format!("bad password {PASSWORD}")})),
            ErrorKind::Credentials,
            "[redacted]",
        ),
    ];
    for (answer, kind, part) in cases {
        let server = with_user().await;
        let client = logged_in(&server).build().unwrap();
        server.enqueue(answer);
        let error = total(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (kind, Some("ListDeviceByDeviceCertificate")), "{error}");
        assert!(error.to_string().contains(part) && !format!("{error:?} {error:#?}").contains(PASSWORD), "{error}");
        assert_eq!(server.requests().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_login_without_iam_or_project_says_what_to_set() {
    let server = with_user().await;
    let builder = || Client::builder().endpoint(server.endpoint()).credentials(login(PASSWORD));
    let error = total(&builder().project_id("p").build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("iam_endpoint"), "{error}");
    let error = builder().iam_endpoint(server.endpoint()).build().unwrap_err();
    assert!(error.to_string().contains("project_id(...)"), "{error}");
    assert!(server.requests().is_empty());
}

/// A client without a project.
fn of_region(server: &MockServer) -> ClientBuilder {
    Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4")
}

#[tokio::test]
async fn the_project_is_looked_up_once_with_the_clients_credential() {
    let server = with_user().await;
    server.add_access_key("AK", "SK-secret");
    server.add_project("found-id", "cn-north-4");
    server.add_project("another-id", "cn-south-1");
    for credentials in [Credentials::token(MockServer::TOKEN), Credentials::ak_sk("AK", "SK-secret").into()] {
        server.clear_requests();
        let client = of_region(&server).credentials(credentials).build().unwrap();
        let results = join_all((0..10).map(|_| total(&client))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let requests = server.requests();
        assert_eq!((requests.len(), requests[0].target.as_str()), (11, "/v3/projects?name=cn-north-4"));
        assert!(requests[1..].iter().all(|request| request.target.starts_with("/v5/iot/found-id/")));
    }
}

#[tokio::test]
async fn no_project_or_several_are_an_error_that_lists_them() {
    let (server, _) = serve(1).await;
    let client = of_region(&server).credentials(Credentials::token(MockServer::TOKEN)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("no projects") && error.to_string().contains("project_id"), "{error}");
    server.add_project("first-id", "cn-north-4");
    server.add_project("second-id", "cn-north-4");
    let error = total(&client).await.unwrap_err();
    for part in ["2 projects", "cn-north-4", "first-id", "second-id"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn what_iam_says_of_projects_is_checked_and_shows_no_secret() {
    let token = "SUPER-SECRET-TOKEN-0123";
    let many: Vec<_> = (0..1000).map(|number| json!({"id": format!("id-{number}"), "name": "x"})).collect();
    let cases = [
        (json!({"projects": token}), ErrorKind::UnexpectedResponse, "no list of projects"),
        (
            json!({"projects": [{"id": token, "name": "a\nFORGED"}, {"id": "x", "name": "y"}]}),
            ErrorKind::Configuration,
            "2 projects",
        ),
        (json!({"projects": [{"id": "..", "name": "cn-north-4"}]}), ErrorKind::UnexpectedResponse, "dot segment"),
        (json!({"projects": many}), ErrorKind::Configuration, "1000 projects"),
    ];
    for (answer, kind, part) in cases {
        let (server, _) = serve(1).await;
        server.add_token(token);
        let client = of_region(&server).credentials(Credentials::token(token)).build().unwrap();
        server.enqueue(MockResponse::new(200).json(&answer));
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = error.to_string();
        assert!(text.contains(part) && !text.contains('\n') && text.len() < 1_000, "{text}");
        assert!(!format!("{error:?} {error:#?}").contains("SUPER-SECRET"), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_key_reaches_iam_once_when_the_project_is_looked_up() {
    let (server, _) = serve(1).await;
    server.add_access_key("AK", "SK-secret");
    let client = of_region(&server).credentials(Credentials::ak_sk("AK", "wrong-secret")).build().unwrap();
    assert!(join_all((0..50).map(|_| total(&client))).await.iter().all(Result::is_err));
    for _ in 0..50 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.requests().len(), 1);
}
