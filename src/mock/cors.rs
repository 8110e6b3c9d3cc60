//! CORS: lets pages in a browser use the server, for example "Try it out" of Swagger UI.

use bytes::Bytes;
use reqwest::Url;

use super::recording::RecordedRequest;
use super::response::{Length, RawResponse};

/// The headers of a response that a page may read, in addition to those that every page may.
const EXPOSED_HEADERS: &str = "Date, Retry-After, X-IAM-Trace-Id, X-Request-Id, X-Subject-Token";
const METHODS: &str = "DELETE, GET, HEAD, POST, PUT";
/// The time in seconds for which a browser may cache the response to a preflight request.
const MAX_AGE_SECONDS: &str = "600";

/// The origins whose pages may use the server, in addition to those of this machine. `*` is any origin.
#[derive(Default)]
pub(super) struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    pub(super) fn allow(&mut self, origin: String) {
        self.0.push(origin);
    }

    /// Returns the origin of the page that sent the request, if it is allowed.
    pub(super) fn of_request(&self, request: &RecordedRequest) -> Option<String> {
        let origin = request.header("origin")?;
        let is_allowed = self.0.iter().any(|allowed| allowed == "*" || allowed == origin);
        (is_allowed || is_of_this_machine(origin)).then(|| origin.to_owned())
    }
}

fn is_of_this_machine(origin: &str) -> bool {
    let host = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"))
}

/// Returns the response to a preflight request, with which a browser asks whether a page may send a request.
pub(super) fn preflight(request: &RecordedRequest) -> Option<RawResponse> {
    let is_preflight = request.method == "OPTIONS" && request.header("access-control-request-method").is_some();
    if !is_preflight {
        return None;
    }
    let mut headers =
        vec![header("Access-Control-Allow-Methods", METHODS), header("Access-Control-Max-Age", MAX_AGE_SECONDS)];
    if let Some(names) = request.header("access-control-request-headers") {
        headers.push(header("Access-Control-Allow-Headers", names));
    }
    Some(RawResponse { status: 204, headers, body: Bytes::new(), length: Length::Exact })
}

/// Adds the headers that let the page of this origin read the response.
pub(super) fn allow(response: &mut RawResponse, origin: &str) {
    response.headers.push(header("Access-Control-Allow-Origin", origin));
    response.headers.push(header("Access-Control-Expose-Headers", EXPOSED_HEADERS));
    response.headers.push(header("Vary", "Origin"));
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
