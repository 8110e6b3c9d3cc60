//! The values that a client exposes: endpoint, region, signing algorithm, project ID and server time.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, Credentials, ErrorKind, Profile};

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod derived_from_the_endpoint {
    use huaweicloud_iotda::{Client, Credentials, Signing};

    fn client(endpoint: &str) -> Client {
        let builder = Client::builder().endpoint(endpoint).project_id("a").credentials(Credentials::token("t"));
        builder.build().expect(endpoint)
    }

    fn derived(region: &str) -> Signing {
        Signing::Derived { region: region.to_owned() }
    }

    #[test]
    fn dedicated_host_determines_region_and_derived_signing() {
        let client = client("9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com/");
        assert_eq!(client.endpoint(), "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com");
        assert_eq!(client.region(), Some("cn-north-4"));
        assert_eq!(client.signing(), &derived("cn-north-4"));
    }

    #[test]
    fn shared_host_determines_region_and_standard_signing() {
        let client = client("https://iotda.cn-south-1.myhuaweicloud.com");
        assert_eq!(client.region(), Some("cn-south-1"));
        assert_eq!(client.signing(), &Signing::Standard);
    }

    #[test]
    fn custom_host_has_no_region() {
        let client = client("https://iotda.example.com/behind");
        assert_eq!(client.endpoint(), "https://iotda.example.com/behind");
        assert_eq!(client.region(), None);
    }

    #[test]
    fn explicit_region_and_signing_are_used() {
        let builder = Client::builder().endpoint("https://iotda.example.com").credentials(Credentials::token("t"));
        let client = builder.region("cn-east-3").signing(derived("cn-east-3")).build().expect("a client");
        assert_eq!(client.region(), Some("cn-east-3"));
        assert_eq!(client.signing(), &derived("cn-east-3"));
    }
}

#[tokio::test]
async fn explicit_project_id_is_returned_without_a_request() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    assert_eq!(client.project_id().await.expect("a project ID"), MockServer::PROJECT_ID);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn project_id_of_the_region_is_looked_up_once() {
    let server = MockServer::start().await.expect("a port");
    server.add_project("76543210", "cn-north-4");
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4");
    let client = builder.credentials(Credentials::token(MockServer::TOKEN)).build().expect("a client");
    assert_eq!(client.project_id().await.expect("a project ID"), "76543210");
    assert_eq!(client.project_id().await.expect("a project ID"), "76543210");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn server_time_is_requested_without_a_credential() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    server.set_time(time);
    assert_eq!(client.server_time().await.expect("a response"), Some(time));
    let requests = server.requests();
    assert_eq!(requests[0].header("x-auth-token"), None);
    assert_eq!(requests[0].header("authorization"), None);
}

#[tokio::test]
async fn server_time_is_none_for_a_malformed_date() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    server.enqueue(MockResponse::new(503).header("Date", "soon"));
    assert_eq!(client.server_time().await.expect("a response"), None);
}

#[tokio::test]
async fn server_time_without_a_response_is_a_connection_error() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    server.enqueue(MockResponse::disconnect());
    let error = client.server_time().await.expect_err("no response");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.help().is_some(), "{error}");
}

#[tokio::test]
async fn help_is_the_end_of_the_error_text() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    let error = client.list_device_by_device_certificate("unknown").send().await.expect_err("an unknown certificate");
    let help = error.help().expect("help");
    assert!(error.to_string().ends_with(&help), "{error}");
}

#[tokio::test]
async fn invalid_input_has_no_help() {
    let server = MockServer::start().await.expect("a port");
    let client = server.client().expect("a client");
    let error = client.list_device_by_device_certificate("").send().await.expect_err("an empty ID");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.help(), None);
}

#[test]
fn profile_returns_path_project_id_and_iam_endpoint() {
    let file = std::env::temp_dir().join(format!("iotda-inspect-{}.ini", std::process::id()));
    let text = "[basic]\nak = A\nsk = S\nproject_id = p-1\niam_endpoint = https://iam.example.com\n";
    fs::write(&file, text).expect("a writable directory");
    let profile = Profile::new().file(&file);
    assert_eq!(profile.path().expect("a path"), file);
    assert_eq!(profile.project_id().expect("a profile").as_deref(), Some("p-1"));
    assert_eq!(profile.iam_endpoint().expect("a profile").as_deref(), Some("https://iam.example.com"));
    fs::write(&file, "[basic]\nak = A\nsk = S\n").expect("a writable directory");
    assert_eq!(profile.project_id().expect("a profile"), None);
    fs::remove_file(&file).expect("a writable directory");
    assert_eq!(profile.iam_endpoint().expect_err("no file").kind(), ErrorKind::Credentials);
}

#[test]
fn default_profile_is_in_the_home_directory() {
    let path = Profile::new().path().expect("a home directory");
    assert!(path.ends_with(".huaweicloud/credentials"), "{}", path.display());
}

#[tokio::test]
async fn server_time_reports_the_attempt_timeout() {
    let server = MockServer::start().await.unwrap();
    server.enqueue(MockResponse::pass_through().delay(std::time::Duration::from_secs(3600)));
    let client = server.builder().attempt_timeout(std::time::Duration::from_millis(50)).build().unwrap();
    let error = client.server_time().await.unwrap_err();
    assert!(error.is_timeout());
    assert!(error.message().contains("50ms"), "{error}");
}
