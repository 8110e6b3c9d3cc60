//! Authentication of one request: the header of a token, or a signature.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Request, Url};
use secrecy::zeroize::Zeroizing;

use super::credential::{CredentialKind, IamCredential};
use super::secret::{header_value, sensitive};
use super::signer::{self, Parts, Scheme};
use crate::calendar;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::settings::check_region;

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const X_PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");
const X_SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");
const X_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");
const X_SDK_CONTENT_SHA256: HeaderName = HeaderName::from_static(signer::CONTENT_SHA256);
const INSTANCE_ID: HeaderName = HeaderName::from_static("instance-id");

/// Headers that are signed in addition to `Host`, if the request has them. Others are not signed, because proxies
/// rewrite some of them, such as `User-Agent`.
const SIGNED_HEADERS: [HeaderName; 6] =
    [CONTENT_TYPE, INSTANCE_ID, X_PROJECT_ID, X_SDK_CONTENT_SHA256, X_SDK_DATE, X_SECURITY_TOKEN];

/// The signing algorithm for access keys.
///
/// Default: the host determines it. The dedicated host of a standard or enterprise instance (`….iotda-app.{region}.…`)
/// requires [`Derived`](Self::Derived). For every other host, [`Standard`](Self::Standard) is used. The service rejects
/// the wrong algorithm with 401 `IOTDA.000002`.
///
/// Set it with [`ClientBuilder::signing`](crate::ClientBuilder::signing) if the host name does not show the kind of
/// endpoint, for example behind a custom domain:
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Credentials, Error, Signing};
///
/// # fn main() -> Result<(), Error> {
/// let client = Client::builder()
///     .endpoint("https://iotda.example.com")
///     .project_id("0123456789abcdef0123456789abcdef")
///     .credentials(Credentials::ak_sk("AK", "SK"))
///     .signing(Signing::Derived { region: "cn-north-4".to_owned() })
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// With feature `mock`, a test can check it:
///
/// ```
/// # #[cfg(feature = "mock")]
/// # huaweicloud_iotda::mock::__doc_test(async {
/// use huaweicloud_iotda::mock::MockServer;
/// use huaweicloud_iotda::{Credentials, Signing};
///
/// let derived = Signing::Derived { region: "cn-north-4".to_owned() };
/// let server = MockServer::start().await?;
/// server.add_access_key("AK", "SK");
/// server.set_signing(derived.clone());
///
/// let builder = server.builder().credentials(Credentials::ak_sk("AK", "SK"));
/// let client = builder.signing(derived).build()?;
/// client.list_device_authentication_templates().await?;
/// # Ok(())
/// # });
/// ```
///
/// Source: [the vendor's SDKs and their signers](crate::guide::sources).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signing {
    /// SDK-HMAC-SHA256: signs with the secret key.
    Standard,
    /// V11-HMAC-SHA256: signs with a key that is derived for a day and a region.
    Derived {
        /// The region ID, for example `cn-north-4`: lowercase letters, digits and hyphens.
        region: String,
    },
}

impl Signing {
    /// Returns the algorithm that a host requires.
    pub(crate) fn of(endpoint: &Endpoint) -> Self {
        match endpoint.instance_region() {
            Some(region) => Self::Derived { region: region.to_owned() },
            None => Self::Standard,
        }
    }

    /// Rejects a region that cannot be valid.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Standard => Ok(()),
            Self::Derived { region } => check_region("the region of signing", region),
        }
    }

    fn scheme(&self) -> Scheme<'_> {
        match self {
            Self::Standard => Scheme::Standard,
            Self::Derived { region } => Scheme::Derived { region, service: signer::SERVICE },
        }
    }
}

/// The credential of one request, its signing algorithm and the time to sign with.
#[derive(Clone, Debug)]
pub(crate) struct Authentication {
    pub(crate) credential: IamCredential,
    pub(crate) signing: Arc<Signing>,
    pub(crate) time: SystemTime,
}

impl Authentication {
    /// Selects the standard algorithm, for hosts that accept no other, such as IAM's.
    pub(crate) fn standard(self) -> Self {
        Self { signing: Arc::new(Signing::Standard), ..self }
    }

    /// Adds the authentication headers to a request that is otherwise complete.
    pub(crate) fn apply(&self, request: &mut Request, project_id: Option<&str>) -> Result<(), Error> {
        match &self.credential.kind {
            CredentialKind::Token(token) => {
                request.headers_mut().insert(X_AUTH_TOKEN, token.header()?);
            }
            CredentialKind::AccessKey { access, secret, security_token } => {
                let date = calendar::format_basic(self.time);
                let headers = request.headers_mut();
                headers.insert(X_SDK_DATE, header_value(&date)?);
                if let Some(project_id) = project_id {
                    headers.insert(X_PROJECT_ID, header_value(project_id)?);
                }
                if let Some(token) = security_token {
                    headers.insert(X_SECURITY_TOKEN, token.header()?);
                }
                let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                if content_type.is_some_and(|content_type| !signer::signs_payload(content_type)) {
                    headers.insert(X_SDK_CONTENT_SHA256, HeaderValue::from_static(signer::UNSIGNED_PAYLOAD));
                }
                let authorization = self.authorization(request, access, secret.expose(), &date);
                request.headers_mut().insert(AUTHORIZATION, sensitive(&authorization)?);
            }
        }
        Ok(())
    }

    fn authorization(&self, request: &Request, access: &str, secret: &str, date: &str) -> String {
        let scheme = self.signing.scheme();
        let (canonical, signed_headers) = signer::canonical_request(&parts_of(request));
        let key = Zeroizing::new(scheme.signing_key(access, secret, date));
        let signature = signer::signature(&key, &scheme.string_to_sign(date, &canonical));
        scheme.authorization(access, date, &signed_headers, &signature)
    }
}

fn parts_of(request: &Request) -> Parts<'_> {
    let url = request.url();
    let signed = SIGNED_HEADERS.into_iter().filter_map(|name| {
        let value = request.headers().get(&name)?;
        Some((name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    Parts {
        method: request.method().as_str(),
        path: url.path(),
        query: url.query_pairs().into_owned().collect(),
        headers: signed.chain([("host".to_owned(), host(url))]).collect(),
        body: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default(),
    }
}

/// Returns the value of `Host` as the HTTP library writes it: with the port, unless it is the scheme's default.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))
}
