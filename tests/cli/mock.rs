//! `iotda mock`: a server for other processes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use expect_test::expect;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::program::{iotda, run};

const CERTIFICATES: [&str; 3] = ["61c970ce2d63eb6ee655dbf0", "61c970ce2d63eb6ee655dbf1", "61c970ce2d63eb6ee655dbf2"];

/// The start of the last line that `iotda mock` prints.
const LAST_LINE: &str = "# Script failures";

/// A running `iotda mock`; it is killed when dropped.
pub(crate) struct Mock {
    child: Child,
    pub(crate) printed: Vec<String>,
}

impl Mock {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(iotda(&[&["mock"], arguments].concat()))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("iotda starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut mock = Self { child, printed: Vec::new() };
        for line in BufReader::new(stdout).lines() {
            mock.printed.push(line.expect("a line"));
            if mock.printed.last().is_some_and(|line| line.starts_with(LAST_LINE)) {
                return mock;
            }
        }
        panic!("iotda mock ended: {:?}", mock.printed);
    }

    /// Returns the exported variables. The values contain no quotes, but may be in quotes.
    fn exports(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.printed.iter().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        pairs.map(|(name, value)| (name, value.trim_matches('\'')))
    }

    fn export(&self, name: &str) -> &str {
        self.exports().find(|(exported, _)| *exported == name).map(|(_, value)| value).expect("an exported variable")
    }

    /// Returns `iotda` with the exported variables.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut command = iotda(arguments);
        command.envs(self.exports());
        command
    }

    /// Returns `iotda` with the exported variables except the token.
    fn client_without_token(&self, arguments: &[&str]) -> Command {
        let mut command = self.client(arguments);
        command.env_remove("HW_AUTH_TOKEN");
        command
    }

    /// Returns the rest of the line that starts with this text.
    pub(crate) fn line(&self, start: &str) -> &str {
        self.printed.iter().find_map(|line| line.strip_prefix(start)).expect("a line")
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.export("HUAWEICLOUD_IOTDA_ENDPOINT")
    }

    fn port(&self) -> &str {
        self.endpoint().rsplit(':').next().expect("a port")
    }

    /// Sends a request to a control route.
    async fn control(&self, method: Method, route: &str, body: &Value) -> Response {
        let http = Client::builder().no_proxy().build().expect("a client");
        let request = http.request(method, format!("{}/mock/{route}", self.endpoint()));
        request.json(body).send().await.expect("a response")
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `iotda`, and checks that arguments of `mock` are rejected. Returns the standard error.
pub(crate) fn rejected(arguments: &[&str]) -> String {
    let mut child = iotda(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("iotda starts");
    let mut line = String::new();
    // If the server starts, it prints a line and does not end.
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("UTF-8");
    if !line.is_empty() {
        child.kill().expect("iotda ends");
    }
    let output = child.wait_with_output().expect("iotda ends");
    assert_eq!((output.status.code(), line.as_str()), (Some(2), ""), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[tokio::test]
async fn mock_prints_the_variables_and_certificate_ids_for_clients() {
    let mock = Mock::start(&["--devices", "60", "--templates", "2"]);
    let ran = run(mock.client(&["devices", CERTIFICATES[0]])).await;
    assert_eq!(ran.status, Some(0), "{:?}", mock.printed);
    assert_eq!(ran.lines().len(), 60, "{:?}", mock.printed);
    let ran = run(mock.client(&["templates"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 2);
    let ran = run(mock.client(&[&["devices", "--unused"], &CERTIFICATES[..]].concat())).await;
    assert!(ran.lines().len() == 1, "{}", ran.stdout);
    assert!(ran.stdout.contains(CERTIFICATES[2]), "{}", ran.stdout);
    for id in CERTIFICATES {
        assert!(mock.printed.iter().any(|line| line.starts_with('#') && line.contains(id)), "{:?}", mock.printed);
    }
}

#[tokio::test]
async fn mock_listens_on_the_port_option() {
    let mock = Mock::start(&[]);
    let port = mock.port().to_owned();
    drop(mock);
    assert_eq!(Mock::start(&["--port", &port]).port(), port);
}

#[tokio::test]
async fn mock_reports_a_port_in_use() {
    let mock = Mock::start(&[]);
    let ran = run(iotda(&["mock", "--port", mock.port()])).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.stderr.contains(mock.port()), "{}", ran.stderr);
}

#[tokio::test]
async fn mock_faults_are_reproducible_by_seed() {
    let results = async |seed: &str| {
        let mock = Mock::start(&["--fault-rate", "0.5", "--seed", seed]);
        let mut results = Vec::new();
        for _ in 0..12 {
            let ran = run(mock.client(&["templates", "--retries", "0"])).await;
            results.push((ran.status, ran.lines().len()));
        }
        results
    };
    let first = results("3").await;
    assert!(first.contains(&(Some(0), 3)), "{first:?}");
    assert!(first.iter().any(|(status, _)| *status != Some(0)), "{first:?}");
    assert_eq!(results("3").await, first);
    assert_ne!(results("4").await, first);
}

#[tokio::test]
async fn mock_latency_causes_timeouts() {
    let mock = Mock::start(&["--latency", "3600000"]);
    let ran = run(mock.client(&["templates", "--retries", "0", "--timeout", "0.1"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_stops_the_mock_with_status_0_and_ctrl_c_with_130() {
    for (signal, status) in [("TERM", 0), ("INT", 130)] {
        let mut mock = Mock::start(&[]);
        let kill = format!("kill -{signal} {}", mock.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
        assert_eq!(mock.child.wait().expect("iotda ends").code(), Some(status), "{signal}");
    }
}

#[tokio::test]
async fn first_lines_are_the_address_the_variables_and_the_certificates() {
    let mock = Mock::start(&[]);
    let printed = mock.printed.join("\n").replace(mock.port(), "PORT");
    expect![[r#"
        # IoTDA mock server at http://127.0.0.1:PORT; press Ctrl-C to stop it. To use it, run in another shell:
        export HUAWEICLOUD_IOTDA_ENDPOINT=http://127.0.0.1:PORT
        export HUAWEICLOUD_SDK_PROJECT_ID=0123456789abcdef0123456789abcdef
        export HW_AUTH_TOKEN=mock-token-0f2d6c1e9b7a4855
        # Certificates: 61c970ce2d63eb6ee655dbf0, 61c970ce2d63eb6ee655dbf1 (shares devices with the first), 61c970ce2d63eb6ee655dbf2 (no devices)
        # With an access key, for example in the vendor's SDKs (iotda uses the token if both are set):
        export HUAWEICLOUD_SDK_AK=MOCKACCESSKEY0000001
        export HUAWEICLOUD_SDK_SK=mock-secret-key-0f2d6c1e9b7a4855
        export HUAWEICLOUD_SDK_REGION_IOTDA_CN_NORTH_4=http://127.0.0.1:PORT
        export HUAWEICLOUD_SDK_IAM_ENDPOINT=http://127.0.0.1:PORT
        # Script failures at http://127.0.0.1:PORT/mock; its OpenAPI document: http://127.0.0.1:PORT/mock/openapi.yaml"#]].assert_eq(&printed);
}

#[tokio::test]
async fn access_key_of_the_mock_signs_requests() {
    let mock = Mock::start(&[]);
    for arguments in [&["--signing", "standard"][..], &["--signing", "derived", "--region", "cn-south-1"]] {
        let ran = run(mock.client_without_token(&[&["devices", CERTIFICATES[0]], arguments].concat())).await;
        assert_eq!((ran.status, ran.lines().len()), (Some(0), 120), "{}", ran.stderr);
    }
    // Without a project ID, it is looked up.
    let mut command = mock.client_without_token(&["templates", "--region", "cn-north-4"]);
    command.env_remove("HUAWEICLOUD_SDK_PROJECT_ID");
    let ran = run(command).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 3), "{}", ran.stderr);
}

#[tokio::test]
async fn mock_can_require_a_signing_algorithm() {
    for (required, other) in [("standard", "derived"), ("derived", "standard")] {
        let mock = Mock::start(&["--signing", required, "--region", "cn-south-1"]);
        let arguments = |signing| ["templates", "--region", "cn-south-1", "--signing", signing];
        let ran = run(mock.client_without_token(&arguments(required))).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        let ran = run(mock.client_without_token(&arguments(other))).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stderr);
        assert!(ran.stderr.contains("IOTDA.000002"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn access_key_option_replaces_the_printed_key_and_is_not_printed() {
    let mock = Mock::start(&["--access-key", "AK1:secret-1", "--access-key", "AK2:secret:2"]);
    for (access, secret, status) in [("AK1", "secret-1", 0), ("AK2", "secret:2", 0), ("AK1", "wrong", 3)] {
        let mut command = mock.client_without_token(&["templates"]);
        command.env("HUAWEICLOUD_SDK_AK", access).env("HUAWEICLOUD_SDK_SK", secret);
        let ran = run(command).await;
        assert_eq!(ran.status, Some(status), "{}", ran.stderr);
    }
    let printed = mock.printed.join("\n");
    assert!(printed.contains("# Access keys: AK1, AK2\n"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}

#[tokio::test]
async fn invalid_access_key_is_an_error_that_does_not_show_it() {
    for invalid in ["my-secret", ":my-secret", "my-secret:", "my secret:x"] {
        let ran = run(iotda(&["mock", "--access-key", invalid])).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("--access-key") && !ran.stderr.contains("secret:"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("my-secret"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn control_route_scripts_failures_of_the_cli() {
    let mock = Mock::start(&[]);
    let response = mock.control(Method::POST, "responses", &json!({"status": 503, "times": 2})).await;
    assert_eq!(response.status(), 200);
    let ran = run(mock.client(&["templates", "--retries", "1", "--max-wait", "0.001"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    let ran = run(mock.client(&["templates"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let requests: Value = mock.control(Method::GET, "requests", &json!({})).await.json().await.expect("JSON");
    // The last two are the page and the empty one after it.
    assert_eq!(requests["count"], 4);
}

#[tokio::test]
async fn reset_restores_the_faults_of_the_options() {
    let mock = Mock::start(&["--fault-rate", "1"]);
    let ran_status = async || run(mock.client(&["templates", "--retries", "0"])).await.status;
    assert_ne!(ran_status().await, Some(0));
    mock.control(Method::PUT, "faults", &json!({})).await;
    assert_eq!(ran_status().await, Some(0));
    mock.control(Method::POST, "reset", &json!({})).await;
    assert_ne!(ran_status().await, Some(0));
}

#[tokio::test]
async fn log_option_logs_each_request_to_standard_error() {
    let mut command = iotda(&["mock", "--log"]);
    command.stderr(Stdio::piped());
    let mut mock = Mock::spawn(command);
    let ran = run(mock.client(&["templates"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let mut stderr = mock.child.stderr.take().expect("a pipe");
    drop(mock);
    let mut log = String::new();
    stderr.read_to_string(&mut log).expect("UTF-8");
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(log.contains(" GET /v5/iot/0123456789abcdef0123456789abcdef/device-authentication-templates"), "{log}");
    assert!(!log.contains("mock-token"), "{log}");
}

#[tokio::test]
async fn allowed_origin_can_use_the_mock() {
    let mock = Mock::start(&["--allow-origin", "https://example.com"]);
    let http = Client::builder().no_proxy().build().expect("a client");
    for (origin, allowed) in [("https://example.com", true), ("https://example.org", false)] {
        let request = http.get(format!("{}/openapi.yaml", mock.endpoint())).header("Origin", origin);
        let response = request.send().await.expect("a response");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), allowed, "{origin}");
    }
}

#[tokio::test]
async fn mock_listens_on_the_host_option() {
    let mock = Mock::start(&["--host", "0.0.0.0"]);
    assert!(mock.endpoint().starts_with("http://127.0.0.1:"), "{:?}", mock.printed);
    let ran = run(mock.client(&["templates"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
}
