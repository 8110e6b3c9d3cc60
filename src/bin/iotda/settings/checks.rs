//! Checks of the settings. An error names the option, the variable or the profile's key.

use huaweicloud_iotda::{Client, ClientBuilder, Credentials, Error, ErrorKind};

use super::setting::Origin;
use crate::credential_kind::ConfiguredCredential;
use crate::failure::{Failure, in_cli_terms};

/// Replaces the library's name of a setting by its option, variable or key of the profile.
pub(super) fn name_origin<'a>(error: Error, mut origins: impl Iterator<Item = (&'a str, &'a Origin)>) -> Failure {
    if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Configuration) {
        return error.into();
    }
    let renamed = origins.find_map(|(name, origin)| {
        let rest = error.message().strip_prefix(name).filter(|rest| rest.starts_with(' '))?;
        Some(match origin {
            Origin::Profile(_) => format!("{origin}: `{name}`{rest}"),
            // The value is in the file.
            Origin::Flag("--token-file") => {
                let rest = rest.replace(
                    "copy it from the console or from IAM",
                    "it must contain only the token: IAM's header X-Subject-Token",
                );
                format!("the token in the file of {origin}{rest}")
            }
            Origin::Flag(_) | Origin::Variable(_) => format!("{origin}{rest}"),
        })
    });
    match renamed {
        Some(text) => Failure::Usage(in_cli_terms(&text)),
        None => error.into(),
    }
}

/// Returns a failure if the endpoint of IAM is needed and unknown.
pub(super) fn check_iam_endpoint(
    client: &Client,
    credential: ConfiguredCredential,
    has_project_id: bool,
) -> Result<(), Failure> {
    let purpose = match credential {
        ConfiguredCredential::Password => "the login with a password",
        ConfiguredCredential::IdToken => "the login with an ID token",
        _ if has_project_id => return Ok(()),
        _ => "the lookup of the project (use --project-id to avoid it)",
    };
    if client.iam_endpoint().is_some() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the IAM endpoint is unknown, because the endpoint's host name contains no region and domain, and {purpose} needs \
         it: set HUAWEICLOUD_SDK_IAM_ENDPOINT or HW_AUTH_URL to its URL, or set HW_CLOUD to the domain of the cloud and use \
         --region"
    )))
}

/// Returns a builder with all required settings, to check another one. Nothing is sent.
pub(super) fn complete_builder() -> ClientBuilder {
    offline(Client::builder().endpoint("http://127.0.0.1").project_id("p").credentials(Credentials::token("t")))
}

/// Keeps a client that sends nothing from reading the proxy variables and the platform's root certificates.
pub(super) fn offline(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
    let builder = builder.configure_http(|http| http.tls_certs_only([]));
    builder.no_proxy()
}
