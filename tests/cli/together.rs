//! Several certificates: read together, but not more than a few, and printed in the order that was asked for.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};

use crate::support::bodies;
use crate::support::program::{finish, iotda_at, run};

const CERTIFICATES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

async fn server(devices: usize) -> MockServer {
    let server = MockServer::start().await.expect("a port");
    for certificate in CERTIFICATES {
        server.add_sample_devices(certificate, devices);
    }
    server
}

#[tokio::test]
async fn they_are_printed_one_after_the_other_in_the_order_of_the_arguments() {
    let server = server(60).await;
    // The first one's answer is the last.
    server.enqueue(MockResponse::pass_through().delay(Duration::from_millis(100)));
    let ids = ["g", "a", "c", "b", "e"];
    let ran = run(iotda_at(&server, &[&["devices", "--output", "csv"], &ids[..]].concat())).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let mut printed: Vec<_> = ran.lines()[1..].iter().map(|line| line.split(',').next().expect("an id")).collect();
    assert_eq!(printed.len(), 300);
    printed.dedup();
    assert_eq!(printed, ids);
}

#[tokio::test]
async fn four_are_read_together_and_no_more() {
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let server = server(1).await;
        for _ in CERTIFICATES {
            server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
        }
        let mut command = iotda_at(&server, &[&["devices"], mode, &CERTIFICATES[..]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        while server.requests().len() < 4 {
            tokio::task::yield_now().await;
        }
        child.kill().expect("killed");
        tokio::task::spawn_blocking(move || finish(child)).await.expect("it is waited for");
        assert_eq!(server.requests().len(), 4, "{mode:?}");
        let mut asked: Vec<_> = server.requests().iter().map(|request| request.target.clone()).collect();
        asked.sort_unstable();
        let of = |id: &str| format!("/v5/iot/{}/device-certificates/{id}/list-device", MockServer::PROJECT_ID);
        assert_eq!(asked, CERTIFICATES[..4].iter().map(|id| of(id)).collect::<Vec<_>>(), "{mode:?}");
    }
}

#[tokio::test]
async fn pages_of_one_certificate_are_read_together_when_asked_for_and_none_is_lost() {
    for (arguments, expected) in [(&[][..], 600), (&["--max", "333"], 333), (&["--page-size", "7"], 600)] {
        let server = server(600).await;
        let arguments = [&["devices", "a", "--concurrency", "8"], arguments].concat();
        let ran = run(iotda_at(&server, &arguments)).await;
        let devices: BTreeSet<_> = ran.lines().into_iter().map(str::to_owned).collect();
        assert_eq!((ran.status, ran.lines().len(), devices.len()), (Some(0), expected, expected), "{}", ran.stderr);
        assert!(bodies(&server).iter().any(|body| body["offset"].as_u64() > Some(0)), "nothing was read ahead");
    }
    let server = server(120).await;
    run(iotda_at(&server, &["devices", "a"])).await;
    assert!(bodies(&server).iter().all(|body| body["offset"].as_u64().is_none_or(|offset| offset == 0)));
}

#[tokio::test]
async fn one_that_fails_in_mid_stream_names_its_own_marker() {
    let server = server(60).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", "a", "--retries", "0"])).await;
    assert!(ran.stderr.contains("  certificate a: 50 printed; go on with --marker "), "{}", ran.stderr);
}

#[tokio::test]
async fn pages_of_templates_are_read_together_when_asked_for() {
    let server = server(0).await;
    server.add_sample_templates(200);
    for (concurrency, together) in [("1", false), ("8", true)] {
        server.clear_requests();
        let ran = run(iotda_at(&server, &["templates", "--page-size", "10", "--concurrency", concurrency])).await;
        let templates: BTreeSet<_> = ran.lines().into_iter().map(str::to_owned).collect();
        assert_eq!((ran.status, ran.lines().len(), templates.len()), (Some(0), 200, 200), "{}", ran.stderr);
        let ahead = server.requests().iter().any(|request| request.target.contains("offset="));
        assert_eq!(ahead, together, "{concurrency}");
    }
}
