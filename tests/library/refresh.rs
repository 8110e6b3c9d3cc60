//! The refresh of a credential that is still valid: it runs alongside the calls, and its failures are silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, ClientBuilder, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential,
};

use crate::support::clock::Clock;
use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, server_with_devices, total};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// Ends a test that would otherwise hang.
const HANGS: Duration = Duration::from_secs(20);

/// The service and IAM as two servers, so that each receives its own responses.
struct Servers {
    service: MockServer,
    iam: MockServer,
    clock: Clock,
}

impl Servers {
    async fn start() -> Self {
        let (service, _) = server_with_devices(1).await;
        let iam = MockServer::start().await.unwrap();
        iam.add_user("account", "user", "password");
        let clock = Clock::now();
        iam.set_time(clock.read());
        for login in 1..=9 {
            service.add_token(format!("mock-login-token-{login:04}"));
        }
        Self { service, iam, clock }
    }

    fn builder(&self) -> ClientBuilder {
        let credentials = Credentials::password("account", "user", "password");
        let builder = self.service.builder().iam_endpoint(self.iam.endpoint());
        builder.credentials(credentials).clock(self.clock.time_source())
    }

    /// Logs in, and advances the clock until the token is valid for 200 seconds more.
    async fn log_in_and_wait(&self, client: &Client) {
        assert_eq!(total(client).await.unwrap(), 1);
        self.clock.advance(24 * HOUR - Duration::from_secs(200));
    }

    fn last_token(&self) -> Option<String> {
        self.service.requests().last().and_then(|request| request.header("x-auth-token").map(str::to_owned))
    }
}

/// Waits until a counter of the server has this value.
async fn reaches(count: impl Fn() -> usize, expected: usize) {
    let reached = async {
        while count() < expected {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS, reached).await.expect("the counter does not reach its value");
}

async fn assert_succeeds(client: &Client) {
    let result = tokio::time::timeout(HANGS, total(client)).await.expect("the call hangs");
    assert_eq!(result.map_err(|error| error.to_string()), Ok(1));
}

#[tokio::test]
async fn calls_with_a_call_timeout_succeed_while_iam_hangs() {
    let servers = Servers::start().await;
    let client = servers.builder().call_timeout(Duration::from_millis(600)).build().unwrap();
    servers.log_in_and_wait(&client).await;
    (0..6).for_each(|_| servers.iam.enqueue(MockResponse::pass_through().delay(HOUR)));
    for _ in 0..6 {
        assert_succeeds(&client).await;
    }
    reaches(|| servers.iam.request_count(), 2).await;
    assert_eq!(servers.iam.request_count(), 2, "one refresh");
}

#[tokio::test]
async fn calls_do_not_wait_for_a_refresh() {
    let servers = Servers::start().await;
    let client = servers.builder().attempt_timeout(HOUR).build().unwrap();
    servers.log_in_and_wait(&client).await;
    servers.iam.enqueue(MockResponse::pass_through().delay(HOUR));
    for _ in 0..3 {
        assert_succeeds(&client).await;
    }
}

#[tokio::test]
async fn refresh_completes_after_its_call() {
    let servers = Servers::start().await;
    let client = servers.builder().build().unwrap();
    servers.log_in_and_wait(&client).await;
    servers.iam.enqueue(MockResponse::pass_through().delay(Duration::from_millis(100)));
    assert_succeeds(&client).await;
    assert_eq!(servers.last_token().as_deref(), Some("mock-login-token-0001"));
    while servers.last_token().as_deref() != Some("mock-login-token-0002") {
        assert_succeeds(&client).await;
    }
    assert_eq!(servers.iam.request_count(), 2, "one refresh");
}

#[tokio::test]
async fn rejected_refresh_does_not_discard_a_valid_token() {
    let servers = Servers::start().await;
    let client = servers.builder().build().unwrap();
    servers.log_in_and_wait(&client).await;
    servers.iam.add_user("account", "user", "another password");
    for _ in 0..25 {
        assert_succeeds(&client).await;
    }
    reaches(|| servers.iam.rejected_count(), 1).await;
    for _ in 0..25 {
        servers.clock.advance(Duration::from_secs(7));
        assert_succeeds(&client).await;
    }
    assert_eq!(servers.iam.rejected_count(), 1);
    servers.clock.advance(MINUTE);
    for _ in 0..5 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert_eq!(error.code(), Some("IAM.0101"), "{error}");
    }
    assert_eq!(servers.iam.rejected_count(), 1);
}

#[tokio::test]
async fn failed_refresh_is_an_error_after_the_expiry() {
    let servers = Servers::start().await;
    let client = servers.builder().build().unwrap();
    servers.log_in_and_wait(&client).await;
    servers.iam.enqueue(MockResponse::new(503));
    assert_succeeds(&client).await;
    reaches(|| servers.iam.request_count(), 2).await;
    servers.clock.advance(4 * MINUTE);
    servers.iam.enqueue(MockResponse::new(503));
    let error = total(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert_eq!(error.status(), Some(503), "{error}");
    assert_succeeds(&client).await;
}

#[tokio::test]
async fn failed_refresh_is_repeated_after_30_seconds() {
    let servers = Servers::start().await;
    let client = servers.builder().build().unwrap();
    servers.log_in_and_wait(&client).await;
    servers.iam.enqueue(MockResponse::new(503));
    for _ in 0..10 {
        assert_succeeds(&client).await;
    }
    servers.clock.advance(Duration::from_secs(29));
    for _ in 0..10 {
        assert_succeeds(&client).await;
    }
    assert_eq!(servers.iam.request_count(), 2, "one refresh");
    while servers.iam.login_count() < 2 {
        servers.clock.advance(Duration::from_secs(10));
        assert_succeeds(&client).await;
    }
    assert_eq!(servers.iam.request_count(), 3);
}

#[test]
fn refresh_is_started_once_in_30_seconds_if_each_call_has_its_own_runtime() {
    let server = server_on_thread(|server| {
        server.add_certificate(CERTIFICATE);
        server.add_sample_devices(CERTIFICATE, 1);
    });
    let (clock, queries) = (Clock::now(), Arc::new(AtomicUsize::new(0)));
    let provider = Deteriorating { clock: clock.clone(), queries: queries.clone(), panics: false };
    let builder = server.builder().credentials(Credentials::from_provider(provider));
    let client = builder.clock(clock.time_source()).build().unwrap();
    let call = || runtime().block_on(assert_succeeds(&client));
    call();
    clock.advance(HOUR - 3 * MINUTE);
    (0..5).for_each(|_| call());
    assert_eq!(queries.load(Ordering::Relaxed), 2, "one refresh");
    clock.advance(MINUTE);
    (0..5).for_each(|_| call());
    assert_eq!(queries.load(Ordering::Relaxed), 3, "another refresh");
}

/// Returns the token once with an expiry; afterwards it hangs or panics.
struct Deteriorating {
    clock: Clock,
    queries: Arc<AtomicUsize>,
    panics: bool,
}

impl CredentialProvider for Deteriorating {
    fn credential(&self) -> CredentialFuture<'_> {
        let query = self.queries.fetch_add(1, Ordering::Relaxed);
        let token = IamCredential::token(MockServer::TOKEN).expires_at(self.clock.read() + HOUR);
        Box::pin(async move {
            match (query, self.panics) {
                (0, _) => Ok(Some(token)),
                (_, true) => panic!("a test panic"),
                (_, false) => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn valid_credential_is_used_while_a_custom_provider_hangs_or_panics() {
    for panics in [false, true] {
        let (server, _) = server_with_devices(1).await;
        let (clock, queries) = (Clock::now(), Arc::new(AtomicUsize::new(0)));
        let provider = Deteriorating { clock: clock.clone(), queries: queries.clone(), panics };
        let builder = server.builder().credentials(Credentials::from_provider(provider));
        let client = builder.call_timeout(Duration::from_millis(600)).clock(clock.time_source()).build().unwrap();
        assert_succeeds(&client).await;
        clock.advance(HOUR - 3 * MINUTE);
        let results = join_all((0..6).map(|_| total(&client))).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_succeeds(&client).await;
        assert_eq!(queries.load(Ordering::Relaxed), 2, "one refresh");
    }
}
