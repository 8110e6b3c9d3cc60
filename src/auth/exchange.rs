//! One exchange with a server that issues credentials or reports projects: IAM, STS, or an agent on this machine.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};

use super::context::ClientContext;
use super::lockout_key::LockoutKey;
use super::secret::Secret;
use crate::endpoint::Endpoint;
use crate::error::attempt::AttemptError;
use crate::error::{Cause, Error, ErrorKind};
use crate::http::classify::ErrorContext;
use crate::http::direct::direct_client;
use crate::http::{body, headers as http_headers};

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
    pub(crate) request: Request,
    /// The user, or another identity that the secret belongs to.
    pub(crate) user: String,
    pub(crate) secret: &'a Secret,
    /// Added to the error of a rejection: what may be wrong with the secret.
    pub(crate) note: Option<String>,
}

impl Server<'_> {
    /// Prefixes the message with the call that failed, and with the host, unless the message already names it.
    pub(crate) fn in_context(&self, error: Error) -> Error {
        let error = match self.help.filter(|_| matches!(error.status(), Some(400..=404))) {
            Some(help) => error.with_cause(Cause::Rejected(help)),
            None => error,
        };
        match error.kind() {
            ErrorKind::Connection | ErrorKind::Timeout => error.with_context(self.call),
            _ => error.with_context(&format!("{} ({})", self.call, self.endpoint.authority())),
        }
    }
}

impl ClientContext {
    /// Logs in and returns the headers and body of the success. Waits for the lockout guard: if several clients share the
    /// credentials, they must not all send a wrong secret.
    pub(crate) async fn log_in(&self, login: Login<'_>) -> Result<(HeaderMap, Bytes), Error> {
        let Login { server, request, user, secret, note } = login;
        let key = LockoutKey::Login { iam_endpoint: server.endpoint.base_url.clone(), user, password: secret.clone() };
        let mut permit = self.lockout.permit(Some(key), &self.clock, self.transport.timeouts.attempt);
        permit.acquire(|| std::future::ready(())).await?;
        let redact = |text: &str| secret.redact(text);
        let with_note = |error: Error| match &note {
            Some(note) if error.is_unauthorized() => error.with_note(note),
            _ => error,
        };
        let exchange = self.exchange(server, request, &redact).await;
        let exchange = exchange.map_err(|failed| failed.map(with_note));
        permit.report(&exchange);
        exchange.map_err(|failed| failed.error)
    }

    /// Sends a request and returns the headers and body of a success. Errors have the context of the server.
    pub(crate) async fn exchange(
        &self,
        server: Server<'_>,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let context = ErrorContext::new(&self.transport, server.endpoint, redact);
        let exchange = async { read(server, context, self.transport.execute(request).await).await };
        self.transport.exchange(server.endpoint, exchange).await
    }

    /// Like [`exchange`](Self::exchange), but without a proxy and with this timeout. The server is on this machine or its
    /// host.
    pub(crate) async fn direct_exchange(
        &self,
        server: Server<'_>,
        request: Request,
        redact: &(dyn Fn(&str) -> String + Sync),
        timeout: Duration,
    ) -> Result<(HeaderMap, Bytes), AttemptError> {
        let http = direct_client(timeout)?;
        let context = ErrorContext::new(&self.transport, server.endpoint, redact).without_proxy();
        read(server, context, http.execute(request).await).await
    }
}

async fn read(
    server: Server<'_>,
    context: ErrorContext<'_>,
    response: reqwest::Result<Response>,
) -> Result<(HeaderMap, Bytes), AttemptError> {
    let response = response.map_err(|error| server.in_context(context.no_response(error)))?;
    let headers = response.headers().clone();
    let names = ["x-iam-trace-id", "x-request-id"];
    let request_id = names.into_iter().find_map(|name| context.header(&headers, name));
    let attempt_error = |error: Error| AttemptError {
        error: server.in_context(error.with_request_id(request_id.clone()).with_host(server.endpoint.authority())),
        server_time: http_headers::date(&headers),
        decoded: false,
    };
    let status = response.status();
    if !status.is_success() {
        let error = context.error_response(response).await;
        let kind = if error.kind() == ErrorKind::Service { ErrorKind::Credentials } else { error.kind() };
        return Err(attempt_error(error.with_kind(kind)));
    }
    let body = body::read_limited(response, body::MAX_BODY_BYTES).await;
    read_body(body, status, &context).map(|body| (headers.clone(), body)).map_err(attempt_error)
}

fn read_body(
    body: reqwest::Result<Option<Bytes>>,
    status: StatusCode,
    context: &ErrorContext<'_>,
) -> Result<Bytes, Error> {
    match body {
        Ok(Some(body)) => Ok(body),
        Ok(None) => Err(Error::unexpected_response(body::too_large_message()).with_status(status)),
        Err(error) => Err(context.no_response(error).with_status(status)),
    }
}

/// Returns the token that IAM issued.
pub(crate) fn subject_token(headers: &HeaderMap) -> Result<&str, Error> {
    let token = headers.get("x-subject-token").and_then(|token| token.to_str().ok());
    token.ok_or_else(|| Error::unexpected_response("the response has no header X-Subject-Token"))
}

/// The time limit of this number of requests: more than the attempt timeout, so that an error reports what timed out.
pub(crate) fn login_time_limit(context: &ClientContext, requests: u32) -> Duration {
    let attempt = context.transport.timeouts.attempt;
    attempt.saturating_mul(requests).saturating_add(attempt / 10)
}

pub(crate) fn invalid_request(error: reqwest::Error) -> Error {
    Error::configuration("failed to build the request for a credential").with_source(error.without_url())
}
