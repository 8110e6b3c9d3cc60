//! How the program ends, and what it says when something is wrong.

use std::time::Duration;

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::json;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::{CERTIFICATE, serve};

fn error(status: u16, code: &str, message: &str) -> MockResponse {
    MockResponse::new(status).json(&json!({"error_code": code, "error_msg": message}))
}

/// Runs it against a server that answers like this first.
async fn devices_after(answer: MockResponse) -> Ran {
    let (server, _) = serve(3).await;
    server.enqueue(answer);
    run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"])).await
}

#[tokio::test]
async fn each_kind_of_failure_has_its_status() {
    for (expected, answer) in [
        (3, error(401, "APIG.0301", "Incorrect IAM authentication information: decrypt token fail")),
        (3, error(403, "IOTDA.000004", "Invalid access token.")),
        (3, error(403, "IOTDA.000005", "No permission.")),
        (4, error(404, "IOTDA.015500", "The certificate does not exist.")),
        (4, error(403, "IOTDA.001000", "The resource space does not exist.")),
        (5, error(429, "APIGW.0308", "policy user over ratelimit,limit:50,time:1 second")),
        (5, error(403, "IOTDA.021101", "Too many requests.")),
        (5, MockResponse::new(503)),
        (5, MockResponse::disconnect()),
        (1, MockResponse::new(301).header("Location", "https://elsewhere.example.com")),
        (1, MockResponse::new(200).body("<html>sign in</html>")),
    ] {
        let ran = devices_after(answer.clone()).await;
        assert_eq!(ran.status, Some(expected), "{answer:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{answer:?}");
        assert!(ran.stderr.starts_with("error: certificate "), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_failure_says_what_why_and_what_to_do() {
    let (server, _) = serve(3).await;
    let ran = run(iotda_at(&server, &["devices", "unknown"])).await;
    let expected = "\
error: certificate unknown: The certificate does not exist.
  HTTP 404, code IOTDA.015500, request id 00000000000000000000000000000001, ListDeviceByDeviceCertificate
  Likely cause: no such thing in this project and instance. Compare the id, the project id, the region of the endpoint \
and the instance id
";
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(4), expected));

    let throttled = devices_after(error(429, "APIGW.0308", "policy user over ratelimit,limit:50,time:1 second")).await;
    assert!(throttled.stderr.contains("limit:50") && throttled.stderr.contains("--rate-limit"), "{}", throttled.stderr);
    let slow = MockResponse::pass_through().delay(Duration::from_secs(3600));
    let (server, _) = serve(3).await;
    server.enqueue(slow);
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0", "--timeout", "0.05"])).await;
    assert_eq!(ran.status, Some(5));
    assert!(ran.stderr.contains("50ms") && ran.stderr.contains("by --timeout"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_failure_for_the_moment_is_tried_again_unless_told_otherwise() {
    let (server, _) = serve(3).await;
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE])).await;
    assert_eq!((ran.status, ran.lines().len(), ran.stderr.as_str()), (Some(0), 3, ""));
    assert_eq!(server.requests().len(), 3, "the failed one, the page and the empty one");

    server.clear_requests();
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "1"])).await;
    assert_eq!((ran.status, server.requests().len()), (Some(5), 2));
    assert!(ran.stderr.contains("after 2 attempts"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_can_not_work_is_refused_before_anything_is_sent() {
    let (server, _) = serve(3).await;
    for (arguments, said) in [
        (&["devices"][..], "CERTIFICATE"),
        (&["devices", "a", "--page-size", "51"], "from 1 to 50"),
        (&["devices", "a", "--marker", "66178add"], "24"),
        (&["devices", "a", "b", "--marker", "66178add3b98944277731d0a"], "one certificate"),
        (&["devices", "a/b"], "slash"),
        (&["devices", "a", "--max", "0"], "0"),
        (&["devices", "a", "--summary", "--max", "1"], "cannot be used with"),
        (&["devices", "a", "--summary", "--unused"], "cannot be used with"),
        (&["devices", "a", "--timeout", "0"], "more than 0"),
        (&["devices", "a", "--rate-limit", "0"], "0"),
        (&["devices", "a", "--concurrency", "0"], "0"),
        (&["devices", "a", "--token", "secret"], "unexpected argument"),
        (&["devices", "a", "--output", "xml"], "jsonl"),
        (&["devices", "a", "--token-file", "x", "--profile", "y"], "give one"),
        (&["--demo", "devices", "a", "--region", "cn-north-4"], "--region"),
        (&["templates", "--name", "a b"], "template_name"),
        (&["templates", "--status", "off"], "inactive"),
        (&["mock", "--fault-rate", "2"], "from 0 to 1"),
        (&["spec", "-o", "json"], "--format json"),
        (&["nothing"], "unrecognized"),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn without_endpoint_credential_or_project_it_says_what_to_give() {
    let ran = run(iotda(&["devices", "a"])).await;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("--endpoint") && ran.stderr.contains("HUAWEICLOUD_IOTDA_ENDPOINT"), "{}", ran.stderr);
    let ran = run(iotda(&["devices", "a", "--endpoint", "http://127.0.0.1:9"])).await;
    assert_eq!(ran.status, Some(3));
    assert!(ran.stderr.contains("--token-file") && ran.stderr.contains("HW_AUTH_TOKEN"), "{}", ran.stderr);
    let mut command = iotda(&["devices", "a", "--endpoint", "http://127.0.0.1:9"]);
    command.env("HW_AUTH_TOKEN", "t");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("--project-id"), "{}", ran.stderr);
}

#[tokio::test]
async fn one_bad_certificate_does_not_stop_the_others() {
    let (server, _) = serve(3).await;
    for (arguments, lines) in [
        (&["devices", "bad", CERTIFICATE][..], 3),
        (&["devices", CERTIFICATE, "bad", "b/d"], 3),
        (&["devices", "--summary", "bad", CERTIFICATE], 6),
        (&["devices", "--unused", "bad", CERTIFICATE, "worse"], 0),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!((ran.status, ran.lines().len()), (Some(6), lines), "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains("error: certificate bad: "), "{}", ran.stderr);
        assert!(!ran.stdout.contains("bad"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn when_all_fail_the_status_is_theirs_if_they_have_one_in_common() {
    let (server, _) = serve(3).await;
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let run_with = async |ids: &[&str]| {
            let arguments = [&["devices"], mode, ids].concat();
            run(iotda_at(&server, &arguments)).await.status
        };
        assert_eq!(run_with(&["bad", "worse"]).await, Some(4));
        assert_eq!(run_with(&["bad", "b/d"]).await, Some(1));
    }
}

#[tokio::test]
async fn a_refused_credential_ends_the_run_for_all_certificates() {
    let (server, _) = serve(3).await;
    assert!(server.remove_token(MockServer::TOKEN));
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let arguments = [&["devices"], mode, &[CERTIFICATE, "b", "c", "d", "e", "f"]].concat();
        let ran = run(iotda_at(&server, &arguments)).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(3), ""), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(" were not "), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let (server, _) = serve(3).await;
    let command = iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"]);
    drop(server);
    tokio::task::yield_now().await;
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("no connection") && ran.stderr.contains("endpoint"), "{}", ran.stderr);
}

#[tokio::test]
async fn an_answer_that_counts_devices_and_lists_none_is_a_failure() {
    let contradiction =
        || MockResponse::new(200).json(&json!({"devices": null, "page": {"count": 120, "marker": null}}));
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let (server, _) = serve(0).await;
        server.enqueue(contradiction());
        let ran = run(iotda_at(&server, &[&["devices", CERTIFICATE], mode].concat())).await;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(1), ""), "{mode:?}: {}", ran.stderr);
        let said = "the answer contradicts itself: it counts 120 records and lists none\n  HTTP 200";
        assert!(ran.stderr.contains(said) && ran.stderr.contains("nothing may be concluded"), "{}", ran.stderr);
    }
    // The next one is looked at.
    let (server, _) = serve(0).await;
    server.add_certificate("b");
    server.enqueue(contradiction());
    let ran = run(iotda_at(&server, &["devices", "--unused", CERTIFICATE, "b"])).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(6), 1), "{}", ran.stderr);
    // What follows a marker may be nothing.
    let (server, _) = serve(0).await;
    server.enqueue(contradiction());
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--marker", "66178add3b98944277731d0a"])).await;
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}
