//! Rejected logins: IAM locks a user after repeated failures, so a rejected password is sent once.

use std::time::Duration;

use futures::future::join_all;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, Password};

use crate::support::clock::Clock;
use crate::support::{server_with_devices, total};

const MINUTE: Duration = Duration::from_secs(60);

async fn server_with_user() -> MockServer {
    let (server, _) = server_with_devices(1).await;
    server.add_user("account", "user", "password");
    server
}

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

fn wrong() -> Credentials {
    Credentials::password("account", "user", "wrong")
}

#[tokio::test]
async fn rejected_login_is_sent_once_for_consecutive_calls() {
    let server = server_with_user().await;
    let client = client(&server, wrong());
    let mut texts: Vec<_> = Vec::new();
    for _ in 0..50 {
        let error = total(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.is_unauthorized(), "{error}");
        texts.push(error.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(server.rejected_count(), 1);
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn rejected_login_is_sent_again_after_15_minutes() {
    let server = server_with_user().await;
    let clock = Clock::now();
    let client = server.builder().credentials(wrong()).clock(clock.time_source()).build().unwrap();
    for (advance, rejected) in [(0, 1), (14, 1), (2, 2), (14, 2)] {
        clock.advance(advance * MINUTE);
        assert!(total(&client).await.unwrap_err().is_unauthorized());
        assert_eq!(server.rejected_count(), rejected, "after {advance} minutes more");
    }
    server.add_user("account", "user", "wrong");
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    clock.advance(2 * MINUTE);
    assert_eq!(total(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn clients_of_the_same_credentials_send_a_rejected_login_once() {
    let server = server_with_user().await;
    let credentials = wrong();
    let clients = [client(&server, credentials.clone()), client(&server, credentials.clone())];
    let results = join_all(clients.iter().map(total)).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().is_unauthorized()), "{results:?}");
    assert!(total(&client(&server, credentials)).await.unwrap_err().is_unauthorized());
    assert_eq!(server.rejected_count(), 1);
}

#[tokio::test]
async fn rejected_login_in_a_chain_is_sent_once() {
    let server = server_with_user().await;
    let client = client(&server, Credentials::chain([wrong()]));
    for _ in 0..5 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.rejected_count(), 1);
}

#[tokio::test]
async fn another_password_is_sent_after_a_rejected_login() {
    let server = server_with_user().await;
    assert!(total(&client(&server, wrong())).await.unwrap_err().is_unauthorized());
    assert_eq!(total(&client(&server, Password::new("account", "user", "password"))).await.unwrap(), 1);
}

#[tokio::test]
async fn rejected_login_is_sent_once_if_its_call_is_canceled() {
    let server = server_with_user().await;
    let client = client(&server, wrong());
    let rejection = MockResponse::pass_through().delay(Duration::from_millis(100));
    server.enqueue(rejection);
    let received = async {
        while server.request_count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        result = total(&client) => panic!("the response is delayed: {result:?}"),
        () = received => {}
    }
    for _ in 0..5 {
        assert!(total(&client).await.unwrap_err().is_unauthorized());
    }
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn login_that_fails_for_another_reason_is_sent_again() {
    let server = server_with_user().await;
    let client = client(&server, Credentials::password("account", "user", "password"));
    for response in [MockResponse::new(403), MockResponse::new(400), MockResponse::new(500), MockResponse::disconnect()]
    {
        server.enqueue(response);
        assert!(total(&client).await.is_err());
    }
    assert_eq!(total(&client).await.unwrap(), 1);
}
