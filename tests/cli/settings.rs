//! Where settings come from: options before variables before the profile; and that no secret is shown.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use huaweicloud_iotda::Signing;
use huaweicloud_iotda::mock::{MockServer, RecordedRequest};

use crate::support::program::{Ran, iotda, iotda_at, run, run_with};
use crate::support::{CERTIFICATE, serve};

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("settings-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn last(server: &MockServer) -> RecordedRequest {
    server.requests().pop().expect("a request")
}

fn succeeded(ran: &Ran) {
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 1), "{}", ran.stderr);
}

/// Without any variable but these.
fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = iotda(arguments);
    command.envs(variables.iter().copied());
    command
}

#[tokio::test]
async fn an_option_comes_before_a_variable() {
    let (server, _) = serve(1).await;
    let devices = ["devices", CERTIFICATE];
    let variables = [("HUAWEICLOUD_SDK_PROJECT_ID", "p-var"), ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "i-var")];
    let mut command = iotda_at(&server, &devices);
    command.envs(variables).env("HW_PROJECT_ID", "p-second");
    succeeded(&run(command).await);
    let request = last(&server);
    assert!(request.target.starts_with("/v5/iot/p-var/"), "{}", request.target);
    assert_eq!(request.header("instance-id"), Some("i-var"));

    let mut command = iotda_at(&server, &["--project-id", "p-opt", "devices", CERTIFICATE, "--instance-id", "i-opt"]);
    command.envs(variables);
    succeeded(&run(command).await);
    let request = last(&server);
    assert!(request.target.starts_with("/v5/iot/p-opt/"), "{}", request.target);
    assert_eq!(request.header("instance-id"), Some("i-opt"));

    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--endpoint", &server.endpoint()]);
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9");
    succeeded(&run(command).await);
}

#[tokio::test]
async fn a_region_that_is_asked_for_is_not_overruled_by_a_variable() {
    let (server, _) = serve(1).await;
    let endpoint = server.endpoint();
    let variables = [
        ("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9"),
        ("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", endpoint.as_str()),
        ("HW_AUTH_TOKEN", MockServer::TOKEN),
        ("HW_PROJECT_ID", "p"),
    ];
    succeeded(&run(with(&["devices", CERTIFICATE, "--region", "cn-north-4"], &variables)).await);
    let mut by_variable = with(&["devices", CERTIFICATE], &variables[1..]);
    by_variable.env("HW_REGION_NAME", "cn-north-4");
    succeeded(&run(by_variable).await);
}

#[tokio::test]
async fn a_token_comes_from_a_file_or_from_standard_input() {
    let (server, _) = serve(1).await;
    let file = folder("token").join("token");
    fs::write(&file, format!("{}\n", MockServer::TOKEN)).expect("written");
    let path = file.to_str().expect("UTF-8");
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--token-file", path]);
    command.env("HW_AUTH_TOKEN", "of-the-variable");
    succeeded(&run(command).await);

    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--token-file", "-"]);
    command.env_remove("HW_AUTH_TOKEN");
    succeeded(&run_with(command, "mock-token-0f2d6c1e9b7a4855\r\n").await);

    fs::write(&file, "\n").expect("written");
    for bad in [path, "/nowhere"] {
        let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--token-file", bad])).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--token-file {bad}: ")), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn both_a_token_and_ids_on_standard_input_are_refused() {
    let ran = run_with(iotda(&["devices", "-", "--token-file", "-"]), "a\n").await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("standard input"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_profile_gives_key_and_project_by_option_by_variable_and_from_home() {
    let (server, _) = serve(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let home = folder("home");
    fs::create_dir_all(home.join(".huaweicloud")).expect("a folder");
    let file = home.join(".huaweicloud").join("credentials");
    fs::write(&file, "[basic]\nak = AK-1\nsk = SK-secret-1\nproject_id = p-profile\n").expect("written");
    let (home, path) = (home.to_str().expect("UTF-8"), file.to_str().expect("UTF-8"));
    let endpoint = server.endpoint();
    let at = ("HUAWEICLOUD_IOTDA_ENDPOINT", endpoint.as_str());
    for command in [
        with(&["devices", CERTIFICATE, "--profile", path], &[at, ("HW_AUTH_TOKEN", "of-the-variable")]),
        with(&["devices", CERTIFICATE], &[at, ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", path)]),
        with(&["devices", CERTIFICATE], &[at, ("HOME", home)]),
    ] {
        succeeded(&run(command).await);
        let request = last(&server);
        assert!(request.target.starts_with("/v5/iot/p-profile/"), "{}", request.target);
        assert!(request.header("authorization").is_some_and(|value| value.contains("Access=AK-1")));
    }
    let ran = run(with(&["devices", CERTIFICATE], &[at, ("HOME", home), ("HW_PROJECT_ID", "p-variable")])).await;
    succeeded(&ran);
    assert!(last(&server).target.starts_with("/v5/iot/p-variable/"));
}

#[tokio::test]
async fn a_profile_says_where_iam_is() {
    let (server, _) = serve(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let file = folder("iam").join("credentials");
    let endpoint = server.endpoint();
    let text = format!("[basic]\nak = AK-1\nsk = SK-secret-1\niam_endpoint = {endpoint}\n");
    fs::write(&file, text).expect("written");
    let path = file.to_str().expect("UTF-8");
    let arguments = ["devices", CERTIFICATE, "--profile", path, "--region", "cn-north-4", "--endpoint", &endpoint];
    let ran = run(iotda(&arguments)).await;
    assert!(ran.stderr.contains("IAM knows no projects of name cn-north-4"), "{}", ran.stderr);
    assert!(last(&server).target.starts_with("/v3/projects"), "{}", last(&server).target);
    // A variable comes before it.
    let mut command = iotda(&[&arguments[..], &["--retries", "0"]].concat());
    command.env("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://127.0.0.1:9");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

#[tokio::test]
async fn a_rate_limit_holds_requests_back() {
    let (server, _) = serve(1).await;
    let begun = Instant::now();
    succeeded(&run(iotda_at(&server, &["devices", CERTIFICATE, "--rate-limit", "1"])).await);
    assert_eq!(server.requests().len(), 2);
    assert!(begun.elapsed() > Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_kind_of_signature_can_be_chosen() {
    let (server, _) = serve(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let derived = |region: &str| Signing::Derived { region: region.to_owned() };
    let command = |arguments: &[&str]| {
        let mut command = iotda_at(&server, &[&["devices", CERTIFICATE], arguments].concat());
        command.env_remove("HW_AUTH_TOKEN").env("HUAWEICLOUD_SDK_AK", "AK-1").env("HUAWEICLOUD_SDK_SK", "SK-secret-1");
        command
    };
    succeeded(&run(command(&[])).await);
    succeeded(&run(command(&["--signing", "standard"])).await);
    server.set_signing(derived("cn-north-4"));
    let endpoint = server.endpoint();
    let of_region = ["--signing", "derived", "--region", "cn-north-4", "--endpoint", &endpoint];
    succeeded(&run(command(&of_region)).await);
    let wrong = run(command(&["--signing", "standard"])).await;
    assert_eq!(wrong.status, Some(3), "{}", wrong.stderr);
    let no_region = run(command(&["--signing", "derived"])).await;
    assert_eq!(no_region.status, Some(2));
    assert!(no_region.stderr.contains("--region"), "{}", no_region.stderr);
}

#[tokio::test]
async fn no_secret_is_shown() {
    let (server, _) = serve(1).await;
    let endpoint = server.endpoint();
    let at = [("HUAWEICLOUD_IOTDA_ENDPOINT", endpoint.as_str()), ("HW_PROJECT_ID", "p")];
    let secrets = [
        &[("HW_AUTH_TOKEN", "tok-Zq8xW2vR7n")][..],
        &[("HUAWEICLOUD_SDK_AK", "AK-9"), ("HUAWEICLOUD_SDK_SK", "sec-Zq8xW2vR7n")],
        &[("HW_ACCESS_KEY", "AK-9"), ("HW_SECRET_KEY", "sec-Zq8xW2vR7n"), ("HW_SECURITY_TOKEN", "tmp-Zq8xW2vR7n")],
        &[("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "pwd-Zq8xW2vR7n")],
        &[("HUAWEICLOUD_SDK_SK", "sec-Zq8xW2vR7n")],
    ];
    for secret in secrets {
        for arguments in [&["doctor"][..], &["doctor", "-o", "table"], &["devices", "a"], &["devices", "a", "--region"]]
        {
            let iam = ("HUAWEICLOUD_SDK_IAM_ENDPOINT", endpoint.as_str());
            let ran = run(with(arguments, &[&at[..], secret, &[iam]].concat())).await;
            assert!(matches!(ran.status, Some(2 | 3)), "{arguments:?}: {:?}", ran.status);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains("Zq8xW2vR7n"), "{said}");
        }
    }
}

#[tokio::test]
async fn no_secret_of_an_address_is_shown() {
    let file = folder("address").join("credentials");
    let profile = "[basic]\nak = AK-9\nsk = sec-Zq8xW2vR7n\niam_endpoint = https://u:Zq8xW2vR7n@iam.example.com\n";
    fs::write(&file, profile).expect("written");
    let path = file.to_str().expect("UTF-8");
    let secret = "https://user:p@Zq8xW2vR7n@host.example.com";
    let at = ("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9");
    let token = ("HW_AUTH_TOKEN", "t");
    for (arguments, variables) in [
        (&["--endpoint", secret][..], &[token][..]),
        (&[], &[token, ("HUAWEICLOUD_IOTDA_ENDPOINT", secret)]),
        (&[], &[token, at, ("HUAWEICLOUD_SDK_IAM_ENDPOINT", secret)]),
        (&["--profile", path], &[at]),
    ] {
        for form in ["jsonl", "table"] {
            let arguments = [&["doctor", "--output", form, "--retries", "0"], arguments].concat();
            let ran = run(with(&arguments, variables)).await;
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains("Zq8xW2vR7n"), "{arguments:?}: {said}");
            assert!(ran.stdout.contains("[redacted]@"), "{arguments:?}: {said}");
        }
    }
}
