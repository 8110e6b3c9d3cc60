//! Password logins at IAM, and the lookup of the project ID. Bodies are those of the vendor's IAM API.

use std::time::{Duration, SystemTime};

use expect_test::expect;
use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, ErrorKind, Password, RetryPolicy};
use serde_json::json;

use crate::support::clock::Clock;
use crate::support::{server_with_devices, total};

const PASSWORD: &str = "Correct-Horse-42";
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

async fn server_with_user() -> MockServer {
    let (server, _) = server_with_devices(1).await;
    server.add_user("my-account", "my-user", PASSWORD);
    server
}

fn login(password: &str) -> Password {
    Password::new("my-account", "my-user", password)
}

fn login_builder(server: &MockServer) -> ClientBuilder {
    server.builder().credentials(login(PASSWORD))
}

/// The last path segment of each request.
fn request_names(server: &MockServer) -> Vec<String> {
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    let name = |path: String| path.rsplit('/').next().unwrap_or_default().to_owned();
    server.requests().iter().map(|request| name(path(&request.target))).collect()
}

#[tokio::test]
async fn login_request_is_as_documented_and_its_token_is_sent() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 1);
    let requests = server.requests();
    assert_eq!(requests[0].method, "POST");
    assert_eq!(requests[0].target, "/v3/auth/tokens?nocatalog=1");
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
async fn login_scope_is_the_named_project_or_the_region() {
    let server = server_with_user().await;
    server.add_project("looked-up-id", "cn-north-4");
    let builder = || Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let cases =
        [(login(PASSWORD), "cn-north-4"), (login(PASSWORD).project_name("cn-north-4_custom"), "cn-north-4_custom")];
    for (login, name) in cases {
        server.clear_requests();
        assert_eq!(total(&builder().credentials(login).build().unwrap()).await.unwrap(), 1);
        let body = server.requests()[0].json().unwrap();
        assert_eq!(body["auth"]["scope"], json!({"project": {"name": name}}));
        assert!(server.requests()[2].target.starts_with("/v5/iot/looked-up-id/"));
    }
}

#[tokio::test]
async fn fifty_concurrent_calls_share_one_login() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.login_count(), 1);
    assert_eq!(server.requests().len(), 51);
}

#[tokio::test]
async fn wrong_password_is_sent_once_for_50_concurrent_calls() {
    let server = server_with_user().await;
    let client = server.builder().credentials(login("Wrong-Horse-7")).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert_eq!(server.rejected_count(), 1);
    assert_eq!(server.requests().len(), 1);
    for result in results {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert_eq!(error.status(), Some(401), "{error}");
        assert_eq!(error.code(), Some("IAM.0101"));
        assert_eq!(error.request_id().map(str::len), Some(32));
        assert!(error.message().contains("The username or password is wrong."), "{error}");
        assert!(!format!("{error:?} {error:#?}").contains("Wrong-Horse-7"));
    }
}

/// Returns a client whose clock the test advances. The server's time does not change, so it never expires a token.
fn client_with_clock(server: &MockServer) -> (Clock, Client) {
    let clock = Clock::now();
    server.set_time(clock.read());
    let client = login_builder(server).clock(clock.time_source()).build().unwrap();
    (clock, client)
}

#[tokio::test]
async fn token_is_refreshed_five_minutes_before_its_expiry() {
    let server = server_with_user().await;
    let (clock, client) = client_with_clock(&server);
    let mut elapsed = Duration::ZERO;
    // A token is valid for 24 hours.
    for (advance, logins) in [(Duration::ZERO, 1), (23 * HOUR, 1), (HOUR - 6 * MINUTE, 1), (2 * MINUTE, 2)] {
        clock.advance(advance);
        elapsed += advance;
        let results = join_all((0..10).map(|_| total(&client))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        // A refresh runs alongside the calls.
        while server.login_count() < logins {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.login_count(), logins, "after {elapsed:?}");
    }
}

#[tokio::test]
async fn expired_token_is_an_error_while_iam_is_unavailable() {
    let server = server_with_user().await;
    let (clock, client) = client_with_clock(&server);
    total(&client).await.unwrap();
    clock.advance(24 * HOUR + MINUTE);
    server.enqueue(MockResponse::new(503));
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert_eq!(error.status(), Some(503), "{error}");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(server.login_count(), 1);
}

/// A response that rejects the token of the request.
fn rejection() -> MockResponse {
    MockResponse::new(401).json(&json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."}))
}

#[tokio::test]
async fn rejected_token_is_replaced_once_for_50_concurrent_calls() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    total(&client).await.unwrap();
    server.remove_token("mock-login-token-0001");
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.login_count(), 2);
}

#[tokio::test]
async fn late_rejection_of_an_old_token_does_not_replace_the_new_one() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    total(&client).await.unwrap();
    server.enqueue(rejection());
    server.enqueue(rejection().delay(Duration::from_millis(200)));
    let results = join_all((0..2).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.login_count(), 2);
}

#[tokio::test]
async fn canceled_calls_do_not_repeat_the_login() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(200)));
    let mut calls: Vec<_> = (0..50).map(|_| Box::pin(total(&client))).collect();
    let mut last = calls.pop().unwrap();
    let received = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        results = join_all(calls) => panic!("the login response is delayed: {results:?}"),
        result = &mut last => panic!("the login response is delayed: {result:?}"),
        () = received => {}
    }
    // All calls but the last are dropped, including the one that started the login.
    assert_eq!(last.await.unwrap(), 1);
    assert_eq!(server.login_count(), 1);
    assert_eq!(request_names(&server), ["tokens", "list-device"]);
}

#[tokio::test]
async fn clock_far_ahead_does_not_cause_a_login_per_call() {
    let server = server_with_user().await;
    let now = SystemTime::now();
    server.set_time(now);
    let client = login_builder(&server).clock(move || now + 25 * HOUR).build().unwrap();
    let results = join_all((0..50).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(server.login_count(), 1);
}

#[tokio::test]
async fn token_rejected_with_403_is_replaced() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    total(&client).await.unwrap();
    server.clear_requests();
    let body = json!({"error_code": "IOTDA.000004", "error_msg": "Invalid access token."});
    server.enqueue(MockResponse::new(403).json(&body));
    assert_eq!(total(&client).await.unwrap(), 1);
    assert_eq!(request_names(&server), ["list-device", "tokens", "list-device"]);
}

#[tokio::test]
async fn second_rejection_is_an_error() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    for response in [MockResponse::pass_through(), rejection(), MockResponse::pass_through(), rejection()] {
        server.enqueue(response);
    }
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.code(), Some("IOTDA.000002"));
    assert_eq!(request_names(&server), ["tokens", "list-device", "tokens", "list-device"]);
}

#[tokio::test]
async fn other_403_does_not_repeat_the_login() {
    let server = server_with_user().await;
    let client = login_builder(&server).build().unwrap();
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(403).json(&json!({"error_code": "IOTDA.000021", "error_msg": "User not found."})));
    assert!(total(&client).await.unwrap_err().is_forbidden());
    assert_eq!(request_names(&server), ["tokens", "list-device"]);
}

#[tokio::test]
async fn rejected_fixed_token_is_not_sent_again() {
    let (server, client) = server_with_devices(1).await;
    server.remove_token(MockServer::TOKEN);
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn failed_login_is_reported_without_the_password() {
    let cases = [
        (MockResponse::new(201).json(&json!({"token": {}})), ErrorKind::UnexpectedResponse, "X-Subject-Token"),
        (MockResponse::new(502).body("<html>bad gateway</html>"), ErrorKind::Credentials, "bad gateway"),
        (MockResponse::new(302).header("Location", "http://127.0.0.1:1/"), ErrorKind::Credentials, "302"),
        (MockResponse::disconnect(), ErrorKind::Connection, "IAM"),
        (
            MockResponse::new(401).json(&json!({"error_msg": format!("bad password {PASSWORD}")})),
            ErrorKind::Credentials,
            "[redacted]",
        ),
    ];
    for (response, kind, part) in cases {
        let server = server_with_user().await;
        let client = login_builder(&server).build().unwrap();
        server.enqueue(response);
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.operation(), Some("ListDeviceByDeviceCertificate"), "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(!format!("{error:?} {error:#?}").contains(PASSWORD), "{error}");
        assert_eq!(server.requests().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn login_without_iam_endpoint_names_the_setter() {
    let server = server_with_user().await;
    let builder = Client::builder().endpoint(server.endpoint()).credentials(login(PASSWORD)).project_id("p");
    let error = total(&builder.build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("iam_endpoint"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn login_without_project_names_the_setter() {
    let server = server_with_user().await;
    let builder = Client::builder().endpoint(server.endpoint()).credentials(login(PASSWORD));
    let error = builder.iam_endpoint(server.endpoint()).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("project_id(...)"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

/// A builder without a project ID: it is looked up by the name of the region.
fn region_builder(server: &MockServer) -> ClientBuilder {
    Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4")
}

#[tokio::test]
async fn project_id_is_looked_up_once_with_the_clients_credential() {
    let server = server_with_user().await;
    server.add_access_key("AK", "SK-secret");
    server.add_project("found-id", "cn-north-4");
    server.add_project("another-id", "cn-south-1");
    for credentials in [Credentials::token(MockServer::TOKEN), Credentials::ak_sk("AK", "SK-secret")] {
        server.clear_requests();
        let client = region_builder(&server).credentials(credentials).build().unwrap();
        let results = join_all((0..10).map(|_| total(&client))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 11);
        assert_eq!(requests[0].target, "/v3/projects?name=cn-north-4");
        assert!(requests[1..].iter().all(|request| request.target.starts_with("/v5/iot/found-id/")));
    }
}

#[tokio::test]
async fn region_without_a_project_is_an_error() {
    let (server, _) = server_with_devices(1).await;
    let client = region_builder(&server).credentials(Credentials::token(MockServer::TOKEN)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    expect!["ListDeviceByDeviceCertificate: IAM has no project named cn-north-4 visible to this credential; set project_id(...)"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn region_with_several_projects_is_an_error_that_lists_them() {
    let (server, _) = server_with_devices(1).await;
    server.add_project("first-id", "cn-north-4");
    server.add_project("second-id", "cn-north-4");
    let client = region_builder(&server).credentials(Credentials::token(MockServer::TOKEN)).build().unwrap();
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    expect!["ListDeviceByDeviceCertificate: IAM has 2 projects named cn-north-4 visible to this credential: first-id (cn-north-4), second-id (cn-north-4); set project_id(...) to one of them"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn unusable_project_lists_are_reported_without_secrets() {
    let token = "SUPER-SECRET-TOKEN-0123";
    let many: Vec<_> = (0..1000).map(|number| json!({"id": format!("id-{number}"), "name": "x"})).collect();
    let cases = [
        (json!({"projects": token}), ErrorKind::UnexpectedResponse, "projects"),
        (
            json!({"projects": [{"id": token, "name": "a\nFORGED"}, {"id": "x", "name": "y"}]}),
            ErrorKind::Configuration,
            "2 ",
        ),
        (json!({"projects": [{"id": "..", "name": "cn-north-4"}]}), ErrorKind::UnexpectedResponse, "\"..\""),
        (json!({"projects": many}), ErrorKind::Configuration, "1000 "),
    ];
    for (body, kind, part) in cases {
        let (server, _) = server_with_devices(1).await;
        server.add_token(token);
        let client = region_builder(&server).credentials(Credentials::token(token)).build().unwrap();
        server.enqueue(MockResponse::new(200).json(&body));
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = error.to_string();
        assert!(text.contains(part), "`{part}` is not in: {text}");
        assert!(!text.contains('\n'), "{text}");
        assert!(text.len() < 1_000, "{text}");
        assert!(!format!("{error:?} {error:#?}").contains("SUPER-SECRET"), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn wrong_key_is_sent_to_iam_once_for_a_project_lookup() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK", "SK-secret");
    let client = region_builder(&server).credentials(Credentials::ak_sk("AK", "wrong-secret")).build().unwrap();
    assert!(join_all((0..50).map(|_| total(&client))).await.iter().all(Result::is_err));
    for _ in 0..50 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn rejected_project_lookup_is_not_blamed_on_a_login() {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(
        MockResponse::new(401).json(&json!({"error_code": "IAM.0066", "error_msg": "The token has expired."})),
    );
    let client = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let client = client.credentials(Credentials::token("expired")).no_proxy().build().unwrap();
    let error = total(&client).await.unwrap_err();
    let help = error.help().unwrap();
    assert!(help.contains("set the project ID") && !help.contains("account (domain)"), "{error}");
}

/// Logs in, and receives this response.
async fn login_error(response: MockResponse) -> huaweicloud_iotda::Error {
    let server = server_with_user().await;
    server.enqueue(response);
    let client = login_builder(&server).retry_policy(RetryPolicy::none()).build().unwrap();
    total(&client).await.unwrap_err()
}

/// Looks up the project, and receives this response.
async fn lookup_error(response: MockResponse) -> huaweicloud_iotda::Error {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(response);
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let builder = builder.credentials(Credentials::token(MockServer::TOKEN)).retry_policy(RetryPolicy::none());
    total(&builder.build().unwrap()).await.unwrap_err()
}

/// Every status of IAM has a help, which names no part of IoTDA.
#[tokio::test]
async fn rejections_by_iam_are_explained() {
    let json = json!({"error_code": "IAM.0011", "error_msg": "Request parameter is invalid."});
    for body in [json.to_string(), String::new()] {
        let response = |status| MockResponse::new(status).body(body.clone());
        for (status, part) in [
            (302, "do not use the target of the redirect"),
            (400, "a proxy changed the request"),
            (403, "no access to the project"),
            (404, "not that of IAM"),
            (405, "not that of IAM"),
            (407, "proxy requires authentication"),
            (409, "another server than IAM"),
            (413, "larger than the server"),
            (500, "failed temporarily"),
            (501, "another server than IAM"),
            (503, "failed temporarily"),
        ] {
            let error = login_error(response(status)).await;
            let help = error.help().unwrap_or_else(|| panic!("no help: {error}"));
            assert!(help.contains(part) && !help.contains("Overview page"), "{error}");
        }
        for (status, part) in [
            (302, "do not use the target of the redirect"),
            (403, "may not list projects"),
            (404, "Set the project ID"),
            (405, "Set the project ID"),
            (413, "larger than the server"),
            (500, "failed temporarily"),
        ] {
            let error = lookup_error(response(status)).await;
            let help = error.help().unwrap_or_else(|| panic!("no help: {error}"));
            assert!(help.contains(part) && !help.contains("Overview page"), "{error}");
        }
    }
}

/// The Overview page of IoTDA shows no endpoint of IAM.
#[tokio::test]
async fn undocumented_response_of_iam_is_not_blamed_on_the_service() {
    for body in ["{\"x\":1}", "<html>sign in</html>"] {
        for error in [
            login_error(MockResponse::new(200).body(body)).await,
            lookup_error(MockResponse::new(200).body(body)).await,
        ] {
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
            assert!(error.help().is_some_and(|help| help.contains("instead of the one")), "{error}");
            assert!(!error.to_string().contains("Overview page"), "{error}");
        }
    }
}

/// The help for a lookup that IAM rejects: "Set the project ID, which avoids the lookup".
#[tokio::test]
async fn project_id_avoids_a_lookup_that_iam_rejects() {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(MockResponse::new(403).json(&json!({"error_code": "IAM.0002", "error_msg": "Forbidden."})));
    let builder = || {
        let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint());
        builder.region("cn-north-4").credentials(Credentials::token(MockServer::TOKEN))
    };
    let error = total(&builder().build().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("Set the project ID"), "{error}");
    assert_eq!(total(&builder().project_id(MockServer::PROJECT_ID).build().unwrap()).await.unwrap(), 1);
}
