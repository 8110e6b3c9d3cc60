//! The lookup of a project ID at IAM.
//!
//! Source: docs/sources.md, IAM API, `GET /v3/projects`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::RequestBuilder;
use serde::Deserialize;

use super::context::ClientContext;
use super::exchange::{Server, Success, invalid_request};
use super::signing::Authentication;
use crate::error::attempt::AttemptError;
use crate::error::body::one_line;
use crate::error::{Cause, Error, ErrorKind};
use crate::http::classify::ErrorContext;
use crate::settings::check_id;

/// The characters to percent-encode in the name of a project: all except `A-Za-z0-9-_.~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The help if IAM rejects the lookup of a project, which needs no login.
const LOOKUP_REJECTED: &str = "Likely cause: a token that is wrong, expired (after 24 hours) or from another region's IAM \
                               endpoint; with an access key: a wrong or disabled key, or a wrong clock. Check the clock, or \
                               replace the credential; to avoid the lookup, set the project ID";

/// The help if IAM accepts the credential and rejects the lookup.
const LOOKUP_FORBIDDEN: &str = "Likely cause: the user may not list projects, or the endpoint that the message names is not \
                                that of IAM. Set the project ID, which avoids the lookup, or ask the account's administrator \
                                for the permission to list projects";

impl ClientContext {
    /// Looks up the ID of the project that has the configured name, or the region's.
    pub(crate) async fn look_up_project(&self, authentication: Authentication) -> Result<String, AttemptError> {
        let name = self.project_name.as_deref().ok_or_else(|| {
            Error::configuration("the client has no project; set project_id(...), or region(...) to look it up via IAM")
        })?;
        let endpoint = self.iam_endpoint()?;
        let url = format!("{}/v3/projects?name={}", endpoint.base_url, utf8_percent_encode(name, ENCODED));
        let mut request = self.transport.clients.https.get(url).build().map_err(invalid_request)?;
        let authentication = authentication.standard();
        authentication.apply(&mut request, None)?;
        let redact = |text: &str| authentication.credential.redact(text);
        let server = Server { call: "looking up the project via IAM", endpoint, help: Some(LOOKUP_REJECTED) };
        let with_help = |error: Error| match error.status() {
            Some(403..=405) => error.with_cause(Cause::Rejected(LOOKUP_FORBIDDEN)),
            _ => error,
        };
        let request = RequestBuilder::from_parts(self.transport.clients.https.clone(), request);
        let result = self.exchange(server, request, &redact).await;
        let Success { headers, body, .. } = result.map_err(|failed| failed.map(with_help))?;
        let clean = |text: &str| one_line(redact(text));
        let Projects { projects } = serde_json::from_slice(&body).map_err(|error| {
            let context = ErrorContext::new(&self.transport, endpoint, &redact);
            let error = context.undocumented_body(&headers, &body, &format!("not a list of projects: {error}"));
            server.in_context(error.with_host(endpoint.authority()))
        })?;
        let id = exactly_one(projects, name, clean)?;
        check_id("the project ID", &clean(&id))
            .map_err(|error| server.in_context(error.with_kind(ErrorKind::UnexpectedResponse)))?;
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
