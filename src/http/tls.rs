//! The TLS settings of the HTTP client: root certificates, and the cryptography.

use std::error::Error as _;

use reqwest::ClientBuilder;

use crate::error::Error;

/// The text of the HTTP client if the platform has no root certificate.
const NO_ROOTS: &str = "No CA certificates were loaded";
const NO_ROOTS_MESSAGE: &str = "no root certificates were found on this machine, so https cannot be used; install them \
                                (package ca-certificates), set SSL_CERT_FILE to a file with root certificates in PEM form, \
                                or call root_certificates(...)";

/// The variables that replace the platform's root certificates.
const ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Keeps the HTTP client from reading the platform's root certificates, which takes hundreds of file operations.
pub(crate) fn without_platform_roots(http: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
    return http.tls_certs_only([]);
    #[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
    http
}

/// Adds root certificates, each in PEM form.
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
pub(crate) fn add_roots(mut http: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    for pem in roots {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            let message =
                "root_certificates is not valid PEM; each certificate starts with -----BEGIN CERTIFICATE-----";
            Error::configuration(message).with_source(error)
        })?;
        if certificates.is_empty() {
            return Err(Error::configuration(
                "root_certificates contains no certificate in PEM form, which starts with -----BEGIN CERTIFICATE-----; \
                 convert a file in DER form with: openssl x509 -inform der -in FILE -out FILE.pem",
            ));
        }
        http = http.tls_certs_merge(certificates);
    }
    Ok(http)
}

/// Rejects root certificates, because this build has no TLS.
#[cfg(not(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
pub(crate) fn add_roots(http: ClientBuilder, roots: &[Vec<u8>]) -> Result<ClientBuilder, Error> {
    if roots.is_empty() {
        return Ok(http);
    }
    Err(Error::configuration(
        "root_certificates is set, but this build has no TLS: enable the feature `rustls` (a default feature), \
         `rustls-ring` or `native-tls` of huaweicloud-iotda",
    ))
}

/// Selects ring for rustls, unless the application selected another provider. Without one, reqwest panics.
pub(crate) fn select_provider() {
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails if another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// Converts an error of building the HTTP client.
pub(crate) fn build_error(error: reqwest::Error) -> Error {
    let cause = std::iter::successors(error.source(), |&error| error.source()).last().map(ToString::to_string);
    let variable = ROOT_VARIABLES.iter().find(|name| std::env::var_os(name).is_some());
    let message = match (cause, variable) {
        (Some(cause), None) if cause.contains(NO_ROOTS) => NO_ROOTS_MESSAGE.to_owned(),
        (Some(cause), Some(name)) if cause.contains(NO_ROOTS) => {
            format!("{NO_ROOTS_MESSAGE}. {name} is set, so nothing else was searched: correct or unset it first")
        }
        _ => "failed to build the HTTP client; check configure_http, root_certificates and the platform's root \
              certificates"
            .to_owned(),
    };
    Error::configuration(message).with_source(error)
}
