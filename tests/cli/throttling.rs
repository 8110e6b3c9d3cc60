//! Timeouts, rate limits and throttling. Each remedy that an error names is followed once.

use std::time::Duration;

use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};
use serde_json::{Value, json};

use crate::mock::Mock;
use crate::support::program::{Ran, iotda, iotda_at, run};
use crate::support::{CERTIFICATE, server_with_devices};

fn throttled(retry_after: Option<&str>) -> MockResponse {
    let body = json!({"error_code": "APIGW.0308", "error_msg": "The request was throttled."});
    let response = MockResponse::new(429).json(&body);
    match retry_after {
        Some(delay) => response.header("Retry-After", delay),
        None => response,
    }
}

async fn devices(server: &MockServer, options: &[&str]) -> Ran {
    run(iotda_at(server, &[&["devices", CERTIFICATE], options].concat())).await
}

/// Returns the option and value that the last line of an error recommends.
fn recommended(ran: &Ran, option: &str) -> [String; 2] {
    let (_, value) = ran.stderr.rsplit_once(&format!("{option} ")).unwrap_or_else(|| panic!("{}", ran.stderr));
    [option.to_owned(), value.split_whitespace().next().expect("a value").to_owned()]
}

#[tokio::test]
async fn delay_above_the_maximum_wait_recommends_max_wait_which_helps() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(throttled(Some("1")));
    let ran = devices(&server, &["--max-wait", "0.5"]).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("asked for a 1s delay, more than --max-wait (500ms)"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--retries"), "{}", ran.stderr);
    let [option, value] = recommended(&ran, "--max-wait");
    assert_eq!(value, "1");
    server.enqueue(throttled(Some("1")));
    let ran = devices(&server, &[&option, &value]).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 3), "{}", ran.stderr);
}

#[tokio::test]
async fn delay_above_the_default_maximum_wait_recommends_max_wait() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(throttled(Some("42")));
    let ran = devices(&server, &[]).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert_eq!(recommended(&ran, "use --max-wait")[1], "42");
}

#[tokio::test]
async fn throttling_without_a_delay_recommends_retries_which_help() {
    let (server, _) = server_with_devices(3).await;
    server.enqueue(throttled(None));
    let ran = devices(&server, &["--retries", "0"]).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("a higher --retries"), "{}", ran.stderr);
    server.enqueue(throttled(None));
    let ran = devices(&server, &["--retries", "1"]).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 3), "{}", ran.stderr);
}

#[tokio::test]
async fn throttling_recommends_a_rate_limit_which_helps() {
    let (server, _) = server_with_devices(60).await;
    server.set_faults(Faults::default().throttle(1, Duration::from_secs(1)).hide_limit());
    let ran = devices(&server, &["--retries", "0"]).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("--rate-limit"), "{}", ran.stderr);
    server.set_faults(Faults::default().throttle(1, Duration::from_secs(1)).hide_limit());
    let ran = devices(&server, &["--retries", "0", "--rate-limit", "0.5"]).await;
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 60), "{}", ran.stderr);
}

#[tokio::test]
async fn rate_limit_accepts_fractions_and_windows() {
    for (value, detail) in [
        ("7", "7 requests per second"),
        ("0.5", "1 request per 2s"),
        ("2.5", "1 request per 400ms"),
        ("300/5m", "300 requests per 300s"),
        ("50/1s", "50 requests per second"),
        ("50/s", "50 requests per second"),
        ("7200/1h", "7200 requests per 3600s"),
        ("1/500ms", "1 request per 500ms"),
    ] {
        let arguments = ["doctor", "-o", "jsonl", "--demo", "--rate-limit", value];
        let ran = run(iotda(&arguments)).await;
        let mut steps = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
        let step = steps.find(|step| step["step"] == "rate limit").expect("a step");
        assert_eq!(step["detail"], detail, "{value}");
    }
}

#[tokio::test]
async fn invalid_rate_limit_is_a_usage_error_with_examples() {
    for value in ["0", "-1", "x", "nan", "inf", "1/0s", "0/1s", "1/2", "1/2d", "1.5/1s", "/1s", "", "1e-30"] {
        for command in [&["templates", "--demo"][..], &["mock"]] {
            let option = if command[0] == "mock" { "--throttle" } else { "--rate-limit" };
            let ran = run(iotda(&[command, &[&format!("{option}={value}")]].concat())).await;
            assert_eq!(ran.status, Some(2), "{value}: {ran:?}");
            assert!(ran.stderr.contains("50/1s"), "{value}: {}", ran.stderr);
        }
    }
}

#[tokio::test]
async fn mock_throttles_requests_above_its_limit() {
    let mock = Mock::start(&["--throttle", "2/1h"]);
    let ran = run(mock.client(&["devices", CERTIFICATE])).await;
    assert_eq!(ran.status, Some(6), "{}", ran.stderr);
    assert_eq!(ran.lines().len(), 100, "{}", ran.stderr);
    assert!(ran.stderr.contains("limit:2,time:3600 second"), "{}", ran.stderr);
    assert!(ran.stderr.contains("HTTP 429"), "{}", ran.stderr);
}

/// A server whose queue of connections is full, so that no further connection is made.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connect_timeout_recommends_connect_timeout_which_helps() {
    use tokio::net::{TcpSocket, TcpStream};

    let (server, _) = server_with_devices(3).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("bind to 127.0.0.1");
    let listener = socket.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let queued = TcpStream::connect(address).await.expect("the queue has one place");
    let endpoint = format!("http://{address}");
    let command = |options: &[&str]| {
        iotda_at(&server, &[&["devices", CERTIFICATE, "--retries", "0", "--endpoint", &endpoint], options].concat())
    };

    let ran = run(command(&["--connect-timeout", "0.2"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("connect timed out after 200ms"), "{}", ran.stderr);
    assert!(ran.stderr.contains("increase --connect-timeout"), "{}", ran.stderr);

    let target = server.endpoint().replace("http://", "");
    let forward = tokio::spawn(async move {
        drop(queued);
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&target).await.expect("the mock");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    let ran = run(command(&["--connect-timeout", "60", "--timeout", "60"])).await;
    forward.abort();
    assert_eq!((ran.status, ran.lines().len()), (Some(0), 3), "{}", ran.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn progress_line_shows_the_delay_of_a_throttled_run() {
    let (server, _) = server_with_devices(120).await;
    server.enqueue(MockResponse::pass_through());
    server.enqueue(throttled(Some("15")));
    let mut terminal = crate::terminal::Terminal::start(&server, 120, &["devices", CERTIFICATE], &[]);
    let (status, bar) = crate::terminal::run_blocking(move || {
        terminal.wait_for("throttled, going on in 1");
        let bar = terminal.lines().pop().unwrap_or_default();
        terminal.press_ctrl_c();
        (terminal.end(), bar)
    })
    .await;
    assert_eq!(status, Some(130));
    assert!(bar.contains(" of 120 devices ["), "{bar}");
    assert!(!bar.contains("left"), "{bar}");
}
