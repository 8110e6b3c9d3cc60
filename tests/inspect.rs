//! What a program can see of a client's settings: endpoint, region, signature, project, the service's time.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, Profile};

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn the_host_tells_region_and_signature_unless_they_are_set() {
    use huaweicloud_iotda::Signing;

    let of = |endpoint: &str| {
        Client::builder()
            .endpoint(endpoint)
            .project_id("a")
            .credentials(Credentials::token("t"))
            .build()
            .expect(endpoint)
    };
    let derived = |region: &str| Signing::Derived { region: region.to_owned() };
    let own = of("9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com/");
    assert_eq!(own.endpoint(), "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com");
    assert_eq!((own.region(), own.signing()), (Some("cn-north-4"), &derived("cn-north-4")));
    let shared = of("https://iotda.cn-south-1.myhuaweicloud.com");
    assert_eq!((shared.region(), shared.signing()), (Some("cn-south-1"), &Signing::Standard));
    let named = of("https://iotda.example.com/behind");
    assert_eq!((named.endpoint(), named.region()), ("https://iotda.example.com/behind", None));
    let set = Client::builder().endpoint("https://iotda.example.com").region("cn-east-3").signing(derived("cn-east-3"));
    let set = set.credentials(Credentials::token("t")).build().expect("a client");
    assert_eq!((set.region(), set.signing()), (Some("cn-east-3"), &derived("cn-east-3")));
}

#[tokio::test]
async fn the_project_is_told_as_it_was_set_or_by_iam() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    assert_eq!(client.project_id().await.expect("the project"), MockServer::PROJECT_ID);
    assert!(server.requests().is_empty(), "nobody is asked for what is known");

    server.add_project("76543210", "cn-north-4");
    let credentials = Credentials::token(MockServer::TOKEN);
    let client = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let client = client.credentials(credentials).build().expect("a client");
    assert_eq!(client.project_id().await.expect("the project"), "76543210");
    assert_eq!(client.project_id().await.expect("the project"), "76543210");
    assert_eq!(server.requests().len(), 1, "IAM is asked once");
}

#[tokio::test]
async fn the_services_time_is_told_without_a_credential() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    server.set_time(time);
    assert_eq!(client.server_time().await.expect("an answer"), Some(time));
    let requests = server.requests();
    assert_eq!(requests[0].header("x-auth-token"), None);
    assert_eq!(requests[0].header("authorization"), None);

    server.enqueue(MockResponse::new(503).header("Date", "soon"));
    assert_eq!(client.server_time().await.expect("an answer"), None);
    server.enqueue(MockResponse::disconnect());
    let error = client.server_time().await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.help().is_some_and(|advice| advice.contains("endpoint")), "{:?}", error.help());
}

#[tokio::test]
async fn an_errors_advice_is_the_end_of_its_text() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    let error = client.list_device_by_device_certificate("unknown").send().await.expect_err("no such certificate");
    let advice = error.help().expect("an advice");
    assert!(advice.contains("instance id") && error.to_string().ends_with(&advice), "{error}");
    let error = client.list_device_by_device_certificate("").send().await.expect_err("no id");
    assert_eq!(error.help(), None, "the message says it all");
}

#[test]
fn a_profile_tells_its_file_project_and_iam() {
    let file = std::env::temp_dir().join(format!("iotda-inspect-{}.ini", std::process::id()));
    fs::write(&file, "[basic]\nak = A\nsk = S\nproject_id = p-1\niam_endpoint = https://iam.example.com\n")
        .expect("written");
    let profile = Profile::new().file(&file);
    assert_eq!(profile.path().expect("a path"), file);
    assert_eq!(profile.project_id().expect("read").as_deref(), Some("p-1"));
    assert_eq!(profile.iam_endpoint().expect("read").as_deref(), Some("https://iam.example.com"));
    fs::write(&file, "[basic]\nak = A\nsk = S\n").expect("written");
    assert_eq!(profile.project_id().expect("read"), None);
    fs::remove_file(&file).expect("removed");
    assert_eq!(profile.iam_endpoint().expect_err("no file").kind(), ErrorKind::Credentials);
    let at_home = Profile::new().path().expect("a home directory");
    assert!(at_home.ends_with(".huaweicloud/credentials"), "{}", at_home.display());
}
