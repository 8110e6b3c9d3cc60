//! The two calls to IAM: the login with a password, and the lookup of a project ID.
//!
//! Source: docs/sources.md, IAM API, `POST /v3/auth/tokens` and `GET /v3/projects`.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::Request;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use super::authentication::{AttemptError, Authentication};
use super::credential::{IamCredential, Secret};
use crate::body;
use crate::calendar;
use crate::endpoint::{Endpoint, check_id};
use crate::error::{Error, ErrorKind, one_line};
use crate::http::HttpTransport;
use crate::http_date;

/// The parts of a client's configuration that providers and IAM calls need.
pub(crate) struct ClientContext {
    pub(crate) transport: HttpTransport,
    /// The endpoint of IAM.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) region: Option<String>,
    /// The configured project ID; not one that was looked up.
    pub(crate) project_id: Option<Arc<str>>,
    pub(crate) clock: Clock,
}

/// Returns the current time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl ClientContext {
    fn base_url(&self) -> Result<&str, Error> {
        let endpoint = self.endpoint.as_ref().ok_or_else(|| {
            Error::configuration(
                "the IAM endpoint is not set; call region(...) or iam_endpoint(...) on the client builder",
            )
        })?;
        Ok(&endpoint.base_url)
    }

    /// Sends a request to IAM and returns the headers and body of a success.
    async fn exchange(
        &self,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let context = self.transport.error_context(redact);
        let response = self.transport.http.execute(request).await.map_err(|error| context.no_response(error))?;
        let headers = response.headers().clone();
        let request_id = context.header(&headers, "x-iam-trace-id");
        let attempt_error = |error: Error| AttemptError {
            error: error.with_request_id(request_id.clone()),
            server_time: http_date::from_headers(&headers),
        };
        let status = response.status();
        if !status.is_success() {
            let error = context.error_response(response).await;
            let kind = if error.kind() == ErrorKind::Service { ErrorKind::Credentials } else { error.kind() };
            return Err(attempt_error(error.with_kind(kind)));
        }
        match body::read_limited(response, body::MAX_BODY_BYTES).await {
            Ok(Some(body)) => Ok((headers, body)),
            Ok(None) => Err(attempt_error(Error::unexpected_response(body::too_large_message()).with_status(status))),
            Err(error) => Err(attempt_error(context.no_response(error).with_status(status))),
        }
    }

    /// Looks up the ID of the project that has the region's name.
    pub(crate) async fn look_up_project(&self, authentication: Authentication) -> Result<String, AttemptError> {
        let region = self.region.as_deref().ok_or_else(|| {
            Error::configuration("the client has no project; set project_id(...), or region(...) to look it up via IAM")
        })?;
        let url = format!("{}/v3/projects?name={region}", self.base_url()?);
        let mut request = self.transport.http.get(url).build().map_err(invalid_request)?;
        let authentication = authentication.standard();
        authentication.apply(&mut request, None)?;
        let redact = |text: &str| authentication.credential.redact(text);
        let in_context = |error: Error| error.with_context("looking up the project via IAM");
        let exchange = self.exchange(request, &redact).await;
        let (_, body) = exchange.map_err(|failed| AttemptError { error: in_context(failed.error), ..failed })?;
        let clean = |text: &str| one_line(redact(text));
        let Projects { projects } = serde_json::from_slice(&body).map_err(|error| {
            in_context(Error::unexpected_response(format!("not a list of projects: {}", clean(&error.to_string()))))
        })?;
        let id = exactly_one(projects, region, clean)?;
        check_id("the project ID", &clean(&id))
            .map_err(|error| in_context(error.with_kind(ErrorKind::UnexpectedResponse)))?;
        Ok(id)
    }
}

/// A login with the password of an IAM user. Without options, use
/// [`Credentials::password`](super::Credentials::password).
///
/// The first call logs in at the client's [`iam_endpoint`](crate::ClientBuilder::iam_endpoint). The token is refreshed
/// five minutes before it expires.
///
/// The token is scoped to the first of these that is set: [`project_name`](Self::project_name), the client's project
/// ID, the client's region (its project has the name of the region). If none is set, the call fails with
/// [`ErrorKind::Configuration`].
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

    /// Logs in. A rejected login is not retried, because repeated failures lock the user.
    pub(crate) async fn log_in(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let url = format!("{}/v3/auth/tokens?nocatalog=1", context.base_url()?);
        let user = json!({"name": self.user, "password": self.password.expose(), "domain": {"name": self.domain}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": self.scope(context)?}}});
        let request = context.transport.http.post(url).json(&body).build().map_err(invalid_request)?;

        let redact = |text: &str| self.password.redact(text);
        let in_context = |error: Error| error.with_context("IAM login");
        let exchange = context.exchange(request, &redact).await;
        let (headers, body) = exchange.map_err(|failed| in_context(failed.error))?;
        let token = headers.get("x-subject-token").and_then(|token| token.to_str().ok());
        let token = token
            .ok_or_else(|| in_context(Error::unexpected_response("the response has no header X-Subject-Token")))?;
        let credential = IamCredential::token(token);
        // The lifetime is computed with IAM's time, because the local clock may be wrong.
        let lifetime = token_expiry(&body).map(|expiry| match http_date::from_headers(&headers) {
            Some(now) => expiry.duration_since(now).unwrap_or_default(),
            None => expiry.duration_since((context.clock)()).unwrap_or_default(),
        });
        let expiry = lifetime.and_then(|lifetime| (context.clock)().checked_add(lifetime));
        Ok(match expiry {
            Some(expiry) => credential.expires_at(expiry),
            None => credential,
        })
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

/// The maximum number of projects that an error lists.
const MAX_LISTED_PROJECTS: usize = 20;

#[derive(Deserialize)]
struct Projects {
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: String,
    name: String,
}

/// Returns the ID of the only project; an error lists the projects if there are several.
fn exactly_one(projects: Vec<Project>, region: &str, clean: impl Fn(&str) -> String) -> Result<String, Error> {
    let listed =
        projects.iter().take(MAX_LISTED_PROJECTS).map(|project| clean(&format!("{} ({})", project.id, project.name)));
    let listed = one_line(listed.collect::<Vec<_>>().join(", "));
    let [project] = <[Project; 1]>::try_from(projects).map_err(|projects| {
        Error::configuration(match projects.len() {
            0 => format!("IAM has no project named {region} visible to this credential; set project_id(...)"),
            count => format!(
                "IAM has {count} projects named {region} visible to this credential: {listed}; set project_id(...) to \
                 one of them"
            ),
        })
    })?;
    Ok(project.id)
}

fn invalid_request(error: reqwest::Error) -> Error {
    Error::configuration("failed to build the IAM request").with_source(error.without_url())
}
