//! One call: its attempts, and for each attempt the credential, the request and the response.
//!
//! Invariants: each attempt is authenticated separately, and a status is never lost. A response that is not the documented
//! JSON becomes an error with status and request ID (`failure.rs`), and is read up to a limit.

use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo, ResponseValue};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;
use tracing::field::Empty;

use crate::auth::{AttemptError, Authentication, CallRecovery, IamCredential};
use crate::body;
use crate::client::Inner;
use crate::constraints::OperationMeta;
use crate::error::{Error, ErrorKind};
use crate::failure::ErrorContext;
use crate::generated;
use crate::http_date;
use crate::retry::RetryDecision;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) type GeneratedResult<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// A response that is the documented JSON.
pub(crate) struct CallResponse<T> {
    pub(crate) value: T,
    pub(crate) meta: ResponseMeta,
}

/// The properties of a response other than its value.
pub(crate) struct ResponseMeta {
    operation: &'static OperationMeta,
    pub(crate) request_id: Option<String>,
    /// The credential of the request; text in the response may contain it.
    credential: IamCredential,
    attempts: u32,
    started: Instant,
}

impl ResponseMeta {
    /// Adds the response's properties to an error that was found after the call.
    pub(crate) fn annotate(&self, error: Error) -> Error {
        let error = error.map_message(|message| self.credential.redact(message));
        let error = error.with_operation(self.operation).with_status(StatusCode::OK);
        error.with_request_id(self.request_id.clone()).with_attempts(self.attempts, self.started.elapsed())
    }
}

/// The authentication of one attempt's request, and its response.
#[derive(Clone, Debug)]
pub struct Attempt {
    authentication: Authentication,
    project_id: Arc<str>,
    captured: Arc<CapturedResponse>,
}

/// The response's status, headers and body; also if the generated client could not decode the body.
#[derive(Debug, Default)]
struct CapturedResponse {
    head: OnceLock<(StatusCode, HeaderMap)>,
    body: OnceLock<Bytes>,
}

/// Calls an operation of the client's project.
///
/// `send` receives the generated client of each attempt. `decode` receives a response and its body, and returns the documented
/// value or what is wrong with the response.
pub(crate) async fn call<T, U, F>(
    client: &Inner,
    operation: &'static OperationMeta,
    send: impl Fn(generated::Client, Arc<str>) -> F + Sync,
    decode: impl Fn(T, &[u8]) -> Result<U, String> + Sync,
) -> Result<CallResponse<U>, Error>
where
    F: Future<Output = GeneratedResult<T>>,
{
    let (send, decode, recovery) = (&send, &decode, &CallRecovery::default());
    let attempt = |number| async move {
        let project_id = client.session.project_id().await?;
        let exchange = |authentication| {
            let span = tracing::debug_span!(
                "iotda.attempt",
                attempt = number,
                status = Empty,
                request_id = Empty,
                duration_ms = Empty
            );
            let attempt = Attempt { authentication, project_id: project_id.clone(), captured: Arc::default() };
            // Boxed, because it is large and each future around it would move it.
            Box::pin(run_attempt(client, attempt, |generated| send(generated, project_id.clone()), decode))
                .instrument(span)
        };
        client.session.exchange(recovery, exchange).await
    };
    let span = tracing::debug_span!("iotda.call", operation = operation.id);
    let started = Instant::now();
    let result = with_retries(client, started, attempt).instrument(span).await;
    let ((value, request_id, credential), attempts) = result.map_err(|error| error.with_operation(operation))?;
    Ok(CallResponse { value, meta: ResponseMeta { operation, request_id, credential, attempts, started } })
}

/// Makes attempts until one succeeds, and returns its number; or until the retry policy or the call timeout ends them, and
/// returns the last error.
async fn with_retries<T, F>(client: &Inner, started: Instant, attempt: impl Fn(u32) -> F) -> Result<(T, u32), Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let call_timeout = client.call_timeout.unwrap_or(Duration::MAX);
    let mut previous = None;
    let mut number = 1;
    loop {
        let remaining = client.call_timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
        let error = match with_deadline(remaining, pin!(attempt(number))).await {
            Some(Ok(response)) => return Ok((response, number)),
            Some(Err(error)) => error,
            None => {
                return Err(call_timeout_error(call_timeout, previous).with_attempts(number, started.elapsed()));
            }
        };
        let wait = match client.retry_policy.decide(&error, number, started.elapsed()) {
            RetryDecision::RetryAfter(wait) if wait < call_timeout.saturating_sub(started.elapsed()) => wait,
            decision => return Err(give_up(error, decision, call_timeout).with_attempts(number, started.elapsed())),
        };
        let (status, wait_ms) = (error.status(), wait.as_millis() as u64);
        tracing::info!(attempt = number, kind = ?error.kind(), status, code = error.code(), wait_ms, "retrying");
        sleep(wait).await;
        previous = Some(error);
        number += 1;
    }
}

/// Awaits the future for at most this time.
async fn with_deadline<F: Future>(remaining: Option<Duration>, future: Pin<&mut F>) -> Option<F::Output> {
    match remaining {
        Some(remaining) => timeout(remaining, future).await.ok(),
        None => Some(future.await),
    }
}

/// The error of a call whose timeout elapsed during an attempt; `previous` is the error of the attempt before it.
fn call_timeout_error(call_timeout: Duration, previous: Option<Error>) -> Error {
    let error = Error::new(ErrorKind::Timeout, format!("call timed out after {call_timeout:?}"));
    match previous {
        Some(previous) => {
            let note = format!("previous attempt: {previous}");
            error.with_note(&note).with_source(previous)
        }
        None => error,
    }
}

/// The last attempt's error, with the reason why it is not retried.
fn give_up(error: Error, decision: RetryDecision, call_timeout: Duration) -> Error {
    match decision {
        RetryDecision::GiveUp { reason: None } => error,
        RetryDecision::GiveUp { reason: Some(reason) } => error.with_note(&reason),
        RetryDecision::RetryAfter(_) => {
            error.with_note(&format!("not retried: the call timeout of {call_timeout:?} would elapse"))
        }
    }
}

async fn run_attempt<T, U, F>(
    client: &Inner,
    attempt: Attempt,
    send: impl Fn(generated::Client) -> F,
    decode: impl Fn(T, &[u8]) -> Result<U, String>,
) -> Result<(U, Option<String>, IamCredential), AttemptError>
where
    F: Future<Output = GeneratedResult<T>>,
{
    let credential = attempt.authentication.credential.clone();
    let redact = |text: &str| credential.redact(text);
    let context = client.session.transport().error_context(&redact);
    let captured = attempt.captured.clone();

    let http = client.session.transport().http.clone();
    let generated = generated::Client::new_with_client(&client.base_url, http, attempt);
    let result = match send(generated).await {
        Ok(value) => {
            let body = captured.body.get().map(Bytes::as_ref).unwrap_or_default();
            decode(value.into_inner(), body).map_err(|why| context.undocumented_body(body, &why))
        }
        Err(error) => {
            if let progenitor_client::Error::UnexpectedResponse(response) = &error {
                let _ = captured.head.set((response.status(), response.headers().clone()));
            }
            Err(classify(&context, error).await)
        }
    };

    let head = captured.head.get();
    let (status, headers) = head.map(|(status, headers)| (*status, headers)).unzip();
    let request_id = headers.and_then(|headers| context.header(headers, &X_REQUEST_ID));
    let span = tracing::Span::current();
    span.record("status", status.map(|status| status.as_u16()));
    span.record("request_id", request_id.as_deref());
    span.record("duration_ms", context.elapsed().as_millis() as u64);
    match result {
        Ok(value) => Ok((value, request_id, credential)),
        Err(error) => {
            let error = match status {
                Some(status) => error.with_status(status),
                None => error,
            };
            let server_time = headers.and_then(http_date::from_headers);
            Err(AttemptError { error: error.with_request_id(request_id), server_time })
        }
    }
}

impl ClientHooks<Attempt> for generated::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), progenitor_client::Error<E>> {
        let attempt = self.inner();
        let applied = attempt.authentication.apply(request, Some(&attempt.project_id));
        applied.map_err(|error| progenitor_client::Error::InvalidRequest(error.to_string()))
    }
}

impl Attempt {
    /// Reads and decodes a success for the generated client, up to a limit, and captures its head and body. The generated
    /// code calls it: `build/client.rs` inserts the call.
    pub async fn read<T: DeserializeOwned>(&self, mut response: Response) -> GeneratedResult<T> {
        use progenitor_client::Error as Generated;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        // An attempt has one response, so none was captured before.
        let _ = self.captured.head.set((status, headers));
        let body = body::read_limited(response, body::MAX_BODY_BYTES).await.map_err(Generated::ResponseBodyError)?;
        let body = body.ok_or_else(|| Generated::Custom(body::too_large_message()))?;
        let value = serde_json::from_slice(&body);
        let value = value.map_err(|error| Generated::InvalidResponsePayload(body.clone(), error))?;
        let _ = self.captured.body.set(body);
        Ok(ResponseValue::new(value, status, HeaderMap::new()))
    }
}

async fn classify(context: &ErrorContext<'_>, error: progenitor_client::Error<()>) -> Error {
    use progenitor_client::Error as Generated;
    match error {
        Generated::UnexpectedResponse(response) => context.error_response(response).await,
        Generated::InvalidResponsePayload(body, error) => context.undocumented_body(&body, &error.to_string()),
        Generated::CommunicationError(error)
        | Generated::ResponseBodyError(error)
        | Generated::InvalidUpgrade(error) => context.no_response(error),
        Generated::InvalidRequest(message) => Error::invalid_input(format!("cannot send the request: {message}")),
        // Only `Attempt::read` returns it.
        Generated::Custom(message) => Error::unexpected_response(message),
        // Its body type is `()`: the error responses are not part of the generated client.
        Generated::ErrorResponse(value) => Error::service(value.status(), crate::error::ErrorText::default()),
    }
}
