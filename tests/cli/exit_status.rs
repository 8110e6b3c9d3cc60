//! Exit statuses and error texts.

use std::time::Duration;

use expect_test::expect;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use serde_json::json;

use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices, without_ports};

fn error(status: u16, code: &str, message: &str) -> MockResponse {
    MockResponse::new(status).json(&json!({"error_code": code, "error_msg": message}))
}

/// Runs `iotda devices` against a server whose first response is this one.
async fn devices_with_first_response(response: MockResponse) -> Ran {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(response);
    run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"])).await
}

#[tokio::test]
async fn each_kind_of_failure_has_its_exit_status() {
    for (expected, response) in [
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
        let ran = devices_with_first_response(response.clone()).await;
        assert_eq!(ran.status, Some(expected), "{response:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{response:?}");
        assert!(ran.stderr.starts_with(&format!("error: certificate {CERTIFICATE}: ")), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn page_of_a_proxy_is_neither_an_authentication_failure_nor_a_missing_certificate() {
    let page = "<html><head><title>Blocked by policy</title></head><body>...</body></html>";
    for (expected, status) in [(1, 401), (1, 403), (1, 404), (1, 418), (5, 429), (5, 503)] {
        let ran = devices_with_first_response(MockResponse::new(status).body(page)).await;
        assert_eq!(ran.status, Some(expected), "{status}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{status}");
        assert!(ran.stderr.contains("Blocked by policy"), "{status}: {}", ran.stderr);
    }
    let ran = devices_with_first_response(MockResponse::new(403).body(page)).await;
    expect![[r#"
        error: certificate 61c970ce2d63eb6ee655dbf0: the response body is an HTML or XML page, not the documented JSON; its title: Blocked by policy
          HTTP 403, request ID 00000000000000000000000000000001, host HOST:PORT, ListDeviceByDeviceCertificate
          Likely cause: a proxy, a firewall or another server sent this response instead of IoTDA, so it says nothing about permissions or about the resource. Compare the endpoint with the console's Overview page; if it is correct, ask the administrator of the network, proxy or firewall to allow the request
    "#]].assert_eq(&without_ports(&ran.stderr));
}

#[tokio::test]
async fn page_instead_of_a_login_is_not_an_authentication_failure() {
    for (expected, response) in [
        (1, MockResponse::new(401).body("<html>Sign in</html>")),
        (1, MockResponse::new(403).body("<html>Blocked</html>")),
        (3, error(401, "IAM.0101", "The username or password is wrong.")),
    ] {
        let server = MockServer::start().await.unwrap();
        server.enqueue(response);
        let endpoint = server.endpoint();
        let arguments = ["devices", CERTIFICATE, "--retries", "0", "--endpoint", &endpoint, "--project-id", "p"];
        let mut command = iotda(&arguments);
        command.envs([("HW_DOMAIN_NAME", "d"), ("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "p")]);
        command.env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
        let ran = run(command).await;
        assert_eq!(ran.status, Some(expected), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn page_for_one_certificate_does_not_stop_the_others() {
    for status in [401, 403, 404] {
        let (server, _) = server_with_devices(0).await;
        server.add_certificate("b");
        server.enqueue(MockResponse::new(status).body("<html>Blocked</html>"));
        let ran = run(iotda_at(&server, &["devices", "--unused", CERTIFICATE, "b"])).await;
        assert_eq!(ran.status, Some(6), "{}", ran.stderr);
        assert_eq!(ran.lines().len(), 1, "{}", ran.stderr);
    }
}

#[tokio::test]
async fn error_text_contains_message_details_and_help() {
    let (server, _) = server_with_devices(3).await;
    let ran = run(iotda_at(&server, &["devices", "unknown"])).await;
    assert_eq!(ran.status, Some(4), "{ran:?}");
    expect![[r#"
        error: certificate unknown: The certificate does not exist.
          HTTP 404, code IOTDA.015500, request ID 00000000000000000000000000000001, ListDeviceByDeviceCertificate
          Likely cause: the resource does not exist in this project and instance. Check the resource ID, the project ID, the endpoint's region and the instance ID
    "#]].assert_eq(&without_ports(&ran.stderr));

    let response = error(429, "APIGW.0308", "policy user over ratelimit,limit:50,time:1 second");
    let ran = devices_with_first_response(response).await;
    expect![[r#"
        error: certificate 61c970ce2d63eb6ee655dbf0: policy user over ratelimit,limit:50,time:1 second
          HTTP 429, code APIGW.0308, request ID 00000000000000000000000000000001, host HOST:PORT, ListDeviceByDeviceCertificate
          The service limits the request rate. Run again later, with --rate-limit or a higher --retries
    "#]]
    .assert_eq(&without_ports(&ran.stderr));

    let ran = devices_with_first_response(MockResponse::new(407)).await;
    expect![[r#"
        error: certificate 61c970ce2d63eb6ee655dbf0: the response body is empty
          HTTP 407, request ID 00000000000000000000000000000001, host HOST:PORT, ListDeviceByDeviceCertificate
          The proxy requires authentication. Add the user name and password, percent-encoded, to the proxy variable, for example HTTPS_PROXY=http://user:password@host:port
    "#]].assert_eq(&without_ports(&ran.stderr));

    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::pass_through().delay(Duration::from_secs(3600)));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0", "--timeout", "0.05"])).await;
    assert_eq!(ran.status, Some(5), "{ran:?}");
    expect![[r#"
        error: certificate 61c970ce2d63eb6ee655dbf0: attempt timed out after 50ms (HOST:PORT)
          cause: operation timed out
          ListDeviceByDeviceCertificate
          Likely cause: a slow network or an overloaded service. Retry, or increase --timeout
    "#]]
    .assert_eq(&without_ports(&ran.stderr));
}

#[tokio::test]
async fn rejected_credential_has_the_help_for_its_kind() {
    let response = || error(401, "APIG.0301", "Incorrect IAM authentication information");
    let ran = devices_with_first_response(response()).await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("the token is wrong, expired"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("access key"), "{}", ran.stderr);

    let (server, _) = server_with_devices(3).await;
    server.enqueue(response());
    let mut command = iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"]);
    command.env_remove("HW_AUTH_TOKEN").envs([("HUAWEICLOUD_SDK_AK", "AK-9"), ("HUAWEICLOUD_SDK_SK", "sk")]);
    let ran = run(command).await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("a wrong or disabled access key"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("token"), "{}", ran.stderr);
}

#[tokio::test]
async fn transient_failure_is_retried_up_to_the_retries_option() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.lines().len(), 3);
    assert_eq!(ran.stderr, "");
    assert_eq!(server.requests().len(), 3, "the failed one, the page and the empty one");

    server.clear_requests();
    server.enqueue(MockResponse::new(503));
    server.enqueue(MockResponse::new(503));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--retries", "1"])).await;
    assert_eq!(ran.status, Some(5), "{ran:?}");
    assert_eq!(server.requests().len(), 2);
    assert!(ran.stderr.contains("after 2 attempts"), "{}", ran.stderr);
}

#[tokio::test]
async fn invalid_arguments_are_rejected_before_a_request_is_sent() {
    let (server, _) = server_with_devices(3).await;
    for (arguments, named) in [
        (&["devices"][..], "CERTIFICATE"),
        (&["devices", "a", "--page-size", "51"], "1 to 50"),
        (&["devices", "a", "--marker", "66178add"], "24"),
        (&["devices", "a", "b", "--marker", "66178add3b98944277731d0a"], "--marker"),
        (&["devices", "a/b"], "a/b"),
        (&["devices", "a", "--max", "0"], "0"),
        (&["devices", "a", "--summary", "--max", "1"], "--max"),
        (&["devices", "a", "--summary", "--unused"], "--unused"),
        (&["devices", "a", "--timeout", "0"], "--timeout"),
        (&["devices", "a", "--rate-limit", "0"], "0"),
        (&["devices", "a", "--concurrency", "0"], "0"),
        (&["devices", "a", "--token", "secret"], "--token"),
        (&["devices", "a", "--output", "xml"], "jsonl"),
        (&["devices", "a", "--token-file", "x", "--credentials-file", "y"], "--credentials-file"),
        (&["--demo", "devices", "a", "--region", "cn-north-4"], "--region"),
        (&["templates", "--name", "a b"], "template_name"),
        (&["templates", "--status", "off"], "inactive"),
        (&["mock", "--fault-rate", "2"], "0 to 1"),
        (&["spec", "-o", "json"], "--format"),
        (&["nothing"], "nothing"),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!(ran.status, Some(2), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(named), "{arguments:?}: {}", ran.stderr);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn contradictory_options_name_both() {
    let mut texts = String::new();
    for arguments in [
        &["devices", "a", "--token-file", "x", "--credentials-file", "y"][..],
        &["--demo", "devices", "a", "--region", "cn-north-4"],
        &["--demo", "devices", "a", "b", "--marker", "66178add3b98944277731d0a"],
        &["spec", "-o", "json"],
    ] {
        texts.push_str(&run(iotda(arguments)).await.stderr);
    }
    expect![[r#"
        error: --token-file cannot be used with --credentials-file; remove one of them
        error: --demo cannot be used with --region; remove one of them
        error: --marker can be used with one certificate only
        error: spec does not support --output; use --format yaml or --format json
    "#]]
    .assert_eq(&texts);
}

#[tokio::test]
async fn missing_endpoint_credential_or_project_names_the_options_and_variables() {
    let ran = run(iotda(&["devices", "a"])).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    expect![[r#"
        error: missing endpoint: use --endpoint with the endpoint shown on the Overview page of the IoTDA console, or --region, or set HUAWEICLOUD_IOTDA_ENDPOINT or HW_REGION_NAME; --demo needs no endpoint
    "#]].assert_eq(&ran.stderr);
    let ran = run(iotda(&["devices", "a", "--endpoint", "http://127.0.0.1:9"])).await;
    assert_eq!(ran.status, Some(3), "{ran:?}");
    expect![[r#"
        error: missing credential: use --token-file, --credentials-file or --credentials, or set HW_AUTH_TOKEN, or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or create the profile ~/.huaweicloud/credentials; --demo needs no credential, and iotda --help lists all variables
    "#]].assert_eq(&ran.stderr);
    let mut command = iotda(&["devices", "a", "--endpoint", "http://127.0.0.1:9"]);
    command.env("HW_AUTH_TOKEN", "t");
    let ran = run(command).await;
    assert_eq!(ran.status, Some(2), "{ran:?}");
    expect![[r#"
        error: missing project: use --project-id or set HUAWEICLOUD_SDK_PROJECT_ID; or use --region and set HW_CLOUD or HUAWEICLOUD_SDK_IAM_ENDPOINT, to look it up via IAM
    "#]].assert_eq(&ran.stderr);
}

#[tokio::test]
async fn invalid_certificate_does_not_stop_the_others() {
    let (server, _) = server_with_devices(3).await;
    for (arguments, lines) in [
        (&["devices", "bad", CERTIFICATE][..], 3),
        (&["devices", CERTIFICATE, "bad", "b/d"], 3),
        (&["devices", "--summary", "--by", "space", "bad", CERTIFICATE], 4),
        (&["devices", "--unused", "bad", CERTIFICATE, "worse"], 0),
    ] {
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!(ran.status, Some(6), "{arguments:?}: {}", ran.stdout);
        assert_eq!(ran.lines().len(), lines, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains("error: certificate bad: "), "{}", ran.stderr);
        assert!(!ran.stdout.contains("bad"), "{}", ran.stdout);
    }
}

#[tokio::test]
async fn common_status_of_all_failures_is_the_exit_status() {
    let (server, _) = server_with_devices(3).await;
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let status = async |ids: &[&str]| {
            let arguments = [&["devices"], mode, ids].concat();
            run(iotda_at(&server, &arguments)).await.status
        };
        assert_eq!(status(&["bad", "worse"]).await, Some(4));
        assert_eq!(status(&["bad", "b/d"]).await, Some(1), "different statuses");
    }
}

#[tokio::test]
async fn rejected_credential_ends_the_run_with_one_error() {
    let (server, _) = server_with_devices(3).await;
    assert!(server.remove_token(MockServer::TOKEN));
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let arguments = [&["devices"], mode, &[CERTIFICATE, "b", "c", "d", "e", "f"]].concat();
        let ran = run(iotda_at(&server, &arguments)).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stderr);
        assert_eq!(ran.stdout, "", "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("  "), "a note about the others: {}", ran.stderr);
        assert!(last.contains("certificates"), "a note about the others: {}", ran.stderr);
    }
}

#[tokio::test]
async fn unreachable_service_has_status_5() {
    let (server, _) = server_with_devices(3).await;
    let command = iotda_at(&server, &["devices", CERTIFICATE, "--retries", "0"]);
    drop(server);
    tokio::task::yield_now().await;
    let ran = run(command).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
}

fn positive_count_with_an_empty_list() -> MockResponse {
    MockResponse::new(200).json(&json!({"devices": null, "page": {"count": 120, "marker": null}}))
}

#[tokio::test]
async fn positive_count_with_an_empty_list_is_a_failure() {
    for mode in [&[][..], &["--summary"], &["--unused"]] {
        let (server, _) = server_with_devices(0).await;
        server.enqueue(positive_count_with_an_empty_list());
        let ran = run(iotda_at(&server, &[&["devices", CERTIFICATE], mode].concat())).await;
        assert_eq!(ran.status, Some(1), "{mode:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{mode:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("120"), "{}", ran.stderr);
        assert!(ran.stderr.contains("\n  HTTP 200"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn certificates_after_an_inconsistent_response_are_checked() {
    let (server, _) = server_with_devices(0).await;
    server.add_certificate("b");
    server.enqueue(positive_count_with_an_empty_list());
    let ran = run(iotda_at(&server, &["devices", "--unused", CERTIFICATE, "b"])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 1, "{}", ran.stderr);
}

/// The count includes the records before the marker.
#[tokio::test]
async fn positive_count_with_an_empty_list_after_a_marker_is_valid() {
    let (server, _) = server_with_devices(0).await;
    server.enqueue(positive_count_with_an_empty_list());
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--marker", "66178add3b98944277731d0a"])).await;
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "");
}

#[tokio::test]
async fn listing_that_ends_with_a_malformed_marker_is_not_a_success() {
    let body = json!({
        "devices": (0..5).map(|number| json!({ "device_id": format!("d-{number}") })).collect::<Vec<_>>(),
        "page": { "count": 30, "marker": "not-a-marker" },
    });
    for (arguments, status) in [
        (&["devices", CERTIFICATE][..], 6),
        (&["devices", CERTIFICATE, "--concurrency", "4"], 6),
        (&["devices", CERTIFICATE, "--max", "9"], 6),
        (&["devices", CERTIFICATE, "--summary"], 1),
    ] {
        let (server, _) = server_with_devices(30).await;
        server.enqueue(MockResponse::new(200).json(&body));
        let ran = run(iotda_at(&server, arguments)).await;
        assert_eq!(ran.status, Some(status), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("marker"), "{arguments:?}: {}", ran.stderr);
    }
    let (server, _) = server_with_devices(30).await;
    server.enqueue(MockResponse::new(200).json(&body));
    let ran = run(iotda_at(&server, &["devices", CERTIFICATE, "--max", "5"])).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 5), "{}", ran.stderr);
}
