//! Trying again: how often, how long, and what the last error says.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Credentials, Error, ErrorKind, IamCredential,
    RetryPolicy,
};
use serde_json::json;
use support::{CERTIFICATE, at_once, drain, serve, total};

const SECOND: Duration = Duration::from_secs(1);

/// What listing devices comes to when these are the answers, and the number of requests.
async fn met(answers: impl IntoIterator<Item = MockResponse>, policy: RetryPolicy) -> (Result<u64, Error>, usize) {
    let (server, _) = serve(3).await;
    answers.into_iter().for_each(|answer| server.enqueue(answer));
    let result = total(&server.builder().retry_policy(policy).build().unwrap()).await;
    (result, server.requests().len())
}

fn throttled(text: &str) -> MockResponse {
    MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": text}))
}

#[tokio::test]
async fn a_client_tries_again_unless_it_is_told_not_to() {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::new(503));
    let builder = Client::builder().endpoint(server.endpoint()).project_id(MockServer::PROJECT_ID).no_proxy();
    let client = builder.credentials(Credentials::token(MockServer::TOKEN)).build().unwrap();
    assert_eq!((total(&client).await.unwrap(), server.requests().len()), (3, 2));

    let (result, requests) = met([MockResponse::new(503)], RetryPolicy::none()).await;
    assert_eq!((result.unwrap_err().attempts(), requests), (1, 1));
}

#[tokio::test]
async fn the_error_is_the_last_ones_with_the_attempts_and_the_time() {
    let answers =
        [MockResponse::new(500), MockResponse::disconnect(), MockResponse::new(502).header("X-Request-Id", "the-last")];
    let (result, requests) = met(answers, at_once(3)).await;
    let error = result.unwrap_err();
    assert_eq!((error.status(), error.request_id(), error.attempts()), (Some(502), Some("the-last"), 3));
    assert_eq!(requests, 3);
    assert!(error.elapsed() > Duration::ZERO && error.elapsed() < 60 * SECOND, "{:?}", error.elapsed());
    assert!(error.to_string().contains("(after 3 attempts in "), "{error}");

    let (result, _) = met([MockResponse::new(400)], at_once(3)).await;
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(!error.to_string().contains("attempt"), "{error}");
}

#[tokio::test]
async fn input_that_is_refused_was_never_attempted() {
    let (server, client) = serve(1).await;
    let error = client.list_device_authentication_templates().limit(51).send().await.unwrap_err();
    assert_eq!((error.attempts(), error.elapsed(), server.requests().len()), (0, Duration::ZERO, 0));
}

#[tokio::test]
async fn the_seconds_of_retry_after_are_waited() {
    let throttled = || throttled("later").header("Retry-After", "1");
    let (result, requests) = met([throttled(), throttled()], at_once(2)).await;
    let error = result.unwrap_err();
    assert_eq!((error.retry_after(), requests), (Some(SECOND), 2));
    assert!(error.elapsed() >= SECOND, "{:?}", error.elapsed());
}

/// The error of an answer that asks for a longer wait than the policy allows.
async fn too_long(answer: MockResponse) -> Error {
    let (result, requests) = met([answer], at_once(5)).await;
    let error = result.unwrap_err();
    assert_eq!((error.attempts(), requests), (1, 1), "{error}");
    error
}

#[tokio::test]
async fn a_longer_wait_than_the_policy_allows_ends_the_call_and_is_told() {
    let error = too_long(MockResponse::new(503).header("Retry-After", "3600")).await;
    assert_eq!(error.retry_after(), Some(3600 * SECOND));
    assert!(error.message().contains("the service asks to wait 3600s"), "{error}");
    assert!(error.message().contains("longest wait is 20s"), "{error}");
    let error = too_long(MockResponse::new(503).header("Retry-After", "9".repeat(40))).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
}

#[tokio::test]
async fn a_date_in_retry_after_counts_from_the_servers_own_time() {
    // The three forms of RFC 9110, section 5.6.7, its own example; a clock of ours plays no part.
    for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        let answer = MockResponse::new(503).header("Date", "Sun, 06 Nov 1994 08:48:37 GMT").header("Retry-After", date);
        assert_eq!(too_long(answer).await.retry_after(), Some(60 * SECOND), "{date}");
    }
    let over = MockResponse::new(503)
        .header("Date", "Sun, 06 Nov 1994 08:50:37 GMT")
        .header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT");
    let (result, requests) = met([over], at_once(2)).await;
    assert_eq!((result.unwrap(), requests), (3, 2));
}

#[tokio::test]
async fn the_window_that_a_throttled_answer_names_is_waited() {
    let cases = [
        ("policy user over ratelimit,limit:50,time:1 minute", 60),
        ("policy user over ratelimit,limit:50,time:90 seconds", 90),
        ("policy api over ratelimit, limit:50, time:2 hour.", 7200),
        ("policy api over ratelimit,limit:1,time:1 day", 86_400),
    ];
    for (text, seconds) in cases {
        assert_eq!(too_long(throttled(text)).await.retry_after(), Some(seconds * SECOND), "{text}");
    }
    let header = throttled("policy user over ratelimit,limit:50,time:1 minute").header("Retry-After", "30");
    assert_eq!(too_long(header).await.retry_after(), Some(30 * SECOND), "the header is the exacter one");
}

#[tokio::test]
async fn an_odd_retry_after_asks_for_nothing() {
    for text in ["", "soon", "-1", "1.5", "+3", "1 2", "Sun, 06 Nov 1994", "Wed, 99 Foo 2026 00:00:00 GMT"] {
        let (result, requests) = met([MockResponse::new(503).header("Retry-After", text)], at_once(2)).await;
        assert_eq!((result.unwrap(), requests), (3, 2), "{text}");
    }
    for text in ["over ratelimit", "time:1 second", "over ratelimit,time:x second", "over ratelimit,time:5 fortnights"]
    {
        let (result, requests) = met([throttled(text)], at_once(2)).await;
        assert_eq!((result.unwrap(), requests), (3, 2), "{text}");
    }
}

#[tokio::test]
async fn no_attempt_begins_after_the_policys_total_time() {
    let policy = at_once(5).max_elapsed(SECOND / 2);
    let (result, requests) = met([MockResponse::new(503).header("Retry-After", "1")], policy).await;
    let error = result.unwrap_err();
    assert_eq!((error.status(), requests), (Some(503), 1));
    assert!(error.message().contains("total time of 500ms"), "{error}");
}

#[tokio::test]
async fn each_attempt_is_authenticated_afresh() {
    let (server, _) = serve(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    server.enqueue(MockResponse::new(500));
    server.enqueue(MockResponse::new(503));
    // A minute goes by whenever somebody looks at the clock.
    let minutes = AtomicU64::new(0);
    let start = SystemTime::now();
    let clock = move || start + 60 * SECOND * minutes.fetch_add(1, Ordering::Relaxed) as u32 / 60;
    let builder = server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY")).clock(clock);
    assert_eq!(total(&builder.retry_policy(at_once(3)).build().unwrap()).await.unwrap(), 3);
    let requests = server.requests();
    let of = |name| requests.iter().map(|request| request.header(name).unwrap().to_owned()).collect::<Vec<_>>();
    for name in ["x-sdk-date", "authorization"] {
        let mut values = of(name);
        values.dedup();
        assert_eq!(values.len(), 3, "{name}: {values:?}");
    }
}

#[tokio::test]
async fn a_key_that_was_never_accepted_is_not_locked_by_trying_again() {
    let (server, _) = serve(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    (0..9).for_each(|_| server.enqueue(MockResponse::disconnect()));
    let builder = server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY"));
    let error = total(&builder.retry_policy(at_once(9)).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), server.requests().len()), (ErrorKind::Credentials, 4), "{error}");
    assert!(error.to_string().contains("locks the key") && error.to_string().contains("no answer"), "{error}");
}

#[tokio::test]
async fn iam_is_asked_again_too_for_a_token_and_for_the_project() {
    let (server, _) = serve(3).await;
    server.add_user("my-account", "my-user", "Correct-Horse-42");
    server.add_project("0123456789abcdef0123456789abcdef", "cn-north-4");
    for login in [
        MockResponse::new(503),
        MockResponse::pass_through(),
        MockResponse::new(500),
        MockResponse::pass_through(),
        MockResponse::disconnect(),
    ] {
        server.enqueue(login);
    }
    let login = Credentials::password("my-account", "my-user", "Correct-Horse-42");
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).no_proxy();
    let client = builder.region("cn-north-4").credentials(login).retry_policy(at_once(4)).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 3);
    let paths: Vec<_> = server.requests().iter().map(|request| request.target[..4].to_owned()).collect();
    // The token, the project, the devices: each tried again once.
    assert_eq!(paths, ["/v3/", "/v3/", "/v3/", "/v3/", "/v5/", "/v5/"]);
}

#[tokio::test]
async fn policies_and_rates_of_nothing_are_refused_before_anything_is_sent() {
    let server = MockServer::start().await.unwrap();
    let refused = |builder: ClientBuilder| builder.build().unwrap_err();
    let error = refused(server.builder().retry_policy(RetryPolicy::default().max_attempts(0)));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("attempts are 0") && error.message().contains("1 or more"), "{error}");
    let error = refused(server.builder().rate_limit(0));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("rate_limit is 0") && error.message().contains("1 or more"), "{error}");
}

#[tokio::test]
async fn a_stream_goes_on_after_faults_at_the_same_marker() {
    let (server, _) = serve(125).await;
    server.enqueue(MockResponse::pass_through());
    let faults =
        [MockResponse::new(503), MockResponse::disconnect(), MockResponse::pass_through(), MockResponse::new(500)];
    faults.into_iter().for_each(|answer| server.enqueue(answer));
    let client = server.builder().retry_policy(at_once(3)).build().unwrap();
    let (devices, error) = drain(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert!(error.is_none(), "{error:?}");
    let read: Vec<_> = devices.into_iter().filter_map(|device| device.device_name).collect();
    assert_eq!(read, support::names((1..=125).rev()));
    let bodies = support::bodies(&server);
    assert_eq!((&bodies[1], &bodies[2], &bodies[4]), (&bodies[2], &bodies[3], &bodies[5]));
    assert_ne!(bodies[3], bodies[4]);
}

/// A source of as many credentials as are asked for, which counts them.
struct Tokens(Arc<AtomicU64>);

impl CredentialProvider for Tokens {
    fn credential(&self) -> CredentialFuture<'_> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(Some(IamCredential::token(format!("token-{number}")))) })
    }
}

#[tokio::test]
async fn a_call_renews_its_credential_once_however_often_it_is_tried_again() {
    let (server, _) = serve(3).await;
    for answer in [401, 503, 401, 503] {
        server.enqueue(MockResponse::new(answer));
    }
    let fetched = Arc::new(AtomicU64::new(0));
    let builder = server.builder().credentials(Credentials::from_provider(Tokens(fetched.clone())));
    let error = total(&builder.retry_policy(at_once(9)).build().unwrap()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((fetched.load(Ordering::Relaxed), server.requests().len()), (2, 3));
}

#[tokio::test]
async fn only_the_two_rate_limit_codes_make_a_403_pass() {
    for (code, attempts) in [("IOTDA.021101", 2), ("IOTDA.021102", 2), ("IOTDA.021100", 1), ("IOTDA.021103", 1)] {
        let forbidden = || MockResponse::new(403).json(&json!({"error_code": code, "error_msg": "m"}));
        let (result, requests) = met([forbidden(), forbidden()], at_once(2)).await;
        assert_eq!((result.unwrap_err().attempts(), requests), (attempts, attempts as usize), "{code}");
    }
}

#[tokio::test]
async fn the_total_time_counts_all_attempts_and_waits() {
    let second = || MockResponse::new(503).header("Retry-After", "1");
    let (result, requests) = met([second(), second(), second()], at_once(9).max_elapsed(SECOND * 3 / 2)).await;
    let error = result.unwrap_err();
    assert_eq!((error.attempts(), requests), (2, 2), "{error}");
    assert!(error.message().contains("total time of 1.5s"), "{error}");
}
