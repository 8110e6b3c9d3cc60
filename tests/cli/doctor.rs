//! `iotda doctor`: what is used, what works, and what to do where it does not.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::Value;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::serve;

/// The record of this step.
fn step(ran: &Ran, name: &str) -> Value {
    let records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
    let mut steps = records.filter(|record| record["step"] == name);
    steps.next().unwrap_or_else(|| panic!("no step {name} in {}", ran.stdout))
}

fn has(record: &Value, field: &str, text: &str) {
    let value = record[field].as_str().unwrap_or_default();
    assert!(value.contains(text), "{field}: {record}");
}

#[tokio::test]
async fn with_good_settings_every_step_is_told_with_its_source() {
    let (server, _) = serve(1).await;
    server.add_sample_templates(3);
    let ran = run(iotda_at(&server, &["doctor", "--instance-id", "i-1"])).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    for (name, result, detail, source) in [
        ("endpoint", "set", server.endpoint().as_str(), "variable HUAWEICLOUD_IOTDA_ENDPOINT"),
        ("region", "set", "none: the endpoint's name tells none", "not set"),
        ("IAM", "set", "none, for no region is known", "not set"),
        ("proxy", "set", "none", "not set"),
        ("timeout", "set", "30s", "not set"),
        ("retries", "set", "4", "not set"),
        ("rate limit", "set", "no limit", "not set"),
        ("project", "set", MockServer::PROJECT_ID, "variable HUAWEICLOUD_SDK_PROJECT_ID"),
        ("instance", "set", "i-1", "option --instance-id"),
        ("credential", "set", "a token", "variable HW_AUTH_TOKEN"),
        ("host", "ok", "this machine", ""),
        (
            "signature",
            "ok",
            "none, for a token is sent; an access key would make the standard (SDK-HMAC-SHA256)",
            "by the host",
        ),
        ("connection", "ok", "answered", ""),
        ("clock", "ok", "", ""),
        ("call", "ok", "3 templates (request id 00000000000000000000000000000002)", ""),
    ] {
        let record = step(&ran, name);
        has(&record, "result", result);
        has(&record, "detail", detail);
        has(&record, "source", source);
    }
    assert_eq!(server.requests().len(), 2, "one for the time, one cheap call");
}

#[tokio::test]
async fn each_credential_is_named_by_its_variable_as_the_library_reads_it() {
    let variables = [
        ("HW_AUTH_TOKEN", "a token"),
        ("HUAWEICLOUD_SDK_AK", "an access key"),
        ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "the access key of a profile"),
        ("HW_ACCESS_KEY", "an access key"),
        ("HW_DOMAIN_NAME", "a password"),
    ];
    // Each is the first of those that are left.
    for (place, (name, what)) in variables.into_iter().enumerate() {
        let mut command = iotda(&["doctor", "--endpoint", "http://127.0.0.1:9", "--project-id", "p"]);
        for (name, _) in &variables[place..] {
            command.env(name, "/x");
        }
        let ran = run(command).await;
        if name == "HUAWEICLOUD_SDK_CREDENTIALS_FILE" {
            // What it names is read for its project.
            let record = step(&ran, "credential");
            has(&record, "result", "failed");
            has(&record, "detail", "the profile /x: there is no such file");
            has(&step(&ran, "endpoint"), "detail", "http://127.0.0.1:9");
            continue;
        }
        let record = step(&ran, "credential");
        has(&record, "detail", what);
        has(&record, "source", &format!("variable {name}"));
    }
}

// Without TLS, there is no client of an https endpoint.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn how_calls_are_made_is_told_with_its_source() {
    let proxy = ("HTTPS_PROXY", "http://user:Zq8xW2vR7n@127.0.0.1:9/path?Zq8xW2vR7n");
    let key = [("HUAWEICLOUD_SDK_AK", "AK-9"), ("HUAWEICLOUD_SDK_SK", "sk")];
    let endpoint = "https://9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com";
    let calls = ["--timeout", "0.5", "--retries", "0", "--rate-limit", "7"];
    let mut command = iotda(&[&["doctor", "--project-id", "p", "--endpoint", endpoint], &calls[..]].concat());
    command.envs(key).envs([proxy, ("no_proxy", "10.0.0.1")]);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    for (name, detail, source) in [
        ("region", "cn-north-4, by the endpoint's name", "not set"),
        ("IAM", "the region's", "not set"),
        ("proxy", "127.0.0.1:9, but for the hosts that no_proxy names", "variable HTTPS_PROXY"),
        ("timeout", "500ms for one attempt", "option --timeout"),
        ("retries", "0", "option --retries"),
        ("rate limit", "7 requests a second", "option --rate-limit"),
        ("signature", "derived (V11-HMAC-SHA256) for cn-north-4", "by the host"),
    ] {
        let record = step(&ran, name);
        assert_eq!((record["detail"].as_str(), record["source"].as_str()), (Some(detail), Some(source)));
    }
    assert!(!ran.stdout.contains("Zq8xW2vR7n"), "{}", ran.stdout);

    let (server, _) = serve(1).await;
    let mut command = iotda_at(&server, &["doctor"]);
    command.envs([proxy]);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    has(&step(&ran, "proxy"), "detail", "none, for requests to a plain http:// address");
}

#[tokio::test]
async fn a_credential_that_can_not_be_read_is_told_like_any_other_failure() {
    let (server, _) = serve(1).await;
    let broken = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doctor-broken-profile");
    fs::write(&broken, "[basic]\nak = AK-9\n").expect("written");
    let broken = broken.to_str().expect("UTF-8");
    for (option, file, status, said) in [
        ("--profile", "/nowhere", 3, "there is no such file"),
        ("--profile", broken, 3, "sk"),
        ("--token-file", "/nowhere", 3, "name a file that holds an IAM token"),
    ] {
        let ran = run(iotda_at(&server, &["doctor", option, file])).await;
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(status), ""), "{}", ran.stdout);
        has(&step(&ran, "endpoint"), "detail", &server.endpoint());
        let records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
        let failed: Vec<_> = records.filter(|record| record["result"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{}", ran.stdout);
        has(&failed[0], "detail", said);
    }
}

#[tokio::test]
async fn a_refused_credential_is_told_with_cause_and_remedy() {
    let (server, _) = serve(1).await;
    let mut command = iotda_at(&server, &["doctor"]);
    command.env("HW_AUTH_TOKEN", "another");
    let ran = run(command).await;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(3), ""));
    let record = step(&ran, "call");
    has(&record, "result", "failed");
    has(&record, "advice", "HTTP 401, code APIG.0301, request id");
    has(&record, "advice", "Replace the credential");
}

#[tokio::test]
async fn what_is_missing_is_told_all_at_once() {
    let ran = run(iotda(&["doctor"])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    for (name, remedy) in [("endpoint", "--endpoint"), ("credential", "--token-file")] {
        let record = step(&ran, name);
        has(&record, "result", "failed");
        has(&record, "detail", remedy);
    }
}

#[tokio::test]
async fn a_service_that_can_not_be_reached_ends_the_checks() {
    let (server, _) = serve(1).await;
    let command = iotda_at(&server, &["doctor", "--timeout", "5"]);
    drop(server);
    tokio::task::yield_now().await;
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    let record = step(&ran, "connection");
    has(&record, "result", "failed");
    has(&record, "advice", "firewall");
    assert!(!ran.stdout.contains("\"call\""), "{}", ran.stdout);
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_warning() {
    let (server, _) = serve(1).await;
    for (time, off) in [
        (SystemTime::now() - Duration::from_secs(3600), "ahead of"),
        (SystemTime::now() + Duration::from_secs(3600), "behind"),
        (SystemTime::now() + Duration::from_secs(360), "behind"),
    ] {
        server.set_time(time);
        let ran = run(iotda_at(&server, &["doctor"])).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stdout);
        let record = step(&ran, "clock");
        has(&record, "result", "warning");
        has(&record, "detail", off);
        has(&record, "advice", "15 minutes");
    }
}

#[tokio::test]
async fn a_project_that_iam_does_not_know_is_told() {
    let (server, _) = serve(1).await;
    let endpoint = server.endpoint();
    let mut command = iotda(&["doctor", "--endpoint", &endpoint, "--region", "cn-north-4"]);
    command.env("HW_AUTH_TOKEN", MockServer::TOKEN).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stdout);
    let record = step(&ran, "project");
    let records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
    assert_eq!(records.filter(|record| record["step"] == "project").count(), 2, "{record}");
    assert!(ran.stdout.contains("IAM knows no projects of name cn-north-4"), "{}", ran.stdout);
}

#[tokio::test]
async fn as_a_table_it_is_a_line_a_step() {
    let (server, _) = serve(1).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["doctor", "--retries", "0", "--output", "table"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stdout);
    let expected = format!("set      endpoint    {}  (variable HUAWEICLOUD_IOTDA_ENDPOINT)", server.endpoint());
    assert_eq!(ran.lines()[0], expected);
    let failed = ran.lines().iter().position(|line| line.starts_with("failed   call ")).expect("a failed step");
    assert!(ran.lines()[failed + 1].starts_with("    HTTP 503, request id"), "{}", ran.stdout);
}
