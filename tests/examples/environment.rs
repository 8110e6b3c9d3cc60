//! A client that is configured by environment variables: those of the vendor's SDKs, of its Terraform provider, and of this
//! crate.

use std::fs;
use std::path::Path;

use huaweicloud_iotda::mock::MockServer;
use serde_json::json;

use crate::support::example::{ExampleOutput, example, run};
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
use crate::support::tls::{Authority, CountingServer};
use crate::support::token_file::TokenFile;
use crate::support::{CERTIFICATE, server_with_devices};

const SDK_SECRET: &str = "the-sdks-secret-key";
const TERRAFORM_SECRET: &str = "terraforms-secret-key";

const PROJECT: (&str, &str) = ("HUAWEICLOUD_SDK_PROJECT_ID", "sdk-project");
const TERRAFORM_PROJECT: (&str, &str) = ("HW_PROJECT_ID", "terraform-project");
const REGION: (&str, &str) = ("HW_REGION_NAME", "cn-north-4");
const TOKEN: (&str, &str) = ("HW_AUTH_TOKEN", MockServer::TOKEN);
const SDK_KEY: [(&str, &str); 2] = [("HUAWEICLOUD_SDK_AK", "SDK-KEY"), ("HUAWEICLOUD_SDK_SK", SDK_SECRET)];
const TERRAFORM_KEY: [(&str, &str); 2] = [("HW_ACCESS_KEY", "TERRAFORM-KEY"), ("HW_SECRET_KEY", TERRAFORM_SECRET)];
const PASSWORD: [(&str, &str); 3] =
    [("HW_DOMAIN_NAME", "account"), ("HW_USER_NAME", "user"), ("HW_USER_PASSWORD", "a-Password-1")];

/// A server on which two devices use the certificate. It accepts the credentials of all groups of variables.
async fn server_with_credentials() -> MockServer {
    let (server, _) = server_with_devices(2).await;
    server.add_access_key("SDK-KEY", SDK_SECRET);
    server.add_access_key("TERRAFORM-KEY", TERRAFORM_SECRET);
    server.add_user("account", "user", "a-Password-1");
    server
}

/// Runs the example `from_env`, which counts the devices, with these variables.
async fn count_devices(server: &MockServer, variables: &[(&str, &str)]) -> ExampleOutput {
    let mut command = example("from_env");
    command.arg(CERTIFICATE).env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint()).envs(variables.iter().copied());
    run(command).await
}

#[track_caller]
fn assert_two_devices(output: &ExampleOutput) {
    assert!(output.success, "{output:?}");
    assert!(output.stdout.split_whitespace().any(|word| word == "2"), "{output:?}");
}

#[tokio::test]
async fn id_token_precedes_sdk_key() {
    let server = server_with_credentials().await;
    server.add_identity_provider("my-idp", "audience");
    let expiry = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    let file = TokenFile::new(MockServer::id_token("audience", expiry));
    let idp = [("HUAWEICLOUD_SDK_IDP_ID", "my-idp"), ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", file.text())];
    let endpoint = server.endpoint();
    let iam = ("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str());
    assert_two_devices(&count_devices(&server, &[&idp[..], &SDK_KEY, &[PROJECT, iam]].concat()).await);
    assert_eq!(server.issued_key_count(), 1);

    let output = count_devices(&server, &[idp[0], SDK_KEY[0], SDK_KEY[1], PROJECT, iam]).await;
    assert!(!output.success && output.stderr.contains("HUAWEICLOUD_SDK_ID_TOKEN_FILE"), "{output:?}");
}

#[tokio::test]
async fn variables_of_other_providers_are_named_if_there_is_no_credential() {
    let server = server_with_credentials().await;
    let output = count_devices(&server, &[("HUAWEICLOUD_OIDC_PROVIDER_URN", "urn"), PROJECT]).await;
    assert!(!output.success && output.stderr.contains("Credentials::from_oidc_federation"), "{output:?}");
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn token_precedes_sdk_key_precedes_terraform_key_precedes_password() {
    let groups: [&[_]; 4] = [&[TOKEN], &SDK_KEY, &TERRAFORM_KEY, &PASSWORD];
    let sent_credentials = [MockServer::TOKEN, "Access=SDK-KEY,", "Access=TERRAFORM-KEY,", "mock-login-token-0001"];
    for (first, expected) in sent_credentials.iter().enumerate() {
        let server = server_with_credentials().await;
        let endpoint = server.endpoint();
        let iam = ("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str());
        let variables = [groups[first..].concat(), vec![PROJECT, iam]].concat();
        assert_two_devices(&count_devices(&server, &variables).await);
        let request = server.requests().pop().unwrap();
        let sent = request.header("x-auth-token").or(request.header("authorization")).unwrap_or_default();
        assert!(sent.contains(expected), "{expected} is not in {sent}");
    }
}

#[tokio::test]
async fn sdk_security_token_is_used_with_the_sdk_key() {
    let server = server_with_credentials().await;
    server.add_temporary_access_key("SDK-KEY", SDK_SECRET, "sdks-token");
    let sdk_token = ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "sdks-token");
    let terraform_token = ("HW_SECURITY_TOKEN", "terraforms-token");
    let output = count_devices(&server, &[&SDK_KEY[..], &[sdk_token, terraform_token, PROJECT]].concat()).await;
    assert_two_devices(&output);
    assert_eq!(server.requests()[0].header("x-security-token"), Some("sdks-token"));
}

#[tokio::test]
async fn sdk_security_token_is_not_used_with_the_terraform_key() {
    let server = server_with_credentials().await;
    let sdk_token = ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "sdks-token");
    let output = count_devices(&server, &[&TERRAFORM_KEY[..], &[sdk_token, PROJECT]].concat()).await;
    assert_two_devices(&output);
    assert_eq!(server.requests()[0].header("x-security-token"), None);
}

#[tokio::test]
async fn incomplete_credential_is_an_error_that_names_the_missing_variables() {
    let server = server_with_credentials().await;
    for (variable, missing) in [
        (SDK_KEY[0], &["HUAWEICLOUD_SDK_SK"][..]),
        (SDK_KEY[1], &["HUAWEICLOUD_SDK_AK"]),
        (TERRAFORM_KEY[0], &["HW_SECRET_KEY"]),
        (PASSWORD[2], &["HW_DOMAIN_NAME", "HW_USER_NAME"]),
    ] {
        let (name, value) = variable;
        let output = count_devices(&server, &[variable, PROJECT]).await;
        assert!(!output.success, "{output:?}");
        assert!(output.stderr.contains(name), "{output:?}");
        assert!(missing.iter().all(|missing| output.stderr.contains(missing)), "{output:?}");
        assert!(!output.stderr.contains(value), "{output:?}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn incomplete_sdk_key_is_not_replaced_by_a_terraform_key() {
    let server = server_with_credentials().await;
    let output = count_devices(&server, &[&TERRAFORM_KEY[..], &SDK_KEY[..1], &[PROJECT]].concat()).await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.contains("HUAWEICLOUD_SDK_SK"), "{output:?}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn missing_credential_error_names_all_searched_variables() {
    let server = server_with_credentials().await;
    let output = count_devices(&server, &[PROJECT, ("HW_AUTH_TOKEN", "")]).await;
    assert!(!output.success, "{output:?}");
    for name in
        ["HW_AUTH_TOKEN", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_CREDENTIALS_FILE", "HW_ACCESS_KEY", "HW_USER_NAME"]
    {
        assert!(output.stderr.contains(name), "{name}: {output:?}");
    }
}

#[tokio::test]
async fn missing_endpoint_error_names_the_endpoint_and_region_variables() {
    let mut command = example("from_env");
    command.arg(CERTIFICATE).envs([TOKEN, PROJECT]);
    let output = run(command).await;
    assert!(!output.success, "{output:?}");
    for name in ["HUAWEICLOUD_IOTDA_ENDPOINT", "HW_REGION_NAME"] {
        assert!(output.stderr.contains(name), "{name}: {output:?}");
    }
}

#[tokio::test]
async fn project_and_instance_variables_are_used() {
    let server = server_with_credentials().await;
    let instance = ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "my-instance");
    for (variables, project) in
        [(vec![PROJECT, TERRAFORM_PROJECT], "sdk-project"), (vec![TERRAFORM_PROJECT], "terraform-project")]
    {
        server.clear_requests();
        assert_two_devices(&count_devices(&server, &[&[TOKEN, instance][..], &variables].concat()).await);
        let request = server.requests().remove(0);
        assert!(request.target.starts_with(&format!("/v5/iot/{project}/")), "{request:?}");
        assert_eq!(request.header("instance-id"), Some("my-instance"));
    }
}

#[tokio::test]
async fn sdk_variable_of_the_region_sets_the_endpoint() {
    let server = server_with_credentials().await;
    let mut command = example("from_env");
    command.arg(CERTIFICATE).envs([TOKEN, PROJECT, REGION]);
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", server.endpoint());
    assert_two_devices(&run(command).await);
}

/// Writes a profile to a temporary file, and returns its path.
fn profile_file(name: &str, setting: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, format!("[basic]\nak = SDK-KEY\nsk = {SDK_SECRET}\n{setting}\n")).expect("the file is written");
    file.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn profile_file_variable_provides_key_and_project() {
    let server = server_with_credentials().await;
    let file = profile_file("environment-project", "project_id = profile-project");
    let profile = ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file.as_str());
    assert_two_devices(&count_devices(&server, &[&[profile][..], &TERRAFORM_KEY].concat()).await);
    let request = server.requests().remove(0);
    assert!(request.target.starts_with("/v5/iot/profile-project/"), "{request:?}");
    assert!(request.header("authorization").unwrap().contains("Access=SDK-KEY,"), "{request:?}");
}

#[tokio::test]
async fn profile_file_variable_provides_the_iam_endpoint() {
    let server = server_with_credentials().await;
    server.add_project("looked-up-project", "cn-north-4");
    let file = profile_file("environment-iam-endpoint", &format!("iam_endpoint = {}", server.endpoint()));
    let profile = ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file.as_str());
    assert_two_devices(&count_devices(&server, &[profile, REGION]).await);
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert!(targets[0].starts_with("/v3/projects"), "{targets:?}");
    assert!(targets[1].starts_with("/v5/iot/looked-up-project/"), "{targets:?}");
}

#[tokio::test]
async fn complete_terraform_family_is_read() {
    let server = server_with_credentials().await;
    server.add_user("d-1", "user", "a-Password-1");
    server.add_user("account", "u-1", "a-Password-1");
    server.add_project("named-project", "cn-north-4_custom");
    let auth_url = format!("{}/v3", server.endpoint());
    let project = [("HW_AUTH_URL", auth_url.as_str()), ("HW_PROJECT_NAME", "cn-north-4_custom"), PASSWORD[2]];
    for (user, body) in [
        (&[("HW_DOMAIN_ID", "d-1"), PASSWORD[1]][..], json!({"name": "user", "domain": {"id": "d-1"}})),
        (&[("HW_USER_ID", "u-1")], json!({"id": "u-1"})),
        (&[("HW_USER_ID", "u-1"), PASSWORD[0], PASSWORD[1]], json!({"id": "u-1"})),
        (&PASSWORD[..2], json!({"name": "user", "domain": {"name": "account"}})),
    ] {
        server.clear_requests();
        assert_two_devices(&count_devices(&server, &[user, &project, &[REGION]].concat()).await);
        let requests = server.requests();
        let login = requests[0].json().unwrap();
        let mut sent = login["auth"]["identity"]["password"]["user"].clone();
        assert_eq!(sent.as_object_mut().unwrap().remove("password"), Some("a-Password-1".into()));
        assert_eq!(sent, body);
        assert_eq!(login["auth"]["scope"], json!({"project": {"name": "cn-north-4_custom"}}));
        assert_eq!(requests[1].target, "/v3/projects?name=cn-north-4_custom");
    }
}

#[tokio::test]
async fn iam_endpoint_of_the_sdks_precedes_that_of_terraform() {
    let server = server_with_credentials().await;
    let endpoint = server.endpoint();
    let iam = [("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str()), ("HW_AUTH_URL", "http://127.0.0.1:9/v3")];
    assert_two_devices(&count_devices(&server, &[&PASSWORD[..], &iam, &[PROJECT]].concat()).await);
}

#[tokio::test]
async fn login_without_a_known_iam_endpoint_sends_nothing() {
    let server = server_with_credentials().await;
    let output = count_devices(&server, &[&PASSWORD[..], &[PROJECT, REGION]].concat()).await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.contains("iam_endpoint"), "{output:?}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn invalid_variable_is_rejected_by_its_name_and_without_its_value() {
    let server = server_with_credentials().await;
    for (name, value) in [
        ("HUAWEICLOUD_SDK_PROJECT_ID", "'p'"),
        ("HW_PROJECT_ID", "p "),
        ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "标准版"),
        ("HUAWEICLOUD_IOTDA_ENDPOINT", "https://{instance}.st1.iotda-app.cn-north-4.myhuaweicloud.com"),
        ("HW_REGION_NAME", "cn-north-4\u{a0}"),
        ("HW_CLOUD", "\"myhuaweicloud.eu\""),
        ("HW_AUTH_URL", "'https://iam.example.com/v3'"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example.com\u{200b}"),
        ("HW_PROJECT_NAME", "'cn-north-4'"),
        ("HW_AUTH_TOKEN", "\"MIIZq8xW2v\""),
        ("HUAWEICLOUD_SDK_AK", "HPUAZq8xW2v\r"),
        ("HUAWEICLOUD_SDK_SK", "'Zq8xW2v'"),
        ("HW_USER_PASSWORD", "Zq8xW2v\r\n"),
    ] {
        let variables = match name {
            "HUAWEICLOUD_SDK_AK" | "HUAWEICLOUD_SDK_SK" => SDK_KEY.to_vec(),
            "HW_USER_PASSWORD" => PASSWORD.to_vec(),
            _ => vec![TOKEN],
        };
        let output = count_devices(&server, &[&variables[..], &[(name, value)]].concat()).await;
        assert!(!output.success, "{output:?}");
        assert!(output.stderr.contains(name), "{name}: {output:?}");
        assert!(!output.stderr.contains("Zq8xW2v"), "{name}: {output:?}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn token_that_is_not_utf_8_is_reported_as_such() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let server = server_with_credentials().await;
    let mut command = example("from_env");
    command.arg(CERTIFICATE).env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint()).envs([PROJECT]);
    command.env("HW_AUTH_TOKEN", OsStr::from_bytes(b"MII\xff"));
    let output = run(command).await;
    assert!(!output.success, "{output:?}");
    assert!(output.stderr.contains("HW_AUTH_TOKEN must be text, but is not valid UTF-8"), "{output:?}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn missing_credential_error_names_the_variables_without_an_effect() {
    let server = server_with_credentials().await;
    let output = count_devices(&server, &[PROJECT, ("HW_INSECURE", "true"), ("HW_ASSUME_ROLE_DOMAIN_NAME", "d")]).await;
    assert!(!output.success, "{output:?}");
    let names = "(set, but not supported: HW_ASSUME_ROLE_DOMAIN_NAME, HW_INSECURE)";
    assert!(output.stderr.contains(names), "{output:?}");
}

/// `HW_CACERT` contains certificates or the path of a file.
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test]
async fn root_certificates_of_the_variable_are_trusted() {
    const NO_CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
    let file = TokenFile::new(authority.pem());
    let count = |ca: String| {
        let mut command = example("from_env");
        command.arg(CERTIFICATE).env("HUAWEICLOUD_IOTDA_ENDPOINT", server.https()).envs([TOKEN, PROJECT]);
        run({
            command.env("HW_CACERT", ca);
            command
        })
    };
    for ca in [authority.pem(), file.text().to_owned()] {
        let output = count(ca).await;
        assert!(output.success && output.stdout.contains(": 0 devices"), "{output:?}");
    }
    let connections = server.connections();
    for (ca, part) in
        [("/no/such.pem", "HW_CACERT is /no/such.pem"), (NO_CERTIFICATE, "HW_CACERT contains no certificate")]
    {
        let output = count(ca.to_owned()).await;
        assert!(!output.success && output.stderr.contains(part), "{output:?}");
    }
    let output = count("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----".to_owned()).await;
    assert!(!output.success && output.stderr.contains("HW_CACERT is not valid PEM"), "{output:?}");
    assert_eq!(server.connections(), connections);
}

#[tokio::test]
async fn next_endpoint_of_the_region_is_used_if_no_connection_can_be_made() {
    let server = server_with_credentials().await;
    let mut command = example("from_env");
    command.arg(CERTIFICATE).envs([TOKEN, PROJECT, REGION]);
    let endpoints = format!("http://127.0.0.1:9,{}", server.endpoint());
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", endpoints);
    assert_two_devices(&run(command).await);
}
