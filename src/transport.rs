//! One call: credential, request, answer, and what became of it.
//!
//! The rule it keeps: a status is never lost. Whatever arrives that is not the documented JSON becomes an error with
//! status, request id and an excerpt, read up to a bound.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo, ResponseValue};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Body, Request, Response, StatusCode};
use tracing::Instrument;
use tracing::field::Empty;

use crate::client::Inner;
use crate::error::{Error, ErrorKind, ErrorText};
use crate::facts::OperationFacts;
use crate::generated;

/// The most that is read of an answer.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// The most that is read of an error's body: more than the longest token that it could send back.
const LARGEST_ERROR_BODY: usize = 64 * 1024;

/// How much of a body is remembered: enough to see what a small one is.
const START: usize = 4 * 1024;

pub(crate) type Outcome<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// An answer that is the documented JSON.
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    pub(crate) request_id: Option<String>,
    /// The body's first bytes as they came: of a small body, all of it.
    pub(crate) start: Vec<u8>,
}

/// What the generated client's hooks need of one attempt, and what they leave of it.
#[derive(Clone, Debug)]
pub struct Attempt {
    token: HeaderValue,
    seen: Arc<Seen>,
}

/// What was seen of the answer: it is there also when the generated client could make nothing of the body.
#[derive(Debug, Default)]
struct Seen {
    head: OnceLock<(StatusCode, HeaderMap)>,
    /// Shared with the body, not copied.
    start: Mutex<Vec<Bytes>>,
}

/// Calls an operation by `send`, which is handed the generated client of this attempt.
pub(crate) async fn call<T, F>(
    client: &Inner,
    operation: &'static OperationFacts,
    send: impl FnOnce(generated::Client) -> F,
) -> Result<Answer<T>, Error>
where
    F: Future<Output = Outcome<T>>,
{
    let span = tracing::debug_span!("iotda.call", operation = operation.id);
    attempt(client, 1, send).instrument(span).await.map_err(|error| error.with_operation(operation))
}

async fn attempt<T, F>(
    client: &Inner,
    number: u32,
    send: impl FnOnce(generated::Client) -> F,
) -> Result<Answer<T>, Error>
where
    F: Future<Output = Outcome<T>>,
{
    let span = tracing::debug_span!(
        "iotda.attempt",
        attempt = number,
        status = Empty,
        request_id = Empty,
        duration_ms = Empty
    );
    let seen = Arc::new(Seen::default());
    let attempt = Attempt { token: client.credentials.header()?, seen: seen.clone() };
    let generated = generated::Client::new_with_client(&client.base_url, client.http.clone(), attempt);

    let started = Instant::now();
    let outcome = send(generated).instrument(span.clone()).await;
    let request_id = seen.request_id(client);
    span.record("status", seen.head.get().map(|(status, _)| status.as_u16()));
    span.record("request_id", request_id.as_deref());
    span.record("duration_ms", started.elapsed().as_millis() as u64);

    match outcome {
        Ok(value) => {
            let start = seen.start().concat();
            Ok(Answer { body: value.into_inner(), request_id, start })
        }
        Err(error) => {
            let mut error = classify(client, error).await;
            if let Some((status, _)) = seen.head.get() {
                error = error.with_status(*status);
            }
            Err(error.with_request_id(request_id))
        }
    }
}

impl Seen {
    fn start(&self) -> MutexGuard<'_, Vec<Bytes>> {
        self.start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, data: &Bytes) {
        let mut start = self.start();
        if start.iter().map(Bytes::len).sum::<usize>() < START {
            start.push(data.clone());
        }
    }

    fn request_id(&self, client: &Inner) -> Option<String> {
        let (_, headers) = self.head.get()?;
        let text = headers.get("x-request-id")?.to_str().ok()?;
        Some(crate::error::one_line(&client.credentials.redact(text))).filter(|text| !text.is_empty())
    }
}

impl ClientHooks<Attempt> for generated::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), progenitor_client::Error<E>> {
        let headers = request.headers_mut();
        // The generator's own header: the service does not know it.
        headers.remove("api-version");
        headers.insert("x-auth-token", self.inner().token.clone());
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let response: http::Response<Body> = self.client().execute(request).await?.into();
        let seen = self.inner().seen.clone();
        // Set once: an attempt makes one request.
        let _ = seen.head.set((response.status(), response.headers().clone()));
        let bounded = response.map(|body| {
            Body::wrap(Limited::new(body, LARGEST_BODY).map_frame(move |frame| {
                if let Some(data) = frame.data_ref() {
                    seen.keep(data);
                }
                frame
            }))
        });
        Ok(bounded.into())
    }
}

async fn classify(client: &Inner, error: progenitor_client::Error<()>) -> Error {
    use progenitor_client::Error as Generated;
    match error {
        Generated::UnexpectedResponse(response) => refused(client, response).await,
        Generated::InvalidResponsePayload(body, error) => not_documented(client, &body, error),
        Generated::CommunicationError(error)
        | Generated::ResponseBodyError(error)
        | Generated::InvalidUpgrade(error) => no_answer(client, error),
        Generated::InvalidRequest(message) | Generated::Custom(message) => {
            Error::invalid_input(format!("the request can't be sent: {message}"))
        }
        // Its body type is `()`: the error responses are not part of the generated client.
        Generated::ErrorResponse(value) => Error::service(value.status(), ErrorText::default()),
    }
}

/// A status that is not the documented success.
async fn refused(client: &Inner, mut response: Response) -> Error {
    let status = response.status();
    let mut body = Vec::new();
    // Whatever ends it early: the status is what counts.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= LARGEST_ERROR_BODY {
            body.truncate(LARGEST_ERROR_BODY);
            break;
        }
    }
    let text = ErrorText::read(&body, |text| client.credentials.redact(text));
    match status.is_success() {
        true => Error::unexpected_answer(format!("a success that is not documented; {}", text.message)),
        false => Error::service(status, text),
    }
}

/// A success whose whole body is not the documented JSON.
fn not_documented(client: &Inner, body: &[u8], error: serde_json::Error) -> Error {
    let redact = |text: &str| crate::error::one_line(&client.credentials.redact(text));
    let excerpt = crate::error::excerpt(&body[..body.len().min(LARGEST_ERROR_BODY)], &redact);
    Error::unexpected_answer(format!("{excerpt} ({})", redact(&error.to_string())))
}

/// No answer, or not all of it.
fn no_answer(client: &Inner, error: reqwest::Error) -> Error {
    // URLs hold the ids of projects and certificates.
    let error = error.without_url();
    if error.is_timeout() {
        let message = match error.is_connect() {
            true => format!("no connection within {:?} (the connect timeout)", client.connect_timeout),
            false => format!("no whole answer within {:?} (the attempt timeout)", client.attempt_timeout),
        };
        return Error::new(ErrorKind::Timeout, message).with_source(error);
    }
    if causes(&error).any(|cause| cause.is::<LengthLimitError>()) {
        let message = format!("the body is larger than {} MiB, the most that is read", LARGEST_BODY / 1024 / 1024);
        return Error::unexpected_answer(message).with_source(error);
    }
    let cause = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    let what = match (error.is_connect(), error.is_body() || error.is_decode()) {
        (true, _) => "no connection",
        (_, true) => "the answer ended early",
        _ => "no answer",
    };
    Error::new(ErrorKind::Connection, format!("{what}: {cause}")).with_source(error)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
