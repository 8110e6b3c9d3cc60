//! Custom providers: concurrent queries, and providers that hang or panic.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use expect_test::expect;
use futures::future::join_all;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{
    Client, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential, RetryPolicy,
};

use crate::support::{server_with_devices, total, without_root_certificates};

/// Ends a test that would otherwise hang.
const HANGS: Duration = Duration::from_secs(20);

/// The behavior of the first query of a provider; later ones return a valid token.
#[derive(Clone, Copy)]
enum First {
    Hangs,
    /// Returns a token when its future is polled for the second time.
    Yields,
    /// Panics when the future is polled for the second time, when it is polled, or before it is returned.
    PanicsLate,
    Panics,
    PanicsWithoutFuture,
}

struct Provider(First, Arc<AtomicUsize>);

impl CredentialProvider for Provider {
    fn credential(&self) -> CredentialFuture<'_> {
        let is_first = self.1.fetch_add(1, Ordering::Relaxed) == 0;
        assert!(!is_first || !matches!(self.0, First::PanicsWithoutFuture), "a test panic");
        Box::pin(async move {
            match self.0 {
                First::Hangs if is_first => std::future::pending().await,
                First::Yields => tokio::task::yield_now().await,
                First::Panics if is_first => panic!("a test panic"),
                First::PanicsLate if is_first => {
                    tokio::task::yield_now().await;
                    panic!("a test panic")
                }
                _ => {}
            }
            Ok(Some(IamCredential::token(MockServer::TOKEN)))
        })
    }
}

/// Returns a client with such a provider, and the number of its queries.
async fn client(
    first: First,
    attempt_timeout: Duration,
    call_timeout: Option<Duration>,
) -> (MockServer, Client, Arc<AtomicUsize>) {
    let (server, _) = server_with_devices(1).await;
    let queries = Arc::new(AtomicUsize::new(0));
    let credentials = Credentials::from_provider(Provider(first, queries.clone()));
    let builder = server.builder().credentials(credentials).attempt_timeout(attempt_timeout);
    let builder = builder.retry_policy(RetryPolicy::none());
    let builder = match call_timeout {
        Some(timeout) => builder.call_timeout(timeout),
        None => builder,
    };
    (server, builder.build().unwrap(), queries)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn provider_is_queried_once_by_calls_on_several_threads() {
    // The port stays in use, so that no server of another test receives the requests.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed_port = socket.local_addr().unwrap();
    let (server, _) = server_with_devices(1).await;
    for _ in 0..50 {
        let queries = Arc::new(AtomicUsize::new(0));
        let credentials = Credentials::from_provider(Provider(First::Yields, queries.clone()));
        let builder = server.builder().endpoint(format!("http://{closed_port}")).credentials(credentials);
        let client = without_root_certificates(builder.retry_policy(RetryPolicy::none())).build().unwrap();
        let call = |client: Client| async move { total(&client).await.unwrap_err().kind() };
        let calls = (0..50).map(|_| tokio::spawn(call(client.clone())));
        for kind in join_all(calls).await {
            assert_eq!(kind.unwrap(), ErrorKind::Connection, "the credential was obtained");
        }
        assert_eq!(queries.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn provider_that_hangs_is_queried_again_while_calls_overlap() {
    let (_server, client, queries) =
        client(First::Hangs, Duration::from_millis(500), Some(Duration::from_millis(200))).await;
    let mut parked = pin!(total(&client));
    assert!(futures::poll!(parked.as_mut()).is_pending());
    // From here on, the first call is neither polled nor dropped. Each other call overlaps with it.
    let mut succeeded = false;
    for _ in 0..100 {
        succeeded = succeeded || total(&client).await.is_ok();
    }
    assert!(succeeded);
    assert_eq!(queries.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn provider_that_hangs_is_reported_after_the_attempt_timeout() {
    let (_server, client, _) = client(First::Hangs, Duration::from_millis(500), None).await;
    let calls = join_all((0..20).map(|_| total(&client)));
    let results = tokio::time::timeout(HANGS, calls).await.expect("the calls hang");
    for result in results {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.message().contains("credential provider"), "{error}");
    }
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn panic_of_a_provider_is_an_error_and_the_provider_is_queried_again() {
    for first in [First::PanicsLate, First::Panics, First::PanicsWithoutFuture] {
        let (_server, client, queries) = client(first, Duration::from_secs(30), None).await;
        let mut parked = pin!(total(&client));
        let mut callers: Vec<_> = (0..50).map(|_| Box::pin(total(&client))).collect();
        // All callers wait for the first query, if it does not panic at once.
        let mut failed = 0;
        let parked_result = futures::poll!(parked.as_mut());
        failed += usize::from(parked_result.is_ready());
        for result in join_all(callers.iter_mut()).await {
            if let Err(error) = result {
                failed += 1;
                assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
                assert!(error.message().contains("panicked: a test panic"), "{error}");
            }
        }
        assert!(failed >= 1);
        assert_eq!(total(&client).await.unwrap(), 1);
        assert_eq!(queries.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn error_of_a_provider_that_panics_names_the_panic() {
    let (_server, client, _) = client(First::PanicsLate, Duration::from_secs(30), None).await;
    let error = total(&client).await.unwrap_err();
    expect!["ListDeviceByDeviceCertificate: credential provider panicked: a test panic"].assert_eq(&error.to_string());
}
