//! HTTP: from connections to requests, and from answers to bytes.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

use super::recording::RecordedRequest;
use super::response::{Behavior, Length, Scripted};
use super::{Shared, service};

/// How long to wait when a connection can't be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// Serves connections until it is aborted; all of them end with it.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // The other side may be gone already, or the process out of files. The next one may be luckier, but
                    // without a pause this would keep a processor busy until files are there again.
                    sleep(PAUSE).await;
                    continue;
                };
                connections.spawn(serve(stream, shared.clone()));
            }
            // Forget those that have ended.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| respond(shared.clone(), reset.clone(), request));
    let mut connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error is a cut that was asked for, or a client that went away.
    let ended = (&mut connection).await;
    if ended.is_err() && reset.load(Ordering::Relaxed) {
        // Without it, closing says an orderly goodbye; if it can't be had, that is said.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// An error closes the connection without an answer.
async fn respond(
    shared: Arc<Shared>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> io::Result<Response<Parts>> {
    let request = record(request).await?;
    let (scripted, request_id) = {
        let mut state = shared.state();
        state.requests.push(request.clone());
        state.answers += 1;
        let request_id = format!("{:032x}", state.answers);
        (state.script.pop_front().unwrap_or_else(|| state.faults.next_response()), request_id)
    };
    // The runtime's timer takes a millisecond even for nothing.
    if !scripted.delay.is_zero() {
        sleep(scripted.delay).await;
    }
    reset.store(scripted.reset, Ordering::Relaxed);
    let answer = match scripted.behavior {
        Behavior::Cut => return Err(io::ErrorKind::ConnectionAborted.into()),
        Behavior::Records => service::respond(&mut shared.state(), &request, &request_id),
        Behavior::Scripted(answer) => answer,
    };
    let now = shared.state().identity.now();
    to_response(answer, scripted.pause, &request_id, now)
}

async fn record(request: Request<Incoming>) -> io::Result<RecordedRequest> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(RecordedRequest {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.into(),
    })
}

fn to_response(answer: Scripted, pause: Duration, request_id: &str, now: SystemTime) -> io::Result<Response<Parts>> {
    let status = StatusCode::from_u16(answer.status).map_err(io::Error::other)?;
    if status.is_informational() {
        // Not a final answer: hyper would send one of its own instead.
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let announced = answer.body.len() + if answer.length == Length::Overstated { 1000 } else { 0 };
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", HeaderValue::from_str(request_id).map_err(io::Error::other)?);
    let date = DateTime::<Utc>::from(now).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.insert(DATE, HeaderValue::from_str(&date).map_err(io::Error::other)?);
    if answer.length != Length::Chunked {
        headers.insert(CONTENT_LENGTH, announced.into());
    }
    add_scripted(&mut headers, answer.headers)?;
    let mut body = Parts::new(answer.body, answer.length, pause);
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // Clients don't read a body here: they would take it for the next answer, or wait for it.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        body = Parts::new(Vec::new(), Length::Exact, pause);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A scripted header replaces one of ours, and stands beside another scripted one.
fn add_scripted(headers: &mut HeaderMap, scripted: Vec<(String, String)>) -> io::Result<()> {
    let mut named = HashSet::new();
    for (name, value) in scripted {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        let value = HeaderValue::try_from(value).map_err(io::Error::other)?;
        if named.insert(name.clone()) {
            headers.try_insert(name, value).map_err(io::Error::other)?;
        } else {
            headers.try_append(name, value).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// A body in parts, of which an error closes the connection.
struct Parts {
    parts: VecDeque<Result<Bytes, io::ErrorKind>>,
    flushed: bool,
    /// The wait before each part, and the one under way.
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Parts {
    fn new(bytes: Vec<u8>, length: Length, pause: Duration) -> Self {
        let bytes = Bytes::from(bytes);
        let mut parts: VecDeque<_> = match pause.is_zero() {
            true => [Ok(bytes)].into(),
            false => (0..bytes.len()).map(|at| Ok(bytes.slice(at..=at))).collect(),
        };
        parts.extend((length == Length::Overstated).then_some(Err(io::ErrorKind::ConnectionAborted)));
        Self { parts, flushed: false, pause, waiting: None }
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // What came before an error must have left before it.
        if matches!(self.parts.front(), Some(Err(_))) && !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.pause.is_zero() && !self.parts.is_empty() {
            let pause = self.pause;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
            ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        Poll::Ready(self.parts.pop_front().map(|part| part.map(Frame::data).map_err(io::Error::from)))
    }

    fn size_hint(&self) -> SizeHint {
        // The length is said, or left unsaid, by the header.
        SizeHint::default()
    }
}
