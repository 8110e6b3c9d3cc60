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
use tokio::time::Instant;

use super::classify::ErrorContext;
use super::decode::{json, records};
use super::pools::Pool;
use super::{HttpTransport, body, headers, lenient};
use crate::auth::signing::Authentication;
use crate::constraints::OperationMeta;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::error::attempt::AttemptError;
use crate::generated;
use crate::log;
use crate::operation::{GeneratedResult, Operation, OperationRequest};
use crate::pagination::page::{FetchedPage, Page};

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

/// Sends one request to the endpoint, and reads its response as a page. The pace learns from the result.
pub(crate) async fn run<O: Operation>(
    transport: &HttpTransport,
    endpoint: &Endpoint,
    project_id: &Arc<str>,
    request: &OperationRequest<'_, O>,
    authentication: &Authentication,
) -> Result<FetchedPage<O::Item>, AttemptError> {
    let sent_at = Instant::now();
    let result = exchange(transport, endpoint, project_id, request, authentication).await;
    transport.pace.observe(sent_at, result.as_ref().err().map(|failed| &failed.error));
    result
}

async fn exchange<O: Operation>(
    transport: &HttpTransport,
    endpoint: &Endpoint,
    project_id: &Arc<str>,
    request: &OperationRequest<'_, O>,
    authentication: &Authentication,
) -> Result<FetchedPage<O::Item>, AttemptError> {
    let redact = |text: &str| authentication.credential.redact(text);
    let context = ErrorContext::new(transport, endpoint, &redact);
    let captured = Arc::<CapturedResponse>::default();
    let attempt = Attempt {
        authentication: authentication.clone(),
        project_id: project_id.clone(),
        pool: transport.pools.current(),
        captured: captured.clone(),
    };

    let generated = generated::Client::new_with_client(
        &endpoint.base_url,
        transport.clients.of(endpoint.is_plain_http).clone(),
        attempt,
    );
    let result = O::send(generated, project_id, request).await;
    if let Err(Generated::UnexpectedResponse(response)) = &result {
        let _ = captured.head.set((response.status(), response.headers().clone()));
    }
    let no_headers = HeaderMap::new();
    let (status, headers) = captured.head.get().map(|(status, headers)| (*status, headers)).unzip();
    let headers = headers.unwrap_or(&no_headers);
    let request_id = context.header(headers, &X_REQUEST_ID);
    let page = match result {
        Ok(value) => {
            let body = captured.body.get().map(Bytes::as_ref).unwrap_or_default();
            match records::<O>(value.into_inner(), body) {
                Ok((items, info)) => {
                    let page = Page::from_response(items, info, request.query, request.purpose, request_id.clone());
                    page.map_err(|error| AttemptError { decoded: true, ..error.map_message(redact).into() })
                }
                Err(why) => Err(context.undocumented_body(headers, body, &why).into()),
            }
        }
        // Without a length, a connection that was closed too early looks like the end of the body.
        Err(Generated::InvalidResponsePayload(_, cause)) if cause.is_eof() && !headers.contains_key(CONTENT_LENGTH) => {
            Err(context.truncated(cause).into())
        }
        Err(error) => Err(context.generated_error(headers, error).await.into()),
    };

    let with_head =
        |error: Error| error.with_status(status).with_request_id(request_id.clone()).with_host(endpoint.authority());
    let page = page
        .map_err(|failed: AttemptError| AttemptError { server_time: headers::date(headers), ..failed.map(with_head) });
    let error = page.as_ref().err().map(|failed| &failed.error);
    let status = status.map(|status| status.as_u16());
    let OperationMeta { id, method, .. } = O::META;
    log::attempt_finished(id, method, endpoint, status, request_id.as_deref(), error, context.elapsed());
    page.map(|page| page.map_next_page_error(|error| with_head(error.map_message(redact))))
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
        let body = body.ok_or_else(|| Generated::Custom(body::too_large_message(body::MAX_BODY_BYTES)))?;
        let value = json(&body).or_else(|error| lenient::decode(&body, error));
        let value = value.map_err(|error| Generated::InvalidResponsePayload(body.clone(), error))?;
        let _ = self.captured.body.set(body);
        Ok(ResponseValue::new(value, status, HeaderMap::new()))
    }
}
