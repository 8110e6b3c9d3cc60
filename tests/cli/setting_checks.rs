//! Invalid settings are rejected before anything is sent, by the name of the option, the variable or the profile's key,
//! and hosts are named.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use huaweicloud_iotda::mock::MockServer;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices};

fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("setting-checks");
    fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join(name);
    fs::write(&file, bytes).expect("the file is written");
    file.to_str().expect("UTF-8").to_owned()
}

fn step(ran: &Ran, name: &str) -> Value {
    let mut records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
    records.find(|record| record["step"] == name).unwrap_or_else(|| panic!("no step {name} in {}", ran.stdout))
}

/// Asserts that `devices` and `doctor` fail with a usage error that contains these parts and not the secret.
async fn assert_rejected(server: &MockServer, command: impl Fn(&str) -> Command, parts: &[&str]) {
    for name in ["devices", "doctor"] {
        let ran = run(command(name)).await;
        let output = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.status, Some(2), "{name}: {output}");
        for part in parts {
            assert!(output.contains(part), "{name}: `{part}` is not in {output}");
        }
        assert!(!output.contains("Zq8xW2v"), "{name}: {output}");
    }
    assert_eq!(server.requests().len(), 0);
}

fn command(server: &MockServer, name: &str, options: &[&str]) -> Command {
    let arguments = if name == "devices" { vec!["devices", CERTIFICATE] } else { vec![name] };
    iotda_at(server, &[&arguments, options].concat())
}

#[tokio::test]
async fn invalid_variable_is_named() {
    let (server, _) = server_with_devices(1).await;
    for (variable, value, part) in [
        ("HUAWEICLOUD_SDK_PROJECT_ID", "\"0123\"", "in quotes"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", "0123\r", "line break"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", "0123 ", "a space"),
        ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "标准版", "not ASCII"),
        ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "a\u{200b}b", "invisible"),
        ("HUAWEICLOUD_IOTDA_ENDPOINT", "https://{instance}.st1.iotda-app.cn-north-4.myhuaweicloud.com", "{instance}"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "'https://iam.example.com'", "in quotes"),
        ("HW_AUTH_URL", "https://iam.example.com/v3\u{a0}", "no-break space"),
        ("HW_REGION_NAME", "\u{ff43}n-north-4", "full-width"),
        ("HW_CLOUD", "https://myhuaweicloud.com", "domain of a cloud"),
        ("HW_PROJECT_NAME", "\u{201c}cn-north-4\u{201d}", "in quotes"),
        ("HW_AUTH_TOKEN", "'MIIZq8xW2v'", "in quotes"),
        ("HW_AUTH_TOKEN", "MIIZq8xW2v\n", "line break"),
    ] {
        let command = |name: &str| {
            let mut command = command(&server, name, &[]);
            command.env(variable, value);
            command
        };
        assert_rejected(&server, command, &[variable, part]).await;
    }
}

#[tokio::test]
async fn invalid_credential_variable_is_named() {
    let (server, _) = server_with_devices(1).await;
    let key = [("HUAWEICLOUD_SDK_AK", "AK"), ("HUAWEICLOUD_SDK_SK", "SK"), ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "T")];
    let terraform = [("HW_ACCESS_KEY", "AK"), ("HW_SECRET_KEY", "SK"), ("HW_SECURITY_TOKEN", "T")];
    let login = [("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "p")];
    for (variables, name, value, part) in [
        (key, "HUAWEICLOUD_SDK_AK", "'HPUAZq8xW2v'", "in quotes"),
        (key, "HUAWEICLOUD_SDK_SK", "Zq8xW2v\r", "line break"),
        (key, "HUAWEICLOUD_SDK_SECURITY_TOKEN", "Zq8xW2v\u{200b}", "invisible"),
        (terraform, "HW_ACCESS_KEY", "\u{201c}HPUAZq8xW2v\u{201d}", "in quotes"),
        (terraform, "HW_SECRET_KEY", "\"Zq8xW2v\"", "in quotes"),
        (terraform, "HW_SECURITY_TOKEN", "Zq8xW2v x", "a space"),
        (login, "HW_USER_PASSWORD", "Zq8xW2v\r\n", "line break"),
        (login, "HW_USER_NAME", "'user'", "in quotes"),
        (login, "HW_DOMAIN_NAME", "domain ", "a space"),
    ] {
        let endpoint = server.endpoint();
        let command = |command_name: &str| {
            let mut command = command(&server, command_name, &[]);
            command.env_remove("HW_AUTH_TOKEN").env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
            command.envs(variables).env(name, value);
            command
        };
        assert_rejected(&server, command, &[name, part]).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn variable_that_is_not_utf_8_is_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let (server, _) = server_with_devices(1).await;
    for variable in ["HW_AUTH_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID", "HUAWEICLOUD_IOTDA_ENDPOINT"] {
        let command = |name: &str| {
            let mut command = command(&server, name, &[]);
            command.env(variable, OsStr::from_bytes(b"MIIZq8xW2v\xff"));
            command
        };
        let parts: &[&str] = if variable == "HW_AUTH_TOKEN" { &["not valid UTF-8"] } else { &[] };
        let ran = run(command("devices")).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(variable) && ran.stderr.contains("not valid UTF-8"), "{}", ran.stderr);
        if variable == "HW_AUTH_TOKEN" {
            assert_rejected(&server, command, parts).await;
        }
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn invalid_option_is_named() {
    let (server, _) = server_with_devices(1).await;
    for (option, value, part) in [
        ("--project-id", "'0123'", "in quotes"),
        ("--project-id", "0123\u{a0}", "no-break space"),
        ("--instance-id", "\"i-1\"", "in quotes"),
        ("--endpoint", "http://127.0.0.1:{port}", "{port}"),
        ("--region", "\u{201c}cn-north-4\u{201d}", "in quotes"),
    ] {
        assert_rejected(&server, |name| command(&server, name, &[option, value]), &[option, part]).await;
    }
}

#[tokio::test]
async fn invalid_token_file_and_profile_are_named() {
    let (server, _) = server_with_devices(1).await;
    let token = file("token", "'MIIZq8xW2v'\n");
    assert_rejected(&server, |name| command(&server, name, &["--token-file", &token]), &["--token-file", "in quotes"])
        .await;
    for (key, text) in [
        ("`ak`", "[basic]\nak = \"HPUAZq8xW2v\"\nsk = s\n"),
        ("`sk`", "[basic]\nak = a\nsk = 'Zq8xW2v'\n"),
        ("`project_id`", "[basic]\nak = a\nsk = s\nproject_id = '0123'\n"),
        ("`iam_endpoint`", "[basic]\nak = a\nsk = s\nproject_id = p\niam_endpoint = \"https://iam.example.com\"\n"),
    ] {
        let profile = file("profile", text);
        let command = |name: &str| {
            let mut command = command(&server, name, &["--credentials-file", &profile]);
            command.env_remove("HUAWEICLOUD_SDK_PROJECT_ID");
            command
        };
        assert_rejected(&server, command, &[&profile, key, "in quotes"]).await;
    }
}

#[tokio::test]
async fn token_file_of_powershell_is_read() {
    let (server, _) = server_with_devices(1).await;
    let text: Vec<u8> =
        format!("\u{feff}{}\r\n", MockServer::TOKEN).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let token = file("utf-16", text);
    let ran = run(command(&server, "devices", &["--token-file", &token])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
}

/// Returns `iotda` with a login at this server.
fn login(server: &MockServer, name: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = command(server, name, &["--retries", "0"]);
    command.env_remove("HW_AUTH_TOKEN").envs(variables.iter().copied());
    command
}

#[tokio::test]
async fn complete_terraform_family_is_read() {
    let (server, _) = server_with_devices(1).await;
    server.add_user("d-1", "user", "p");
    server.add_user("account", "u-1", "p");
    server.add_project("p-1", "my project");
    let auth_url = format!("{}/v3/", server.endpoint());
    let project = [("HW_AUTH_URL", auth_url.as_str()), ("HW_PROJECT_NAME", "my project"), ("HW_USER_PASSWORD", "p")];
    for user in [&[("HW_DOMAIN_ID", "d-1"), ("HW_USER_NAME", "user")][..], &[("HW_USER_ID", "u-1")]] {
        server.clear_requests();
        let mut command = login(&server, "devices", &[user, &project].concat());
        command.env_remove("HUAWEICLOUD_SDK_PROJECT_ID");
        let ran = run(command).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
        assert_eq!(targets[0], "/v3/auth/tokens?nocatalog=1");
        assert_eq!(targets[1], "/v3/projects?name=my%20project");
        assert!(targets[2].starts_with("/v5/iot/p-1/"), "{targets:?}");
    }
}

#[tokio::test]
async fn unknown_iam_endpoint_is_reported_before_anything_is_sent() {
    let (server, _) = server_with_devices(1).await;
    let user = [("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "Zq8xW2v")];
    let with_region = |name: &str| {
        let mut command = login(&server, name, &user);
        command.env("HW_REGION_NAME", "cn-north-4");
        command
    };
    assert_rejected(&server, with_region, &["HW_AUTH_URL", "HW_CLOUD"]).await;
    let lookup = |name: &str| {
        let mut command = command(&server, name, &["--region", "cn-north-4"]);
        command.env_remove("HUAWEICLOUD_SDK_PROJECT_ID");
        command
    };
    assert_rejected(&server, lookup, &["HW_AUTH_URL", "--project-id"]).await;
}

/// A setting that only the complete credential needs is not asked for.
#[tokio::test]
async fn incomplete_variables_are_reported_before_missing_settings() {
    for (variables, missing) in [
        (&["HW_DOMAIN_NAME"][..], "HW_DOMAIN_NAME is set, but not HW_USER_NAME and HW_USER_PASSWORD"),
        (&["HW_USER_ID"], "HW_USER_ID is set, but not HW_USER_PASSWORD"),
        (&["HW_USER_NAME", "HW_USER_PASSWORD"], "HW_USER_NAME is set, but not HW_DOMAIN_NAME"),
        (&["HUAWEICLOUD_SDK_SK"], "HUAWEICLOUD_SDK_SK is set, but not HUAWEICLOUD_SDK_AK"),
        (&["HW_ACCESS_KEY"], "HW_ACCESS_KEY is set, but not HW_SECRET_KEY"),
    ] {
        for arguments in [&["devices", "a"][..], &["doctor"]] {
            let mut command = iotda(&[arguments, &["--endpoint", "http://127.0.0.1:9"]].concat());
            command.envs(variables.iter().map(|name| (*name, "x")));
            let ran = run(command).await;
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.status, Some(3), "{text}");
            assert!(text.contains(missing) && !text.contains("IAM endpoint is unknown"), "{text}");
        }
    }
}

#[tokio::test]
async fn variables_without_an_effect_are_named() {
    let variables = [
        ("HW_INSECURE", "true"),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "a"),
        ("HW_SHARED_CONFIG_FILE", "/x"),
        ("HUAWEICLOUD_SDK_DOMAIN_ID", "d"),
    ];
    let mut command = iotda(&["devices", "a", "--endpoint", "http://127.0.0.1:9", "--project-id", "p"]);
    let ran = run({
        command.envs(variables).env("HW_REGION_NAME", "cn-north-4").env("HUAWEICLOUD_SDK_REGION_ECS_X", "https://x");
        command
    })
    .await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
    let names = "HUAWEICLOUD_SDK_DOMAIN_ID, HW_ASSUME_ROLE_AGENCY_NAME, HW_INSECURE, HW_SHARED_CONFIG_FILE";
    assert!(ran.stderr.contains(&format!("(set, but not supported: {names})")), "{}", ran.stderr);

    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl"]);
    command.envs(variables);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let record = step(&ran, "variables");
    assert_eq!(record["result"], "warning");
    assert!(record["detail"].as_str().is_some_and(|detail| detail.contains(names)), "{record}");
}

#[tokio::test]
async fn password_in_quotes_is_a_warning() {
    let (server, _) = server_with_devices(1).await;
    server.add_user("d", "u", "'Zq8xW2v'");
    let iam = server.endpoint();
    let user = [
        ("HW_DOMAIN_NAME", "d"),
        ("HW_USER_NAME", "u"),
        ("HW_USER_PASSWORD", "'Zq8xW2v'"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", iam.as_str()),
    ];
    let mut command = login(&server, "doctor", &user);
    command.args(["-o", "jsonl"]);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let record = step(&ran, "credential");
    assert_eq!(record["result"], "warning");
    assert!(record["help"].as_str().is_some_and(|help| help.contains("HW_USER_PASSWORD is in quotes")), "{record}");
    assert!(!ran.stdout.contains("Zq8xW2v"), "{}", ran.stdout);
    let ran = run(login(&server, "devices", &user)).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stderr, "warning: HW_USER_PASSWORD is in quotes, which are sent as a part of the password\n");
}

#[tokio::test]
async fn password_with_something_around_it_is_a_warning() {
    let (server, _) = server_with_devices(1).await;
    let iam = server.endpoint();
    let user = [("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HUAWEICLOUD_SDK_IAM_ENDPOINT", iam.as_str())];
    for (password, part) in [
        ("\u{201c}Zq8xW2v\u{201d}", "quotes"),
        ("\u{300c}Zq8xW2v\u{300d}", "quotes"),
        ("`Zq8xW2v`", "quotes"),
        ("Zq8xW2v ", "a space"),
        ("\u{a0}Zq8xW2v", "a space"),
    ] {
        let mut command = login(&server, "templates", &user);
        command.env("HW_USER_PASSWORD", password);
        let ran = run(command).await;
        let warning = ran.stderr.lines().next().unwrap_or_default();
        assert!(warning.starts_with("warning: HW_USER_PASSWORD ") && warning.contains(part), "{}", ran.stderr);
        assert!(!ran.stderr.contains("Zq8xW2v"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn refused_connection_names_the_service_iam_or_the_proxy() {
    let (server, _) = server_with_devices(1).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    let closed = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let url = format!("http://{closed}");

    let mut service = command(&server, "devices", &["--retries", "0"]);
    service.env("HUAWEICLOUD_IOTDA_ENDPOINT", &url);
    let ran = run(service).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("connection failed ({closed}): ")), "{}", ran.stderr);

    let user =
        [("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "p"), ("HW_AUTH_URL", url.as_str())];
    let ran = run(login(&server, "devices", &user)).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("IAM login: connection failed ({closed}): ")), "{}", ran.stderr);
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test]
async fn refused_connection_of_a_proxy_names_both_hosts() {
    let (server, _) = server_with_devices(1).await;
    let mut behind_proxy = command(&server, "devices", &["--retries", "0"]);
    behind_proxy.env("HUAWEICLOUD_IOTDA_ENDPOINT", "https://iotda.example.invalid");
    behind_proxy.env("HTTPS_PROXY", "http://user:Zq8xW2v@127.0.0.1:9/");
    let ran = run(behind_proxy).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    let part = "connection failed (iotda.example.invalid:443 through the proxy 127.0.0.1:9): ";
    assert!(ran.stderr.contains(part), "{}", ran.stderr);
    assert!(!ran.stderr.contains("Zq8xW2v"), "{}", ran.stderr);
}

#[tokio::test]
async fn next_endpoint_of_the_region_is_used_if_no_connection_can_be_made() {
    let (server, _) = server_with_devices(1).await;
    let mut command = command(&server, "devices", &["--retries", "0", "--region", "cn-north-4"]);
    command.env_remove("HUAWEICLOUD_IOTDA_ENDPOINT");
    let endpoints = format!("http://127.0.0.1:9,{}", server.endpoint());
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", endpoints);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1, "{}", ran.stderr);
}

#[tokio::test]
async fn doctor_reports_all_invalid_settings_in_one_run() {
    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl", "--region", "CN", "--instance-id", "'i-1'"]);
    command.env("HUAWEICLOUD_SDK_PROJECT_ID", "\"p\"").env("HW_AUTH_TOKEN", "'MIIZq8xW2v'");
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", "https://{instance}.example.com").env("HW_CLOUD", "com");
    command.env("HW_AUTH_URL", "https://iam.example.com/ v3");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stdout);
    for (name, origin) in [
        ("endpoint", "variable HUAWEICLOUD_IOTDA_ENDPOINT is"),
        ("region", "option --region is"),
        ("cloud", "variable HW_CLOUD is"),
        ("project", "variable HUAWEICLOUD_SDK_PROJECT_ID is"),
        ("instance", "option --instance-id is"),
        ("IAM", "variable HW_AUTH_URL is"),
        ("credential", "HW_AUTH_TOKEN must not be in quotes"),
    ] {
        let record = step(&ran, name);
        assert_eq!(record["result"], "failed", "{record}");
        assert!(record["detail"].as_str().is_some_and(|detail| detail.starts_with(origin)), "{record}");
    }
    assert!(!ran.stdout.contains("Zq8xW2v"), "{}", ran.stdout);
    assert_eq!(server.requests().len(), 0);
}
