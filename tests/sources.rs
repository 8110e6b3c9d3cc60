//! Sources of credentials beside the environment: a profile, an instance's metadata, a chain, one's own.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use std::{env, fs, process};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential, InstanceMetadata, Profile,
};
use support::{serve, total};

const SK: &str = "a-secret;key#of=a/profile";

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

/// A profile of this text, in a file of its own.
fn profile(test: &str, text: &str) -> PathBuf {
    let file = env::temp_dir().join(format!("huaweicloud-iotda-{}-{test}", process::id()));
    fs::write(&file, text).unwrap();
    file
}

#[tokio::test]
async fn a_profiles_key_is_read_as_it_stands() {
    let (server, _) = serve(1).await;
    server.add_access_key("AK", SK);
    server.add_temporary_access_key("TEMPORARY", SK, "token+/==");
    let texts = [
        format!("[basic]\nak=AK\nsk={SK}\n"),
        format!("# comment\n; comment\n\n[other]\nak = x\n\n[basic]\r\n  ak  =  AK \r\nsk = {SK}\nproject_id = p\n"),
        format!("[basic]\nak = TEMPORARY\nsk = {SK}\nsecurity_token = token+/==\n"),
    ];
    for (index, text) in texts.iter().enumerate() {
        let file = profile(&format!("good-{index}"), text);
        let client = client(&server, Profile::new().file(&file));
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{text}");
        fs::remove_file(file).unwrap();
    }
}

#[tokio::test]
async fn a_broken_profile_is_told_with_its_file_and_without_its_secrets() {
    let (server, _) = serve(1).await;
    let cases = [
        (format!("[basic]\nsk = {SK}\n"), "`ak`"),
        ("[basic]\nak = AK\n".to_owned(), "`sk`"),
        (format!("ak = AK\nsk = {SK}\n"), "[basic]"),
        (format!("[basic\nak = AK\nsk = {SK}\n"), "INI"),
        (String::new(), "[basic]"),
    ];
    for (index, (text, part)) in cases.iter().enumerate() {
        let file = profile(&format!("bad-{index}"), text);
        let error = total(&client(&server, Profile::new().file(&file))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains(part) && error.to_string().contains(file.to_str().unwrap()), "{error}");
        assert!(!format!("{error:?} {error:#?}").contains("a-secret"), "{error:?}");
        fs::remove_file(file).unwrap();
    }
    let error = total(&client(&server, Profile::new().file("/nowhere/at/all"))).await.unwrap_err();
    assert!(error.to_string().contains("no such file"), "{error}");
    assert!(server.requests().is_empty());
}

fn metadata(server: &MockServer) -> InstanceMetadata {
    InstanceMetadata::new().endpoint(server.endpoint())
}

#[tokio::test]
async fn an_instances_metadata_gives_a_temporary_key_with_and_without_a_token() {
    for with_token in [true, false] {
        let (server, _) = serve(1).await;
        let end = SystemTime::now() + Duration::from_secs(3600);
        server.set_metadata("TEMPORARY", SK, "a-security-token", end, with_token);
        let client = client(&server, metadata(&server));
        assert_eq!((total(&client).await.unwrap(), total(&client).await.unwrap()), (1, 1));
        let requests = server.requests();
        assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("PUT", "/meta-data/latest/api/token"));
        assert_eq!(requests[0].header("x-metadata-token-ttl-seconds"), Some("21600"));
        assert_eq!((requests[1].target.as_str(), requests.len()), ("/openstack/latest/securitykey", 4));
        assert_eq!(requests[1].header("x-metadata-token").is_some(), with_token);
        assert_eq!(requests[2].header("x-security-token"), Some("a-security-token"));
    }
}

#[tokio::test]
async fn a_temporary_key_is_renewed_ten_minutes_before_its_end() {
    let (server, _) = serve(1).await;
    let start = SystemTime::now();
    let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
    let now = Arc::new(Mutex::new(start));
    let read = now.clone();
    let builder = server.builder().credentials(metadata(&server)).clock(move || *read.lock().unwrap());
    let client = builder.build().unwrap();
    server.set_metadata("FIRST", SK, "token-1", at(60), true);
    for (minutes, key) in [(0, "FIRST"), (49, "FIRST"), (51, "SECOND"), (70, "SECOND")] {
        if minutes == 49 {
            server.set_metadata("SECOND", SK, "token-2", at(120), true);
        }
        *now.lock().unwrap() = at(minutes);
        server.set_time(at(minutes));
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "after {minutes} minutes");
        let request = server.requests().pop().unwrap();
        let authorization = request.header("authorization").unwrap_or_default();
        assert!(authorization.contains(&format!("Access={key},")), "after {minutes} minutes: {authorization}");
    }
}

#[tokio::test]
async fn a_key_that_is_still_good_is_used_while_the_metadata_fail() {
    let (server, _) = serve(1).await;
    let start = SystemTime::now();
    let now = Arc::new(Mutex::new(start));
    let read = now.clone();
    let builder = server.builder().credentials(metadata(&server)).clock(move || *read.lock().unwrap());
    let client = builder.build().unwrap();
    server.set_metadata("FIRST", SK, "token-1", start + Duration::from_secs(3600), true);
    total(&client).await.unwrap();
    for (minutes, failure) in
        [(51, MockResponse::new(500)), (53, MockResponse::disconnect()), (55, MockResponse::new(404))]
    {
        *now.lock().unwrap() = start + Duration::from_secs(60 * minutes);
        server.set_time(start + Duration::from_secs(60 * minutes));
        server.enqueue(failure);
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "after {minutes} minutes");
    }
}

#[tokio::test]
async fn metadata_that_answers_oddly_is_an_error_and_shows_no_secret() {
    let answers = [
        (MockResponse::new(404), MockResponse::new(500), "500"),
        (MockResponse::new(403), MockResponse::new(200), "403"),
        (
            MockResponse::new(404),
            MockResponse::new(200).body(format!("{{\"credential\": {{\"secret\": \"{SK}\"}}}}")),
            "documented JSON",
        ),
        (MockResponse::new(200).body("token"), MockResponse::new(200).body("x".repeat(100_000)), "64 KiB"),
    ];
    for (first, second, part) in answers {
        let (server, _) = serve(1).await;
        server.enqueue(first);
        server.enqueue(second);
        let error = total(&client(&server, metadata(&server))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains(part) && !format!("{error:?} {error:#?}").contains("a-secret"), "{error:?}");
    }
}

/// A source that counts how often it is asked, and answers the same each time.
struct Own {
    answer: Result<Option<IamCredential>, &'static str>,
    asked: Arc<AtomicUsize>,
}

impl CredentialProvider for Own {
    fn credential(&self) -> CredentialFuture<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { self.answer.clone().map_err(Into::into) })
    }
}

fn own(answer: Result<Option<IamCredential>, &'static str>) -> (Credentials, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    (Credentials::from_provider(Own { answer, asked: asked.clone() }), asked)
}

#[tokio::test]
async fn a_source_of_ones_own_is_asked_once_while_its_credential_is_good() {
    let (server, _) = serve(1).await;
    let (credentials, asked) = own(Ok(Some(IamCredential::token(MockServer::TOKEN))));
    let client = client(&server, credentials);
    let results = futures::future::join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);

    let (credentials, asked) = own(Ok(Some(IamCredential::token("refused"))));
    let client = self::client(&server, credentials);
    server.clear_requests();
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(asked.load(Ordering::Relaxed), 2, "once more when it was refused");
    assert_eq!(server.requests().len(), 1, "but the same one is not sent again");
}

#[tokio::test]
async fn a_source_that_fails_or_gives_what_no_header_can_hold_is_an_error() {
    let (server, _) = serve(1).await;
    let error = total(&client(&server, own(Err("the vault is sealed")).0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(format!("{error:?}").contains("the vault is sealed"), "{error:?}");
    let error = total(&client(&server, own(Ok(Some(IamCredential::token("a b")))).0)).await.unwrap_err();
    assert!(error.to_string().contains("token") && !error.to_string().contains("a b"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_chain_takes_the_first_that_has_one_and_stops_at_a_broken_one() {
    let (server, _) = serve(1).await;
    let (last, asked) = own(Ok(Some(IamCredential::token("not-reached"))));
    let (none, good) = (own(Ok(None)).0, Credentials::token(MockServer::TOKEN));
    let no_metadata = || Credentials::from(metadata(&server));
    let chain = Credentials::chain([none.clone(), no_metadata(), good, last.clone()]);
    assert_eq!(total(&client(&server, chain)).await.map_err(|error| error.to_string()), Ok(1));
    assert_eq!(asked.load(Ordering::Relaxed), 0);

    let chain = Credentials::chain([none.clone(), own(Err("broken")).0, last]);
    assert!(total(&client(&server, chain)).await.is_err());
    assert_eq!(asked.load(Ordering::Relaxed), 0);

    let error = total(&client(&server, Credentials::chain([none, no_metadata()]))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    for part in ["no credential was found", "own source", &server.endpoint()] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[test]
fn nothing_that_is_shown_of_a_source_is_secret() {
    let login = Credentials::password("account", "user", "Kennwort-123");
    let key = Credentials::temporary_ak_sk("AK", SK, "security-token-1");
    let chain = Credentials::chain([login.clone().into(), key.clone().into(), Credentials::token("token-123456")]);
    let shown = format!("{login:?}{key:?}{chain:?}{chain:#?}");
    for secret in ["Kennwort-123", SK, "security-token-1", "token-123456"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("[redacted]") && shown.contains("account"), "{shown}");
}
