//! The login of an IAM user with a password.
//!
//! Source: docs/sources.md, IAM API, `POST /v3/auth/tokens`.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;

use super::{LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::iam::invalid_request;
use crate::auth::lockout::Permit;
use crate::auth::lockout_key::LockoutKey;
use crate::auth::secret::Secret;
use crate::calendar;
use crate::error::Error;
use crate::http::headers as http_headers;

/// A login with the password of an IAM user. Without options, use
/// [`Credentials::password`](crate::Credentials::password).
///
/// The first call logs in at the client's [`iam_endpoint`](crate::ClientBuilder::iam_endpoint). The token is refreshed
/// five minutes before it expires.
///
/// The token is scoped to the first of these that is set: [`project_name`](Self::project_name), the client's project
/// ID, the client's region (the project that has the same name as the region). If none is set, the call fails with
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
///
/// ```no_run
/// use huaweicloud_iotda::{Client, Error, Password};
///
/// # fn main() -> Result<(), Error> {
/// let login = Password::new("my-account", "my-user", "my-password").project_name("cn-north-4_test");
/// let client = Client::builder().region("cn-north-4").credentials(login).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// Source: [IAM, "Obtaining a user token through password authentication"](crate::guide::sources).
#[derive(Clone, Debug)]
#[must_use = "a login has no effect until it is passed to `ClientBuilder::credentials`"]
pub struct Password {
    domain: String,
    user: String,
    password: Secret,
    project_name: Option<String>,
}

impl Password {
    /// Creates a login. `domain` is the name of the account, `user` the name of the IAM user.
    pub fn new(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        let (domain, user) = (domain.into(), user.into());
        Self { domain, user, password: Secret::new(password), project_name: None }
    }

    /// Sets the name of the project that the token is scoped to. Default: the project of the client.
    ///
    /// It is a region ID, for example `cn-north-4`, or the name of a project in a region, for example
    /// `cn-north-4_test`.
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
        self
    }

    /// Logs in. A rejected login is not sent again for 15 minutes, because repeated failures lock the user.
    async fn log_in(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let iam_endpoint = context.iam_base_url()?;
        let url = format!("{iam_endpoint}/v3/auth/tokens?nocatalog=1");
        let user = json!({"name": self.user, "password": self.password.expose(), "domain": {"name": self.domain}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": self.scope(context)?}}});
        let request = context.transport.http.post(url).json(&body).build().map_err(invalid_request)?;

        let redact = |text: &str| self.password.redact(text);
        let in_context = |error: Error| error.with_context("IAM login");
        let permit = self.acquire_permit(context, iam_endpoint).await?;
        let exchange = context.iam_exchange(request, &redact).await.map_err(|failed| failed.map(in_context));
        permit.report(&exchange, context.now());
        let (headers, body) = exchange.map_err(|failed| failed.error)?;
        let token = headers.get("x-subject-token").and_then(|token| token.to_str().ok());
        let token = token
            .ok_or_else(|| in_context(Error::unexpected_response("the response has no header X-Subject-Token")))?;
        let credential = IamCredential::token(token);
        // The lifetime is computed with IAM's time, because the local clock may be wrong.
        let lifetime = token_expiry(&body).map(|expiry| match http_headers::date(&headers) {
            Some(now) => expiry.duration_since(now).unwrap_or_default(),
            None => expiry.duration_since(context.now()).unwrap_or_default(),
        });
        let expiry = lifetime.and_then(|lifetime| context.now().checked_add(lifetime));
        Ok(match expiry {
            Some(expiry) => credential.expires_at(expiry),
            None => credential,
        })
    }

    /// Waits for the lockout guard: if several clients share the credentials, they must not all send a wrong password.
    async fn acquire_permit<'a>(&self, context: &'a ClientContext, iam_endpoint: &str) -> Result<Permit<'a>, Error> {
        let key = LockoutKey::Login {
            iam_endpoint: iam_endpoint.to_owned(),
            domain: self.domain.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
        };
        loop {
            let permit_timeout = context.transport.timeouts.attempt;
            let mut permit = context.lockout.acquire(Some(key.clone()), || context.now(), permit_timeout).await?;
            if permit.start(context.now())? {
                return Ok(permit);
            }
        }
    }

    fn scope(&self, context: &ClientContext) -> Result<serde_json::Value, Error> {
        match (&self.project_name, &context.project_id, &context.region) {
            (Some(name), ..) => Ok(json!({"name": name})),
            (None, Some(id), _) => Ok(json!({"id": &**id})),
            (None, None, Some(region)) => Ok(json!({"name": region})),
            (None, None, None) => Err(Error::configuration(
                "the login has no project; set project_id(...) or region(...) on the client builder, or \
                 project_name(...) on Password",
            )),
        }
    }
}

impl Provider for Password {
    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(self.log_in(context).await?.into()) })
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        login_time_limit(context)
    }
}

/// The time limit of a login: more than the attempt timeout, so that its error reports what timed out.
pub(super) fn login_time_limit(context: &ClientContext) -> Duration {
    let attempt = context.transport.timeouts.attempt;
    attempt.saturating_add(attempt / 10)
}

#[derive(Deserialize)]
struct LoginResponse {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    expires_at: String,
}

/// Returns the token's expiry, if the response contains it. Without it, the token is used until it is rejected.
fn token_expiry(body: &[u8]) -> Option<SystemTime> {
    let LoginResponse { token } = serde_json::from_slice(body).ok()?;
    calendar::parse_rfc3339(&token.expires_at)
}
