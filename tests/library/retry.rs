//! Retries: attempts, backoff, `Retry-After`, limits, and the error of the last attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, CredentialFuture, CredentialProvider, Credentials, Error, ErrorKind, IamCredential, RetryPolicy,
};
use serde_json::json;

use crate::support::{
    CERTIFICATE, collect_until_error, no_backoff, request_bodies, sample_device_names, server_with_devices, total,
};

const SECOND: Duration = Duration::from_secs(1);

/// Requests the total of a server that first sends these responses. Returns the result and the number of requests.
async fn run_script(
    responses: impl IntoIterator<Item = MockResponse>,
    policy: RetryPolicy,
) -> (Result<u64, Error>, usize) {
    let (server, _) = server_with_devices(3).await;
    responses.into_iter().for_each(|response| server.enqueue(response));
    let result = total(&server.builder().retry_policy(policy).build().unwrap()).await;
    (result, server.requests().len())
}

fn throttled(message: &str) -> MockResponse {
    MockResponse::new(429).json(&json!({"error_code": "APIGW.0308", "error_msg": message}))
}

#[tokio::test]
async fn client_retries_by_default() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(503));
    let builder = Client::builder().endpoint(server.endpoint()).project_id(MockServer::PROJECT_ID).no_proxy();
    let client = builder.credentials(Credentials::token(MockServer::TOKEN)).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 3);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn retry_policy_none_disables_retries() {
    let (result, requests) = run_script([MockResponse::new(503)], RetryPolicy::none()).await;
    assert_eq!(result.unwrap_err().attempts(), 1);
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn error_is_the_last_one_with_attempts_and_elapsed_time() {
    let responses = [
        MockResponse::new(500),
        MockResponse::disconnect(),
        MockResponse::new(502).header("X-Request-Id", "last-request"),
    ];
    let (result, requests) = run_script(responses, no_backoff(3)).await;
    let error = result.unwrap_err();
    assert_eq!(error.status(), Some(502));
    assert_eq!(error.request_id(), Some("last-request"));
    assert_eq!(error.attempts(), 3);
    assert_eq!(requests, 3);
    assert!(error.elapsed() > Duration::ZERO, "{:?}", error.elapsed());
    assert!(error.elapsed() < 60 * SECOND, "{:?}", error.elapsed());
    assert!(error.to_string().contains("3 attempts"), "{error}");
}

#[tokio::test]
async fn error_that_is_not_retryable_ends_the_call_after_one_attempt() {
    let (result, requests) = run_script([MockResponse::new(400)], no_backoff(3)).await;
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(!error.to_string().contains("attempt"), "a single attempt is not mentioned: {error}");
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn rejected_input_counts_no_attempt() {
    let (server, client) = server_with_devices(1).await;
    let error = client.list_device_authentication_templates().limit(51).send().await.unwrap_err();
    assert_eq!(error.attempts(), 0);
    assert_eq!(error.elapsed(), Duration::ZERO);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn retry_after_seconds_are_honored() {
    let throttled = || throttled("later").header("Retry-After", "1");
    let (result, requests) = run_script([throttled(), throttled()], no_backoff(2)).await;
    let error = result.unwrap_err();
    assert_eq!(error.retry_after(), Some(SECOND));
    assert_eq!(requests, 2);
    assert!(error.elapsed() >= SECOND, "{:?}", error.elapsed());
}

/// Returns the error of a response that asks for a longer delay than the policy allows.
async fn delay_too_long(response: MockResponse) -> Error {
    let (result, requests) = run_script([response], no_backoff(5)).await;
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 1, "{error}");
    assert_eq!(requests, 1, "{error}");
    error
}

#[tokio::test]
async fn retry_after_longer_than_max_backoff_ends_the_call() {
    let error = delay_too_long(MockResponse::new(503).header("Retry-After", "3600")).await;
    assert_eq!(error.retry_after(), Some(3600 * SECOND));
    assert!(error.message().contains("3600s"), "the message must name the delay: {error}");
    assert!(error.message().contains("max_backoff"), "the message must name the option: {error}");
}

#[tokio::test]
async fn retry_after_beyond_the_integer_range_is_capped() {
    let error = delay_too_long(MockResponse::new(503).header("Retry-After", "9".repeat(40))).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
}

#[tokio::test]
async fn retry_after_date_is_relative_to_the_date_of_the_response() {
    // The example of RFC 9110, section 5.6.7, in its three formats. The local clock is not used.
    for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        let response = MockResponse::new(503).header("Date", "Sun, 06 Nov 1994 08:48:37 GMT");
        let error = delay_too_long(response.header("Retry-After", date)).await;
        assert_eq!(error.retry_after(), Some(60 * SECOND), "{date}");
    }
}

#[tokio::test]
async fn retry_after_date_with_a_zone_of_email_is_accepted() {
    for zone in ["+0000", "-0000", "UTC", "UT"] {
        let response = MockResponse::new(503).header("Date", format!("Sun, 06 Nov 1994 08:48:37 {zone}"));
        let error = delay_too_long(response.header("Retry-After", format!("Sun, 06 Nov 1994 08:49:37 {zone}"))).await;
        assert_eq!(error.retry_after(), Some(60 * SECOND), "{zone}");
    }
}

#[tokio::test]
async fn retry_after_date_in_the_past_is_retried_immediately() {
    let past = MockResponse::new(503)
        .header("Date", "Sun, 06 Nov 1994 08:50:37 GMT")
        .header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT");
    let (result, requests) = run_script([past], no_backoff(2)).await;
    assert_eq!(result.unwrap(), 3);
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn rate_limit_window_in_the_message_is_honored() {
    let cases = [
        ("policy user over ratelimit,limit:50,time:1 minute", 60),
        ("policy user over ratelimit,limit:50,time:90 seconds", 90),
        ("policy api over ratelimit, limit:50, time:2 hour.", 7200),
        ("policy api over ratelimit,limit:1,time:1 day", 86_400),
    ];
    for (message, seconds) in cases {
        assert_eq!(delay_too_long(throttled(message)).await.retry_after(), Some(seconds * SECOND), "{message}");
    }
}

#[tokio::test]
async fn retry_after_header_takes_precedence_over_the_message() {
    let response = throttled("policy user over ratelimit,limit:50,time:1 minute").header("Retry-After", "30");
    assert_eq!(delay_too_long(response).await.retry_after(), Some(30 * SECOND));
}

#[tokio::test]
async fn malformed_retry_after_is_ignored() {
    for value in ["", "soon", "-1", "1.5", "+3", "1 2", "Sun, 06 Nov 1994", "Wed, 99 Foo 2026 00:00:00 GMT"] {
        let response = MockResponse::new(503).header("Retry-After", value);
        let (result, requests) = run_script([response], no_backoff(2)).await;
        assert_eq!(result.unwrap(), 3, "{value}");
        assert_eq!(requests, 2, "{value}");
    }
}

#[tokio::test]
async fn malformed_rate_limit_window_is_ignored() {
    let messages =
        ["over ratelimit", "time:1 second", "over ratelimit,time:x second", "over ratelimit,time:5 fortnights"];
    for message in messages {
        let (result, requests) = run_script([throttled(message)], no_backoff(2)).await;
        assert_eq!(result.unwrap(), 3, "{message}");
        assert_eq!(requests, 2, "{message}");
    }
}

#[tokio::test]
async fn no_attempt_starts_after_max_elapsed() {
    let policy = no_backoff(5).max_elapsed(SECOND / 2);
    let (result, requests) = run_script([MockResponse::new(503).header("Retry-After", "1")], policy).await;
    let error = result.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(requests, 1);
    assert!(error.message().contains("500ms"), "the message must name the bound: {error}");
}

#[tokio::test]
async fn max_elapsed_includes_attempts_and_delays() {
    let throttled = || MockResponse::new(503).header("Retry-After", "1");
    let responses = [throttled(), throttled(), throttled()];
    let (result, requests) = run_script(responses, no_backoff(9).max_elapsed(SECOND * 3 / 2)).await;
    let error = result.unwrap_err();
    assert_eq!(error.attempts(), 2, "{error}");
    assert_eq!(requests, 2, "{error}");
    assert!(error.message().contains("1.5s"), "the message must name the bound: {error}");
}

#[tokio::test]
async fn each_attempt_is_signed_again() {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    server.enqueue(MockResponse::new(500));
    server.enqueue(MockResponse::new(503));
    // The clock advances by one second with each reading.
    let readings = AtomicU64::new(0);
    let start = SystemTime::now();
    let clock = move || start + SECOND * readings.fetch_add(1, Ordering::Relaxed) as u32;
    let builder = server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY")).clock(clock);
    assert_eq!(total(&builder.retry_policy(no_backoff(3)).build().unwrap()).await.unwrap(), 3);
    let requests = server.requests();
    for name in ["x-sdk-date", "authorization"] {
        let mut values: Vec<_> = requests.iter().map(|request| request.header(name).unwrap().to_owned()).collect();
        values.dedup();
        assert_eq!(values.len(), 3, "{name}: {values:?}");
    }
}

#[tokio::test]
async fn retries_do_not_lock_an_unverified_key() {
    let (server, _) = server_with_devices(3).await;
    server.add_access_key("AK-RETRY", "SK-RETRY");
    (0..9).for_each(|_| server.enqueue(MockResponse::disconnect()));
    let builder = server.builder().credentials(Credentials::ak_sk("AK-RETRY", "SK-RETRY"));
    let error = total(&builder.retry_policy(no_backoff(9)).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert_eq!(server.requests().len(), 4, "{error}");
}

#[tokio::test]
async fn iam_requests_for_token_and_project_are_retried() {
    let (server, _) = server_with_devices(3).await;
    server.add_user("my-account", "my-user", "Correct-Horse-42");
    server.add_project("0123456789abcdef0123456789abcdef", "cn-north-4");
    let responses = [
        MockResponse::new(503),
        MockResponse::pass_through(),
        MockResponse::new(500),
        MockResponse::pass_through(),
        MockResponse::disconnect(),
    ];
    responses.into_iter().for_each(|response| server.enqueue(response));
    let login = Credentials::password("my-account", "my-user", "Correct-Horse-42");
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).no_proxy();
    let client = builder.region("cn-north-4").credentials(login).retry_policy(no_backoff(4)).build().unwrap();
    assert_eq!(total(&client).await.unwrap(), 3);
    let paths: Vec<_> = server.requests().iter().map(|request| request.target[..4].to_owned()).collect();
    // The token, the project and the devices, with one retry each.
    assert_eq!(paths, ["/v3/", "/v3/", "/v3/", "/v3/", "/v5/", "/v5/"]);
}

#[tokio::test]
async fn zero_max_attempts_is_rejected_when_the_client_is_built() {
    let server = MockServer::start().await.unwrap();
    let error = server.builder().retry_policy(RetryPolicy::default().max_attempts(0)).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("attempts"), "the message must name the option: {error}");
}

#[tokio::test]
async fn zero_rate_limit_is_rejected_when_the_client_is_built() {
    let server = MockServer::start().await.unwrap();
    let error = server.builder().rate_limit(0).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains("rate_limit"), "the message must name the option: {error}");
}

#[tokio::test]
async fn stream_continues_at_the_same_marker_after_retries() {
    let (server, _) = server_with_devices(125).await;
    let responses = [
        MockResponse::pass_through(),
        MockResponse::new(503),
        MockResponse::disconnect(),
        MockResponse::pass_through(),
        MockResponse::new(500),
    ];
    responses.into_iter().for_each(|response| server.enqueue(response));
    let client = server.builder().retry_policy(no_backoff(3)).build().unwrap();
    let (devices, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
    assert!(error.is_none(), "{error:?}");
    let read: Vec<_> = devices.into_iter().filter_map(|device| device.device_name).collect();
    assert_eq!(read, sample_device_names((1..=125).rev()));
    let bodies = request_bodies(&server);
    assert_eq!(bodies[1], bodies[2], "the second page is retried");
    assert_eq!(bodies[2], bodies[3], "the second page is retried again");
    assert_ne!(bodies[3], bodies[4], "the third page follows");
    assert_eq!(bodies[4], bodies[5], "the third page is retried");
}

/// A credential provider that returns a new token for each query and counts the queries.
struct CountingProvider(Arc<AtomicU64>);

impl CredentialProvider for CountingProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(Some(IamCredential::token(format!("token-{number}")))) })
    }
}

#[tokio::test]
async fn rejected_credential_is_refreshed_once_per_call() {
    let (server, _) = server_with_devices(3).await;
    for status in [401, 503, 401, 503] {
        server.enqueue(MockResponse::new(status));
    }
    let queries = Arc::new(AtomicU64::new(0));
    let builder = server.builder().credentials(Credentials::from_provider(CountingProvider(queries.clone())));
    let error = total(&builder.retry_policy(no_backoff(9)).build().unwrap()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!(queries.load(Ordering::Relaxed), 2);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn forbidden_is_retried_only_with_a_rate_limit_code() {
    for (code, attempts) in [("IOTDA.021101", 2), ("IOTDA.021102", 2), ("IOTDA.021100", 1), ("IOTDA.021103", 1)] {
        let forbidden = || MockResponse::new(403).json(&json!({"error_code": code, "error_msg": "m"}));
        let (result, requests) = run_script([forbidden(), forbidden()], no_backoff(2)).await;
        assert_eq!(result.unwrap_err().attempts(), attempts, "{code}");
        assert_eq!(requests, attempts as usize, "{code}");
    }
}
