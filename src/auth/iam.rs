//! IAM: where it is, logging in with a password, and looking up a project's id.
//!
//! Source: the vendor's IAM API, `POST /v3/auth/tokens` and `GET /v3/projects`.

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
use crate::endpoint::{Endpoint, check_id};
use crate::error::{Error, ErrorKind, one_line};
use crate::http::HttpTransport;
use crate::http_date;

/// Where IAM is, and what is asked for there.
pub(crate) struct ClientContext {
    pub(crate) transport: HttpTransport,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) region: Option<String>,
    /// As it was set.
    pub(crate) project_id: Option<Arc<str>>,
    pub(crate) clock: Clock,
}

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

impl ClientContext {
    fn base_url(&self) -> Result<&str, Error> {
        let endpoint = self.endpoint.as_ref().ok_or_else(|| {
            Error::configuration("IAM's endpoint is not known: call region(...) or iam_endpoint(...) of the client")
        })?;
        Ok(&endpoint.base_url)
    }

    /// Sends a request to IAM; a success's headers and body, or what went wrong.
    async fn exchange(
        &self,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let context = self.transport.error_context(redact);
        let response = self.transport.http.execute(request).await.map_err(|error| context.no_response(error))?;
        let headers = response.headers().clone();
        let request_id = context.header(&headers, "x-iam-trace-id");
        let told = |error: Error| AttemptError {
            error: error.with_request_id(request_id.clone()),
            server_time: http_date::from_headers(&headers),
        };
        let status = response.status();
        if !status.is_success() {
            let error = context.error_response(response).await;
            let kind = if error.kind() == ErrorKind::Service { ErrorKind::Credentials } else { error.kind() };
            return Err(told(error.with_kind(kind)));
        }
        match body::read_limited(response, body::MAX_BODY_BYTES).await {
            Ok(Some(body)) => Ok((headers, body)),
            Ok(None) => Err(told(Error::unexpected_response(body::too_large_message()).with_status(status))),
            Err(error) => Err(told(context.no_response(error).with_status(status))),
        }
    }

    /// The id of the project that the region's name names, by this authentication.
    pub(crate) async fn look_up_project(&self, authentication: Authentication) -> Result<String, AttemptError> {
        let region = self.region.as_deref().ok_or_else(|| {
            Error::configuration(
                "the client has no project: call project_id(...), or region(...), by which IAM is asked for it",
            )
        })?;
        let url = format!("{}/v3/projects?name={region}", self.base_url()?);
        let mut request = self.transport.http.get(url).build().map_err(invalid_request)?;
        let authentication = authentication.standard();
        authentication.apply(&mut request, None)?;
        let redact = |text: &str| authentication.credential.redact(text);
        let told = |error: Error| error.with_context("looking up the project at IAM");
        let exchange = self.exchange(request, &redact).await;
        let (_, body) = exchange.map_err(|refusal| AttemptError { error: told(refusal.error), ..refusal })?;
        let clean = |text: &str| one_line(redact(text));
        let Projects { projects } = serde_json::from_slice(&body).map_err(|error| {
            told(Error::unexpected_response(format!("no list of projects: {}", clean(&error.to_string()))))
        })?;
        let id = exactly_one(projects, region, clean)?;
        check_id("the project's id", &clean(&id))
            .map_err(|error| told(error.with_kind(ErrorKind::UnexpectedResponse)))?;
        Ok(id)
    }
}

/// A login with a user's password; what [`Credentials::password`](super::Credentials::password) gives.
///
/// The token is scoped to the client's project, or to the project of the client's region (whose name is the region's id),
/// unless [`project_name`](Self::project_name) says otherwise. IAM is asked at the client's
/// [`iam_endpoint`](crate::ClientBuilder::iam_endpoint), once when the first call needs a token and again five minutes before the
/// token's end. With neither of the three, the call fails by [`ErrorKind::Configuration`].
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_iotda::{Credentials, ErrorKind};
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
///
/// let login = Credentials::password("my-account", "my-user", "not the password");
/// let client = server.builder().credentials(login.project_name("cn-north-4")).build()?;
///
/// let error = client.list_device_authentication_templates().send().await.unwrap_err();
/// assert_eq!((error.kind(), error.code()), (ErrorKind::Credentials, Some("IAM.0101")));
/// # Ok(())
/// # }
/// ```
///
/// Source: the vendor's page on obtaining a user token through password authentication.
#[derive(Clone, Debug)]
#[must_use = "a login is used when it is given to a client"]
pub struct Password {
    domain: String,
    user: String,
    password: Secret,
    project_name: Option<String>,
}

impl Password {
    pub fn new(domain: impl Into<String>, user: impl Into<String>, password: impl Into<String>) -> Self {
        let (domain, user) = (domain.into(), user.into());
        Self { domain, user, password: Secret::new(password), project_name: None }
    }

    /// The project that the token is for, by its name: a region's id, or that of a project within a region as
    /// `cn-north-4_mine`.
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.project_name = Some(name.into());
        self
    }

    /// Logs in, once. A refusal is not tried again: repeated failures lock the user.
    pub(crate) async fn log_in(&self, iam: &ClientContext) -> Result<IamCredential, Error> {
        let url = format!("{}/v3/auth/tokens?nocatalog=1", iam.base_url()?);
        let user = json!({"name": self.user, "password": self.password.expose(), "domain": {"name": self.domain}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": self.scope(iam)?}}});
        let request = iam.transport.http.post(url).json(&body).build().map_err(invalid_request)?;

        let redact = |text: &str| self.password.redact(text);
        let told = |error: Error| error.with_context("IAM login");
        let exchange = iam.exchange(request, &redact).await;
        let (headers, body) = exchange.map_err(|refusal| told(refusal.error))?;
        let token = headers.get("x-subject-token").and_then(|token| token.to_str().ok());
        let token =
            token.ok_or_else(|| told(Error::unexpected_response("the answer has no header X-Subject-Token")))?;
        let credential = IamCredential::token(token);
        // By IAM's own clock the token lives for so long; this machine's may be off.
        let life = token_expiry(&body).map(|end| match http_date::from_headers(&headers) {
            Some(now) => end.duration_since(now).unwrap_or_default(),
            None => end.duration_since((iam.clock)()).unwrap_or_default(),
        });
        let end = life.and_then(|life| (iam.clock)().checked_add(life));
        Ok(match end {
            Some(end) => credential.expires_at(end),
            None => credential,
        })
    }

    fn scope(&self, iam: &ClientContext) -> Result<serde_json::Value, Error> {
        match (&self.project_name, &iam.project_id, &iam.region) {
            (Some(name), ..) => Ok(json!({"name": name})),
            (None, Some(id), _) => Ok(json!({"id": &**id})),
            (None, None, Some(region)) => Ok(json!({"name": region})),
            (None, None, None) => Err(Error::configuration(
                "the login has no project: call project_id(...) or region(...) of the client, or project_name(...) of the \
                 login",
            )),
        }
    }
}

#[derive(Deserialize)]
struct LoggedIn {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    expires_at: String,
}

/// The token's end, if the answer tells it: without it, the token is used until it is refused.
fn token_expiry(body: &[u8]) -> Option<SystemTime> {
    let LoggedIn { token } = serde_json::from_slice(body).ok()?;
    http_date::parse_rfc3339(&token.expires_at)
}

/// How many projects an error lists at most.
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

fn exactly_one(projects: Vec<Project>, region: &str, clean: impl Fn(&str) -> String) -> Result<String, Error> {
    let listed =
        projects.iter().take(MAX_LISTED_PROJECTS).map(|project| clean(&format!("{} ({})", project.id, project.name)));
    let listed = one_line(listed.collect::<Vec<_>>().join(", "));
    let [project] = <[Project; 1]>::try_from(projects).map_err(|projects| {
        let known = match projects.len() {
            0 => format!("no projects of name {region} for this credential; give one"),
            count => format!("{count} projects of name {region} for this credential: {listed}; say which"),
        };
        Error::configuration(format!("IAM knows {known} by project_id(...)"))
    })?;
    Ok(project.id)
}

fn invalid_request(error: reqwest::Error) -> Error {
    Error::configuration("the request to IAM can't be made").with_source(error.without_url())
}
