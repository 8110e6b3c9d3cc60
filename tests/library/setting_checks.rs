//! Values that were copied with quotes, spaces or invisible characters are rejected before anything is sent. The error
//! names the setting and what is wrong, and never the value of a secret.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind, IamCredential, Password};

use crate::support::{server_with_devices, total};

type Mistake = (fn(&str) -> String, &'static str);
type Setter = fn(ClientBuilder, String) -> ClientBuilder;
type Constructor = fn(String) -> Credentials;

/// The ways in which a value is wrong, and the part of the error that says so.
const MISTAKES: [Mistake; 17] = [
    (|value| format!("\"{value}\""), "in quotes"),
    (|value| format!("'{value}'"), "in quotes"),
    (|value| format!("\u{201c}{value}\u{201d}"), "in quotes"),
    (|value| format!("\u{2018}{value}\u{2019}"), "in quotes"),
    (|value| format!("\"{value}"), "quotation mark"),
    (|value| format!("{value}\u{201d}"), "typographic quotation mark"),
    (|value| format!("{value} "), "a space"),
    (|value| format!(" {value}"), "a space"),
    (|value| format!("{value}\r"), "line break"),
    (|value| format!("{value}\n"), "line break"),
    (|value| format!("{value}\0"), "NUL"),
    (|value| format!("{value}\u{a0}"), "no-break space"),
    (|value| format!("{}\u{200b}{}", &value[..2], &value[2..]), "invisible"),
    (|value| format!("\u{feff}{value}"), "invisible"),
    (|value| format!("{}\u{ff10}{}", &value[..2], &value[2..]), "full-width"),
    (|value| format!("{value}\u{fffd}"), "UTF-8"),
    (|_| String::new(), "empty"),
];

fn builder() -> ClientBuilder {
    Client::builder().endpoint("http://127.0.0.1:1").project_id("p").credentials(Credentials::token("t"))
}

#[track_caller]
fn build_error(builder: ClientBuilder) -> Error {
    builder.build().expect_err("an error")
}

#[test]
fn every_setting_with_a_copying_mistake_is_rejected_by_its_name() {
    let settings: [(&str, Setter); 7] = [
        ("project_id", ClientBuilder::project_id),
        ("instance_id", ClientBuilder::instance_id),
        ("endpoint", ClientBuilder::endpoint),
        ("iam_endpoint", ClientBuilder::iam_endpoint),
        ("region", ClientBuilder::region),
        ("cloud", ClientBuilder::cloud),
        ("project_name", ClientBuilder::project_name),
    ];
    for (name, set) in settings {
        for (mistake, part) in MISTAKES {
            // A name may contain a quotation mark.
            if name == "project_name" && part == "quotation mark" {
                continue;
            }
            let value = mistake("value.example");
            let error = build_error(set(builder(), value.clone()));
            assert!(matches!(error.kind(), ErrorKind::Configuration | ErrorKind::InvalidInput), "{error}");
            let message = error.to_string();
            assert!(message.starts_with(&format!("{name} is ")), "{value:?}: {message}");
            assert!(message.contains(part), "{value:?}: {message}");
        }
    }
}

#[test]
fn every_secret_with_a_copying_mistake_is_rejected_without_its_value() {
    let secrets: [(&str, Constructor); 4] = [
        ("token", |value| Credentials::token(value)),
        ("access_key", |value| Credentials::ak_sk(value, "s")),
        ("secret_key", |value| Credentials::ak_sk("a", value)),
        ("security_token", |value| Credentials::temporary_ak_sk("a", "s", value)),
    ];
    for (name, credentials) in secrets {
        for (mistake, part) in MISTAKES {
            let value = mistake("MIIsecretZq8x");
            let error = build_error(builder().credentials(credentials(value.clone())));
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            let message = error.to_string();
            assert!(message.starts_with(&format!("{name} ")), "{value:?}: {message}");
            assert!(message.contains(part), "{value:?}: {message}");
            assert!(!format!("{message}{error:?}{error:#?}").contains("secretZq8x"), "{value:?}: {message}");
        }
    }
}

/// The default ignorable characters of Unicode, fillers and the empty Braille pattern have no shape.
#[tokio::test]
async fn characters_without_a_shape_are_rejected() {
    let (server, client) = server_with_devices(1).await;
    for letter in ['\u{34f}', '\u{1160}', '\u{180b}', '\u{2800}', '\u{3164}', '\u{fe0f}', '\u{ffa0}', '\u{e0020}'] {
        let value = format!("Zq8x{letter}W2v");
        let error = build_error(builder().credentials(Credentials::ak_sk("a", value.clone())));
        assert!(error.to_string().starts_with("secret_key must not contain an invisible character"), "{error}");
        let error = build_error(builder().project_name(value.clone()));
        assert!(error.to_string().contains("must not contain an invisible character"), "{error}");
        let error = client.list_device_by_device_certificate(value).send().await.expect_err("an error");
        assert!(error.message().starts_with("certificate_id is "), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn ids_that_are_not_ascii_are_rejected() {
    for id in ["标准版", "my id", "a\u{200d}b", "ｐ-1"] {
        for builder in [builder().project_id(id), builder().instance_id(id)] {
            assert_eq!(build_error(builder).kind(), ErrorKind::InvalidInput, "{id}");
        }
    }
}

#[tokio::test]
async fn instance_id_and_certificate_id_of_a_call_are_checked_before_anything_is_sent() {
    let (server, client) = server_with_devices(1).await;
    for id in ["\"61c970ce\"", "'61c970ce'", "61c970ce ", "61c970ce\u{200b}", "61c970ce\r", "\u{201c}61c970ce\u{201d}"]
    {
        let certificate = client.list_device_by_device_certificate(id).send().await.expect_err("an error");
        let instance =
            client.list_device_authentication_templates().instance_id(id).send().await.expect_err("an error");
        for (error, name) in [(certificate, "certificate_id is "), (instance, "instance_id is ")] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.message().starts_with(name), "{error}");
        }
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn placeholders_in_an_endpoint_are_rejected() {
    for (endpoint, placeholder) in [
        ("https://{instance}.st1.iotda-app.cn-north-4.myhuaweicloud.com", "{instance}"),
        ("https://<instance>.st1.iotda-app.cn-north-4.myhuaweicloud.com", "<instance>"),
        ("iotda.{region}.myhuaweicloud.com", "{region}"),
        ("http://127.0.0.1:{port}", "{port}"),
    ] {
        for (name, builder) in
            [("endpoint", builder().endpoint(endpoint)), ("iam_endpoint", builder().iam_endpoint(endpoint))]
        {
            let message = build_error(builder).to_string();
            assert!(message.starts_with(name) && message.contains(&format!("placeholder {placeholder}")), "{message}");
        }
    }
}

#[test]
fn endpoints_that_the_http_client_cannot_use_are_rejected() {
    for endpoint in [
        "http://127.0.0.1:1/a|b",
        "http://127.0.0.1:1/[x]^",
        "https://iotda`.example",
        "https://a$b.example",
        "https://ｉotda.example",
        "https://iotda..example",
        "https://.iotda.example",
        "https://-iotda.example",
        "https://iotda-.example",
        "https://a-name-with-a-part-that-is-longer-than-63-characters-which-dns-forbids.example",
    ] {
        assert_eq!(build_error(builder().endpoint(endpoint)).kind(), ErrorKind::Configuration, "{endpoint}");
    }
}

#[test]
fn names_of_a_login_are_checked() {
    for (mistake, part) in MISTAKES.into_iter().filter(|(_, part)| *part != "quotation mark") {
        let value = || mistake("value");
        for (login, name) in [
            (Password::new(value(), "u", "p"), "domain"),
            (Password::new("d", value(), "p"), "user"),
            (Password::with_domain_id(value(), "u", "p"), "domain_id"),
            (Password::with_user_id(value(), "p"), "user_id"),
            (Password::new("d", "u", "p").project_name(value()), "project_name"),
        ] {
            let message = build_error(builder().credentials(login)).to_string();
            assert!(message.starts_with(&format!("{name} is ")) && message.contains(part), "{:?}: {message}", value());
        }
    }
    let login = Password::new("o'neil & söhne", "标准 user", "p");
    assert!(builder().credentials(login).build().is_ok());
}

#[test]
fn line_breaks_and_nul_in_a_password_are_rejected() {
    for password in ["Zq8xW2v\r\n", "Zq8xW2v\n", "Zq8xW2v\r", "Zq8x\0W2v", "Zq8xW2v\u{fffd}", ""] {
        let login = || Credentials::password("d", "u", password);
        for credentials in [login(), Credentials::chain([Credentials::from_env(), login()])] {
            let error = build_error(builder().credentials(credentials));
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(error.to_string().starts_with("password must not "), "{error}");
            assert!(!format!("{error:?}").contains("Zq8x"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn password_in_quotes_is_sent_and_its_rejection_mentions_the_quotes() {
    let (server, _) = server_with_devices(1).await;
    server.add_user("d", "u", "\"pass word\"");
    let builder = |password| server.builder().credentials(Credentials::password("d", "u", password)).build();
    assert_eq!(total(&builder("\"pass word\"").expect("a client")).await.expect("a total"), 1);
    let error = total(&builder("'pass word'").expect("a client")).await.expect_err("an error");
    assert!(error.is_unauthorized(), "{error}");
    assert!(error.message().contains("the password is in quotes"), "{error}");
    let error = total(&builder("another").expect("a client")).await.expect_err("an error");
    assert!(!error.message().contains("quotes"), "{error}");
}

#[tokio::test]
async fn credential_of_a_custom_provider_is_checked_before_anything_is_sent() {
    let (server, _) = server_with_devices(1).await;
    let credential = IamCredential::token(format!("'{}'", MockServer::TOKEN));
    let provider = crate::support::ReplaceableProvider(std::sync::Arc::new(std::sync::Mutex::new(credential)));
    let client = server.builder().credentials(Credentials::from_provider(provider)).build().expect("a client");
    let error = total(&client).await.expect_err("an error");
    assert!(error.message().starts_with("token must not be in quotes"), "{error}");
    assert_eq!(server.requests().len(), 0);
}
