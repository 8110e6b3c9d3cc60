//! The login of an IAM user with a password.
//!
//! Source: docs/sources.md, IAM API, `POST /v3/auth/tokens`.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;

use super::{Lookup, LookupFuture, Provider};
use crate::auth::context::ClientContext;
use crate::auth::credential::IamCredential;
use crate::auth::exchange::{Login, Server, login_time_limit};
use crate::auth::secret::Secret;
use crate::calendar;
use crate::error::Error;
use crate::log;
use crate::settings::{check_name, check_password, password_warning};

/// A login with the password of an IAM user. Without options, use
/// [`Credentials::password`](crate::Credentials::password).
///
/// The first call logs in at the client's [`iam_endpoint`](crate::ClientBuilder::iam_endpoint). The token is refreshed
/// five minutes before it expires.
///
/// The token is scoped to the first of these that is set: [`project_name`](Self::project_name), the client's project
/// ID, the client's [project name](crate::ClientBuilder::project_name), the client's region (the project that has the
/// same name as the region). If none is set, the call fails with
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration).
///
/// [`ClientBuilder::build`](crate::ClientBuilder::build) rejects names and IDs that are empty, are in quotes, or have
/// spaces around them or invisible characters, and a password that is empty or contains a line break or a NUL
/// character. A password in quotes is accepted, because it may have them, and logged as a warning.
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
    user: Identity,
    /// `None` if the ID of the user identifies the account, too.
    domain: Option<Identity>,
    password: Secret,
    /// The name of the password in errors.
    setting: &'static str,
    project_name: Option<String>,
}

/// A user or an account, by its ID or its name.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The key in IAM's requests: `id` or `name`.
    key: &'static str,
    value: String,
    /// Its name in errors.
    pub(crate) setting: &'static str,
}

impl Identity {
    pub(crate) fn id(setting: &'static str, value: impl Into<String>) -> Self {
        Self { key: "id", value: value.into(), setting }
    }

    pub(crate) fn name(setting: &'static str, value: impl Into<String>) -> Self {
        Self { key: "name", value: value.into(), setting }
    }

    fn to_json(&self) -> serde_json::Value {
        json!({ self.key: self.value })
    }
}

impl Password {
    /// Creates a login. `domain` is the name of the account, `user` the name of the IAM user.
    pub fn new(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(Identity::name("user", user), Some(Identity::name("domain", domain)), "password", password.into())
    }

    /// Creates a login with the ID of the account instead of its name. `user` is the name of the IAM user.
    pub fn with_domain_id(domain_id: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(Identity::name("user", user), Some(Identity::id("domain_id", domain_id)), "password", password.into())
    }

    /// Creates a login with the ID of the IAM user, which identifies the account, too.
    pub fn with_user_id(user_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(Identity::id("user_id", user_id), None, "password", password.into())
    }

    /// Creates a login whose password has this name in errors.
    pub(crate) fn of(user: Identity, domain: Option<Identity>, setting: &'static str, password: String) -> Self {
        Self { user, domain, password: Secret::new(password), setting, project_name: None }
    }

    /// Sets the name of the project that the token is scoped to. Default: the project of the client.
    ///
    /// It is a region ID, for example `cn-north-4`, or the name of a project in a region, for example
    /// `cn-north-4_test`.
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
        self
    }

    /// Rejects values that cannot be valid.
    pub(crate) fn check_values(&self) -> Result<(), Error> {
        let mut identities = [&self.user].into_iter().chain(&self.domain);
        identities.try_for_each(|identity| check_name(identity.setting, &identity.value))?;
        self.project_name.as_ref().map_or(Ok(()), |name| check_name("project_name", name))?;
        check_password(self.setting, self.password.expose())
    }

    /// Returns the user as IAM expects it, without the password.
    fn user_json(&self) -> serde_json::Value {
        let mut user = self.user.to_json();
        if let Some(domain) = &self.domain {
            user["domain"] = domain.to_json();
        }
        user
    }

    /// Logs in. A rejected login is not sent again for 15 minutes, because repeated failures lock the user.
    async fn log_in(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let endpoint = context.iam_endpoint()?;
        let mut user = self.user_json();
        user["password"] = self.password.expose().into();
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": self.scope(context)?}}});
        let request = context.post(endpoint, "/v3/auth/tokens?nocatalog=1").json(&body);

        let server = Server { call: "IAM login", endpoint, help: None };
        let (secret, user) = (&self.password, self.user_json().to_string());
        let note = password_warning(secret.expose()).map(|warning| format!("the password {warning}"));
        let login = context.log_in(Login { server, request, user, secret, note }).await?;
        let expires_at = token_expiry(&login.body).and_then(|expiry| login.local_expiry(context, expiry));
        Ok(IamCredential { expires_at, ..IamCredential::token(login.subject_token()?) })
    }

    fn scope(&self, context: &ClientContext) -> Result<serde_json::Value, Error> {
        match (&self.project_name, &context.project_id, &context.project_name) {
            (Some(name), ..) => Ok(json!({"name": name})),
            (None, Some(id), _) => Ok(json!({"id": &**id})),
            (None, None, Some(name)) => Ok(json!({"name": name})),
            (None, None, None) => Err(Error::configuration(
                "the login has no project; set project_id(...) or region(...) on the client builder, or \
                 project_name(...) on Password",
            )),
        }
    }
}

impl Provider for Password {
    fn check(&self) -> Result<(), Error> {
        // A warning, because the password may be meant so.
        if let Some(warning) = password_warning(self.password.expose()) {
            log::odd_password(self.setting, warning);
        }
        self.check_values()
    }

    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(Lookup::found(self.log_in(context).await?, "password")) })
    }

    fn time_limit(&self, context: &ClientContext) -> Duration {
        login_time_limit(context, 1)
    }
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
