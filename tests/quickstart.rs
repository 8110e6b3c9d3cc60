//! The example `quickstart` runs the main job, on the embedded server and on a service.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use huaweicloud_iotda::mock::MockServer;
use support::example::{example, run};
use support::{CERTIFICATE, serve};

#[tokio::test]
async fn without_settings_it_lists_all_devices_of_the_embedded_server() {
    let ran = run(example("quickstart")).await;
    let printed = &ran.stdout;
    assert!(ran.success, "{}", ran.stderr);
    assert!(printed.contains("embedded server"), "{printed}");
    assert!(printed.contains("page 3: 20 devices, 120 in all"), "{printed}");
    for number in 1..=120 {
        let lines = printed.lines().filter(|line| line.ends_with(&format!(" sample-device-{number}"))).count();
        assert_eq!(lines, 1, "device {number}");
    }
    assert!(printed.contains("sample-template-1  ACTIVE"), "{printed}");
}

#[tokio::test]
async fn with_settings_it_talks_to_that_service() {
    let (server, _) = serve(60).await;
    server.add_sample_templates(1);
    let mut command = example("quickstart");
    command
        .arg(CERTIFICATE)
        .env("HUAWEICLOUD_IOTDA_ENDPOINT", server.endpoint())
        .env("HW_AUTH_TOKEN", MockServer::TOKEN);
    command.env("HUAWEICLOUD_SDK_PROJECT_ID", "of-the-settings").env("HUAWEICLOUD_IOTDA_INSTANCE_ID", "my-instance");
    let ran = run(command).await;
    let printed = &ran.stdout;
    assert!(ran.success, "{}", ran.stderr);
    assert!(printed.contains(&format!("the service at {}", server.endpoint())), "{printed}");
    assert!(printed.contains("60 devices are cut off"), "{printed}");
    let requests = server.requests();
    assert_eq!(requests.len(), 5, "two pages and the empty one, a page of templates and the empty one");
    assert!(requests.iter().all(|request| request.target.starts_with("/v5/iot/of-the-settings/")));
    assert!(requests.iter().all(|request| request.header("instance-id") == Some("my-instance")));
}

#[tokio::test]
async fn with_half_of_the_settings_or_a_failing_service_it_says_so_and_fails() {
    let mut command = example("quickstart");
    command.env("HW_AUTH_TOKEN", "a-token");
    let ran = run(command).await;
    let said = ran.stderr;
    assert!(!ran.success && ran.stdout.is_empty());
    assert!(said.contains("HUAWEICLOUD_IOTDA_ENDPOINT") && said.contains("HUAWEICLOUD_SDK_PROJECT_ID"), "{said}");
    assert!(!said.contains("a-token"), "{said}");

    let mut command = example("quickstart");
    command.arg("unknown-certificate");
    let ran = run(command).await;
    assert!(!ran.success);
    assert!(ran.stderr.contains("IOTDA.015500"), "{}", ran.stderr);
}
