//! Credential providers: the option `--credentials`, the default order, and what `iotda doctor` says about them.

use std::process::Command;
use std::time::{Duration, SystemTime};

use huaweicloud_iotda::mock::MockServer;
use serde_json::Value;

use crate::support::program::{Ran, iotda, run};
use crate::support::token_file::TokenFile;
use crate::support::{CERTIFICATE, server_with_devices};

const AUDIENCE: &str = "my-audience";
const POD_TOKEN: &str = "pod-authorization-token";

/// A server that accepts all workload identities, and a token file for each.
struct Workload {
    server: MockServer,
    id_token: TokenFile,
    pod_token: TokenFile,
}

type Variables = Vec<(&'static str, String)>;

impl Workload {
    async fn new() -> Self {
        let (server, _) = server_with_devices(1).await;
        server.add_oidc_agency("provider-urn", "agency-urn", AUDIENCE);
        server.add_identity_provider("my-idp", AUDIENCE);
        server.add_pod_token(POD_TOKEN);
        let token = MockServer::id_token(AUDIENCE, SystemTime::now() + Duration::from_secs(3600));
        Self { server, id_token: TokenFile::new(token), pod_token: TokenFile::new(POD_TOKEN) }
    }

    fn oidc(&self) -> Variables {
        vec![
            ("HUAWEICLOUD_OIDC_PROVIDER_URN", "provider-urn".to_owned()),
            ("HUAWEICLOUD_OIDC_AGENCY_URN", "agency-urn".to_owned()),
            ("HUAWEICLOUD_OIDC_TOKEN_FILE", self.id_token.text().to_owned()),
            ("HUAWEICLOUD_SDK_STS_ENDPOINT", self.server.endpoint()),
        ]
    }

    fn idp(&self) -> Variables {
        vec![
            ("HUAWEICLOUD_SDK_IDP_ID", "my-idp".to_owned()),
            ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", self.id_token.text().to_owned()),
        ]
    }

    fn pod(&self) -> Variables {
        vec![
            ("HC_CONTAINER_CREDENTIALS_FULL_URI", self.server.pod_identity_uri()),
            ("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", self.pod_token.text().to_owned()),
        ]
    }

    fn iotda(&self, arguments: &[&str], variables: &[Variables]) -> Command {
        let mut command = iotda(arguments);
        let endpoint = self.server.endpoint();
        command.env("HUAWEICLOUD_IOTDA_ENDPOINT", &endpoint).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &endpoint);
        command.env("HUAWEICLOUD_SDK_PROJECT_ID", "p").envs(variables.concat());
        command
    }

    /// Lists one device, and returns the first request path of the run.
    async fn first_path(&self, arguments: &[&str], variables: &[Variables]) -> String {
        self.server.clear_requests();
        let ran = run(self.iotda(&[&["devices", CERTIFICATE], arguments].concat(), variables)).await;
        assert_eq!((ran.status, ran.lines().len()), (Some(0), 1), "{}", ran.stderr);
        self.server.requests()[0].target.clone()
    }
}

const STS: &str = "/v5/agencies/assume-with-oidc";
const IDP: &str = "/v3.0/OS-AUTH/id-token/tokens";
const POD: &str = "/pod-identity/credentials";

#[tokio::test]
async fn provider_that_is_set_completely_is_used_in_the_documented_order() {
    let workload = Workload::new().await;
    let partial = vec![("HUAWEICLOUD_SDK_AK", "AK".to_owned())];
    let (oidc, idp, pod) = (workload.oidc(), workload.idp(), workload.pod());
    for (variables, expected) in [
        (&[idp.clone(), oidc.clone(), pod.clone()][..], IDP),
        (&[oidc.clone(), pod.clone()], STS),
        (std::slice::from_ref(&pod), POD),
        (&[partial.clone(), pod.clone()], POD),
        (&[partial, oidc[1..].to_vec(), pod.clone()], POD),
    ] {
        assert_eq!(workload.first_path(&[], variables).await, expected, "{variables:?}");
    }
}

#[tokio::test]
async fn option_selects_the_provider() {
    let workload = Workload::new().await;
    let all = [workload.oidc(), workload.idp(), workload.pod()];
    for (provider, expected) in [("oidc", STS), ("idp", IDP), ("env", IDP), ("pod", POD)] {
        assert_eq!(workload.first_path(&["--credentials", provider], &all).await, expected, "{provider}");
    }
}

#[tokio::test]
async fn selected_provider_that_is_not_set_is_an_error_that_names_what_is_missing() {
    let workload = Workload::new().await;
    for (provider, variables, missing) in [
        ("oidc", &[workload.pod()][..], "HUAWEICLOUD_OIDC_*"),
        ("oidc", &[workload.oidc()[..2].to_vec()], "HUAWEICLOUD_OIDC_TOKEN_FILE"),
        ("idp", &[workload.idp()[..1].to_vec()], "HUAWEICLOUD_SDK_ID_TOKEN_FILE"),
        ("pod", &[workload.pod()[1..].to_vec()], "HC_CONTAINER_CREDENTIALS_FULL_URI"),
        ("profile", &[workload.pod()], "~/.huaweicloud/credentials"),
        ("env", &[workload.pod()], "none of its variables"),
    ] {
        let ran = run(workload.iotda(&["devices", "a", "--credentials", provider], variables)).await;
        assert_eq!(ran.status, Some(3), "{}", ran.stderr);
        assert!(ran.stderr.contains(missing), "{provider}: {}", ran.stderr);
    }
    assert_eq!(workload.server.request_count(), 0);
}

#[tokio::test]
async fn incomplete_variables_are_an_error_if_no_provider_is_complete() {
    let workload = Workload::new().await;
    let ran = run(workload.iotda(&["devices", "a"], &[workload.oidc()[..1].to_vec()])).await;
    assert_eq!(ran.status, Some(3), "{}", ran.stderr);
    for name in ["HUAWEICLOUD_OIDC_AGENCY_URN", "HUAWEICLOUD_OIDC_TOKEN_FILE"] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn option_conflicts_with_other_credential_options() {
    for option in [&["--token-file", "x"][..], &["--credentials-file", "x"], &["--demo"]] {
        let ran = run(iotda(&[&["devices", "a", "--credentials", "oidc"], option].concat())).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("{} cannot be used with --credentials", option[0])), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn pod_identity_does_not_use_a_proxy() {
    let workload = Workload::new().await;
    let mut variables = workload.pod();
    // Requests to the service do not use it either, because its endpoint is plain http.
    variables.extend(["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9".to_owned())));
    assert_eq!(workload.first_path(&[], &[variables]).await, POD);
}

#[tokio::test]
async fn unknown_sts_endpoint_names_the_variables() {
    let workload = Workload::new().await;
    let ran = run(workload.iotda(&["devices", "a"], &[workload.oidc()[..3].to_vec()])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("set HUAWEICLOUD_SDK_STS_ENDPOINT, or use --region and set HW_CLOUD"),
        "{}",
        ran.stderr
    );
    assert_eq!(workload.server.request_count(), 0);
}

#[tokio::test]
async fn invalid_value_of_a_variable_names_the_variable() {
    let workload = Workload::new().await;
    for (name, value) in [
        ("HUAWEICLOUD_SDK_STS_ENDPOINT", "http://sts.example.com"),
        ("HUAWEICLOUD_OIDC_PROVIDER_URN", "'provider-urn'"),
        ("HUAWEICLOUD_OIDC_DURATION_SECONDS", "60"),
        ("HUAWEICLOUD_OIDC_DURATION_SECONDS", "1h"),
    ] {
        let invalid = vec![(name, value.to_owned())];
        let ran = run(workload.iotda(&["devices", "a", "--credentials", "oidc"], &[workload.oidc(), invalid])).await;
        assert_eq!(ran.status, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
    let uri = vec![("HC_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/".to_owned())];
    let ran = run(workload.iotda(&["devices", "a", "--credentials", "pod"], &[workload.pod(), uri])).await;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("HC_CONTAINER_CREDENTIALS_FULL_URI"), "{}", ran.stderr);
    assert_eq!(workload.server.request_count(), 0);
}

/// Returns the credential steps of `iotda doctor`: result and detail.
fn credential_steps(ran: &Ran) -> Vec<(String, String)> {
    let records = ran.lines().into_iter().map(|line| line.parse::<Value>().expect("JSON"));
    let steps = records.filter(|record| record["step"] == "credential");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    steps.map(|record| (text(&record["result"]), text(&record["detail"]))).collect()
}

#[tokio::test]
async fn doctor_says_which_provider_is_used_and_why_the_others_are_not() {
    let workload = Workload::new().await;
    let partial = vec![("HUAWEICLOUD_SDK_AK", "AK".to_owned())];
    let ran = run(workload.iotda(&["doctor", "--output", "jsonl"], &[partial, workload.oidc(), workload.pod()])).await;
    assert_eq!(ran.status, Some(0), "{}", ran.stdout);
    let steps = credential_steps(&ran);
    let expected = [
        ("set", "OIDC federation: ID token, exchanged for a temporary access key at STS"),
        ("unused", "env: HUAWEICLOUD_SDK_AK is set, but not HUAWEICLOUD_SDK_SK"),
        ("unused", "pod: oidc precedes it"),
        ("unused", "profile: no file ~/.huaweicloud/credentials"),
        ("unused", "metadata: used only with --credentials metadata"),
    ];
    assert_eq!(steps, expected.map(|(result, detail)| (result.to_owned(), detail.to_owned())));
    assert!(!ran.stdout.contains("no effect"), "{}", ran.stdout);
}

#[tokio::test]
async fn doctor_reports_a_rejected_id_token_with_help() {
    let workload = Workload::new().await;
    workload.id_token.write(MockServer::id_token(AUDIENCE, SystemTime::now() - Duration::from_secs(60)));
    let ran = run(workload.iotda(&["doctor", "--output", "jsonl"], &[workload.oidc()])).await;
    assert_eq!(ran.status, Some(3), "{}", ran.stdout);
    for part in ["OIDC federation", "has expired", "trust policy", "HTTP 401"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}
