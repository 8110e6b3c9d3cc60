//! One exchange with a server that issues credentials or reports projects: IAM, STS, or an agent on this machine.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};
use tracing::Instrument;

use super::context::ClientContext;
use super::credential::IamCredential;
use super::lockout_key::LockoutKey;
use super::secret::Secret;
use super::temporary_key;
use crate::endpoint::Endpoint;
use crate::error::attempt::AttemptError;
use crate::error::issuer_help::UNDOCUMENTED;
use crate::error::{Cause, Error, ErrorKind};
use crate::http::classify::ErrorContext;
use crate::http::{body, headers as http_headers};
use crate::log;

/// A server with its name in errors.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    /// The call, for example "IAM login".
    pub(crate) call: &'static str,
    pub(crate) endpoint: &'a Endpoint,
    /// The help if the server rejects the request (status 400 to 404). `None`: the help of the status.
    pub(crate) help: Option<&'static str>,
}

/// A secret that is exchanged for a credential. A rejected one is not sent again for 15 minutes.
pub(crate) struct Login<'a> {
    pub(crate) server: Server<'a>,
    pub(crate) request: RequestBuilder,
    /// The user, or another identity that the secret belongs to.
    pub(crate) user: String,
    pub(crate) secret: &'a Secret,
    /// Added to the error of a rejection: what may be wrong with the secret.
    pub(crate) note: Option<String>,
}

/// A response with status 2xx.
pub(crate) struct Success<'a> {
    pub(crate) server: Server<'a>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Server<'_> {
    /// Prefixes the message with the call that failed, and with the host, unless the message already names it.
    pub(crate) fn in_context(&self, error: Error) -> Error {
        let error = match self.help.filter(|_| matches!(error.status(), Some(400..=404))) {
            Some(help) => error.with_cause(Cause::Rejected(help)),
            None if error.kind() == ErrorKind::UnexpectedResponse => error.with_cause(Cause::Rejected(UNDOCUMENTED)),
            None => error,
        };
        match error.kind() {
            ErrorKind::Connection | ErrorKind::Timeout => error.with_context(self.call),
            _ => error.with_context(&format!("{} ({})", self.call, self.endpoint.authority())),
        }
    }
}

impl Success<'_> {
    /// Returns the token that IAM issued.
    pub(crate) fn subject_token(&self) -> Result<&str, Error> {
        let token = self.headers.get("x-subject-token").and_then(|token| token.to_str().ok());
        let missing = || Error::unexpected_response("the response has no header X-Subject-Token");
        token.ok_or_else(|| self.server.in_context(missing()))
    }

    /// Returns the access key that was issued.
    pub(crate) fn temporary_key(&self, context: &ClientContext) -> Result<IamCredential, Error> {
        let (key, expiry) = temporary_key::parse(&self.body).map_err(|error| self.server.in_context(error))?;
        Ok(IamCredential { expires_at: self.local_expiry(context, expiry), ..key })
    }

    /// Converts an expiry of the server's time to one of the local time, because the local clock may be wrong.
    pub(crate) fn local_expiry(&self, context: &ClientContext, expiry: SystemTime) -> Option<SystemTime> {
        let now = context.now();
        let server_time = http_headers::date(&self.headers).unwrap_or(now);
        now.checked_add(expiry.duration_since(server_time).unwrap_or_default())
    }
}

impl ClientContext {
    /// Returns a request to an endpoint of IAM or STS.
    pub(crate) fn post(&self, endpoint: &Endpoint, path: &str) -> RequestBuilder {
        self.transport.clients.https.post(format!("{}{path}", endpoint.base_url))
    }

    /// Logs in. Waits for the lockout guard: if several clients share the credentials, they must not all send a wrong
    /// secret.
    pub(crate) async fn log_in<'a>(&self, login: Login<'a>) -> Result<Success<'a>, Error> {
        let Login { server, request, user, secret, note } = login;
        let key = LockoutKey::Login { iam_endpoint: server.endpoint.base_url.clone(), user, password: secret.clone() };
        let mut permit = self.lockout.permit(Some(key), &self.transport.clock, self.transport.timeouts.attempt);
        permit.acquire(|| std::future::ready(())).await?;
        let redact = |text: &str| secret.redact(text);
        let with_note = |error: Error| match &note {
            Some(note) if error.is_unauthorized() => error.with_note(note),
            _ => error,
        };
        let exchange = self.exchange(server, request, &redact).await;
        let exchange = exchange.map_err(|failed| failed.map(with_note));
        permit.report(&exchange);
        Ok(exchange?)
    }

    /// Sends a request. Errors have the context of the server.
    pub(crate) async fn exchange<'a>(
        &self,
        server: Server<'a>,
        request: RequestBuilder,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Success<'a>, AttemptError> {
        let request = request.build().map_err(invalid_request)?;
        let (method, timeout) = (&request.method().clone(), request.timeout().copied());
        // It starts when the proxy's permit was acquired.
        let exchange = async {
            let context = ErrorContext::new(&self.transport, server.endpoint, redact).with_timeout(timeout);
            let response = self.transport.execute(request);
            attempt(server, method, context, response, body::MAX_BODY_BYTES).await
        };
        self.transport.exchange(server.endpoint, exchange).await
    }

    /// Sends a request like [`exchange`](Self::exchange), but with the client that built it, which is a direct one. The
    /// server is on this machine or its host.
    pub(crate) async fn direct_exchange<'a>(
        &self,
        server: Server<'a>,
        request: RequestBuilder,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Success<'a>, AttemptError> {
        let (http, request) = request.build_split();
        let request = request.map_err(invalid_request)?;
        let (method, timeout) = (&request.method().clone(), request.timeout().copied());
        let context = ErrorContext::new(&self.transport, server.endpoint, redact).without_proxy().with_timeout(timeout);
        attempt(server, method, context, http.execute(request), body::MAX_LOCAL_BODY_BYTES).await
    }
}

/// Awaits the response to a request and reads it, in a span. All requests for credentials pass here.
async fn attempt<'a>(
    server: Server<'a>,
    method: &Method,
    context: ErrorContext<'_>,
    response: impl Future<Output = reqwest::Result<Response>>,
    max_body_bytes: usize,
) -> Result<Success<'a>, AttemptError> {
    let attempt = async { read(server, method, context, response.await, max_body_bytes).await };
    attempt.instrument(log::attempt_span(method.as_str(), 0)).await
}

async fn read<'a>(
    server: Server<'a>,
    method: &Method,
    context: ErrorContext<'_>,
    response: reqwest::Result<Response>,
    max_body_bytes: usize,
) -> Result<Success<'a>, AttemptError> {
    let log = |status: Option<u16>, request_id: Option<&str>, error: Option<&Error>| {
        let (method, elapsed) = (method.as_str(), context.elapsed());
        log::attempt_finished(server.call, method, server.endpoint, status, request_id, error, elapsed);
    };
    let response = response.map_err(|error| server.in_context(context.no_response(error)));
    let response = response.inspect_err(|error| log(None, None, Some(error)))?;
    let headers = response.headers().clone();
    let status = response.status();
    let request_id = ["x-iam-trace-id", "x-request-id"].into_iter().find_map(|name| context.header(&headers, name));
    let log = |error: Option<&Error>| log(Some(status.as_u16()), request_id.as_deref(), error);
    let error = if status.is_success() {
        match body::read_limited(response, max_body_bytes).await {
            Ok(Some(body)) => {
                log(None);
                return Ok(Success { server, headers, body });
            }
            Ok(None) => Error::unexpected_response(body::too_large_message(max_body_bytes)).with_status(status),
            Err(error) => context.no_response(error).with_status(status),
        }
    } else {
        let error = context.error_response(response).await;
        let kind = if error.kind() == ErrorKind::Service { ErrorKind::Credentials } else { error.kind() };
        error.with_kind(kind)
    };
    let error = server.in_context(error.with_request_id(request_id.clone()).with_host(server.endpoint.authority()));
    log(Some(&error));
    Err(AttemptError { error, server_time: http_headers::date(&headers), decoded: false })
}

/// The time limit of this number of requests: more than the attempt timeout, so that an error reports what timed out.
pub(crate) fn login_time_limit(context: &ClientContext, requests: u32) -> Duration {
    let attempt = context.transport.timeouts.attempt;
    attempt.saturating_mul(requests).saturating_add(attempt / 10)
}

pub(crate) fn invalid_request(error: reqwest::Error) -> Error {
    Error::configuration("failed to build the request for a credential").with_source(error.without_url())
}
