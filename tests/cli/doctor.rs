//! `iotda doctor`: effective settings, checks, and help for failed steps.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use expect_test::expect_file;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::Value;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::server_with_devices;

fn records(ran: &Ran) -> Vec<Value> {
    ran.lines().into_iter().map(|line| line.parse().expect("JSON")).collect()
}

/// Returns the first record of this step.
fn step(ran: &Ran, name: &str) -> Value {
    let mut steps = records(ran).into_iter().filter(|record| record["step"] == name);
    steps.next().unwrap_or_else(|| panic!("no step {name} in {}", ran.stdout))
}

fn assert_contains(record: &Value, field: &str, text: &str) {
    let value = record[field].as_str().unwrap_or_default();
    assert!(value.contains(text), "{field}: {record}");
}

/// Replaces the values that differ between runs.
fn normalized(text: &str, server: &MockServer) -> String {
    let text = text.replace(&server.endpoint(), "http://127.0.0.1:PORT");
    let host = server.endpoint().replace("http://", "");
    let text = text.replace(&host, "127.0.0.1:PORT");
    // The variables of root certificates are those of the machine.
    let lines = text.lines().filter(|line| !line.contains("trusted CAs"));
    let lines = lines.map(|line| match line.split_once("response after ") {
        Some((before, after)) => {
            let end = after.find(['"', ' ']).unwrap_or(after.len());
            format!("{before}response after TIME{}\n", &after[end..])
        }
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[tokio::test]
async fn output_with_valid_settings_matches_the_golden_files() {
    let (server, _) = server_with_devices(1).await;
    server.add_sample_templates(3);
    let ran = run(iotda_at(&server, &["doctor", "-o", "jsonl", "--instance-id", "i-1"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    assert_eq!(ran.stderr, "", "{}", ran.stdout);
    expect_file!["../golden/doctor.jsonl"].assert_eq(&normalized(&ran.stdout, &server));
    assert_eq!(server.requests().len(), 2, "one for the clock and one call");
    server.clear_requests();
    let ran = run(iotda_at(&server, &["doctor", "--output", "table"])).await;
    expect_file!["../golden/doctor.table"].assert_eq(&normalized(&ran.stdout, &server));
}

#[tokio::test]
async fn output_in_a_pipe_is_text_by_default() {
    let (server, _) = server_with_devices(1).await;
    let default = run(iotda_at(&server, &["doctor"])).await;
    assert!(default.stdout.starts_with("set      endpoint "), "{}", default.stdout);
}

#[tokio::test]
async fn project_that_is_set_is_not_reported_as_checked() {
    let (server, _) = server_with_devices(1).await;
    let ran = run(iotda_at(&server, &["doctor", "-o", "jsonl"])).await;
    let projects: Vec<_> = records(&ran).into_iter().filter(|record| record["step"] == "project").collect();
    assert_eq!(projects.len(), 1, "{projects:?}");
    assert_eq!(projects[0]["result"], "set");
}

#[tokio::test]
async fn every_setting_has_a_step_with_its_source() {
    let (server, _) = server_with_devices(1).await;
    server.add_sample_templates(3);
    let ran = run(iotda_at(&server, &["doctor", "-o", "jsonl", "--instance-id", "i-1"])).await;
    for (name, result, detail, source) in [
        ("endpoint", "set", server.endpoint().as_str(), "variable HUAWEICLOUD_IOTDA_ENDPOINT"),
        ("region", "default", "none", ""),
        ("IAM", "default", "none", ""),
        ("proxy", "default", "none", ""),
        ("timeout", "default", "30s", ""),
        ("connect timeout", "default", "10s", ""),
        ("retries", "default", "4", ""),
        ("max wait", "default", "20s", ""),
        ("rate limit", "default", "learned", ""),
        ("project", "set", MockServer::PROJECT_ID, "variable HUAWEICLOUD_SDK_PROJECT_ID"),
        ("instance", "set", "i-1", "option --instance-id"),
        ("credential", "set", "token", "variable HW_AUTH_TOKEN"),
        ("host", "ok", "127.0.0.1", ""),
        ("signing", "ok", "SDK-HMAC-SHA256", ""),
        ("connection", "ok", "", ""),
        ("clock", "ok", "", ""),
        ("call", "ok", "00000000000000000000000000000002", ""),
    ] {
        let record = step(&ran, name);
        assert_contains(&record, "result", result);
        assert_contains(&record, "detail", detail);
        assert_contains(&record, "source", source);
    }
}

#[tokio::test]
async fn credential_step_names_the_variable_that_the_library_reads_first() {
    let groups: [(&str, &str, &[&str]); 5] = [
        ("HW_AUTH_TOKEN", "token", &[]),
        ("HUAWEICLOUD_SDK_AK", "access key", &["HUAWEICLOUD_SDK_SK"]),
        ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "access key", &[]),
        ("HW_ACCESS_KEY", "access key", &["HW_SECRET_KEY"]),
        ("HW_DOMAIN_NAME", "password", &["HW_USER_NAME", "HW_USER_PASSWORD"]),
    ];
    for (index, (name, kind, _)) in groups.into_iter().enumerate() {
        let mut command = iotda(&["doctor", "-o", "jsonl", "--endpoint", "http://127.0.0.1:9", "--project-id", "p"]);
        for (name, _, others) in &groups[index..] {
            command.env(name, "/x").envs(others.iter().map(|other| (*other, "x")));
        }
        let ran = run(command).await;
        let record = step(&ran, "credential");
        if name == "HUAWEICLOUD_SDK_CREDENTIALS_FILE" {
            // The profile is read for its project ID.
            assert_contains(&record, "result", "failed");
            assert_contains(&record, "detail", "/x");
            assert_contains(&step(&ran, "endpoint"), "detail", "http://127.0.0.1:9");
            continue;
        }
        assert_contains(&record, "detail", kind);
        assert_contains(&record, "source", &format!("variable {name}"));
    }
}

// A build without TLS rejects https endpoints.
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test]
async fn call_settings_of_an_https_endpoint_match_the_golden_file() {
    let proxy = ("HTTPS_PROXY", "http://user:Zq8xW2vR7n@127.0.0.1:9/path?Zq8xW2vR7n");
    let key = [("HUAWEICLOUD_SDK_AK", "AK-9"), ("HUAWEICLOUD_SDK_SK", "sk")];
    let endpoint = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    let calls =
        ["--timeout", "0.5", "--connect-timeout", "0.4", "--retries", "0", "--max-wait", "60", "--rate-limit", "7"];
    let mut command =
        iotda(&[&["doctor", "-o", "jsonl", "--project-id", "p", "--endpoint", endpoint], &calls[..]].concat());
    command.envs(key).envs([proxy, ("no_proxy", "10.0.0.1")]);
    // On Windows, the names of variables have no case.
    let no_proxy = if cfg!(windows) { "NO_PROXY" } else { "no_proxy" };
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    for (name, detail, source) in [
        ("region", "cn-north-4", ""),
        ("proxy", "127.0.0.1:9", "variable HTTPS_PROXY"),
        ("timeout", "500ms", "option --timeout"),
        ("connect timeout", "400ms", "option --connect-timeout"),
        ("retries", "0", "option --retries"),
        ("max wait", "60s", "option --max-wait"),
        ("rate limit", "7", "option --rate-limit"),
        ("signing", "V11-HMAC-SHA256", ""),
        ("signing", "cn-north-4", ""),
    ] {
        let record = step(&ran, name);
        assert_contains(&record, "detail", detail);
        assert_contains(&record, "source", source);
    }
    assert!(!ran.stdout.contains("Zq8xW2vR7n"), "{}", ran.stdout);
    let settings: Vec<_> = ran
        .lines()
        .into_iter()
        .filter(|line| !line.contains("\"connection\"") && !line.contains("trusted CAs"))
        .collect();
    expect_file!["../golden/doctor-https.jsonl"]
        .assert_eq(&format!("{}\n", settings.join("\n").replace(no_proxy, "no_proxy")));

    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl"]);
    command.envs([proxy]);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let record = step(&ran, "proxy");
    assert_contains(&record, "detail", "none");
    assert_eq!(record["source"], Value::Null, "{record}");
}

#[tokio::test]
async fn unreadable_credential_is_a_failed_step() {
    let (server, _) = server_with_devices(1).await;
    let incomplete = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-incomplete-profile");
    fs::write(&incomplete, "[basic]\nak = AK-9\n").expect("the file is written");
    let incomplete = incomplete.to_str().expect("UTF-8");
    for (option, file, detail) in [
        ("--credentials-file", "/nowhere", "/nowhere"),
        ("--credentials-file", incomplete, "sk"),
        ("--token-file", "/nowhere", "--token-file /nowhere"),
    ] {
        let ran = run(iotda_at(&server, &["doctor", "-o", "jsonl", option, file])).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stdout);
        assert_eq!(ran.stderr, "", "{}", ran.stdout);
        assert_contains(&step(&ran, "endpoint"), "detail", &server.endpoint());
        let records = records(&ran);
        let failed: Vec<_> = records.iter().filter(|record| record["result"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{}", ran.stdout);
        assert_contains(failed[0], "detail", detail);
    }
}

#[tokio::test]
async fn rejected_credential_is_a_failed_call_with_details_and_help() {
    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl"]);
    command.env("HW_AUTH_TOKEN", "another");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert_eq!(ran.stderr, "");
    let record = step(&ran, "call");
    assert_contains(&record, "result", "failed");
    for text in ["HTTP 401", "APIG.0301", "00000000000000000000000000000002"] {
        assert_contains(&record, "help", text);
    }
    assert!(record["help"].as_str().is_some_and(|help| help.lines().count() == 2), "{record}");
}

#[tokio::test]
async fn all_missing_settings_are_reported_in_one_run() {
    let ran = run(iotda(&["doctor", "-o", "jsonl"])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    for (name, option) in [("endpoint", "--endpoint"), ("credential", "--token-file")] {
        let record = step(&ran, name);
        assert_contains(&record, "result", "failed");
        assert_contains(&record, "detail", option);
    }
}

#[tokio::test]
async fn unreachable_service_ends_the_checks() {
    let (server, _) = server_with_devices(1).await;
    let command = iotda_at(&server, &["doctor", "-o", "jsonl", "--timeout", "5"]);
    drop(server);
    tokio::task::yield_now().await;
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    let record = step(&ran, "connection");
    assert_contains(&record, "result", "failed");
    assert!(record["help"].as_str().is_some_and(|help| !help.is_empty()), "{record}");
    assert!(!ran.stdout.contains("\"call\""), "{}", ran.stdout);
}

#[tokio::test]
async fn clock_skew_of_more_than_five_minutes_is_a_warning() {
    let (server, _) = server_with_devices(1).await;
    for (server_time, direction) in [
        (SystemTime::now() - Duration::from_secs(3600), "ahead of"),
        (SystemTime::now() + Duration::from_secs(3600), "behind"),
        (SystemTime::now() + Duration::from_secs(360), "behind"),
    ] {
        server.set_time(server_time);
        let ran = run(iotda_at(&server, &["doctor", "-o", "jsonl"])).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stdout);
        let record = step(&ran, "clock");
        assert_contains(&record, "result", "warning");
        assert_contains(&record, "detail", direction);
        assert_contains(&record, "help", "15 minutes");
    }
}

#[tokio::test]
async fn project_unknown_to_iam_is_a_failed_step() {
    let (server, _) = server_with_devices(1).await;
    let endpoint = server.endpoint();
    let mut command = iotda(&["doctor", "-o", "jsonl", "--endpoint", &endpoint, "--region", "cn-north-4"]);
    command.env("HW_AUTH_TOKEN", MockServer::TOKEN).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stdout);
    let records = records(&ran);
    let projects: Vec<_> = records.iter().filter(|record| record["step"] == "project").collect();
    assert_eq!(projects.len(), 2, "{}", ran.stdout);
    assert_contains(projects[1], "result", "failed");
    assert_contains(projects[1], "detail", "cn-north-4");
}

#[tokio::test]
async fn table_format_prints_one_line_per_step_and_help_below_it() {
    let (server, _) = server_with_devices(1).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["doctor", "--retries", "0", "--output", "table"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    let expected = format!("set      endpoint         {}  (variable HUAWEICLOUD_IOTDA_ENDPOINT)", server.endpoint());
    assert_eq!(ran.lines()[0], expected);
    let failed = ran.lines().iter().position(|line| line.starts_with("failed   call ")).expect("a failed step");
    assert!(ran.lines()[failed + 1].starts_with("    HTTP 503, "), "{}", ran.stdout);
}

/// A profile is checked without a connection, because that may fail for another reason.
#[tokio::test]
async fn incomplete_profile_is_reported_before_a_connection_is_made() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-profile-without-sk");
    fs::write(&file, "[basic]\nak = AK-9\n").expect("the file is written");
    let file = file.to_str().expect("UTF-8");
    let options = ["--endpoint", "http://127.0.0.1:9", "--project-id", "p", "--credentials-file", file];
    let ran = run(iotda(&[&["doctor", "-o", "jsonl"], &options[..]].concat())).await;
    assert_eq!(ran.status, Some(3), "{}", ran.stdout);
    assert_contains(&step(&ran, "credential"), "detail", "no `sk`");
    assert!(!ran.stdout.contains("\"connection\""), "{}", ran.stdout);
}

#[tokio::test]
async fn other_endpoint_than_the_first_one_is_a_warning() {
    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl"]);
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", format!("http://127.0.0.1:9,{}", server.endpoint()));
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let record = step(&ran, "connection");
    assert_contains(&record, "result", "warning");
    assert_contains(&record, "detail", "no connection to 127.0.0.1:9; response after");
}

/// The rest of the report says what follows from the valid settings.
#[tokio::test]
async fn region_and_iam_are_shown_although_another_setting_is_invalid() {
    let endpoint = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    let mut command = iotda(&["doctor", "-o", "jsonl", "--endpoint", endpoint, "--project-id", "'p'"]);
    command.env("HW_AUTH_TOKEN", "t");
    let ran = run(command).await;
    if cfg!(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")) {
        assert_contains(&step(&ran, "region"), "detail", "cn-north-4, from the endpoint's host name");
        assert_contains(&step(&ran, "IAM"), "detail", "https://iam.cn-north-4.myhuaweicloud.com");
    }
    assert_contains(&step(&ran, "project"), "result", "failed");
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
#[tokio::test]
async fn summary_names_the_failed_steps() {
    let (server, _) = server_with_devices(1).await;
    let ran = run(iotda_at(&server, &["doctor"])).await;
    assert!(ran.stdout.ends_with("\n\nNo problems were found that prevent calls.\n"), "{}", ran.stdout);
    let ran = run(iotda(&["doctor"])).await;
    assert!(
        ran.stdout.ends_with(
            "\n\nFailed: endpoint, credential. The lines that start with \"failed\" say why, and what to do\n"
        ),
        "{}",
        ran.stdout
    );
}

/// The variables of the SDKs name a region, which is not set.
#[tokio::test]
async fn endpoint_of_another_region_is_named_if_there_is_no_endpoint() {
    let mut command = iotda(&["doctor", "-o", "jsonl"]);
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", "http://127.0.0.1:9");
    let ran = run(command).await;
    assert_contains(&step(&ran, "endpoint"), "detail", "HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4 is set");
    assert_contains(&step(&ran, "endpoint"), "detail", "--region cn-north-4");
    let mut command = iotda(&["doctor", "-o", "jsonl", "--region", "cn-north-4"]);
    command.env("HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4", "http://127.0.0.1:9");
    assert_contains(&step(&run(command).await, "endpoint"), "result", "set");
}

#[tokio::test]
async fn variables_without_an_effect_are_listed_with_their_options() {
    let (server, _) = server_with_devices(1).await;
    let mut command = iotda_at(&server, &["doctor", "-o", "jsonl"]);
    command.env("HW_MAX_RETRIES", "9").env("HW_ENABLE_FORCE_NEW", "true");
    let record = step(&run(command).await, "variables");
    assert_contains(&record, "detail", "no effect: HW_ENABLE_FORCE_NEW, HW_MAX_RETRIES");
    assert_contains(&record, "help", "Use --retries instead of HW_MAX_RETRIES");
}
