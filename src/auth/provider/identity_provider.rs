//! The login of a federated user with an ID token: IAM issues a token for it, and for that a temporary access key.
//!
//! Source: docs/sources.md, IAM API, `POST /v3.0/OS-AUTH/id-token/tokens` and `POST /v3.0/OS-CREDENTIAL/securitytokens`.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::{Login, Server, login_time_limit};
use crate::auth::id_token::expiry_note;
use crate::auth::secret::Secret;
use crate::auth::token_source::TokenSource;
use crate::error::Error;
use crate::settings::check_header_secret;
use crate::variables::{both_or_neither, checked_variable, path};

pub(crate) const VARIABLES: [&str; 2] = ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"];
pub(crate) const SEARCHED: &str = "HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE";
const NAME: &str = "IAM login with an ID token";
const HELP: &str = "Likely cause: the ID token has expired, its audience (aud) is not the client ID of the identity \
                    provider, or the identity provider does not exist. Compare the token's claims and the ID of the \
                    identity provider with its settings in IAM";
const KEY_HELP: &str = "Likely cause: the federated user has no permissions. Check the identity conversion rules of the \
                        identity provider in IAM";
/// The requested lifetime of the key: six hours.
const DURATION_SECONDS: u32 = 21_600;

/// The login of a federated user with an ID token of an identity provider (OpenID Connect) that is registered in IAM.
/// [`Credentials::from_identity_provider`](crate::Credentials::from_identity_provider) reads the variables of the
/// vendor's SDKs.
///
/// The client's [`iam_endpoint`](crate::ClientBuilder::iam_endpoint) receives two requests: the first one exchanges the ID
/// token for an unscoped token, the second one exchanges that for a temporary access key, which is valid for six hours and
/// refreshed ten minutes before it expires.
///
/// The file of the ID token is read again at each refresh, because it rotates. An ID token that IAM rejected (401) is not
/// sent again for 15 minutes.
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, IdentityProvider};
///
/// # fn main() -> Result<(), Error> {
/// let login = IdentityProvider::new("my-idp", "/var/run/secrets/tokens/id-token");
/// let client = Client::builder().region("cn-north-4").credentials(login).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [IAM, "Obtaining a token with an OpenID Connect ID token"](crate::guide::sources).
#[derive(Clone, Debug)]
#[must_use = "a login has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct IdentityProvider {
    idp_id: String,
    token: TokenSource,
}

impl IdentityProvider {
    /// Creates a login. `idp_id` is the ID of the identity provider in IAM, `token_file` the path of a file that contains
    /// only the ID token.
    pub fn new(idp_id: impl Into<String>, token_file: impl Into<PathBuf>) -> Self {
        Self { idp_id: idp_id.into(), token: TokenSource::File(token_file.into()) }
    }

    /// Creates a login with an ID token instead of a file. The key cannot be refreshed after the token has expired.
    pub fn with_token(idp_id: impl Into<String>, id_token: impl Into<String>) -> Self {
        Self { idp_id: idp_id.into(), token: TokenSource::fixed(id_token) }
    }

    /// Reads the variables of the vendor's SDKs, `HUAWEICLOUD_SDK_IDP_ID` and `HUAWEICLOUD_SDK_ID_TOKEN_FILE`; `None` if
    /// none of them is set.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Credentials`](crate::ErrorKind::Credentials): only one of them is set.
    /// - [`ErrorKind::Configuration`](crate::ErrorKind::Configuration): the value of a variable is invalid.
    pub fn from_env() -> Result<Option<Self>, Error> {
        let idp_id = checked_variable(VARIABLES[0], check_header_secret)?;
        let values = both_or_neither((VARIABLES[0], idp_id), (VARIABLES[1], path(VARIABLES[1])))?;
        Ok(values.map(|(idp_id, file)| Self::new(idp_id, file)))
    }

    async fn log_in(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let endpoint = context.iam_endpoint()?;
        let secret = &self.token.read(NAME)?;
        let server = Server { call: NAME, endpoint, help: Some(HELP) };
        let body = json!({"auth": {"id_token": {"id": secret.expose()}}});
        let request =
            context.post(endpoint, "/v3.0/OS-AUTH/id-token/tokens").header("X-Idp-Id", &self.idp_id).json(&body);
        let (user, note) = (self.idp_id.clone(), expiry_note(secret.expose(), context.now()));
        let login = context.log_in(Login { server, request, user, secret, note }).await?;
        let token = Secret::new(login.subject_token()?);
        request_key(context, &token, secret).await
    }
}

/// Exchanges the unscoped token for a temporary access key.
async fn request_key(context: &ClientContext, token: &Secret, id_token: &Secret) -> Result<IamCredential, Error> {
    let endpoint = context.iam_endpoint()?;
    let server = Server { call: "IAM temporary access key", endpoint, help: Some(KEY_HELP) };
    let token_json = json!({"id": token.expose(), "duration_seconds": DURATION_SECONDS});
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": token_json}}});
    let request = context.post(endpoint, "/v3.0/OS-CREDENTIAL/securitytokens").json(&body);
    let redact = |text: &str| token.redact(&id_token.redact(text));
    context.exchange(server, request, &redact).await?.temporary_key(context)
}

impl Provider for IdentityProvider {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.log_in(context).await?, "identity provider")) })
    }

    fn check(&self) -> Result<(), Error> {
        check_header_secret("idp_id", &self.idp_id)?;
        self.token.check("id_token")
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        login_time_limit(context, 2)
    }
}
