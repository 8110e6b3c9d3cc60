//! Concurrent reading: at most four certificates at a time, printed in the order of the arguments.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};

use crate::support::program::{finish, iotda_at, run};
use crate::support::request_bodies;

const CERTIFICATES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// Starts a server on which each certificate has this number of devices.
async fn server_with_certificates(devices: usize) -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for certificate in CERTIFICATES {
        server.add_sample_devices(certificate, devices);
    }
    server
}

#[tokio::test]
async fn certificates_are_printed_one_after_the_other_in_argument_order() {
    let server = server_with_certificates(60).await;
    // The response for the first certificate is the last to arrive.
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(100)));
    let ids = ["g", "a", "c", "b", "e"];
    let ran = run(iotda_at(&server, &[&["devices", "--output", "csv"], &ids[..]].concat())).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let mut printed: Vec<_> = ran.lines()[1..].iter().map(|line| line.split(',').next().expect("an ID")).collect();
    assert_eq!(printed.len(), 300);
    printed.dedup();
    assert_eq!(printed, ids);
}

#[tokio::test]
async fn at_most_four_certificates_are_read_concurrently() {
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let server = server_with_certificates(1).await;
        for _ in CERTIFICATES {
            server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
        }
        let mut command = iotda_at(&server, &[&["devices"], mode, &CERTIFICATES[..]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("iotda starts");
        while server.requests().len() < 4 {
            tokio::task::yield_now().await;
        }
        child.kill().expect("iotda is killed");
        tokio::task::spawn_blocking(move || finish(child)).await.expect("iotda ends");
        assert_eq!(server.requests().len(), 4, "{mode:?}");
        let mut targets: Vec<_> = server.requests().iter().map(|request| request.target.clone()).collect();
        targets.sort_unstable();
        let target = |id: &str| format!("/v5/iot/{}/device-certificates/{id}/list-device", MockServer::PROJECT_ID);
        assert_eq!(targets, CERTIFICATES[..4].iter().map(|id| target(id)).collect::<Vec<_>>(), "{mode:?}");
    }
}

#[tokio::test]
async fn wrong_password_is_sent_once_for_30_certificates() {
    let server = server_with_certificates(1).await;
    server.add_user("account", "user", "password");
    let ids: Vec<_> = (0..30).map(|id| format!("certificate-{id}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let mut command = iotda_at(&server, &[&["devices", "--concurrency", "11"], &ids[..]].concat());
    command.env_remove("HW_AUTH_TOKEN").env("HUAWEICLOUD_SDK_IAM_ENDPOINT", server.endpoint());
    command.env("HW_DOMAIN_NAME", "account").env("HW_USER_NAME", "user").env("HW_USER_PASSWORD", "wrong");
    let ran = run(command).await;
    assert_ne!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("IAM.0101"), "{}", ran.stderr);
    assert_eq!(server.rejected_count(), 1);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn concurrency_option_prefetches_device_pages_without_losing_records() {
    for (arguments, expected) in [(&[][..], 600), (&["--max", "333"], 333), (&["--page-size", "7"], 600)] {
        let server = server_with_certificates(600).await;
        let arguments = [&["devices", "a", "--concurrency", "8"], arguments].concat();
        let ran = run(iotda_at(&server, &arguments)).await;
        let devices: BTreeSet<_> = ran.lines().into_iter().map(str::to_owned).collect();
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        assert_eq!(ran.lines().len(), expected, "{}", ran.stderr);
        assert_eq!(devices.len(), expected, "{}", ran.stderr);
        assert!(request_bodies(&server).iter().any(|body| body["offset"].as_u64() > Some(0)), "nothing was prefetched");
    }
    let server = server_with_certificates(120).await;
    run(iotda_at(&server, &["devices", "a"])).await;
    assert!(request_bodies(&server).iter().all(|body| body["offset"].as_u64().is_none_or(|offset| offset == 0)));
}

#[tokio::test]
async fn concurrency_option_prefetches_template_pages() {
    let server = server_with_certificates(0).await;
    server.add_sample_templates(200);
    for (concurrency, expected) in [("1", false), ("8", true)] {
        server.clear_requests();
        let ran = run(iotda_at(&server, &["templates", "--page-size", "10", "--concurrency", concurrency])).await;
        let templates: BTreeSet<_> = ran.lines().into_iter().map(str::to_owned).collect();
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        assert_eq!(ran.lines().len(), 200, "{}", ran.stderr);
        assert_eq!(templates.len(), 200, "{}", ran.stderr);
        let prefetched = server.requests().iter().any(|request| request.target.contains("offset="));
        assert_eq!(prefetched, expected, "{concurrency}");
    }
}
