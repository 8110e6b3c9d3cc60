//! A client configured by the environment: variables of the vendor's SDKs, of its Terraform provider and of this crate.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::fs;

use huaweicloud_iotda::mock::MockServer;
use support::example::{Ran, example, run};
use support::{CERTIFICATE, serve};

const SK: &str = "the-sdks-secret-key";

/// A server on which two devices use the certificate, that takes each family's credential and tells them apart by the key.
async fn server() -> MockServer {
    let (server, _) = serve(2).await;
    server.add_access_key("SDK-KEY", SK);
    server.add_access_key("TERRAFORM-KEY", "terraforms-secret-key");
    server.add_user("account", "user", "a-Password-1");
    server
}

async fn count(server: &MockServer, variables: &[(&str, &str)]) -> Ran {
    let mut command = example("from_env");
    command.arg(CERTIFICATE).env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint()).envs(variables.iter().copied());
    run(command).await
}

const PROJECT: (&str, &str) = ("HUAWEICLOUD_SDK_PROJECT_ID", "of-the-sdk");
const TOKEN: (&str, &str) = ("HW_AUTH_TOKEN", MockServer::TOKEN);
const SDK: [(&str, &str); 2] = [("HUAWEICLOUD_SDK_AK", "SDK-KEY"), ("HUAWEICLOUD_SDK_SK", SK)];
const TERRAFORM: [(&str, &str); 2] = [("HW_ACCESS_KEY", "TERRAFORM-KEY"), ("HW_SECRET_KEY", "terraforms-secret-key")];
const PASSWORD: [(&str, &str); 3] =
    [("HW_DOMAIN_NAME", "account"), ("HW_USER_NAME", "user"), ("HW_USER_PASSWORD", "a-Password-1")];

#[tokio::test]
async fn a_token_goes_before_keys_and_keys_before_a_password_and_the_sdks_before_terraforms() {
    let iam = |server: &MockServer| ("HUAWEICLOUD_SDK_IAM_ENDPOINT", server.endpoint());
    let families: [&[_]; 4] = [&[TOKEN], &SDK, &TERRAFORM, &PASSWORD];
    let marks = [MockServer::TOKEN, "Access=SDK-KEY,", "Access=TERRAFORM-KEY,", "mock-login-token-0001"];
    for (first, mark) in marks.iter().enumerate() {
        let server = server().await;
        let (iam, endpoint) = iam(&server);
        let variables = [families[first..].concat(), vec![PROJECT, (iam, &endpoint)]].concat();
        let ran = count(&server, &variables).await;
        assert!(ran.success && ran.stdout.contains("2 devices"), "{ran:?}");
        let request = server.requests().pop().unwrap();
        let sent = request.header("x-auth-token").or(request.header("authorization")).unwrap_or_default();
        assert!(sent.contains(mark), "{mark} is not in {sent}");
    }
}

#[tokio::test]
async fn a_security_token_is_that_of_its_own_family() {
    let server = server().await;
    server.add_temporary_access_key("SDK-KEY", SK, "sdks-token");
    let both = [("HUAWEICLOUD_SDK_SECURITY_TOKEN", "sdks-token"), ("HW_SECURITY_TOKEN", "terraforms-token"), PROJECT];
    let ran = count(&server, &[&SDK[..], &both].concat()).await;
    assert!(ran.success, "{ran:?}");
    assert_eq!(server.requests()[0].header("x-security-token"), Some("sdks-token"));
    let ran = count(&server, &[&TERRAFORM[..], &both[..1], &[PROJECT]].concat()).await;
    assert!(ran.success, "{ran:?}");
    assert_eq!(server.requests()[1].header("x-security-token"), None, "families are never mixed");
}

#[tokio::test]
async fn a_credential_that_is_set_in_part_is_told_and_not_passed_over() {
    let server = server().await;
    for (part, missing) in [
        (SDK[0], "HUAWEICLOUD_SDK_SK"),
        (SDK[1], "HUAWEICLOUD_SDK_AK"),
        (TERRAFORM[0], "HW_SECRET_KEY"),
        (PASSWORD[2], "HW_DOMAIN_NAME and HW_USER_NAME"),
    ] {
        let ran = count(&server, &[part, PROJECT]).await;
        assert!(!ran.success && ran.stderr.contains(part.0) && ran.stderr.contains(missing), "{ran:?}");
        assert!(!ran.stderr.contains(part.1), "{ran:?}");
    }
    // An SDK's key without its secret, though Terraform's is whole.
    let ran = count(&server, &[&TERRAFORM[..], &SDK[..1], &[PROJECT]].concat()).await;
    assert!(!ran.success, "{ran:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn without_a_credential_or_an_endpoint_everything_that_was_looked_for_is_listed() {
    let server = server().await;
    let ran = count(&server, &[PROJECT, ("HW_AUTH_TOKEN", "")]).await;
    assert!(!ran.success, "{ran:?}");
    for name in
        ["HW_AUTH_TOKEN", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_CREDENTIALS_FILE", "HW_ACCESS_KEY", "HW_USER_NAME"]
    {
        assert!(ran.stderr.contains(name), "{name}: {ran:?}");
    }
    let mut command = example("from_env");
    command.arg(CERTIFICATE).envs([TOKEN, PROJECT]);
    let ran = run(command).await;
    assert!(
        !ran.success && ran.stderr.contains("HUAWEICLOUD_IOTDA_ENDPOINT") && ran.stderr.contains("HW_REGION_NAME"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn project_instance_region_and_the_sdks_region_variable_are_taken() {
    let server = server().await;
    let instance = ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "my-instance");
    for (variables, project) in [
        (vec![PROJECT, ("HW_PROJECT_ID", "of-terraform")], "of-the-sdk"),
        (vec![("HW_PROJECT_ID", "of-terraform")], "of-terraform"),
    ] {
        server.clear_requests();
        let ran = count(&server, &[&[TOKEN, instance][..], &variables].concat()).await;
        assert!(ran.success, "{ran:?}");
        let request = server.requests().remove(0);
        assert!(request.target.starts_with(&format!("/v5/iot/{project}/")), "{request:?}");
        assert_eq!(request.header("instance-id"), Some("my-instance"));
    }

    let mut command = example("from_env");
    let region = ("HW_REGION_NAME", "cn-north-4");
    command.arg(CERTIFICATE).envs([TOKEN, PROJECT, region]);
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", server.endpoint());
    let ran = run(command).await;
    assert!(ran.success && ran.stdout.contains("2 devices"), "{ran:?}");
}

#[tokio::test]
async fn the_profile_that_the_environment_names_gives_key_project_and_iam() {
    let server = server().await;
    server.add_project("looked-up", "cn-north-4");
    let file = std::env::temp_dir().join(format!("huaweicloud-iotda-{}-environment", std::process::id()));
    let named = ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file.to_str().unwrap());
    fs::write(&file, format!("[basic]\nak = SDK-KEY\nsk = {SK}\nproject_id = of-the-profile\n")).unwrap();
    let ran = count(&server, &[named, TERRAFORM[0], TERRAFORM[1]]).await;
    assert!(ran.success, "{ran:?}");
    let request = server.requests().remove(0);
    assert!(request.target.starts_with("/v5/iot/of-the-profile/"), "{request:?}");
    assert!(request.header("authorization").unwrap().contains("Access=SDK-KEY,"));

    server.clear_requests();
    fs::write(&file, format!("[basic]\nak = SDK-KEY\nsk = {SK}\niam_endpoint = {}\n", server.endpoint())).unwrap();
    let ran = count(&server, &[named, ("HW_REGION_NAME", "cn-north-4")]).await;
    assert!(ran.success, "{ran:?}");
    assert!(server.requests()[0].target.starts_with("/v3/projects"));
    assert!(server.requests()[1].target.starts_with("/v5/iot/looked-up/"));
    fs::remove_file(file).unwrap();
}
