//! OIDC federation: STS issues a temporary access key for an ID token, such as that of a CI job.
//!
//! Source: docs/sources.md, STS API, `POST /v5/agencies/assume-with-oidc`.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::{Login, Server, login_time_limit};
use crate::auth::id_token::expiry_note;
use crate::auth::token_source::TokenSource;
use crate::error::Error;
use crate::settings::{check_header_secret, check_name};
use crate::variables::{checked_variable, incomplete, list_variable, path, variable};

pub(crate) const SEARCHED: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN, HUAWEICLOUD_OIDC_AGENCY_URN, and \
                                   HUAWEICLOUD_OIDC_ID_TOKEN or HUAWEICLOUD_OIDC_TOKEN_FILE";
const STS_ENDPOINT: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";
const NAME: &str = "OIDC federation";
const HELP: &str = "Likely cause: the ID token has expired; its audience (aud) is not a client ID of the OIDC provider in \
                    IAM; or the trust policy of the agency does not allow its issuer or subject. Compare the token's \
                    claims, the provider URN and the agency URN with the trust policy in IAM";
/// The bounds of the lifetime. The agency may have a lower maximum.
const DURATION_SECONDS: RangeInclusive<u64> = 900..=43_200;

/// OIDC federation: an ID token of an OIDC provider, such as that of a CI job or of a Kubernetes service account, is
/// exchanged for a temporary access key at STS. [`Credentials::from_oidc_federation`](crate::Credentials::from_oidc_federation)
/// reads the variables of the vendor's SDKs.
///
/// The ID token is sent only to STS: to the [endpoint](Self::sts_endpoint) that is set, otherwise to
/// `https://sts.{region}.{domain}` with the region and the domain of the client's IoTDA endpoint. If they are unknown,
/// the call fails with [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) before anything is sent.
///
/// The key is refreshed ten minutes before it expires. The file of the ID token is read again at each refresh, because it
/// rotates. An ID token that STS rejected (401) is not sent again for 15 minutes.
///
/// In IAM, this needs an OIDC provider with the token's issuer and audience, and an agency whose trust policy allows
/// `sts:agencies:assumeWithOIDC` for that provider.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, OidcFederation};
///
/// # fn main() -> Result<(), Error> {
/// let federation = OidcFederation::new(
///     "iam::0123456789abcdef:oidcProvider:my-ci",
///     "iam::0123456789abcdef:agency:iotda-reader",
///     "/var/run/secrets/tokens/id-token",
/// );
/// let client = Client::builder().region("cn-north-4").credentials(federation).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [STS, "Obtaining a temporary security credential through an OIDC SSO trust agency"](crate::guide::sources).
#[derive(Clone, Debug)]
#[must_use = "the provider has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct OidcFederation {
    request: AssumeRequest,
    token: TokenSource,
    /// The endpoint after its name in errors.
    sts_endpoint: Option<(&'static str, String)>,
}

/// The body of the request, without the ID token.
#[derive(Clone, Debug, Serialize)]
struct AssumeRequest {
    provider_urn: String,
    agency_urn: String,
    agency_session_name: String,
    duration_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy_ids: Vec<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    request: &'a AssumeRequest,
    id_token: &'a str,
}

impl OidcFederation {
    /// Creates the provider. `token_file` is the path of a file that contains only the ID token.
    pub fn new(provider_urn: impl Into<String>, agency_urn: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        Self::of(provider_urn.into(), agency_urn.into(), TokenSource::File(token_file.into()))
    }

    /// Creates the provider with an ID token instead of a file. The key cannot be refreshed after the token has expired.
    pub fn with_token(
        provider_urn: impl Into<String>,
        agency_urn: impl Into<String>,
        id_token: impl Into<String>,
    ) -> Self {
        Self::of(provider_urn.into(), agency_urn.into(), TokenSource::fixed(id_token))
    }

    fn of(provider_urn: String, agency_urn: String, token: TokenSource) -> Self {
        let request = AssumeRequest {
            provider_urn,
            agency_urn,
            agency_session_name: "oidc-sts-session".to_owned(),
            duration_seconds: 3600,
            policy: None,
            policy_ids: Vec::new(),
        };
        Self { request, token, sts_endpoint: None }
    }

    /// Reads the variables of the vendor's SDKs; `None` if none of those that are required is set.
    ///
    /// Required: `HUAWEICLOUD_OIDC_PROVIDER_URN`, `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_ID_TOKEN` or
    /// `HUAWEICLOUD_OIDC_TOKEN_FILE`. Optional: `HUAWEICLOUD_OIDC_SESSION_NAME`, `HUAWEICLOUD_OIDC_DURATION_SECONDS`,
    /// `HUAWEICLOUD_OIDC_POLICY`, `HUAWEICLOUD_OIDC_POLICY_IDS` (separated by commas), `HUAWEICLOUD_SDK_STS_ENDPOINT`.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): only some of the required variables are set.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): the value of a variable is invalid.
    pub fn from_env() -> Result<Option<Self>, Error> {
        let provider_urn = checked_variable("HUAWEICLOUD_OIDC_PROVIDER_URN", check_name)?;
        let agency_urn = checked_variable("HUAWEICLOUD_OIDC_AGENCY_URN", check_name)?;
        let id_token = checked_variable("HUAWEICLOUD_OIDC_ID_TOKEN", check_header_secret)?.map(TokenSource::fixed);
        let token = id_token.or_else(|| path("HUAWEICLOUD_OIDC_TOKEN_FILE").map(TokenSource::File));
        let is_set = [
            ("HUAWEICLOUD_OIDC_PROVIDER_URN", provider_urn.is_some()),
            ("HUAWEICLOUD_OIDC_AGENCY_URN", agency_urn.is_some()),
            ("HUAWEICLOUD_OIDC_TOKEN_FILE or HUAWEICLOUD_OIDC_ID_TOKEN", token.is_some()),
        ];
        let (Some(provider_urn), Some(agency_urn), Some(token)) = (provider_urn, agency_urn, token) else {
            return incomplete(&is_set, "all or none");
        };
        let mut federation = Self::of(provider_urn, agency_urn, token);
        if let Some(name) = checked_variable("HUAWEICLOUD_OIDC_SESSION_NAME", check_name)? {
            federation.request.agency_session_name = name;
        }
        if let Some(seconds) = checked_variable("HUAWEICLOUD_OIDC_DURATION_SECONDS", check_duration)? {
            federation.request.duration_seconds = seconds.parse().unwrap_or_default();
        }
        federation.request.policy = variable("HUAWEICLOUD_OIDC_POLICY");
        federation.request.policy_ids = list_variable("HUAWEICLOUD_OIDC_POLICY_IDS");
        federation.sts_endpoint = variable(STS_ENDPOINT).map(|endpoint| (STS_ENDPOINT, endpoint));
        Ok(Some(federation))
    }

    /// Sets the name of the session, which audit logs show. Default: `oidc-sts-session`.
    pub fn session_name(mut self, name: impl Into<String>) -> Self {
        self.request.agency_session_name = name.into();
        self
    }

    /// Sets the lifetime of the key: 15 minutes to 12 hours, up to the maximum of the agency. Default: one hour.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.request.duration_seconds = duration.as_secs();
        self
    }

    /// Sets a policy (JSON) that restricts the permissions of the key. Default: the permissions of the agency.
    pub fn policy(mut self, policy: impl Into<String>) -> Self {
        self.request.policy = Some(policy.into());
        self
    }

    /// Sets the IDs of identity policies that restrict the permissions of the key. Default: none.
    pub fn policy_ids(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.request.policy_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the endpoint of STS. Default: `https://sts.{region}.{domain}` of the client's endpoint.
    pub fn sts_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.sts_endpoint = Some(("sts_endpoint", endpoint.into()));
        self
    }

    async fn assume(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let server = Server { call: NAME, endpoint: context.sts_endpoint()?, help: Some(HELP) };
        let secret = &self.token.read(NAME)?;
        let body = Body { request: &self.request, id_token: secret.expose() };
        let request = context.post(server.endpoint, "/v5/agencies/assume-with-oidc").json(&body);
        let user = format!("{} {}", self.request.provider_urn, self.request.agency_urn);
        let note = expiry_note(secret.expose(), context.now());
        context.log_in(Login { server, request, user, secret, note }).await?.temporary_key(context)
    }
}

fn check_duration(name: &str, seconds: &str) -> Result<(), Error> {
    if seconds.parse().is_ok_and(|seconds| DURATION_SECONDS.contains(&seconds)) {
        return Ok(());
    }
    Err(Error::configuration(format!("{name} must be 900 to 43200 seconds (15 minutes to 12 hours)")))
}

impl Provider for OidcFederation {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.assume(context).await?, "OIDC federation")) })
    }

    fn check(&self) -> Result<(), Error> {
        check_name("provider_urn", &self.request.provider_urn)?;
        check_name("agency_urn", &self.request.agency_urn)?;
        check_name("session_name", &self.request.agency_session_name)?;
        check_duration("duration", &self.request.duration_seconds.to_string())?;
        self.token.check("id_token")
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        login_time_limit(context, 1)
    }

    fn sts_endpoint(&self) -> Option<(&'static str, String)> {
        self.sts_endpoint.clone()
    }
}
