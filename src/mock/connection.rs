//! HTTP connections: reads requests and sends responses.

use std::collections::HashSet;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

use super::receive::{ReceiveError, receive};
use super::recording::RecordedRequest;
use super::response::{Behavior, Length, RawResponse};
use super::state::Shared;
use super::{control, cors, request_line, service};

/// The pause after a connection could not be accepted.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(10);

/// Serves connections until the task is aborted, which also ends all connections.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // The client may have disconnected, or the process has no free file descriptors. The pause prevents
                    // a busy loop.
                    sleep(ACCEPT_RETRY_PAUSE).await;
                    continue;
                };
                connections.spawn(serve(stream, shared.clone()));
            }
            // Removes the connections that have ended.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| respond(shared.clone(), reset.clone(), request));
    let read_timeout = shared.state().read_timeout;
    let mut connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(read_timeout)
        .serve_connection(TokioIo::new(stream), service);
    // An error is an intended disconnect, or a client that disconnected.
    let ended = (&mut connection).await;
    if ended.is_err() && reset.load(Ordering::Relaxed) {
        // A socket with zero linger is reset when it is closed. If the option cannot be set, it is closed normally.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// Receives a request, responds to it and logs both. An error closes the connection without a response.
async fn respond(
    shared: Arc<Shared>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> io::Result<Response<BodyChunks>> {
    let (received_at, start) = (shared.state().identity.now(), Instant::now());
    let read_timeout = shared.state().read_timeout;
    let request = match receive(request, read_timeout).await {
        Ok(request) => request,
        Err(ReceiveError::TooLarge(status)) => return Ok(rejection(status)),
        Err(ReceiveError::Incomplete(error)) => return Err(error),
    };
    let result = respond_to(&shared, &reset, &request).await;
    let status = result.as_ref().ok().map(|response| response.status().as_u16());
    shared.log(|| request_line::format(&request, status, received_at, start.elapsed()));
    result
}

async fn respond_to(
    shared: &Shared,
    reset: &AtomicBool,
    request: &RecordedRequest,
) -> io::Result<Response<BodyChunks>> {
    let (origin, control) = {
        let mut state = shared.state();
        let forbidden = control::reject_host(&state, request);
        let control = forbidden.or_else(|| cors::preflight(request)).or_else(|| control::respond(&mut state, request));
        (state.allowed_origins.of_request(request), control)
    };
    let (mut response, pause, request_id) = match control {
        Some(response) => (response, Duration::ZERO, None),
        None => {
            let (response, pause, request_id) = respond_from_queue(shared, reset, request).await?;
            (response, pause, Some(request_id))
        }
    };
    if let Some(origin) = origin {
        cors::allow(&mut response, &origin);
    }
    let now = shared.state().identity.now();
    to_http(response, pause, request_id.as_deref(), now)
}

/// Records the request. Returns its response, the pause before each byte, and the request ID.
async fn respond_from_queue(
    shared: &Shared,
    reset: &AtomicBool,
    request: &RecordedRequest,
) -> io::Result<(RawResponse, Duration, String)> {
    let (queued, request_id) = {
        let mut state = shared.state();
        state.requests.record(request.clone());
        state.responses += 1;
        let request_id = format!("{:032x}", state.responses);
        (state.queue.pop().unwrap_or_else(|| state.faults.next_response()), request_id)
    };
    // A sleep of zero would take a millisecond.
    if !queued.delay.is_zero() {
        sleep(queued.delay).await;
    }
    reset.store(queued.reset, Ordering::Relaxed);
    let response = match queued.behavior {
        Behavior::Disconnect => return Err(io::ErrorKind::ConnectionAborted.into()),
        Behavior::PassThrough => service::respond(&mut shared.state(), request, &request_id),
        Behavior::Respond(response) => response,
    };
    Ok((response, queued.pause, request_id))
}

/// The response to a request that exceeds a limit. The rest of the request is not read.
fn rejection(status: StatusCode) -> Response<BodyChunks> {
    let mut response = Response::new(BodyChunks::new(Bytes::new(), Length::Exact, Duration::ZERO));
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn to_http(
    raw: RawResponse,
    pause: Duration,
    request_id: Option<&str>,
    now: SystemTime,
) -> io::Result<Response<BodyChunks>> {
    let status = StatusCode::from_u16(raw.status).map_err(io::Error::other)?;
    if status.is_informational() {
        // It is not a final response: hyper would replace it.
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let declared_length = raw.body.len() + if raw.length == Length::Overstated { 1000 } else { 0 };
    let mut headers = HeaderMap::new();
    if let Some(request_id) = request_id {
        headers.insert("x-request-id", HeaderValue::from_str(request_id).map_err(io::Error::other)?);
    }
    // An HTTP date is from 1970 to 9999.
    let date = httpdate::fmt_http_date(now.clamp(UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(253_402_300_799)));
    headers.insert(DATE, HeaderValue::from_str(&date).map_err(io::Error::other)?);
    if raw.length != Length::Chunked {
        headers.insert(CONTENT_LENGTH, declared_length.into());
    }
    add_headers(&mut headers, raw.headers)?;
    let mut body = BodyChunks::new(raw.body, raw.length, pause);
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // These statuses have no body: a client would read it as the next response, or wait for it.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        body = BodyChunks::new(Bytes::new(), Length::Exact, pause);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Adds the headers of a queued response. They replace the default headers; several of one name are all sent.
fn add_headers(headers: &mut HeaderMap, added: Vec<(String, String)>) -> io::Result<()> {
    let mut names = HashSet::new();
    for (name, value) in added {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        let value = HeaderValue::try_from(value).map_err(io::Error::other)?;
        if names.insert(name.clone()) {
            headers.try_insert(name, value).map_err(io::Error::other)?;
        } else {
            headers.try_append(name, value).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// A body that is sent at once, or byte by byte with a pause before each one.
struct BodyChunks {
    /// The rest of the body.
    bytes: Bytes,
    /// The error after the body, which closes the connection.
    error: Option<io::ErrorKind>,
    flushed: bool,
    pause: Duration,
    /// The pause in progress.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl BodyChunks {
    fn new(bytes: Bytes, length: Length, pause: Duration) -> Self {
        let error = (length == Length::Overstated).then_some(io::ErrorKind::ConnectionAborted);
        Self { bytes, error, flushed: false, pause, sleep: None }
    }

    /// Returns the next chunk; the error or `None` after the last one.
    fn next_chunk(&mut self) -> Option<Result<Frame<Bytes>, io::Error>> {
        let length = if self.pause.is_zero() { self.bytes.len() } else { 1 };
        match self.bytes.is_empty() {
            false => Some(Ok(Frame::data(self.bytes.split_to(length)))),
            true => self.error.take().map(|error| Err(error.into())),
        }
    }
}

impl Body for BodyChunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.bytes.is_empty() && self.error.is_some() && !self.flushed {
            // The chunks before the error must be sent before the connection is closed.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let is_over = self.bytes.is_empty() && self.error.is_none();
        if !is_over && !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(pause)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        Poll::Ready(self.next_chunk())
    }

    fn size_hint(&self) -> SizeHint {
        // No hint, because the headers determine the declared length.
        SizeHint::default()
    }
}
