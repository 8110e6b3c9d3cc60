//! One call: credential, request, answer.
//!
//! The rule it keeps: a status is never lost. Whatever arrives that is not the documented JSON becomes an error with
//! status and request id (`failure.rs`), read up to a bound.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Limited;
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo, ResponseValue};
use reqwest::header::HeaderMap;
use reqwest::{Body, Request, Response, StatusCode};
use tracing::Instrument;
use tracing::field::Empty;

use crate::auth::{Authentication, Refusal};
use crate::client::Inner;
use crate::error::Error;
use crate::facts::OperationFacts;
use crate::failure::{LARGEST_BODY, Telling, date};
use crate::generated;

pub(crate) type Outcome<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// An answer that is the documented JSON.
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) request_id: Option<String>,
}

/// What the generated client's hooks need of one attempt, and what they leave of it.
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

/// Calls an operation of this project by `send`, which is handed the generated client of each attempt. `read` takes what
/// is documented from the answer and its body, or says what is wrong with it.
pub(crate) async fn call<T, U, F>(
    client: &Inner,
    operation: &'static OperationFacts,
    project_id: &Arc<str>,
    send: impl Fn(generated::Client) -> F + Sync,
    read: impl Fn(T, &[u8]) -> Result<U, String> + Sync,
) -> Result<Answer<U>, Error>
where
    F: Future<Output = Outcome<T>>,
{
    let attempts = AtomicU32::new(0);
    let exchange = |authentication| {
        let number = attempts.fetch_add(1, Ordering::Relaxed) + 1;
        let span = tracing::debug_span!(
            "iotda.attempt",
            attempt = number,
            status = Empty,
            request_id = Empty,
            duration_ms = Empty
        );
        let attempt = Attempt { authentication, project_id: project_id.clone(), seen: Arc::default() };
        attempt_with(client, attempt, &send, &read).instrument(span)
    };
    let span = tracing::debug_span!("iotda.call", operation = operation.id);
    let answer = client.session.exchange(exchange).instrument(span).await;
    answer.map_err(|error| error.with_operation(operation))
}

async fn attempt_with<T, U, F>(
    client: &Inner,
    attempt: Attempt,
    send: impl Fn(generated::Client) -> F,
    read: impl Fn(T, &[u8]) -> Result<U, String>,
) -> Result<Answer<U>, Refusal>
where
    F: Future<Output = Outcome<T>>,
{
    let credential = attempt.authentication.credential.clone();
    let redact = |text: &str| credential.redact(text);
    let telling = client.session.link().telling(&redact);
    let seen = attempt.seen.clone();
    let started = Instant::now();

    let outcome =
        send(generated::Client::new_with_client(&client.base_url, client.session.link().http.clone(), attempt)).await;
    let result = match outcome {
        Ok(value) => {
            let body = seen.body.get().map(Bytes::as_ref).unwrap_or_default();
            read(value.into_inner(), body).map_err(|why| telling.not_documented(body, &why))
        }
        Err(error) => Err(classify(&telling, error).await),
    };

    let head = seen.head.get();
    let (status, headers) = head.map(|(status, headers)| (*status, headers)).unzip();
    let request_id = headers.and_then(|headers| telling.header(headers, "x-request-id"));
    let span = tracing::Span::current();
    span.record("status", status.map(|status| status.as_u16()));
    span.record("request_id", request_id.as_deref());
    span.record("duration_ms", started.elapsed().as_millis() as u64);
    match result {
        Ok(value) => Ok(Answer { value, request_id }),
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
        // The generator's own header: the service does not know it.
        request.headers_mut().remove("api-version");
        let applied = attempt.authentication.apply(request, Some(&attempt.project_id));
        applied.map_err(|error| progenitor_client::Error::Custom(error.to_string()))
    }

    /// Bounds the body, and reads a success here, so that it is there whatever the generated client makes of it.
    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let seen = &self.inner().seen;
        let response: http::Response<Body> = self.client().execute(request).await?.into();
        // Set once: an attempt makes one request.
        let _ = seen.head.set((response.status(), response.headers().clone()));
        let response = response.map(|body| Body::wrap(Limited::new(body, LARGEST_BODY)));
        if response.status() != StatusCode::OK {
            return Ok(response.into());
        }
        let (head, body) = response.into_parts();
        let body = Response::from(http::Response::new(body)).bytes().await?;
        let _ = seen.body.set(body.clone());
        Ok(http::Response::from_parts(head, body).into())
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
        Generated::InvalidRequest(message) | Generated::Custom(message) => {
            Error::invalid_input(format!("the request can't be sent: {message}"))
        }
        // Its body type is `()`: the error responses are not part of the generated client.
        Generated::ErrorResponse(value) => Error::service(value.status(), crate::error::ErrorText::default()),
    }
}
