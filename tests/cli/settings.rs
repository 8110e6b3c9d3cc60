//! Sources of settings: options override variables, variables override the profile, and no secret is printed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use expect_test::expect;
use huaweicloud_iotda::Signing;
use huaweicloud_iotda::mock::{MockServer, RecordedRequest};

use crate::support::program::{HOME, Ran, iotda, iotda_at, run, run_with};
use crate::support::{CERTIFICATE, server_with_devices};

/// Creates a directory for one test.
fn test_directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("settings-{name}"));
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

fn last_request(server: &MockServer) -> RecordedRequest {
    server.requests().pop().expect("a request")
}

fn assert_one_device(ran: &Ran) {
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1, "{}", ran.stderr);
}

/// Returns `iotda` with these variables and no others.
fn iotda_with(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = iotda(arguments);
    command.envs(variables.iter().copied());
    command
}

#[tokio::test]
async fn option_overrides_variable() {
    let (server, _) = server_with_devices(1).await;
    let devices = ["devices", CERTIFICATE];
    let variables = [("HUAWEICLOUD_SDK_PROJECT_ID", "p-var"), ("HUAWEICLOUD_IOTDA_INSTANCE_ID", "i-var")];
    let mut command = iotda_at(&server, &devices);
    command.envs(variables).env("HW_PROJECT_ID", "p-second");
    assert_one_device(&run(command).await);
    let request = last_request(&server);
    assert!(request.target.starts_with("/v5/iot/p-var/"), "{}", request.target);
    assert_eq!(request.header("instance-id"), Some("i-var"));

    let mut command = iotda_at(&server, &["--project-id", "p-opt", "devices", CERTIFICATE, "--instance-id", "i-opt"]);
    command.envs(variables);
    assert_one_device(&run(command).await);
    let request = last_request(&server);
    assert!(request.target.starts_with("/v5/iot/p-opt/"), "{}", request.target);
    assert_eq!(request.header("instance-id"), Some("i-opt"));
}

#[tokio::test]
async fn endpoint_comes_from_option_then_general_variable_then_variable_of_the_region() {
    let (server, _) = server_with_devices(1).await;
    let endpoint = server.endpoint();
    let unused = "http://127.0.0.1:9";
    let login = [("HW_AUTH_TOKEN", MockServer::TOKEN), ("HW_PROJECT_ID", "p")];
    let general = "HUAWEICLOUD_IOTDA_ENDPOINT";
    let of_region = "HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4";
    for (arguments, variables) in [
        (&["--endpoint", endpoint.as_str()][..], &[(general, unused), (of_region, unused)][..]),
        (&["--endpoint", &endpoint, "--region", "cn-north-4"], &[(general, unused), (of_region, unused)]),
        (&[], &[(general, &endpoint), (of_region, unused), ("HW_REGION_NAME", "cn-north-4")]),
        (&["--region", "cn-north-4"], &[(general, &endpoint), (of_region, unused)]),
        (&["--region", "cn-north-4"], &[(of_region, &endpoint)]),
        (&["--region", "cn-north-4"], &[(of_region, &endpoint), ("HW_REGION_NAME", "cn-south-1")]),
        (&[], &[(of_region, &endpoint), ("HW_REGION_NAME", "cn-north-4")]),
    ] {
        let arguments = [&["devices", CERTIFICATE], arguments].concat();
        let ran = run(iotda_with(&arguments, &[&login[..], variables].concat())).await;
        assert_eq!(ran.status, Some(0), "{arguments:?} {variables:?}: {}", ran.stderr);
        assert_eq!(ran.lines().len(), 1, "{arguments:?} {variables:?}: {}", ran.stderr);
    }
}

/// Regions in the host names of endpoints. No request leaves this machine: the proxy is a closed local port.
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod regions {
    use expect_test::expect;
    use serde_json::Value;

    use super::iotda_with;
    use crate::support::program::{Ran, run};

    const NORTH: &str = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    const SOUTH: &str = "https://1f2e3xxxxx.st1.iotda-app.cn-south-1.myhuaweicloud.com";
    const SHARED_NORTH: &str = "https://iotda.cn-north-4.myhuaweicloud.com";
    const GENERAL: &str = "HUAWEICLOUD_IOTDA_ENDPOINT";
    const OF_SOUTH: &str = "HUAWEICLOUD_SDK_REGION_IOTDA_CN_SOUTH_1";
    const REGION: &str = "HW_REGION_NAME";

    async fn iotda_behind_closed_proxy(command: &[&str], options: &[&str], variables: &[(&str, &str)]) -> Ran {
        let common = [("HW_AUTH_TOKEN", "t"), ("HW_PROJECT_ID", "p"), ("HTTPS_PROXY", "http://127.0.0.1:9")];
        let arguments = [command, options, &["--retries", "0"]].concat();
        run(iotda_with(&arguments, &[&common[..], variables].concat())).await
    }

    /// Returns the `detail` of a step that `iotda doctor` printed with this result.
    fn detail(ran: &Ran, step: &str, result: &str) -> Option<String> {
        let records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
        let mut steps = records.filter(|record| record["step"] == step && record["result"] == result);
        steps.next().map(|record| record["detail"].as_str().unwrap_or_default().to_owned())
    }

    async fn assert_accepted(options: &[&str], variables: &[(&str, &str)], endpoint: &str) {
        let ran = iotda_behind_closed_proxy(&["doctor", "-o", "jsonl"], options, variables).await;
        let host = endpoint.trim_start_matches("https://");
        let detail = detail(&ran, "host", "ok").unwrap_or_else(|| panic!("{options:?}: {}{}", ran.stdout, ran.stderr));
        assert!(detail.starts_with(host), "{options:?} {variables:?}: {detail}");
    }

    async fn region_error(options: &[&str], variables: &[(&str, &str)]) -> String {
        let ran = iotda_behind_closed_proxy(&["devices", "a"], options, variables).await;
        assert_eq!(ran.status, Some(2), "{options:?} {variables:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{options:?} {variables:?}: {}", ran.stderr);
        let doctor = iotda_behind_closed_proxy(&["doctor", "-o", "jsonl"], options, variables).await;
        assert_eq!(doctor.status, Some(2), "{}", doctor.stdout);
        assert_eq!(doctor.stderr, "", "{}", doctor.stdout);
        let failed = detail(&doctor, "region", "failed").unwrap_or_else(|| panic!("{}", doctor.stdout));
        assert_eq!(ran.stderr, format!("error: {failed}\n"), "the same text as in doctor");
        assert_eq!(detail(&doctor, "host", "ok"), None, "no check follows: {}", doctor.stdout);
        ran.stderr
    }

    #[tokio::test]
    async fn endpoint_of_the_requested_region_is_accepted() {
        for (options, variables, expected) in [
            (&["--endpoint", NORTH, "--region", "cn-north-4"][..], &[][..], NORTH),
            (&["--endpoint", NORTH], &[(REGION, "cn-north-4")], NORTH),
            (&["--region", "cn-north-4"], &[(GENERAL, NORTH)], NORTH),
            (&["--region", "cn-north-4"], &[(GENERAL, NORTH), (REGION, "cn-south-1")], NORTH),
            (&[], &[(GENERAL, SHARED_NORTH), (REGION, "cn-north-4")], SHARED_NORTH),
            (&["--region", "cn-south-1"], &[(OF_SOUTH, SOUTH)], SOUTH),
            (&["--region", "cn-north-4"], &[(OF_SOUTH, SOUTH)], SHARED_NORTH),
            (&[], &[(GENERAL, NORTH), (OF_SOUTH, SOUTH)], NORTH),
        ] {
            assert_accepted(options, variables, expected).await;
        }
    }

    #[tokio::test]
    async fn host_that_names_no_region_is_accepted_with_any_region() {
        for endpoint in ["https://iotda.example.invalid", "https://203.0.113.1"] {
            for region in ["cn-north-4", "cn-south-1"] {
                assert_accepted(&["--endpoint", endpoint, "--region", region], &[], endpoint).await;
                assert_accepted(&[], &[(GENERAL, endpoint), (REGION, region)], endpoint).await;
            }
        }
    }

    #[tokio::test]
    async fn endpoint_in_another_region_is_a_usage_error_and_its_help_works() {
        let south = ["--region", "cn-south-1"];
        for (options, variables) in [
            (&["--endpoint", NORTH, "--region", "cn-south-1"][..], &[][..]),
            (&["--endpoint", SHARED_NORTH], &[(REGION, "cn-south-1")]),
            (&south, &[(GENERAL, NORTH)]),
            (&south, &[(GENERAL, NORTH), (OF_SOUTH, SOUTH), (REGION, "cn-north-4")]),
            (&[], &[(GENERAL, SHARED_NORTH), (REGION, "cn-south-1")]),
        ] {
            let error = region_error(options, variables).await;
            let endpoint = if error.contains(NORTH) { NORTH } else { SHARED_NORTH };
            assert!(error.contains(&format!("the endpoint {endpoint} (")), "{error}");
            assert!(error.trim_end().ends_with("or --region cn-north-4"), "{error}");
            // The two remedies that the error names. An option is given once only.
            let without = |name: &str| match options.iter().position(|option| *option == name) {
                Some(place) => [&options[..place], &options[place + 2..]].concat(),
                None => options.to_vec(),
            };
            let region_changed = [&without("--region")[..], &["--region", "cn-north-4"]].concat();
            assert_accepted(&region_changed, variables, endpoint).await;
            let endpoint_changed = [&without("--endpoint")[..], &["--endpoint", SOUTH]].concat();
            assert_accepted(&endpoint_changed, variables, SOUTH).await;
        }
    }

    #[tokio::test]
    async fn variable_of_a_region_with_an_endpoint_in_another_region_is_a_usage_error_and_its_help_works() {
        for (options, variables) in [
            (&["--region", "cn-south-1"][..], &[(OF_SOUTH, NORTH)][..]),
            (&[], &[(OF_SOUTH, NORTH), (REGION, "cn-south-1")]),
        ] {
            let error = region_error(options, variables).await;
            assert!(error.contains(OF_SOUTH), "{error}");
            assert!(error.contains("--endpoint"), "{error}");
            assert_accepted(&[options, &["--endpoint", SOUTH]].concat(), variables, SOUTH).await;
            let corrected = [&variables[1..], &[(OF_SOUTH, SOUTH)]].concat();
            assert_accepted(options, &corrected, SOUTH).await;
        }
    }

    #[tokio::test]
    async fn region_error_names_both_values_and_their_origins() {
        let options = expect![[r#"
            error: the endpoint https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com (option --endpoint) is in region cn-north-4, but region cn-south-1 (option --region) is requested; use --endpoint with an endpoint of cn-south-1, or --region cn-north-4
        "#]];
        options.assert_eq(&region_error(&["--endpoint", NORTH, "--region", "cn-south-1"], &[]).await);
        let mixed = expect![[r#"
            error: the endpoint https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com (variable HUAWEICLOUD_IOTDA_ENDPOINT) is in region cn-north-4, but region cn-south-1 (option --region) is requested; use --endpoint with an endpoint of cn-south-1, or --region cn-north-4
        "#]];
        mixed.assert_eq(&region_error(&["--region", "cn-south-1"], &[(GENERAL, NORTH)]).await);
        let variables = expect![[r#"
            error: the endpoint https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com (variable HUAWEICLOUD_IOTDA_ENDPOINT) is in region cn-north-4, but region cn-south-1 (variable HW_REGION_NAME) is requested; use --endpoint with an endpoint of cn-south-1, or --region cn-north-4
        "#]];
        variables.assert_eq(&region_error(&[], &[(GENERAL, NORTH), (REGION, "cn-south-1")]).await);
        let of_region = expect![[r#"
            error: the endpoint https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com (variable HUAWEICLOUD_SDK_REGION_IOTDA_CN_SOUTH_1) is in region cn-north-4, but region cn-south-1 (option --region) is requested; set HUAWEICLOUD_SDK_REGION_IOTDA_CN_SOUTH_1 to an endpoint of cn-south-1, or use --endpoint with one
        "#]];
        of_region.assert_eq(&region_error(&["--region", "cn-south-1"], &[(OF_SOUTH, NORTH)]).await);
    }
}

#[tokio::test]
async fn token_is_read_from_a_file() {
    let (server, _) = server_with_devices(1).await;
    let file = test_directory("token").join("token");
    fs::write(&file, format!("{}\n", MockServer::TOKEN)).expect("the file is written");
    let path = file.to_str().expect("UTF-8");
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--token-file", path]);
    command.env("HW_AUTH_TOKEN", "of-the-variable");
    assert_one_device(&run(command).await);
}

#[tokio::test]
async fn token_is_read_from_standard_input() {
    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--token-file", "-"]);
    command.env_remove("HW_AUTH_TOKEN");
    assert_one_device(&run_with(command, "mock-token-0f2d6c1e9b7a4855\r\n").await);
}

#[tokio::test]
async fn missing_and_empty_token_files_are_reported_with_their_path() {
    let (server, _) = server_with_devices(1).await;
    let file = test_directory("empty-token").join("token");
    fs::write(&file, "\n").expect("the file is written");
    for bad in [file.to_str().expect("UTF-8"), "/nowhere"] {
        let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--token-file", bad])).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--token-file {bad}: ")), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn token_and_certificate_ids_both_from_standard_input_are_a_usage_error() {
    let ran = run_with(iotda(&["devices", "-", "--token-file", "-"]), "a\n").await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    expect![[r#"
        error: --token-file - and CERTIFICATE - both read stdin; only one of them can use it
    "#]]
    .assert_eq(&ran.stderr);
}

#[tokio::test]
async fn profile_from_option_variable_or_home_provides_key_and_project() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let home = test_directory("home");
    fs::create_dir_all(home.join(".huaweicloud")).expect("a directory");
    let file = home.join(".huaweicloud").join("credentials");
    fs::write(&file, "[basic]\nak = AK-1\nsk = SK-secret-1\nproject_id = p-profile\n").expect("the file is written");
    let (home, path) = (home.to_str().expect("UTF-8"), file.to_str().expect("UTF-8"));
    let endpoint = server.endpoint();
    let at = ("HUAWEICLOUD_IOTDA_ENDPOINT", endpoint.as_str());
    for command in [
        iotda_with(&["devices", CERTIFICATE, "--credentials-file", path], &[at, ("HW_AUTH_TOKEN", "of-the-variable")]),
        iotda_with(&["devices", CERTIFICATE], &[at, ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", path)]),
        iotda_with(&["devices", CERTIFICATE], &[at, (HOME, home)]),
    ] {
        assert_one_device(&run(command).await);
        let request = last_request(&server);
        assert!(request.target.starts_with("/v5/iot/p-profile/"), "{}", request.target);
        assert!(request.header("authorization").is_some_and(|value| value.contains("Access=AK-1")));
    }
    let variables = [at, (HOME, home), ("HW_PROJECT_ID", "p-variable")];
    assert_one_device(&run(iotda_with(&["devices", CERTIFICATE], &variables)).await);
    assert!(last_request(&server).target.starts_with("/v5/iot/p-variable/"));
}

#[tokio::test]
async fn iam_endpoint_comes_from_variable_then_profile() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let file = test_directory("iam").join("credentials");
    let endpoint = server.endpoint();
    let text = format!("[basic]\nak = AK-1\nsk = SK-secret-1\niam_endpoint = {endpoint}\n");
    fs::write(&file, text).expect("the file is written");
    let path = file.to_str().expect("UTF-8");
    let arguments =
        ["devices", CERTIFICATE, "--credentials-file", path, "--region", "cn-north-4", "--endpoint", &endpoint];
    let ran = run(iotda(&arguments)).await;
    assert_eq!(ran.status, Some(2), "the mock has no project of this region: {}", ran.stderr);
    assert!(last_request(&server).target.starts_with("/v3/projects"), "{}", last_request(&server).target);

    let mut command = iotda(&[&arguments[..], &["--retries", "0"]].concat());
    command.env("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://127.0.0.1:9");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

#[tokio::test]
async fn rate_limit_delays_requests() {
    let (server, _) = server_with_devices(1).await;
    let started = Instant::now();
    assert_one_device(&run(iotda_at(&server, &["devices", CERTIFICATE, "--rate-limit", "1"])).await);
    assert_eq!(server.requests().len(), 2);
    assert!(started.elapsed() > Duration::from_millis(900), "{:?}", started.elapsed());
}

#[tokio::test]
async fn signing_option_selects_the_algorithm() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK-1", "SK-secret-1");
    let derived = |region: &str| Signing::Derived { region: region.to_owned() };
    let command = |arguments: &[&str]| {
        let mut command = iotda_at(&server, &[&["devices", CERTIFICATE], arguments].concat());
        command.env_remove("HW_AUTH_TOKEN").env("HUAWEICLOUD_SDK_AK", "AK-1").env("HUAWEICLOUD_SDK_SK", "SK-secret-1");
        command
    };
    assert_one_device(&run(command(&[])).await);
    assert_one_device(&run(command(&["--signing", "standard"])).await);
    server.set_signing(derived("cn-north-4"));
    assert_one_device(&run(command(&["--signing", "derived", "--region", "cn-north-4"])).await);
    let wrong = run(command(&["--signing", "standard"])).await;
    assert_eq!(wrong.status, Some(3), "{}", wrong.stderr);
    let no_region = run(command(&["--signing", "derived"])).await;
    assert_eq!(no_region.status, Some(2));
    assert!(no_region.stderr.contains("--region"), "{}", no_region.stderr);
}

#[tokio::test]
async fn secrets_are_never_printed() {
    let (server, _) = server_with_devices(1).await;
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
            let ran = run(iotda_with(arguments, &[&at[..], secret, &[iam]].concat())).await;
            assert!(matches!(ran.status, Some(2 | 3)), "{arguments:?}: {:?}", ran.status);
            let output = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!output.contains("Zq8xW2vR7n"), "{output}");
        }
    }
}

#[tokio::test]
async fn secrets_in_urls_are_redacted() {
    let file = test_directory("url").join("credentials");
    let profile = "[basic]\nak = AK-9\nsk = sec-Zq8xW2vR7n\niam_endpoint = https://u:Zq8xW2vR7n@iam.example.com\n";
    fs::write(&file, profile).expect("the file is written");
    let path = file.to_str().expect("UTF-8");
    let secret = "https://user:p@Zq8xW2vR7n@host.example.com";
    let at = ("HUAWEICLOUD_IOTDA_ENDPOINT", "http://127.0.0.1:9");
    let token = ("HW_AUTH_TOKEN", "t");
    for (arguments, variables) in [
        (&["--endpoint", secret][..], &[token][..]),
        (&["--endpoint", secret, "--region", "cn-north-4"], &[token]),
        (&[], &[token, ("HUAWEICLOUD_IOTDA_ENDPOINT", secret)]),
        (&[], &[token, at, ("HUAWEICLOUD_SDK_IAM_ENDPOINT", secret)]),
        (&["--credentials-file", path], &[at]),
    ] {
        for format in ["jsonl", "table"] {
            let arguments = [&["doctor", "--output", format, "--retries", "0"], arguments].concat();
            let ran = run(iotda_with(&arguments, variables)).await;
            let output = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!output.contains("Zq8xW2vR7n"), "{arguments:?}: {output}");
            assert!(ran.stdout.contains("[redacted]@"), "{arguments:?}: {output}");
        }
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn setting_errors_name_options_instead_of_methods_of_the_library() {
    let endpoint = ("HUAWEICLOUD_IOTDA_ENDPOINT", "https://iotda.example");
    let plain_http = ("HUAWEICLOUD_IOTDA_ENDPOINT", "http://10.0.0.1");
    let project = ("HW_PROJECT_ID", "p-1");
    let token = ("HW_AUTH_TOKEN", "a-token");
    let password = [("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "p")];
    let login = [endpoint, project, password[0], password[1], password[2]];
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&[plain_http, project, token], "use https"),
        (&login, "set HUAWEICLOUD_SDK_IAM_ENDPOINT"),
        (&[endpoint, token], "--project-id"),
    ];
    for (variables, remedy) in cases {
        let ran = run(iotda_with(&["templates"], variables)).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(remedy), "{}", ran.stderr);
        for method in ["(...)", "allow_http", "builder"] {
            assert!(!ran.stderr.contains(method), "{}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn invalid_region_is_rejected_and_escaped_before_it_is_compared_with_the_endpoint() {
    let endpoint = ("HUAWEICLOUD_IOTDA_ENDPOINT", "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com");
    let variables = [endpoint, ("HW_AUTH_TOKEN", "a-token"), ("HW_PROJECT_ID", "p-1")];
    for region in ["", "cn north", "CN-NORTH-4", "\u{1b}[31mcn\nerror: forged"] {
        let ran = run(iotda_with(&["--region", region, "templates"], &variables)).await;
        assert_eq!(ran.status, Some(2), "{region:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("must be a region ID"), "{region:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains("\nerror: forged"), "{}", ran.stderr);
    }
}
