//! The example `quickstart` lists devices and templates, from the embedded server and from a service.

use huaweicloud_iotda::mock::MockServer;

use crate::support::example::{example, run};
use crate::support::{CERTIFICATE, server_with_devices};

#[tokio::test]
async fn without_variables_it_lists_all_devices_of_the_embedded_server() {
    let output = run(example("quickstart")).await;
    let printed = &output.stdout;
    assert!(output.success, "{}", output.stderr);
    assert!(printed.contains("http://127.0.0.1:"), "{printed}");
    for number in 1..=120 {
        let lines = printed.lines().filter(|line| line.ends_with(&format!(" sample-device-{number}"))).count();
        assert_eq!(lines, 1, "device {number}");
    }
    for line in ["sample-template-1  ACTIVE", "sample-template-2  INACTIVE", "sample-template-3  INACTIVE"] {
        assert!(printed.lines().any(|printed| printed.trim() == line), "{line}: {printed}");
    }
}

#[tokio::test]
async fn with_all_variables_it_sends_requests_to_that_service() {
    let (server, _) = server_with_devices(60).await;
    server.add_sample_templates(1);
    let mut command = example("quickstart");
    command
        .arg(CERTIFICATE)
        .env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint())
        .env("HUAWEICLOUD_SDK_PROJECT_ID", "my-project")
        .env("HUAWEICLOUD_IOTDA_INSTANCE_ID", "my-instance")
        .env("HW_AUTH_TOKEN", MockServer::TOKEN);
    let output = run(command).await;
    let printed = &output.stdout;
    assert!(output.success, "{}", output.stderr);
    assert!(printed.contains(&server.endpoint()), "{printed}");
    assert_eq!(printed.lines().filter(|line| line.contains(" sample-device-")).count(), 60, "{printed}");
    let requests = server.requests();
    assert_eq!(requests.len(), 5, "two pages of devices, a page of templates, and the empty page after each listing");
    assert!(requests.iter().all(|request| request.target.starts_with("/v5/iot/my-project/")));
    assert!(requests.iter().all(|request| request.header("instance-id") == Some("my-instance")));
}

#[tokio::test]
async fn with_some_variables_it_fails_and_names_the_missing_ones() {
    let mut command = example("quickstart");
    command.env("HW_AUTH_TOKEN", "a-token");
    let output = run(command).await;
    let printed = output.stderr;
    assert!(!output.success);
    assert!(output.stdout.is_empty());
    assert!(
        printed.contains("HUAWEICLOUD_IOTDA_ENDPOINT") && printed.contains("HUAWEICLOUD_SDK_PROJECT_ID"),
        "{printed}"
    );
    assert!(!printed.contains("a-token"), "{printed}");
}

#[tokio::test]
async fn with_an_unknown_certificate_it_fails_with_the_error_code() {
    let mut command = example("quickstart");
    command.arg("unknown-certificate");
    let output = run(command).await;
    assert!(!output.success);
    assert!(output.stderr.contains("IOTDA.015500"), "{}", output.stderr);
}
