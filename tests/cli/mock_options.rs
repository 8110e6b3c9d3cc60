//! `iotda mock`: options that are rejected, and the pages and host names that are allowed.

use reqwest::Client;

use crate::mock::{Mock, rejected};
use crate::support::program::{iotda, run};

#[tokio::test]
async fn options_of_other_commands_are_rejected() {
    for option in [
        &["--output", "json"][..],
        &["--csv-bom"],
        &["--csv-guard"],
        &["--columns", "device_id"],
        &["--sort", "device_id"],
        &["--no-header"],
        &["--verbose"],
        &["--demo"],
        &["--endpoint", "https://example.com"],
        &["--project-id", "p"],
        &["--instance-id", "i"],
        &["--token-file", "f"],
        &["--credentials-file", "f"],
        &["--credentials", "env"],
        &["--ca-file", "f"],
        &["--timeout", "1"],
        &["--connect-timeout", "1"],
        &["--retries", "1"],
        &["--max-wait", "1"],
        &["--rate-limit", "1"],
    ] {
        for arguments in [[&["mock"], option].concat(), [option, &["mock"]].concat()] {
            let stderr = rejected(&arguments);
            let expected = format!("error: {} cannot be used with mock\n", option[0]);
            assert!(stderr.starts_with(&expected), "{arguments:?}: {stderr}");
        }
    }
}

#[tokio::test]
async fn each_option_without_an_effect_is_rejected() {
    // The help of mock shows the options that have an effect, and that of devices all options of the CLI.
    let long_options = async |command| {
        let ran = run(iotda(&[command, "--help"])).await;
        let options = ran.stdout.split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned);
        options.collect::<std::collections::BTreeSet<_>>()
    };
    let (mock, devices) = (long_options("mock").await, long_options("templates").await);
    for option in devices.difference(&mock).filter(|option| !["--name", "--status"].contains(&option.as_str())) {
        rejected(&["mock", option, "1"]);
    }
}

#[tokio::test]
async fn lifetime_of_more_than_a_year_is_rejected() {
    for option in ["--id-token-lifetime", "--key-lifetime"] {
        for lifetime in ["8761h", "1e19"] {
            let stderr = rejected(&["mock", "--identities", "unused", option, lifetime]);
            assert!(stderr.contains("must be at most 8760h (a year)"), "{stderr}");
        }
    }
}

#[tokio::test]
async fn invalid_origin_is_rejected() {
    for origin in [
        "",
        "example.com",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com:443",
        "https://Example.com",
        "https://user@example.com",
        "https://example.com?query",
        "https://*.example.com",
        "https://",
        "http://a b",
    ] {
        let stderr = rejected(&["mock", "--allow-origin", origin]);
        assert!(stderr.contains("for example https://example.com"), "{stderr}");
    }
}

#[tokio::test]
async fn origin_and_host_name_are_allowed() {
    let origins = ["http://localhost:8081", "https://example.com", "http://[2001:db8::1]:8081", "null"];
    let invalid_hosts = ["", "http://mock.example.com", "mock.example.com:8080", "a b", "mock/"];
    for host in invalid_hosts {
        let stderr = rejected(&["mock", "--allow-host", host]);
        assert!(stderr.contains("must be a host name"), "{stderr}");
    }
    let options: Vec<_> = origins.iter().flat_map(|origin| ["--allow-origin", origin]).collect();
    let mock = Mock::start(&[&options[..], &["--allow-host", "mock.example.com"]].concat());
    let http = Client::builder().no_proxy().build().expect("a client");
    for (host, status) in [("mock.example.com:8080", 200), ("page.example.com", 403)] {
        let request = http.get(format!("{}/mock/requests", mock.endpoint())).header("Host", host);
        assert_eq!(request.send().await.expect("a response").status(), status, "{host}");
    }
}
