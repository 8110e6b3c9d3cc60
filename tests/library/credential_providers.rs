//! Credential providers: profile, instance metadata, custom provider and chain.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, fs, process};

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, CredentialFuture, CredentialProvider, Credentials, ErrorKind, IamCredential, InstanceMetadata, Profile,
};

use crate::support::clock::Clock;
use crate::support::{server_with_devices, total};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const SK: &str = "a-secret;key#of=a/profile";

fn client(server: &MockServer, credentials: impl Into<Credentials>) -> Client {
    server.builder().credentials(credentials).build().unwrap()
}

/// A profile in a temporary file, which is deleted on drop.
struct TemporaryProfile(PathBuf);

impl TemporaryProfile {
    fn new(test: &str, text: &str) -> Self {
        // Never an existing name: Windows may delete a file later than requested.
        let name = format!("huaweicloud-iotda-{}-{test}-{:x}", process::id(), fastrand::u64(..));
        let file = env::temp_dir().join(name);
        fs::write(&file, text).unwrap();
        Self(file)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a UTF-8 path")
    }

    fn provider(&self) -> Profile {
        Profile::new().file(&self.0)
    }
}

impl Drop for TemporaryProfile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn profile_provides_an_access_key() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK", SK);
    server.add_temporary_access_key("TEMPORARY", SK, "token+/==");
    let texts = [
        format!("[basic]\nak=AK\nsk={SK}\n"),
        format!("# comment\n; comment\n\n[other]\nak = x\n\n[basic]\r\n  ak  =  AK \r\nsk = {SK}\nproject_id = p\n"),
        format!("[basic]\nak = TEMPORARY\nsk = {SK}\nsecurity_token = token+/==\n"),
    ];
    for (index, text) in texts.iter().enumerate() {
        let profile = TemporaryProfile::new(&format!("valid-{index}"), text);
        let client = client(&server, profile.provider());
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "{text}");
    }
}

#[tokio::test]
async fn invalid_profile_is_reported_with_its_path_and_without_secrets() {
    let (server, _) = server_with_devices(1).await;
    let cases = [
        (format!("[basic]\nsk = {SK}\n"), "`ak`"),
        ("[basic]\nak = AK\n".to_owned(), "`sk`"),
        (format!("ak = AK\nsk = {SK}\n"), "[basic]"),
        (format!("[basic\nak = AK\nsk = {SK}\n"), "INI"),
        (String::new(), "[basic]"),
    ];
    for (index, (text, cause)) in cases.iter().enumerate() {
        let profile = TemporaryProfile::new(&format!("invalid-{index}"), text);
        let error = total(&client(&server, profile.provider())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains(cause), "{cause}: {error}");
        assert!(error.to_string().contains(profile.path()), "{error}");
        assert!(!format!("{error:?} {error:#?}").contains("a-secret"), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn missing_profile_is_reported_with_its_path() {
    let (server, _) = server_with_devices(1).await;
    let error = total(&client(&server, Profile::new().file("/nowhere/at/all"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    assert!(server.requests().is_empty());
}

fn metadata(server: &MockServer) -> InstanceMetadata {
    InstanceMetadata::new().endpoint(server.endpoint())
}

#[tokio::test]
async fn instance_metadata_provides_a_temporary_key() {
    for requires_token in [true, false] {
        let (server, _) = server_with_devices(1).await;
        let expiry = SystemTime::now() + HOUR;
        server.set_metadata("TEMPORARY", SK, "a-security-token", expiry, requires_token);
        let client = client(&server, metadata(&server));
        assert_eq!(total(&client).await.unwrap(), 1);
        assert_eq!(total(&client).await.unwrap(), 1);
        let requests = server.requests();
        assert_eq!(requests.len(), 4, "the key is cached for the second call");
        assert_eq!(requests[0].method, "PUT");
        assert_eq!(requests[0].target, "/meta-data/latest/api/token");
        assert_eq!(requests[0].header("x-metadata-token-ttl-seconds"), Some("21600"));
        assert_eq!(requests[1].target, "/openstack/latest/securitykey");
        assert_eq!(requests[1].header("x-metadata-token").is_some(), requires_token);
        assert_eq!(requests[2].header("x-security-token"), Some("a-security-token"));
    }
}

#[tokio::test]
async fn plain_http_metadata_endpoint_must_be_on_this_machine_or_link_local() {
    let (server, _) = server_with_devices(1).await;
    for (endpoint, accepted) in [
        ("http://10.0.0.1", false),
        ("http://metadata.example.com", false),
        ("169.254.169.254:x", false),
        (
            "https://metadata.example.com",
            cfg!(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")),
        ),
        ("http://169.254.169.254", true),
        ("http://localhost:8080/", true),
    ] {
        let result = server.builder().credentials(InstanceMetadata::new().endpoint(endpoint)).build();
        assert_eq!(result.is_ok(), accepted, "{endpoint}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.to_string().contains("InstanceMetadata::endpoint"), "{error}");
        }
    }
}

/// The service and the metadata service as two servers, and a client of both with a clock that the test advances.
async fn metadata_servers() -> (MockServer, MockServer, Clock, Client) {
    let (server, _) = server_with_devices(1).await;
    let instance = MockServer::start().await.unwrap();
    let clock = Clock::now();
    let builder = server.builder().credentials(metadata(&instance)).clock(clock.time_source());
    (server, instance, clock, builder.build().unwrap())
}

/// Accepts a temporary key at the service, and provides it by the metadata service.
fn set_key(server: &MockServer, instance: &MockServer, key: &str, expiry: SystemTime) {
    server.add_temporary_access_key(key, SK, "a-security-token");
    instance.set_metadata(key, SK, "a-security-token", expiry, true);
}

/// The access key of the last request.
fn last_key(server: &MockServer) -> String {
    let request = server.requests().pop().unwrap();
    let key = request.header("authorization").and_then(|text| text.split(['=', ',']).nth(1));
    key.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn temporary_key_is_refreshed_ten_minutes_before_it_expires() {
    let (server, instance, clock, client) = metadata_servers().await;
    let start = clock.read();
    let at = |minutes: u32| start + minutes * MINUTE;
    set_key(&server, &instance, "FIRST", at(60));
    for (minutes, key) in [(0, "FIRST"), (49, "FIRST"), (51, "SECOND"), (70, "SECOND")] {
        if minutes == 49 {
            set_key(&server, &instance, "SECOND", at(120));
        }
        clock.set(at(minutes));
        server.set_time(at(minutes));
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "after {minutes} minutes");
        // A refresh runs alongside the calls.
        while minutes == 51 && last_key(&server) != key {
            total(&client).await.unwrap();
        }
        assert_eq!(last_key(&server), key, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn unexpired_key_is_used_while_the_metadata_service_fails() {
    let (server, instance, clock, client) = metadata_servers().await;
    let start = clock.read();
    set_key(&server, &instance, "FIRST", start + HOUR);
    total(&client).await.unwrap();
    for (minutes, failure) in
        [(51, MockResponse::new(500)), (53, MockResponse::disconnect()), (55, MockResponse::new(404))]
    {
        clock.set(start + minutes * MINUTE);
        server.set_time(start + minutes * MINUTE);
        instance.enqueue(failure);
        assert_eq!(total(&client).await.map_err(|error| error.to_string()), Ok(1), "after {minutes} minutes");
    }
}

#[tokio::test]
async fn invalid_metadata_response_is_an_error_without_secrets() {
    let incomplete = format!("{{\"credential\": {{\"secret\": \"{SK}\"}}}}");
    let cases = [
        (MockResponse::new(404), MockResponse::new(500), "500"),
        (MockResponse::new(403), MockResponse::new(200), "403"),
        (MockResponse::new(404), MockResponse::new(200).body(incomplete), "JSON"),
        (MockResponse::new(200).body("token"), MockResponse::new(200).body("x".repeat(100_000)), "64 KiB"),
    ];
    for (token_response, key_response, cause) in cases {
        let (server, _) = server_with_devices(1).await;
        server.enqueue(token_response);
        server.enqueue(key_response);
        let error = total(&client(&server, metadata(&server))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains(cause), "{cause}: {error}");
        assert!(!format!("{error:?} {error:#?}").contains("a-secret"), "{error:?}");
    }
}

type ProviderResult = Result<Option<IamCredential>, &'static str>;

/// A custom provider that always returns the same result and counts its queries.
struct CustomProvider {
    result: ProviderResult,
    queries: Arc<AtomicUsize>,
}

impl CredentialProvider for CustomProvider {
    fn credential(&self) -> CredentialFuture<'_> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { self.result.clone().map_err(Into::into) })
    }
}

/// Returns credentials from a custom provider, and its number of queries.
fn custom(result: ProviderResult) -> (Credentials, Arc<AtomicUsize>) {
    let queries = Arc::new(AtomicUsize::new(0));
    (Credentials::from_provider(CustomProvider { result, queries: queries.clone() }), queries)
}

#[tokio::test]
async fn custom_provider_is_queried_once_for_concurrent_calls() {
    let (server, _) = server_with_devices(1).await;
    let (credentials, queries) = custom(Ok(Some(IamCredential::token(MockServer::TOKEN))));
    let client = client(&server, credentials);
    let results = futures::future::join_all((0..20).map(|_| total(&client))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(queries.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn rejected_credential_is_not_sent_again_if_the_provider_returns_it_again() {
    let (server, _) = server_with_devices(1).await;
    let (credentials, queries) = custom(Ok(Some(IamCredential::token("rejected"))));
    let client = client(&server, credentials);
    assert!(total(&client).await.unwrap_err().is_unauthorized());
    assert_eq!(queries.load(Ordering::Relaxed), 2, "the provider is queried once more after the rejection");
    assert_eq!(server.requests().len(), 1, "the same credential must not be sent again");
}

#[tokio::test]
async fn error_of_a_custom_provider_is_the_source_of_the_error() {
    let (server, _) = server_with_devices(1).await;
    let error = total(&client(&server, custom(Err("the secret manager is down")).0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    let source = std::error::Error::source(&error).expect("a source").to_string();
    assert!(source.contains("the secret manager is down"), "{source}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn token_that_is_not_a_valid_header_is_an_error_without_the_token() {
    let (server, _) = server_with_devices(1).await;
    let error = total(&client(&server, custom(Ok(Some(IamCredential::token("a b")))).0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("token"), "{error}");
    assert!(!error.to_string().contains("a b"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn chain_uses_the_first_credential_and_does_not_query_later_providers() {
    let (server, _) = server_with_devices(1).await;
    let (last, queries) = custom(Ok(Some(IamCredential::token("not-reached"))));
    let chain =
        Credentials::chain([custom(Ok(None)).0, metadata(&server).into(), Credentials::token(MockServer::TOKEN), last]);
    assert_eq!(total(&client(&server, chain)).await.map_err(|error| error.to_string()), Ok(1));
    assert_eq!(queries.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn chain_stops_at_a_provider_that_fails() {
    let (server, _) = server_with_devices(1).await;
    let (last, queries) = custom(Ok(Some(IamCredential::token("not-reached"))));
    let chain = Credentials::chain([custom(Ok(None)).0, custom(Err("broken")).0, last]);
    let error = total(&client(&server, chain)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert_eq!(queries.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn chain_without_a_credential_reports_each_provider() {
    let (server, _) = server_with_devices(1).await;
    let chain = Credentials::chain([custom(Ok(None)).0, metadata(&server).into()]);
    let error = total(&client(&server, chain)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    expect!["ListDeviceByDeviceCertificate: no credential was found; searched: the custom credential provider; the instance metadata service ENDPOINT (no key: the instance has no agency)"].assert_eq(&error.to_string().replace(&server.endpoint(), "ENDPOINT"));
}

#[test]
fn debug_output_of_credentials_is_redacted() {
    let password = Credentials::password("account", "user", "Kennwort-123");
    let key = Credentials::temporary_ak_sk("AK", SK, "security-token-1");
    let chain = Credentials::chain([password.clone(), key.clone(), Credentials::token("token-123456")]);
    let output = format!("{password:?}{key:?}{chain:?}{chain:#?}");
    for secret in ["Kennwort-123", SK, "security-token-1", "token-123456"] {
        assert!(!output.contains(secret), "{output}");
    }
    assert!(output.contains("[redacted]"), "{output}");
    assert!(output.contains("account"), "{output}");
}
