//! The two calls to IAM: the login with a password, and the lookup of a project ID.
//!
//! Source: docs/sources.md, IAM API, `POST /v3/auth/tokens` and `GET /v3/projects`.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Request;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::context::ClientContext;
use super::signing::Authentication;
use crate::endpoint::Endpoint;
use crate::error::attempt::AttemptError;
use crate::error::body::one_line;
use crate::error::{Error, ErrorKind};
use crate::http::classify::ErrorContext;
use crate::http::{body, headers as http_headers};
use crate::settings::check_id;

/// The characters to percent-encode in the name of a project: all except `A-Za-z0-9-_.~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl ClientContext {
    pub(super) fn iam_endpoint(&self) -> Result<&Endpoint, Error> {
        self.endpoint.as_ref().ok_or_else(|| {
            Error::configuration(
                "the IAM endpoint is unknown, because the endpoint's host name contains no region and domain; call \
                 iam_endpoint(...), or cloud(...) and region(...), on the client builder",
            )
        })
    }

    /// Sends a request to IAM and returns the headers and body of a success.
    pub(super) async fn iam_exchange(
        &self,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let endpoint = self.iam_endpoint()?;
        self.transport.exchange(endpoint, self.send_to_iam(endpoint, request, redact)).await
    }

    async fn send_to_iam(
        &self,
        endpoint: &Endpoint,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let context = ErrorContext::new(&self.transport, endpoint, redact);
        let response = self.transport.execute(request).await.map_err(|error| context.no_response(error))?;
        let headers = response.headers().clone();
        let request_id = context.header(&headers, "x-iam-trace-id");
        let attempt_error = |error: Error| AttemptError {
            error: error.with_request_id(request_id.clone()).with_host(endpoint.authority()),
            server_time: http_headers::date(&headers),
            decoded: false,
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

    /// Looks up the ID of the project that has the configured name, or the region's.
    pub(crate) async fn look_up_project(&self, authentication: Authentication) -> Result<String, AttemptError> {
        let name = self.project_name.as_deref().ok_or_else(|| {
            Error::configuration("the client has no project; set project_id(...), or region(...) to look it up via IAM")
        })?;
        let endpoint = self.iam_endpoint()?;
        let url = format!("{}/v3/projects?name={}", endpoint.base_url, utf8_percent_encode(name, ENCODED));
        let mut request = self.transport.http.get(url).build().map_err(invalid_request)?;
        let authentication = authentication.standard();
        authentication.apply(&mut request, None)?;
        let redact = |text: &str| authentication.credential.redact(text);
        let in_context = |error: Error| in_iam_context(error, "looking up the project via IAM", endpoint);
        let exchange = self.iam_exchange(request, &redact).await;
        let (headers, body) = exchange.map_err(|failed| failed.map(in_context))?;
        let clean = |text: &str| one_line(redact(text));
        let Projects { projects } = serde_json::from_slice(&body).map_err(|error| {
            let context = ErrorContext::new(&self.transport, endpoint, &redact);
            let error = context.undocumented_body(&headers, &body, &format!("not a list of projects: {error}"));
            in_context(error.with_host(endpoint.authority()))
        })?;
        let id = exactly_one(projects, name, clean)?;
        check_id("the project ID", &clean(&id))
            .map_err(|error| in_context(error.with_kind(ErrorKind::UnexpectedResponse)))?;
        Ok(id)
    }
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
fn exactly_one(projects: Vec<Project>, name: &str, clean: impl Fn(&str) -> String) -> Result<String, Error> {
    let listed =
        projects.iter().take(MAX_LISTED_PROJECTS).map(|project| clean(&format!("{} ({})", project.id, project.name)));
    let listed = one_line(listed.collect::<Vec<_>>().join(", "));
    let [project] = <[Project; 1]>::try_from(projects).map_err(|projects| {
        Error::configuration(match projects.len() {
            0 => format!("IAM has no project named {name} visible to this credential; set project_id(...)"),
            count => format!(
                "IAM has {count} projects named {name} visible to this credential: {listed}; set project_id(...) to \
                 one of them"
            ),
        })
    })?;
    Ok(project.id)
}

/// Prefixes the message with the call to IAM that failed, and with the host, unless the message already names it.
pub(super) fn in_iam_context(error: Error, call: &str, endpoint: &Endpoint) -> Error {
    match error.kind() {
        ErrorKind::Connection | ErrorKind::Timeout => error.with_context(call),
        _ => error.with_context(&format!("{call} ({})", endpoint.authority())),
    }
}

pub(super) fn invalid_request(error: reqwest::Error) -> Error {
    Error::configuration("failed to build the IAM request").with_source(error.without_url())
}
