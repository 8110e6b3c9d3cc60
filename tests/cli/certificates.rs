//! Root certificates: the option `--ca-file`, and machines without root certificates.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use huaweicloud_iotda::mock::MockServer;

use crate::support::program::{iotda, iotda_at, run};
use crate::support::tls::{Authority, CountingServer};

/// Returns the path of a new file with this content.
fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("the file is written");
    path.to_str().expect("UTF-8").to_owned()
}

fn iotda_for(server: &CountingServer, arguments: &[&str]) -> Command {
    let mut command = iotda(arguments);
    command.env("HUAWEICLOUD_IOTDA_ENDPOINT", server.https()).env("HW_AUTH_TOKEN", "t").env("HW_PROJECT_ID", "p");
    command
}

#[tokio::test]
async fn ca_file_is_trusted() {
    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
    let ca = file("ca.pem", &authority.pem());
    let ran = run(iotda_for(&server, &["templates", "--ca-file", &ca])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let ran = run(iotda_for(&server, &["doctor", "--ca-file", &ca, "--output", "table"])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.contains("(option --ca-file)"), "{}", ran.stdout);
    let ran = run(iotda_for(&server, &["templates"])).await;
    assert_eq!(ran.status, Some(5), "{}", ran.stderr);
    assert!(ran.stderr.contains("--ca-file") && !ran.stderr.contains("ClientBuilder"), "{}", ran.stderr);
}

#[tokio::test]
async fn unusable_ca_file_is_reported_by_the_option() {
    let server = CountingServer::start_raw(b"").await;
    for (ca, part) in [("/nowhere.pem".to_owned(), "/nowhere.pem"), (file("no-ca.pem", "text"), "BEGIN CERTIFICATE")] {
        for command in ["templates", "doctor"] {
            let ran = run(iotda_for(&server, &[command, "--ca-file", &ca])).await;
            assert_eq!(ran.status, Some(2), "{}{}", ran.stdout, ran.stderr);
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert!(text.contains("--ca-file") && text.contains(part), "{text}");
            assert!(!text.contains("root_certificates"), "{text}");
        }
    }
    assert_eq!(server.connections(), 0);
}

/// Like Terraform, `HW_CACERT` contains the path of a file, or the certificates.
#[tokio::test]
async fn root_certificates_of_the_variable_are_trusted() {
    let authority = Authority::new();
    let server = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
    let ca = file("variable-ca.pem", &authority.pem());
    for (value, location) in [(&ca, ca.as_str()), (&authority.pem(), "certificates in the variable")] {
        let mut command = iotda_for(&server, &["doctor", "-o", "table"]);
        command.env("HW_CACERT", value);
        let ran = run(command).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stdout);
        assert!(ran.stdout.contains(location) && ran.stdout.contains("(variable HW_CACERT)"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("no effect") && !ran.stdout.contains("BEGIN"), "{}", ran.stdout);
    }
    // The option precedes the variable.
    let mut command = iotda_for(&server, &["templates", "--ca-file", &ca]);
    command.env("HW_CACERT", "/nowhere.pem");
    assert_eq!(run(command).await.status, Some(0));
    let connections = server.connections();
    for (value, part) in [("/nowhere.pem", "/nowhere.pem"), ("Cargo.toml", "contains no certificate")] {
        for name in ["templates", "doctor"] {
            let mut command = iotda_for(&server, &[name]);
            command.env("HW_CACERT", value);
            let ran = run(command).await;
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.status, Some(2), "{text}");
            assert!(text.contains("variable HW_CACERT") && text.contains(part), "{text}");
        }
    }
    assert_eq!(server.connections(), connections);
}

// Other platforms have root certificates that no variable replaces. OpenSSL reports their absence at the first connection.
#[cfg(all(target_os = "linux", not(feature = "native-tls")))]
mod without_roots {
    use super::*;

    /// Returns `iotda` on a machine without root certificates: these variables replace the platform's files.
    fn without_roots(mut command: Command) -> Command {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-certificates");
        fs::create_dir_all(&directory).expect("a directory");
        command.env("SSL_CERT_FILE", file("no-certificates.pem", "")).env("SSL_CERT_DIR", directory);
        command
    }

    #[tokio::test]
    async fn plain_http_and_demo_need_no_root_certificates() {
        let server = MockServer::start().await.expect("a server");
        for command in
            [iotda_at(&server, &["templates"]), iotda(&["--demo", "templates"]), iotda(&["--demo", "doctor"])]
        {
            let ran = run(without_roots(command)).await;
            assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
        }
    }

    #[tokio::test]
    async fn metadata_service_and_pod_identity_agent_need_no_root_certificates() {
        let server = MockServer::start().await.expect("a server");
        let expiry = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
        server.set_metadata("AK", "SK", "security-token", expiry, true);
        server.add_pod_token("pod-token");
        let token = file("pod-token", "pod-token");
        for credentials in ["metadata", "pod"] {
            let mut command = iotda_at(&server, &["templates", "--credentials", credentials]);
            command.env_remove("HW_AUTH_TOKEN").env("HUAWEICLOUD_IOTDA_METADATA_ENDPOINT", server.endpoint());
            command.env("HC_CONTAINER_CREDENTIALS_FULL_URI", server.pod_identity_uri());
            command.env("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token);
            let ran = run(without_roots(command)).await;
            assert_eq!(ran.status, Some(0), "{credentials}: {}", ran.stderr);
        }
    }

    #[tokio::test]
    async fn https_says_what_to_install_or_set() {
        let server = CountingServer::start_raw(b"").await;
        for command in ["templates", "doctor"] {
            let ran = run(without_roots(iotda_for(&server, &[command]))).await;
            assert_eq!(ran.status, Some(2), "{}{}", ran.stdout, ran.stderr);
            let text = format!("{}{}", ran.stdout, ran.stderr);
            for part in ["ca-certificates", "SSL_CERT_FILE is set", "correct or unset it", "--ca-file"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert_eq!(text.matches("no root certificates were found").count(), 1, "{text}");
        }
    }

    #[tokio::test]
    async fn ca_file_replaces_missing_root_certificates() {
        let authority = Authority::new();
        let server = CountingServer::start_tls(authority.certify(&["127.0.0.1"], |_| {})).await;
        let ca = file("only-ca.pem", &authority.pem());
        let ran = run(without_roots(iotda_for(&server, &["templates", "--ca-file", &ca]))).await;
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    }
}
