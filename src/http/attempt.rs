//! One attempt: a request with its authentication, and its response.
//!
//! Invariants: a status is never lost. A response that is not the documented JSON becomes an error with status and request
//! ID, and is read up to a limit.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use progenitor_client::{ClientHooks, ClientInfo, Error as Generated, OperationInfo, ResponseValue};
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use reqwest::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::classify::ErrorContext;
use super::decode::{DecodeError, decode};
use super::pools::Pool;
use super::{body, headers, lenient};
use crate::auth::signing::Authentication;
use crate::client::Inner;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::error::attempt::AttemptError;
use crate::generated;
use crate::log;
use crate::operation::{GeneratedResult, Operation, OperationRequest};
use crate::pagination::page::FetchedPage;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The authentication of one attempt's request, and its response. The generated client carries it to its hook.
#[derive(Clone, Debug)]
pub struct Attempt {
    authentication: Authentication,
    project_id: Arc<str>,
    pool: Pool,
    captured: Arc<CapturedResponse>,
}

/// The response's status, headers and body; also if the generated client could not decode the body.
#[derive(Debug, Default)]
struct CapturedResponse {
    head: OnceLock<(StatusCode, HeaderMap)>,
    body: OnceLock<Bytes>,
}

/// Sends one request to the endpoint in use, and reads its response as a page. If no connection can be made, it sends the
/// request to the next endpoint.
pub(crate) async fn run<O: Operation>(
    client: &Inner,
    project_id: &Arc<str>,
    request: &OperationRequest<'_, O>,
    authentication: Authentication,
) -> Result<FetchedPage<O::Item>, AttemptError> {
    let transport = client.session.transport();
    if client.endpoints.is_single() {
        let endpoint = client.endpoints.current();
        return transport.exchange(endpoint, run_at(client, endpoint, project_id, request, authentication)).await;
    }
    let mut failover = client.endpoints.failover();
    loop {
        let endpoint = failover.endpoint();
        let exchange = run_at(client, endpoint, project_id, request, authentication.clone());
        let result = transport.exchange(endpoint, exchange).await;
        let is_unreachable = result.as_ref().is_err_and(|failed| failed.error.is_unreachable());
        if !failover.next(is_unreachable) {
            return result;
        }
    }
}

async fn run_at<O: Operation>(
    client: &Inner,
    endpoint: &Endpoint,
    project_id: &Arc<str>,
    request: &OperationRequest<'_, O>,
    authentication: Authentication,
) -> Result<FetchedPage<O::Item>, AttemptError> {
    let credential = authentication.credential.clone();
    let redact = |text: &str| credential.redact(text);
    let transport = client.session.transport();
    let context = ErrorContext::new(transport, endpoint, &redact);
    let captured = Arc::<CapturedResponse>::default();
    let pool = transport.pools.current();
    let attempt = Attempt { authentication, project_id: project_id.clone(), pool, captured: captured.clone() };

    let generated = generated::Client::new_with_client(&endpoint.base_url, transport.http.clone(), attempt);
    let result = O::send(generated, project_id, request).await;
    if let Err(Generated::UnexpectedResponse(response)) = &result {
        let _ = captured.head.set((response.status(), response.headers().clone()));
    }
    let (status, header_map) = captured.head.get().map(|(status, headers)| (*status, headers)).unzip();
    let request_id = header_map.and_then(|headers| context.header(headers, &X_REQUEST_ID));
    let no_headers = HeaderMap::new();
    let headers = header_map.unwrap_or(&no_headers);
    let page = match result {
        Ok(value) => {
            let body = captured.body.get().map(Bytes::as_ref).unwrap_or_default();
            decode(value.into_inner(), body, request, request_id.clone()).map_err(|error| match error {
                DecodeError::Undocumented(why) => context.undocumented_body(headers, body, &why).into(),
                DecodeError::Page(error) => AttemptError { decoded: true, ..error.map_message(redact).into() },
            })
        }
        // Without a length, a connection that was closed too early looks like the end of the body.
        Err(Generated::InvalidResponsePayload(_, cause)) if cause.is_eof() && !headers.contains_key(CONTENT_LENGTH) => {
            Err(context.truncated(cause).into())
        }
        Err(error) => Err(context.generated_error(headers, error).await.into()),
    };

    let with_head = |error: Error| {
        let error = match status {
            Some(status) => error.with_status(status),
            None => error,
        };
        error.with_request_id(request_id.clone()).with_host(endpoint.authority())
    };
    let log = |error| {
        let status = status.map(|status| status.as_u16());
        log::attempt_finished(O::META, endpoint, status, request_id.as_deref(), error, context.elapsed());
    };
    match page {
        Ok(page) => {
            log(None);
            Ok(page.map_next_page_error(|error| with_head(error.map_message(redact))))
        }
        Err(failed) => {
            let server_time = header_map.and_then(headers::date);
            let failed = failed.map(with_head);
            log(Some(&failed.error));
            Err(AttemptError { server_time, ..failed })
        }
    }
}

impl ClientHooks<Attempt> for generated::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Generated<E>> {
        let attempt = self.inner();
        attempt.pool.select(request.url_mut());
        let applied = attempt.authentication.apply(request, Some(&attempt.project_id));
        applied.map_err(|error| Generated::InvalidRequest(error.to_string()))
    }
}

impl Attempt {
    /// Reads and decodes a success for the generated client, up to a limit, and captures its head and body. The generated
    /// code calls it: `build/client.rs` inserts the call.
    pub async fn read<T: DeserializeOwned>(&self, mut response: Response) -> GeneratedResult<T> {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        // An attempt has one response, so none was captured before.
        let _ = self.captured.head.set((status, headers));
        let body = body::read_limited(response, body::MAX_BODY_BYTES).await.map_err(Generated::ResponseBodyError)?;
        let body = body.ok_or_else(|| Generated::Custom(body::too_large_message()))?;
        let value = serde_json::from_slice(&body).or_else(|error| lenient::decode(&body, error));
        let value = value.map_err(|error| Generated::InvalidResponsePayload(body.clone(), error))?;
        let _ = self.captured.body.set(body);
        Ok(ResponseValue::new(value, status, HeaderMap::new()))
    }
}
