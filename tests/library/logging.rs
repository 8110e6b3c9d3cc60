//! The spans and events, with the names that docs/logging.md lists.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};
use huaweicloud_iotda::{
    Client, Credentials, IamCredential, IdentityProvider, InstanceMetadata, OidcFederation, PodIdentity, Profile,
    RetryPolicy,
};
use serde_json::json;
use tracing::field::{Empty, Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Instrument, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::support::token_file::TokenFile;
use crate::support::{CERTIFICATE, ReplaceableProvider, no_backoff, server_with_devices, total};

/// The name and the fields of one span or event.
#[derive(Clone, Debug, Default)]
struct Line {
    level: String,
    name: String,
    fields: Vec<(String, String)>,
    /// The span, or that of the event.
    span: Option<Id>,
}

impl Line {
    fn of(metadata: &Metadata<'_>, span: Option<Id>) -> Self {
        Self { level: metadata.level().to_string(), name: metadata.name().to_owned(), fields: Vec::new(), span }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.name = format!("{value:?}");
        } else {
            self.fields.push((field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned()));
        }
    }
}

/// Records the spans and events of this crate.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Line>>>);

impl Recorder {
    fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    fn named(&self, name: &str) -> Vec<Line> {
        self.lines().into_iter().filter(|line| line.name.contains(name)).collect()
    }

    /// The spans of attempts with all fields that are set, each with its event.
    fn attempts(&self) -> Vec<(Line, Line)> {
        let lines = self.lines();
        let spans = lines.iter().enumerate().filter(|(_, line)| line.name == "iotda.attempt");
        let attempts = spans.map(|(index, span)| {
            let mut span = span.clone();
            span.fields.retain(|(_, value)| !value.is_empty());
            // A later span may have the same ID, above all on a machine with 32 bits.
            let is_reused = |line: &&Line| line.span == span.span && line.name.starts_with("iotda.");
            let own =
                lines[index + 1..].iter().take_while(|line| !is_reused(line)).filter(|line| line.span == span.span);
            let (records, events): (Vec<_>, Vec<_>) = own.partition(|line| line.name == "record");
            let mut events = events.into_iter().filter(|line| line.name.contains("attempt finished"));
            let event = events.next().cloned().unwrap_or_else(|| panic!("no event: {span:?}"));
            assert!(events.next().is_none(), "several events: {span:?}");
            span.fields.extend(records.into_iter().flat_map(|record| record.fields.clone()));
            (span, event)
        });
        attempts.collect()
    }
}

fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("huaweicloud_iotda")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if is_own(attributes.metadata()) {
            let mut line = Line::of(attributes.metadata(), Some(id.clone()));
            attributes.record(&mut line);
            // The fields that are set later.
            let all = attributes.metadata().fields().iter().map(|field| (field.name().to_owned(), String::new()));
            let set: BTreeSet<_> = line.fields.iter().map(|(name, _)| name.clone()).collect();
            line.fields.extend(all.filter(|(name, _)| !set.contains(name)));
            self.0.lock().unwrap().push(line);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let mut line = Line { name: "record".to_owned(), span: Some(id.clone()), ..Line::default() };
        record.record(&mut line);
        self.0.lock().unwrap().push(line);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if is_own(event.metadata()) {
            let span = context.event_span(event).map(|span| span.id());
            let mut line = Line::of(event.metadata(), span);
            event.record(&mut line);
            self.0.lock().unwrap().push(line);
        }
    }
}

/// Records the spans and events of this thread until the guard is dropped.
fn record(layer: impl Layer<Registry> + Send + Sync) -> DefaultGuard {
    // If only one subscriber exists, another thread without one can disable an event for all threads.
    static SECOND_SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Registry::default()));
    LazyLock::force(&SECOND_SUBSCRIBER);
    tracing::subscriber::set_default(Registry::default().with(layer))
}

/// Runs calls that cause every span and event.
async fn record_all() -> Recorder {
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    server.add_user("account", "user", "password");
    let login = Credentials::password("account", "user", "password");
    total(&server.builder().credentials(login).build().unwrap()).await.unwrap();
    server.clear_requests();

    let client = server.builder().retry_policy(no_backoff(3)).build().unwrap();
    server.enqueue(
        MockResponse::new(503).header("X-Request-Id", "r-1").json(&json!({"error_code": "X.1", "error_msg": "m"})),
    );
    total(&client).await.unwrap();
    server.enqueue(MockResponse::new(200).json(&json!({"devices": [{}], "page": {"count": 3}})));
    server.enqueue(MockResponse::new(200).json(&json!({"devices": []})));
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    while devices.try_next().await.unwrap().is_some() {}

    throttled_call(&server).await;
    let endpoints = format!("http://127.0.0.1:1,{}", server.endpoint());
    let _ = total(&server.builder().endpoint(endpoints).build().unwrap()).await;
    let quoted = Credentials::password("account", "user", "'password'");
    server.builder().credentials(quoted).build().unwrap();
    recorder
}

/// Reduces the rate, and raises it after a second.
async fn throttled_call(server: &MockServer) {
    server.set_faults(Faults::default().throttle(1, Duration::from_secs(1)));
    let client: Client =
        server.builder().adaptive(true).retry_policy(RetryPolicy::default().max_attempts(4)).build().unwrap();
    total(&client).await.unwrap();
    total(&client).await.unwrap();
    server.set_faults(Faults::default());
}

#[tokio::test]
async fn names_of_fields_are_those_of_the_documentation() {
    let recorder = record_all().await;
    let lines = recorder.lines();
    let logged: BTreeSet<_> = lines.iter().flat_map(|line| &line.fields).map(|(name, _)| name.as_str()).collect();
    let page = include_str!("../../docs/logging.md");
    let (_, fields) = page.split_once("## Fields").expect("the table of fields");
    let cells = fields.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: BTreeSet<_> = cells.map(|(name, _)| name).collect();
    assert_eq!(logged.difference(&documented).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in docs/logging.md");
    assert_eq!(documented.difference(&logged).collect::<Vec<_>>(), Vec::<&&str>::new(), "not logged");
}

#[tokio::test]
async fn attempts_and_retries_are_described() {
    let recorder = record_all().await;
    // The first call logs in.
    let login = &recorder.named("attempt finished")[0];
    for (field, value) in [("http.request.method", "POST"), ("http.response.status_code", "201")] {
        assert_eq!(login.get(field), Some(value), "{login:?}");
    }
    let attempt = &recorder.named("attempt finished")[2];
    assert_eq!(attempt.level, "DEBUG");
    for (field, value) in [
        ("http.request.method", "POST"),
        ("server.address", "127.0.0.1"),
        ("http.response.status_code", "503"),
        ("error.type", "503"),
        ("iotda.code", "X.1"),
        ("iotda.request_id", "r-1"),
    ] {
        assert_eq!(attempt.get(field), Some(value), "{attempt:?}");
    }
    let spans = recorder.named("iotda.attempt");
    let resent: Vec<_> = spans[1..4].iter().map(|span| span.get("http.request.resend_count")).collect();
    assert_eq!(resent, [Some(""), Some(""), Some("1")], "the first call, and the two attempts of the second one");
    assert!(spans.iter().all(|span| span.get("otel.kind") == Some("client")), "{spans:?}");
    let statuses =
        recorder.named("record").into_iter().filter_map(|line| Some(line.get("otel.status_code")?.to_owned()));
    assert_eq!(statuses.collect::<BTreeSet<_>>(), BTreeSet::from(["ERROR".to_owned()]));

    let success = &recorder.named("attempt finished")[3];
    assert_eq!((success.get("http.response.status_code"), success.get("error.type")), (Some("200"), None));

    let retry = &recorder.named("retrying")[0];
    assert_eq!(retry.level, "INFO");
    for (field, value) in [
        ("iotda.operation", "ListDeviceByDeviceCertificate"),
        ("iotda.cause", "m"),
        ("iotda.attempt", "1"),
        ("iotda.max_attempts", "3"),
        ("iotda.wait_ms", "0"),
    ] {
        let logged = retry.get(field).unwrap_or_default();
        assert!(logged.starts_with(value), "{field}: {retry:?}");
    }
    assert_eq!(retry.get("server.address"), Some("127.0.0.1"));
    assert!(retry.get("server.port").is_some_and(|port| port.parse::<u16>().is_ok()), "{retry:?}");

    let incomplete = &recorder.named("listing is incomplete")[0];
    assert_eq!((incomplete.level.as_str(), incomplete.get("iotda.read")), ("WARN", Some("1")));
    assert_eq!(recorder.named("request rate reduced")[0].level, "INFO");
    let credential = &recorder.named("credential obtained")[0];
    assert_eq!(credential.get("iotda.credential.kind"), Some("token"));
    assert_eq!(credential.get("iotda.credential.source"), Some("password"));
    assert!(
        credential.get("iotda.credential.expires_at").is_some_and(|expiry| expiry.ends_with('Z')),
        "{credential:?}"
    );
}

/// Asserts that these fields of the result are set, and no others.
#[track_caller]
fn assert_fields(line: &Line, fields: &[(&str, &str)]) {
    const RESULT: [&str; 6] = [
        "http.request.resend_count",
        "http.response.status_code",
        "server.port",
        "error.type",
        "otel.status_code",
        "iotda.operation",
    ];
    let set: Vec<_> = RESULT.iter().filter_map(|name| Some((*name, line.get(name)?))).collect();
    assert_eq!(set, fields, "{line:?}");
}

#[tokio::test]
async fn each_request_of_a_call_has_a_span_and_an_event() {
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    // The port stays in use, so that no server of another test receives the requests.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = socket.local_addr().unwrap();
    let endpoints = format!("http://{closed},{}", server.endpoint());
    server.enqueue(MockResponse::new(503));
    let client = server.builder().endpoint(endpoints).retry_policy(no_backoff(2)).build().unwrap();
    total(&client).await.unwrap();

    let closed = closed.port().to_string();
    let port = server.endpoint().rsplit_once(':').unwrap().1.to_owned();
    let attempts = recorder.attempts();
    let [refused, failed, succeeded] = attempts.as_slice() else { panic!("{attempts:?}") };
    let operation = ("iotda.operation", "ListDeviceByDeviceCertificate");
    let error = ("error.type", "connection");
    assert_fields(&refused.0, &[("server.port", &closed), error, ("otel.status_code", "ERROR")]);
    assert_fields(&refused.1, &[("server.port", &closed), error, operation]);
    let status = [("http.response.status_code", "503"), ("server.port", &port), ("error.type", "503")];
    let resent = |count| [("http.request.resend_count", count)];
    assert_fields(&failed.0, &[&resent("1")[..], &status, &[("otel.status_code", "ERROR")]].concat());
    assert_fields(&failed.1, &[&status[..], &[operation]].concat());
    let status = [("http.response.status_code", "200"), ("server.port", &port)];
    assert_fields(&succeeded.0, &[&resent("2")[..], &status].concat());
    assert_fields(&succeeded.1, &[&status[..], &[operation]].concat());
}

/// The second request of an attempt, with another token.
#[tokio::test]
async fn request_with_a_replaced_credential_has_a_span() {
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    server.add_user("account", "user", "password");
    let login = Credentials::password("account", "user", "password");
    let client = server.builder().credentials(login).retry_policy(no_backoff(1)).build().unwrap();
    total(&client).await.unwrap();
    server.remove_token("mock-login-token-0001");
    total(&client).await.unwrap();
    let requests: Vec<_> = recorder
        .attempts()
        .into_iter()
        .map(|(span, event)| {
            let operation = event.get("iotda.operation").unwrap().to_owned();
            (operation, span.get("http.request.resend_count").map(str::to_owned))
        })
        .collect();
    let list = |resent: Option<&str>| ("ListDeviceByDeviceCertificate".to_owned(), resent.map(str::to_owned));
    let login = || ("IAM login".to_owned(), None);
    assert_eq!(requests, [login(), list(None), list(None), login(), list(Some("1"))]);
}

#[tokio::test]
async fn ids_in_the_message_of_the_service_are_not_logged() {
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    let message = format!(
        "Device 5e25d39a3b7c24fa3638804b_nb_0403, certificate ({CERTIFICATE}) in project {}: retry after 20 minutes (µs)",
        MockServer::PROJECT_ID
    );
    server.enqueue(MockResponse::new(503).json(&json!({"error_code": "IOTDA.014111", "error_msg": message})));
    total(&server.builder().retry_policy(no_backoff(2)).build().unwrap()).await.unwrap();
    let retry = &recorder.named("retrying")[0];
    let cause = "Device [ID], certificate ([ID]) in project [ID]: retry after 20 minutes (µs)";
    assert_eq!((retry.get("iotda.code"), retry.get("iotda.cause")), (Some("IOTDA.014111"), Some(cause)));
}

#[tokio::test]
async fn fields_of_the_callers_span_are_not_set() {
    let recorder = Recorder::default();
    let _guard = record(LevelFilter::INFO.and_then(recorder.clone()));
    let (_server, client) = server_with_devices(3).await;
    let span = tracing::info_span!(
        "request to the application",
        http.response.status_code = Empty,
        server.address = Empty,
        iotda.request_id = Empty
    );
    total(&client).instrument(span).await.unwrap();
    let recorded = recorder.named("record");
    assert!(recorded.is_empty(), "{recorded:?}");
}

#[tokio::test]
async fn failed_login_is_described() {
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    let login = Credentials::password("account", "user", "wrong");
    total(&server.builder().credentials(login).build().unwrap()).await.unwrap_err();
    let attempts = recorder.named("attempt finished");
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    for (field, value) in
        [("iotda.operation", "IAM login"), ("http.response.status_code", "401"), ("error.type", "credentials")]
    {
        assert_eq!(attempts[0].get(field), Some(value), "{attempts:?}");
    }
}

#[tokio::test]
async fn requests_for_a_credential_are_described_and_its_provider_is_named() {
    const LOGIN: [&str; 2] = ["IAM login with an ID token", "IAM temporary access key"];
    const METADATA: [&str; 2] = ["instance metadata token", "instance metadata key"];
    let recorder = Recorder::default();
    let _guard = record(recorder.clone());
    let (server, _) = server_with_devices(3).await;
    let expiry = SystemTime::now() + Duration::from_secs(3600);
    server.add_access_key("AK", "SK");
    server.add_user("account", "user", "password");
    server.set_metadata("TEMPORARY", "SK", "security-token", expiry, true);
    server.add_identity_provider("my-idp", "audience");
    server.add_oidc_agency("provider-urn", "agency-urn", "audience");
    server.add_pod_token("pod-token");
    let id_token = TokenFile::new(MockServer::id_token("audience", expiry));
    let pod_token = TokenFile::new("pod-token");
    let profile = TokenFile::new("[basic]\nak = AK\nsk = SK\n");
    let login_profile = TokenFile::new(format!("[basic]\nidp_id = my-idp\nid_token_file = {}\n", id_token.text()));

    let metadata = || InstanceMetadata::new().endpoint(server.endpoint());
    let federation = OidcFederation::new("provider-urn", "agency-urn", id_token.path()).sts_endpoint(server.endpoint());
    let custom = ReplaceableProvider(Arc::new(Mutex::new(IamCredential::access_key("AK", "SK"))));
    let not_found = InstanceMetadata::new().endpoint("http://127.0.0.1:1");
    let cases: [(Credentials, &str, &[&str]); 10] = [
        (Credentials::token(MockServer::TOKEN), "fixed", &[]),
        (Credentials::password("account", "user", "password"), "password", &["IAM login"]),
        (Profile::new().file(profile.path()).into(), "profile", &[]),
        (Profile::new().file(login_profile.path()).into(), "identity provider", &LOGIN),
        (metadata().into(), "instance metadata", &METADATA),
        (federation.into(), "OIDC federation", &["OIDC federation"]),
        (IdentityProvider::new("my-idp", id_token.path()).into(), "identity provider", &LOGIN),
        (PodIdentity::new(server.pod_identity_uri(), pod_token.path()).into(), "pod identity", &["pod identity"]),
        (Credentials::from_provider(custom), "custom", &[]),
        (
            Credentials::chain([not_found.into(), metadata().into()]),
            "instance metadata",
            &[METADATA[0], METADATA[0], METADATA[1]],
        ),
    ];
    for (credentials, source, operations) in cases {
        recorder.0.lock().unwrap().clear();
        server.clear_requests();
        total(&server.builder().credentials(credentials).build().unwrap()).await.unwrap();
        let events = recorder.named("credential obtained");
        let sources: Vec<_> =
            events.iter().map(|event| event.get("iotda.credential.source").unwrap_or_default()).collect();
        assert_eq!(sources, [source]);
        let attempts = recorder.attempts();
        let logged: Vec<_> = attempts.iter().filter_map(|(_, event)| event.get("iotda.operation")).collect();
        assert_eq!(logged, [operations, &["ListDeviceByDeviceCertificate"]].concat(), "{source}");
        let responses = attempts.iter().filter(|(_, event)| event.get("http.response.status_code").is_some());
        assert_eq!(responses.count(), server.requests().len(), "{source}");
        let page = include_str!("../../docs/logging.md");
        assert!(page.contains(&format!("`{source}`")), "{source} is not in docs/logging.md");
    }
}

#[test]
fn level_of_a_success_is_below_info() {
    let recorder = Recorder::default();
    let filtered = recorder.clone().with_filter(LevelFilter::INFO);
    let _guard = record(filtered);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (_server, client) = server_with_devices(3).await;
        total(&client).await.unwrap();
        total(&client).await.unwrap();
    });
    let names: Vec<_> = recorder.lines().into_iter().map(|line| line.name).collect();
    assert_eq!(names, ["credential obtained"]);
}

/// The text that a subscriber prints.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints a run in which a client logs in, and the gateway fails once.
async fn print_run(level: Level, span_events: FmtSpan) -> String {
    let printed = Printed::default();
    let writer = printed.clone();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_span_events(span_events);
    let own = Targets::new().with_target("huaweicloud_iotda", level);
    let _guard = record(layer.with_writer(move || writer.clone()).with_filter(own));
    let (server, _) = server_with_devices(3).await;
    server.add_user("my-account", "my-user", "my-password");
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503).header("Retry-After", "0").header("X-Request-Id", "4b3de0fd"));
    let login = Credentials::password("my-account", "my-user", "my-password");
    let client = server.builder().credentials(login).retry_policy(no_backoff(5)).build().unwrap();
    total(&client).await.unwrap();
    let bytes = printed.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// Replaces what differs from run to run: the time at the start of a line, and the values of some fields.
fn without_volatile_values(text: &str) -> String {
    const VOLATILE: [&str; 8] = [
        "server.address=",
        "server.port=",
        "iotda.duration_ms=",
        "iotda.wait_ms=",
        "iotda.request_id=",
        "iotda.credential.expires_at=",
        "time.busy=",
        "time.idle=",
    ];
    let stable = |word: &str| VOLATILE.into_iter().find(|field| word.starts_with(field)).unwrap_or(word).to_owned();
    let line = |line: &str| line.split(' ').skip(1).map(stable).collect::<Vec<_>>().join(" ");
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn printed_lines_are_those_of_the_documentation() {
    let page = include_str!("../../docs/logging.md");
    let blocks: Vec<_> = page.split("```text\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    let [info, debug, _queries] = blocks.as_slice() else { panic!("{blocks:?}") };
    let printed = print_run(Level::INFO, FmtSpan::NONE).await;
    assert_eq!(without_volatile_values(info), without_volatile_values(&printed), "{printed}");
    let printed = print_run(Level::DEBUG, FmtSpan::CLOSE).await;
    // The attempt that succeeded, and the end of its span and of the call's.
    let last_lines: Vec<_> = printed.trim().lines().rev().take(3).collect();
    let last_lines = last_lines.into_iter().rev().collect::<Vec<_>>().join("\n");
    assert_eq!(without_volatile_values(debug), without_volatile_values(&last_lines), "{last_lines}");
}
