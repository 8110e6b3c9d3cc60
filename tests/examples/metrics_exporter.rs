//! The example `metrics_exporter`: the text that Prometheus reads.

use huaweicloud_iotda::mock::MockResponse;

use crate::support::example::example;
use crate::support::{CERTIFICATE, server_env, server_with_devices};
use crate::web_service::WebService;

#[tokio::test]
async fn scrape_returns_the_count_of_each_certificate() {
    let (server, _) = server_with_devices(120).await;
    server.add_certificate("unused");
    let mut command = example("metrics_exporter");
    let endpoint = server.endpoint();
    command.envs(server_env(&endpoint)).args(["127.0.0.1:0", CERTIFICATE, "unused", "unknown", "a\"b\\c\nd"]);
    let exporter = WebService::start(command);
    let response = exporter.get("/metrics").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let expected = "\
        # HELP iotda_certificate_devices Devices that use the certificate.\n\
        # TYPE iotda_certificate_devices gauge\n\
        iotda_certificate_devices{certificate=\"61c970ce2d63eb6ee655dbf0\"} 120\n\
        iotda_certificate_devices{certificate=\"unused\"} 0\n\
        # HELP iotda_certificate_success 1 if the devices of the certificate could be counted.\n\
        # TYPE iotda_certificate_success gauge\n\
        iotda_certificate_success{certificate=\"61c970ce2d63eb6ee655dbf0\"} 1\n\
        iotda_certificate_success{certificate=\"unused\"} 1\n\
        iotda_certificate_success{certificate=\"unknown\"} 0\n\
        iotda_certificate_success{certificate=\"a\\\"b\\\\c\\nd\"} 0\n";
    assert_eq!(response.text().await.expect("a complete body"), expected);
}

#[tokio::test]
async fn failed_count_is_a_gap_until_it_succeeds_again() {
    let (server, _) = server_with_devices(3).await;
    let mut command = example("metrics_exporter");
    command.envs(server_env(&server.endpoint())).args(["127.0.0.1:0", CERTIFICATE]);
    let exporter = WebService::start(command);
    let sample = |devices| format!("\niotda_certificate_devices{{certificate=\"{CERTIFICATE}\"}} {devices}\n");
    server.enqueue(MockResponse::new(403));
    let text = exporter.get("/metrics").await.text().await.expect("a complete body");
    assert!(!text.contains("iotda_certificate_devices{"), "{text}");
    let text = exporter.get("/metrics").await.text().await.expect("a complete body");
    assert!(text.contains(&sample(3)), "{text}");
}
