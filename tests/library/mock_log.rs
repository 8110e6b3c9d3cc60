//! The log of the mock: a line for each request, without secrets.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::{MockResponse, MockServer};
use reqwest::Client;
use serde_json::json;

use crate::support::{CERTIFICATE, server_with_devices, total};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Returns the lines without the durations.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
    }
}

async fn logged_server() -> (MockServer, Log) {
    let (server, log) = (server_with_devices(3).await.0, Log::default());
    server.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    server.set_log(log.clone());
    (server, log)
}

const TIME: &str = "2023-11-14T22:13:20.000000Z";

#[tokio::test]
async fn line_has_time_method_target_paging_parameters_and_status() {
    let (server, log) = logged_server().await;
    let client = server.client().unwrap();
    let devices = client.list_device_by_device_certificate(CERTIFICATE);
    devices.limit(2).marker("66178ADD3b98944277000300").await.unwrap();
    client.list_device_authentication_templates().template_name("a-name").await.unwrap();
    let project = MockServer::PROJECT_ID;
    let body = r#"{"limit":2,"marker":"66178ADD3b98944277000300"}"#;
    assert_eq!(
        log.lines(),
        [
            format!("{TIME} POST /v5/iot/{project}/device-certificates/{CERTIFICATE}/list-device {body} 200"),
            format!("{TIME} GET /v5/iot/{project}/device-authentication-templates?template_name=a-name 200"),
        ]
    );
}

#[tokio::test]
async fn failures_are_logged() {
    let (server, log) = logged_server().await;
    let client = server.client().unwrap();
    for response in [MockResponse::new(503), MockResponse::disconnect()] {
        server.enqueue(response);
        total(&client).await.unwrap_err();
    }
    let ends: Vec<_> = log.lines().iter().map(|line| line.rsplit_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(ends, ["503", "closed"]);
}

#[tokio::test]
async fn secrets_are_not_logged() {
    let (server, log) = logged_server().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v3/auth/tokens?token=my-token&flag", server.endpoint());
    let login = json!({"auth": {"password": "my-password"}, "limit": 1});
    http.post(url).header("X-Auth-Token", "my-token").json(&login).send().await.unwrap();
    assert_eq!(log.lines(), [format!("{TIME} POST /v3/auth/tokens?token=...&flag {{\"limit\":1}} 400")]);
}
