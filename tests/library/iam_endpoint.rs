//! The host that receives a password, or the signature of a project lookup: never another operator's, unless the caller
//! named it.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, ErrorKind, Password};
use serde_json::json;

use crate::support::{server_with_devices, total};

const PASSWORD: &str = "Correct-Horse-42";

fn builder() -> ClientBuilder {
    Client::builder().project_id("p").credentials(Credentials::token("t"))
}

fn iam_endpoint(builder: ClientBuilder) -> Option<String> {
    builder.build().expect("a client").iam_endpoint().map(str::to_owned)
}

#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod derived {
    use super::*;

    #[test]
    fn iam_has_the_region_and_domain_of_the_endpoint() {
        for (endpoint, expected) in [
            ("https://a1.st1.iotda-app.cn-north-4.myhuaweicloud.com", "https://iam.cn-north-4.myhuaweicloud.com"),
            ("https://a1.st1.iotda-app.eu-west-101.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu"),
            ("https://a1.st1.iotda-app.eu-de.otc.t-systems.com", "https://iam.eu-de.otc.t-systems.com"),
            ("a1.iotda-app.na-mexico-1.partner.example:8443", "https://iam.na-mexico-1.partner.example"),
            ("https://iotda.cn-north-4.myhuaweicloud.com", "https://iam.cn-north-4.myhuaweicloud.com"),
            ("https://iotda.eu-west-101.myhuaweicloud.eu", "https://iam.eu-west-101.myhuaweicloud.eu"),
            ("https://iotda.eu-de.otc.t-systems.com", "https://iam.eu-de.otc.t-systems.com"),
        ] {
            assert_eq!(iam_endpoint(builder().endpoint(endpoint)).as_deref(), Some(expected), "{endpoint}");
            // The endpoint's operator precedes the cloud that is set.
            let with_cloud = builder().endpoint(endpoint).cloud("another.example");
            assert_eq!(iam_endpoint(with_cloud).as_deref(), Some(expected), "{endpoint}");
        }
    }

    #[test]
    fn region_alone_determines_both_endpoints() {
        for (region, cloud, domain) in [
            ("cn-north-4", None, "cn-north-4.myhuaweicloud.com"),
            ("eu-west-101", None, "eu-west-101.myhuaweicloud.eu"),
            ("eu-west-0", None, "eu-west-0.myhuaweicloud.com"),
            ("eu-de", Some("otc.t-systems.com"), "eu-de.otc.t-systems.com"),
            ("eu-west-101", Some("myhuaweicloud.com"), "eu-west-101.myhuaweicloud.com"),
        ] {
            let builder = builder().region(region);
            let builder = match cloud {
                Some(cloud) => builder.cloud(cloud),
                None => builder,
            };
            let client = builder.build().expect("a client");
            assert_eq!(client.endpoint(), format!("https://iotda.{domain}"));
            assert_eq!(client.iam_endpoint(), Some(&*format!("https://iam.{domain}")));
        }
    }

    #[test]
    fn endpoint_that_reveals_no_domain_has_no_iam_endpoint_unless_a_cloud_is_set() {
        for endpoint in ["https://iotda.example.com", "https://iot.customer.example", "https://203.0.113.7"] {
            let builder = || builder().endpoint(endpoint).region("cn-north-4");
            assert_eq!(iam_endpoint(builder()), None, "{endpoint}");
            let expected = "https://iam.cn-north-4.partner.example";
            assert_eq!(iam_endpoint(builder().cloud("partner.example")).as_deref(), Some(expected), "{endpoint}");
        }
    }
}

#[test]
fn iam_endpoint_may_end_with_the_version_of_the_api() {
    for endpoint in ["http://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1/v3", "http://127.0.0.1:1/v3/"] {
        let builder = builder().endpoint("http://127.0.0.1:2").iam_endpoint(endpoint);
        assert_eq!(iam_endpoint(builder).as_deref(), Some("http://127.0.0.1:1"), "{endpoint}");
    }
}

#[tokio::test]
async fn unknown_iam_endpoint_is_an_error_before_anything_is_sent() {
    let (server, _) = server_with_devices(1).await;
    let builder = || Client::builder().endpoint(server.endpoint()).region("cn-north-4");
    let login = builder().project_id("p").credentials(Credentials::password("account", "user", PASSWORD));
    let lookup = builder().credentials(Credentials::token(MockServer::TOKEN));
    for builder in [login, lookup] {
        let error = total(&builder.build().expect("a client")).await.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains("iam_endpoint(...)"), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
    // A token and a project ID need no IAM.
    let builder = builder().project_id("p").credentials(Credentials::token(MockServer::TOKEN));
    assert_eq!(total(&builder.build().expect("a client")).await.expect("a total"), 1);
}

#[test]
fn cloud_that_is_no_domain_is_rejected() {
    for cloud in ["", "com", "https://myhuaweicloud.com", "my huawei.com", "evil.example/", "a..b", "\"a.b\""] {
        let error = builder().region("cn-north-4").cloud(cloud).build().expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().starts_with("cloud is "), "{error}");
    }
}

#[tokio::test]
async fn named_project_is_looked_up_and_is_the_scope_of_a_login() {
    let (server, _) = server_with_devices(1).await;
    server.add_user("account", "user", PASSWORD);
    server.add_project("p-1", "cn-north-4");
    server.add_project("p-2", "cn-north-4_my project");
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint());
    let builder = builder.region("cn-north-4").project_name("cn-north-4_my project");
    let client = builder.credentials(Credentials::password("account", "user", PASSWORD)).build().expect("a client");
    assert_eq!(client.project_id().await.expect("a project ID"), "p-2");
    let login = server.requests()[0].json().expect("a login");
    assert_eq!(login["auth"]["scope"], json!({"project": {"name": "cn-north-4_my project"}}));
}

#[tokio::test]
async fn project_name_needs_no_region() {
    let (server, _) = server_with_devices(1).await;
    server.add_access_key("AK", "SK-secret");
    server.add_project("p-2", "my project");
    let builder = Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint());
    let builder = builder.project_name("my project").credentials(Credentials::ak_sk("AK", "SK-secret"));
    let client = builder.build().expect("a client");
    assert_eq!(client.project_id().await.expect("a project ID"), "p-2");
    assert_eq!(server.requests()[0].target, "/v3/projects?name=my%20project");
}

#[tokio::test]
async fn login_identifies_user_and_account_by_id_or_name() {
    let password = PASSWORD;
    for (login, user) in [
        (
            Password::new("account", "user", password),
            json!({"name": "user", "password": password, "domain": {"name": "account"}}),
        ),
        (
            Password::with_domain_id("d-1", "user", password),
            json!({"name": "user", "password": password, "domain": {"id": "d-1"}}),
        ),
        (Password::with_user_id("u-1", password), json!({"id": "u-1", "password": password})),
    ] {
        let (server, _) = server_with_devices(1).await;
        server.add_user("account", "user", password);
        server.add_user("d-1", "user", password);
        server.add_user("account", "u-1", password);
        assert_eq!(total(&server.builder().credentials(login).build().expect("a client")).await.expect("a total"), 1);
        let body = server.requests()[0].json().expect("a login");
        assert_eq!(body["auth"]["identity"]["password"]["user"], user);
    }
}
