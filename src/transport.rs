//! One call: its attempts, and of each credential, request and answer.
//!
//! The rules it keeps: each attempt is authenticated afresh. A status is never lost. Whatever arrives that is not the documented JSON becomes an error with
//! status and request id (`failure.rs`), read up to a bound.

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

use crate::auth::{Authentication, Credential, OnceACall, Refusal};
use crate::body;
use crate::client::Inner;
use crate::error::{Error, ErrorKind};
use crate::facts::OperationFacts;
use crate::failure::Telling;
use crate::generated;
use crate::retry::Next;
use crate::server_time::date;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) type Outcome<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// An answer that is the documented JSON.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) receipt: Receipt,
}

/// What is known of an answer beside its value.
pub(crate) struct Receipt {
    operation: &'static OperationFacts,
    pub(crate) request_id: Option<String>,
    /// What it was given for: a text of the answer may hold it.
    credential: Credential,
    attempts: u32,
    started: Instant,
}

impl Receipt {
    /// What was found wrong with the answer afterwards.
    pub(crate) fn told(&self, error: Error) -> Error {
        let error = error.with_message_of(|message| self.credential.redact(message));
        let error = error.with_operation(self.operation).with_status(StatusCode::OK);
        error.with_request_id(self.request_id.clone()).with_effort(self.attempts, self.started.elapsed())
    }
}

/// What one attempt's request is authenticated with, and what was seen of its answer.
#[derive(Clone, Debug)]
pub struct Attempt {
    authentication: Authentication,
    project_id: Arc<str>,
    seen: Arc<Seen>,
}

/// What was seen of the answer: it is there also when the generated client could make nothing of the body.
#[derive(Debug, Default)]
struct Seen {
    head: OnceLock<(StatusCode, HeaderMap)>,
    body: OnceLock<Bytes>,
}

/// Calls an operation of the client's project by `send`, which is handed the generated client of each attempt; `read` takes
/// what is documented from the answer and its body, or says what is wrong with it.
pub(crate) async fn call<T, U, F>(
    client: &Inner,
    operation: &'static OperationFacts,
    send: impl Fn(generated::Client, Arc<str>) -> F + Sync,
    read: impl Fn(T, &[u8]) -> Result<U, String> + Sync,
) -> Result<Answer<U>, Error>
where
    F: Future<Output = Outcome<T>>,
{
    let (send, read, once) = (&send, &read, &OnceACall::default());
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
            let attempt = Attempt { authentication, project_id: project_id.clone(), seen: Arc::default() };
            // In a box, for it is large, and each future around it would move it.
            Box::pin(attempt_with(client, attempt, |generated| send(generated, project_id.clone()), read))
                .instrument(span)
        };
        client.session.exchange(once, exchange).await
    };
    let span = tracing::debug_span!("iotda.call", operation = operation.id);
    let started = Instant::now();
    let answer = with_retries(client, started, attempt).instrument(span).await;
    let ((value, request_id, credential), attempts) = answer.map_err(|error| error.with_operation(operation))?;
    Ok(Answer { value, receipt: Receipt { operation, request_id, credential, attempts, started } })
}

/// Makes attempts until one succeeds, and says how many it took; or until the retry policy or the call's own timeout ends
/// them: then the error is the last one's.
async fn with_retries<T, F>(client: &Inner, started: Instant, attempt: impl Fn(u32) -> F) -> Result<(T, u32), Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let time = client.call_timeout.unwrap_or(Duration::MAX);
    let mut before = None;
    let mut number = 1;
    loop {
        let left = client.call_timeout.map(|time| time.saturating_sub(started.elapsed()));
        let error = match within(left, pin!(attempt(number))).await {
            Some(Ok(answer)) => return Ok((answer, number)),
            Some(Err(error)) => error,
            None => return Err(out_of_time(time, before).with_effort(number, started.elapsed())),
        };
        let wait = match client.retry.after(&error, number, started.elapsed()) {
            Next::Wait(wait) if wait < time.saturating_sub(started.elapsed()) => wait,
            next => return Err(ended(error, next, time).with_effort(number, started.elapsed())),
        };
        let (status, wait_ms) = (error.status(), wait.as_millis() as u64);
        tracing::info!(attempt = number, kind = ?error.kind(), status, code = error.code(), wait_ms, "trying again");
        sleep(wait).await;
        before = Some(error);
        number += 1;
    }
}

/// What a future brings within this time.
async fn within<F: Future>(time: Option<Duration>, future: Pin<&mut F>) -> Option<F::Output> {
    match time {
        Some(time) => timeout(time, future).await.ok(),
        None => Some(future.await),
    }
}

/// The call's own time was over in the middle of an attempt; `before`: why the attempt before it failed.
fn out_of_time(time: Duration, before: Option<Error>) -> Error {
    let error = Error::new(ErrorKind::Timeout, format!("the call was not done within {time:?} (the call timeout)"));
    match before {
        Some(before) => {
            let note = format!("the attempt before this one: {before}");
            error.with_note(&note).with_source(before)
        }
        None => error,
    }
}

/// The last attempt's error, with the reason why no other follows.
fn ended(error: Error, next: Next, time: Duration) -> Error {
    match next {
        Next::End(None) => error,
        Next::End(Some(why)) => error.with_note(&why),
        Next::Wait(_) => {
            error.with_note(&format!("no time is left for another attempt within {time:?} (the call timeout)"))
        }
    }
}

async fn attempt_with<T, U, F>(
    client: &Inner,
    attempt: Attempt,
    send: impl Fn(generated::Client) -> F,
    read: impl Fn(T, &[u8]) -> Result<U, String>,
) -> Result<(U, Option<String>, Credential), Refusal>
where
    F: Future<Output = Outcome<T>>,
{
    let credential = attempt.authentication.credential.clone();
    let redact = |text: &str| credential.redact(text);
    let telling = client.session.link().telling(&redact);
    let seen = attempt.seen.clone();

    let generated = generated::Client::new_with_client(&client.base_url, client.session.link().http.clone(), attempt);
    let result = match send(generated).await {
        Ok(value) => {
            let body = seen.body.get().map(Bytes::as_ref).unwrap_or_default();
            read(value.into_inner(), body).map_err(|why| telling.not_documented(body, &why))
        }
        Err(error) => {
            if let progenitor_client::Error::UnexpectedResponse(response) = &error {
                let _ = seen.head.set((response.status(), response.headers().clone()));
            }
            Err(classify(&telling, error).await)
        }
    };

    let head = seen.head.get();
    let (status, headers) = head.map(|(status, headers)| (*status, headers)).unzip();
    let request_id = headers.and_then(|headers| telling.header(headers, &X_REQUEST_ID));
    let span = tracing::Span::current();
    span.record("status", status.map(|status| status.as_u16()));
    span.record("request_id", request_id.as_deref());
    span.record("duration_ms", telling.elapsed().as_millis() as u64);
    match result {
        Ok(value) => Ok((value, request_id, credential)),
        Err(error) => {
            let error = match status {
                Some(status) => error.with_status(status),
                None => error,
            };
            Err(Refusal { error: error.with_request_id(request_id), server_time: headers.and_then(date) })
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
    /// Reads a success for the generated client: up to a bound, and so that head and body are there whatever comes of them.
    pub async fn read<T: DeserializeOwned>(&self, mut response: Response) -> Outcome<T> {
        use progenitor_client::Error as Generated;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        // An attempt has one answer, so none was seen before.
        let _ = self.seen.head.set((status, headers));
        let body = body::whole(response, body::LARGEST).await.map_err(Generated::ResponseBodyError)?;
        let body = body.ok_or_else(|| Generated::Custom(body::too_large()))?;
        let value = serde_json::from_slice(&body);
        let value = value.map_err(|error| Generated::InvalidResponsePayload(body.clone(), error))?;
        let _ = self.seen.body.set(body);
        Ok(ResponseValue::new(value, status, HeaderMap::new()))
    }
}

async fn classify(telling: &Telling<'_>, error: progenitor_client::Error<()>) -> Error {
    use progenitor_client::Error as Generated;
    match error {
        Generated::UnexpectedResponse(response) => telling.refused(response).await,
        Generated::InvalidResponsePayload(body, error) => telling.not_documented(&body, &error.to_string()),
        Generated::CommunicationError(error)
        | Generated::ResponseBodyError(error)
        | Generated::InvalidUpgrade(error) => telling.no_answer(error),
        Generated::InvalidRequest(message) => Error::invalid_input(format!("the request can't be sent: {message}")),
        // By `Attempt::read` alone.
        Generated::Custom(message) => Error::unexpected_answer(message),
        // Its body type is `()`: the error responses are not part of the generated client.
        Generated::ErrorResponse(value) => Error::service(value.status(), crate::error::ErrorText::default()),
    }
}
