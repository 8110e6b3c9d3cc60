//! The login of an IAM user with a password.
//!
//! Source: docs/sources.md, IAM API, `POST /v3/auth/tokens`.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::json;

use super::{LookupFuture, Provider};
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
    user: User,
    password: Secret,
    project_name: Option<String>,
}

/// The user who logs in.
#[derive(Clone, Debug)]
enum User {
    Id(String),
    /// The name is unique in its account.
    Name {
        name: String,
        domain: Domain,
    },
}

/// An account.
#[derive(Clone, Debug)]
enum Domain {
    Id(String),
    Name(String),
}

/// The names of user ID, user name, domain ID, domain name and password in errors.
pub(crate) struct PasswordNames {
    pub(crate) user_id: &'static str,
    pub(crate) user: &'static str,
    pub(crate) domain_id: &'static str,
    pub(crate) domain: &'static str,
    pub(crate) password: &'static str,
}

const NAMES: PasswordNames =
    PasswordNames { user_id: "user_id", user: "user", domain_id: "domain_id", domain: "domain", password: "password" };

impl Password {
    /// Creates a login. `domain` is the name of the account, `user` the name of the IAM user.
    pub fn new(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(User::Name { name: user.into(), domain: Domain::Name(domain.into()) }, password.into())
    }

    /// Creates a login with the ID of the account instead of its name. `user` is the name of the IAM user.
    pub fn with_domain_id(domain_id: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(User::Name { name: user.into(), domain: Domain::Id(domain_id.into()) }, password.into())
    }

    /// Creates a login with the ID of the IAM user, which identifies the account, too.
    pub fn with_user_id(user_id: impl Into<String>, password: impl Into<String>) -> Self {
        Self::of(User::Id(user_id.into()), password.into())
    }

    fn of(user: User, password: String) -> Self {
        Self { user, password: Secret::new(password), project_name: None }
    }

    /// Sets the name of the project that the token is scoped to. Default: the project of the client.
    ///
    /// It is a region ID, for example `cn-north-4`, or the name of a project in a region, for example
    /// `cn-north-4_test`.
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
        self
    }

    /// Rejects values that cannot be valid, with these names in errors.
    pub(crate) fn check_named(&self, names: &PasswordNames) -> Result<(), Error> {
        self.user.check(names)?;
        self.project_name.as_ref().map_or(Ok(()), |name| check_name("project_name", name))?;
        check_password(names.password, self.password.expose())
    }

    /// Logs a warning about a password that is probably not the one that was meant.
    pub(crate) fn warn(&self, name: &str) {
        if let Some(warning) = password_warning(self.password.expose()) {
            log::odd_password(name, warning);
        }
    }

    /// Logs in. A rejected login is not sent again for 15 minutes, because repeated failures lock the user.
    async fn log_in(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let endpoint = context.iam_endpoint()?;
        let mut user = self.user.to_json();
        user["password"] = self.password.expose().into();
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": self.scope(context)?}}});
        let request = context.post(endpoint, "/v3/auth/tokens?nocatalog=1").json(&body);

        let server = Server { call: "IAM login", endpoint, help: None };
        let (secret, user) = (&self.password, self.user.to_json().to_string());
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

impl User {
    /// Returns the user as IAM expects it, without the password.
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Id(id) => json!({"id": id}),
            Self::Name { name, domain: Domain::Id(id) } => json!({"name": name, "domain": {"id": id}}),
            Self::Name { name, domain: Domain::Name(domain) } => json!({"name": name, "domain": {"name": domain}}),
        }
    }

    fn check(&self, names: &PasswordNames) -> Result<(), Error> {
        let (name, domain) = match self {
            Self::Id(id) => return check_name(names.user_id, id),
            Self::Name { name, domain } => (name, domain),
        };
        check_name(names.user, name)?;
        match domain {
            Domain::Id(id) => check_name(names.domain_id, id),
            Domain::Name(domain) => check_name(names.domain, domain),
        }
    }
}

impl Provider for Password {
    fn check(&self) -> Result<(), Error> {
        self.warn(NAMES.password);
        self.check_named(&NAMES)
    }

    fn lookup<'a>(&'a self, context: &'a ClientContext) -> LookupFuture<'a> {
        Box::pin(async { Ok(self.log_in(context).await?.into()) })
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
