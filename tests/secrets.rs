//! Redaction: no credential is in `Debug` output, errors, their sources, or log lines.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, Error, IdentityProvider, InstanceMetadata, OidcFederation, PodIdentity};
use serde_json::json;
use support::token_file::TokenFile;
use support::{CERTIFICATE, collect_until_error};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

// No part of a secret is in another text of these tests.
const TOKEN: &str = "MIIF-very-secret-token.Zm9vYmFy/QUJDREVGRw+a1b2c3d4e5/f6==";
const SECRET_KEY: &str = "Sk9QUkVUVVZX/YZabcd+efghij0987";
const SECURITY_TOKEN: &str = "gQpjbi1ub3J0aC00/Wmxtbm9w+cXJzdA==";
const PASSWORD: &str = "Pferd-Batterie-Heftklammer";

/// An ID token that expires in 2100.
const ID_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IlF6NyJ9.eyJhdWQiOiJteS1hdWRpZW5jZSIsImV4cCI6NDEwMjQ0NDgwMCwic3ViIjoiVzkifQ.jxF2akvTAnpZ";
const POD_TOKEN: &str = "Vb5+Rk2/pod-Xe8Hq3Lw";

/// The log lines of all crates in this process, at level `TRACE`.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// All texts of an error and its sources.
fn texts_of(error: &Error) -> String {
    let mut texts = format!("{error}\n{error:?}\n{error:#?}\n{:?} {:?}\n", error.code(), error.request_id());
    texts += &json!(error.report()).to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        writeln!(texts, "{error}\n{error:?}").expect("writing to a string succeeds");
        cause = error.source();
    }
    texts
}

/// Responses that contain a secret: a server may return what it received or issued.
fn echoes(secret: &str) -> Vec<MockResponse> {
    let echo = |status| MockResponse::new(status).header("X-Request-Id", secret);
    vec![
        echo(401).json(&json!({"error_code": secret, "error_msg": format!("bad {secret}"), "request_id": secret})),
        echo(403).json(&json!({"error": {"code": 403, "message": secret}})),
        echo(500).body(format!("<pre>GET / HTTP/1.1\r\nX-Auth-Token: {secret}</pre>")),
        // The secret is truncated by the end of the excerpt, of the body, or of the bytes that are read.
        echo(502).body(format!("{}{secret}", "x".repeat(490))),
        echo(502).body(format!("bad: {}", &secret[..20])).truncate_body(),
        echo(502).body(format!("{}{secret}", " ".repeat(64 * 1024 - 20))),
        // Some characters of the secret are escaped.
        echo(502).body(format!("{{\"broken\": \"{}\"", secret.replace('/', "\\/"))),
        echo(502).body(secret.replace('/', "&#x2F;").replace('+', "&#43;")),
        echo(200).body(format!("{{\"devices\": \"{secret}\"}}")),
        echo(200).body(secret),
        echo(302).header("Location", format!("http://127.0.0.1/{secret}")),
        echo(200).json(&json!({"devices": [], "page": {}})).truncate_body(),
        echo(200).json(&json!({"devices": [{}], "page": {"marker": secret}})),
        MockResponse::disconnect(),
    ]
}

/// A server that accepts each type of credential.
async fn server_with_credentials() -> MockServer {
    let server = MockServer::start().await.unwrap();
    server.add_token(TOKEN);
    server.add_user("account", "user", PASSWORD);
    server.add_temporary_access_key("AK", SECRET_KEY, SECURITY_TOKEN);
    server.set_metadata("METADATA-AK", SECRET_KEY, SECURITY_TOKEN, SystemTime::now() + Duration::from_secs(3600), true);
    server.add_oidc_agency("provider", "agency", "my-audience");
    server.add_identity_provider("idp", "my-audience");
    server.add_pod_token(POD_TOKEN);
    server.add_sample_devices(CERTIFICATE, 3);
    server
}

/// A type of credential.
struct Case {
    /// Creates the credentials: clones of them would not send a rejected key again.
    credentials: Box<dyn Fn() -> Credentials>,
    secrets: &'static [&'static str],
    /// The number of requests before the first one that is authenticated with the credential.
    requests_before: usize,
}

fn cases(server: &MockServer, pod_token: &TokenFile) -> [Case; 7] {
    let temporary_key = || Credentials::temporary_ak_sk("AK", SECRET_KEY, SECURITY_TOKEN);
    let password = || Credentials::password("account", "user", PASSWORD);
    let metadata = InstanceMetadata::new().endpoint(server.endpoint());
    let metadata = move || metadata.clone().into();
    let oidc = OidcFederation::with_token("provider", "agency", ID_TOKEN).sts_endpoint(server.endpoint());
    let oidc = move || oidc.clone().into();
    let idp = || IdentityProvider::with_token("idp", ID_TOKEN).into();
    let pod = PodIdentity::new(server.pod_identity_uri(), pod_token.path());
    let pod = move || pod.clone().into();
    let case = |credentials, secrets, requests_before| Case { credentials, secrets, requests_before };
    [
        case(Box::new(|| Credentials::token(TOKEN)), &[TOKEN], 0),
        case(Box::new(temporary_key), &[SECRET_KEY, SECURITY_TOKEN], 0),
        case(Box::new(password), &[PASSWORD], 0),
        case(Box::new(metadata), &[SECRET_KEY, SECURITY_TOKEN], 2),
        case(Box::new(oidc), &[ID_TOKEN], 0),
        case(Box::new(idp), &[ID_TOKEN], 0),
        case(Box::new(pod), &[POD_TOKEN], 0),
    ]
}

/// Returns all texts of a call that succeeds and of calls that receive the secrets, and the number of calls that failed.
async fn texts_and_failures(server: &MockServer, case: &Case) -> (String, usize) {
    let Case { credentials, secrets, requests_before } = case;
    let builder = || {
        let builder = server.builder().credentials(credentials()).instance_id("the-instance");
        builder.configure_http(|http| http.connection_verbose(true))
    };
    let client = builder().build().unwrap();
    let request = client.list_device_by_device_certificate(CERTIFICATE);
    let page = request.clone().send().await.unwrap();
    let mut texts = format!("{:?}{client:?}{client:#?}{request:?}{page:?}", builder());
    write!(texts, "{:?}{:#?}", credentials(), credentials()).unwrap();
    write!(texts, "{:?}{:?}", request.clone().pages(), request.items()).unwrap();
    let mut failures = 0;
    for response in secrets.iter().flat_map(|secret| echoes(secret)) {
        // A new client, because a client does not send a rejected key again.
        let client = builder().build().unwrap();
        (0..*requests_before).for_each(|_| server.enqueue(MockResponse::pass_through()));
        server.enqueue(response);
        let (_, error) = collect_until_error(client.list_device_by_device_certificate(CERTIFICATE).items()).await;
        failures += usize::from(error.is_some());
        texts += &error.as_ref().map(texts_of).unwrap_or_default();
    }
    (texts + &format!("{:?}", server.requests()), failures)
}

#[track_caller]
fn assert_no_secret(text: &str, name: &str) {
    const FRAGMENT_CHARS: usize = 8;
    for secret in [TOKEN, SECRET_KEY, SECURITY_TOKEN, PASSWORD, ID_TOKEN, POD_TOKEN] {
        for start in 0..=secret.len() - FRAGMENT_CHARS {
            let fragment = &secret[start..start + FRAGMENT_CHARS];
            assert!(!text.contains(fragment), "{fragment} in {name}: {text}");
        }
    }
    assert!(!text.contains("Signature="), "a signature in {name}: {text}");
}

/// Reads one of the two devices that the service counts.
async fn read_incomplete_listing(server: &MockServer) {
    let page = json!({"count": 2, "marker": "66178add3b98944277000001"});
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [{"device_name": "a"}], "page": page})));
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": {"count": 2}})));
    let client = server.client().unwrap();
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    while devices.try_next().await.unwrap().is_some() {}
    assert!(devices.summary().is_some_and(|summary| !summary.is_complete()));
}

#[tokio::test]
async fn returned_signature_is_redacted() {
    let server = server_with_credentials().await;
    let client = server.builder().credentials(Credentials::ak_sk("AK", SECRET_KEY)).build().unwrap();
    let body = format!("bad header: SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature={}.", "0a".repeat(32));
    server.enqueue(MockResponse::new(500).body(body));
    let error = client.list_device_by_device_certificate(CERTIFICATE).send().await.unwrap_err();
    let texts = texts_of(&error);
    assert!(texts.contains("SignedHeaders=host, [redacted]."), "{texts}");
    assert!(!texts.contains("0a0a0a"), "{texts}");
}

#[test]
fn secrets_in_an_endpoint_are_not_shown() {
    let builder = Client::builder().endpoint("https://user:a-password@127.0.0.1?token=a-token");
    let text = format!("{builder:?}");
    assert!(!text.contains("a-password"), "{text}");
    assert!(!text.contains("a-token"), "{text}");
}

#[tokio::test]
async fn texts_and_log_lines_contain_no_secret() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();

    let server = server_with_credentials().await;
    let pod_token = TokenFile::new(POD_TOKEN);
    for case in cases(&server, &pod_token) {
        let (texts, failures) = texts_and_failures(&server, &case).await;
        assert_no_secret(&texts, "the texts");
        // All calls fail but one per secret at most: a new login can correct a single 401.
        let min_failures = case.secrets.len() * (echoes(TOKEN).len() - 1);
        assert!(failures >= min_failures, "{failures} failures with {:?}", (case.credentials)());
        assert!(texts.contains("[redacted]"), "{texts}");
    }
    let in_quotes = Credentials::password("account", "user", format!("'{PASSWORD}'"));
    assert!(server.builder().credentials(in_quotes).build().is_ok());
    read_incomplete_listing(&server).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_no_secret(&log, "the log");
    for issued in ["mock-login-token", "mock-unscoped-token", "mock-secret-key", "mock-security-token"] {
        assert!(!log.contains(issued), "{issued} is in the log");
    }
    let incomplete = log.lines().find(|line| line.contains("the listing is incomplete")).expect("a warning");
    for part in ["WARN", "iotda.operation=\"ListDeviceByDeviceCertificate\"", "iotda.read=1", "iotda.counted=2"] {
        assert!(incomplete.contains(part), "`{part}` is not in: {incomplete}");
    }
    let warning = log.lines().find(|line| line.contains("the password is in quotes")).expect("a warning");
    assert!(warning.contains("WARN"), "{warning}");

    // IDs of the customer are not logged. (Other crates log URLs at level TRACE.)
    let own: Vec<_> = log.lines().filter(|line| line.contains("huaweicloud_iotda::")).collect();
    assert!(own.iter().any(|line| line.contains("attempt finished")), "{own:#?}");
    for id in [CERTIFICATE, MockServer::PROJECT_ID, "the-instance", "sample-device"] {
        assert!(!own.iter().any(|line| line.contains(id)), "{id} is in: {own:#?}");
    }
}
