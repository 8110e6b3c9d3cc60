//! The example `revocation_check`: its exit statuses, and the manifest of its CronJob.

use std::process::Command;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::support::example::{example, run};
use crate::support::{CERTIFICATE, server_env, server_with_devices};

async fn server() -> MockServer {
    let (server, _) = server_with_devices(120).await;
    server.add_certificate("unused");
    server
}

fn check(server: &MockServer, certificates: &[&str]) -> Command {
    let mut command = example("revocation_check");
    command.envs(server_env(&server.endpoint())).args(certificates);
    command
}

#[tokio::test]
async fn exit_status_says_whether_a_certificate_is_in_use() {
    for (certificates, status) in [
        (&["unused"][..], 0),
        (&["unused", CERTIFICATE], 7),
        (&["unused", "unknown"], 1),
        (&[CERTIFICATE, "unknown"], 7),
        (&["unknown", CERTIFICATE], 7),
        (&[], 1),
    ] {
        let output = run(check(&server().await, certificates)).await;
        assert_eq!(output.status, Some(status), "{certificates:?}: {output:?}");
        for certificate in certificates {
            let lines = output.stdout.lines().chain(output.stderr.lines());
            assert_eq!(lines.filter(|line| line.starts_with(certificate)).count(), 1, "{certificate}: {output:?}");
        }
    }
}

#[tokio::test]
async fn empty_list_without_a_zero_count_is_not_unused() {
    for page in [json!({"count": 7}), Value::Null] {
        let server = server().await;
        server.enqueue(MockResponse::new(200).json(&json!({"devices": [], "page": page})));
        assert_eq!(run(check(&server, &["unused"])).await.status, Some(1), "{page}");
    }
}

fn manifest() -> Value {
    yaml_serde::from_str(include_str!("../../examples/revocation_check.yaml")).expect("YAML")
}

#[tokio::test]
async fn container_of_the_manifest_runs_the_check() {
    let server = server().await;
    server.add_access_key("AK", "SK");
    let manifest = manifest();
    let container = &manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    let mut command = example("revocation_check");
    for argument in container["args"].as_array().expect("arguments") {
        command.arg(argument.as_str().expect("a string"));
    }
    for variable in container["env"].as_array().expect("variables") {
        let name = variable["name"].as_str().expect("a name");
        let secret = variable["valueFrom"]["secretKeyRef"]["key"].as_str();
        let value = match (name, secret, variable["value"].as_str()) {
            ("HUAWEICLOUD_IOTDA_ENDPOINT", None, Some(_)) => server.endpoint(),
            (_, Some("access-key"), None) => "AK".to_owned(),
            (_, Some("secret-key"), None) => "SK".to_owned(),
            (_, None, Some(value)) => value.to_owned(),
            other => panic!("{other:?}"),
        };
        command.env(name, value);
    }
    let output = run(command).await;
    let failure_policy = &manifest["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0];
    assert_eq!(failure_policy["action"], "FailJob");
    assert_eq!(failure_policy["onExitCodes"]["containerName"], container["name"]);
    assert_eq!(failure_policy["onExitCodes"]["values"], json!([output.status]), "{output:?}");
}
