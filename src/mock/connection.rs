//! HTTP: from connections to requests, and from answers to bytes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answer::{Answer, Length, Scripted, What};
use super::recording::RecordedRequest;
use super::{Shared, service};

/// Serves connections until it is aborted; all of them end with it.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // The other side may be gone already, or the process out of files: the next one may be luckier.
                let Ok((stream, _)) = accepted else { continue };
                let shared = shared.clone();
                let service = service_fn(move |request| answer(shared.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // An error is a cut that was asked for, or a client that went away.
                connections.spawn(async move { connection.await.is_ok() });
            }
            // Forget those that have ended.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An error closes the connection without an answer.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Parts>> {
    let request = record(request).await?;
    let (scripted, request_id) = {
        let mut state = shared.state();
        state.requests.push(request.clone());
        state.answers += 1;
        let request_id = format!("{:032x}", state.answers);
        (state.script.pop_front().unwrap_or_else(Answer::from_records), request_id)
    };
    tokio::time::sleep(scripted.delay).await;
    let answer = match scripted.what {
        What::Cut => return Err(io::ErrorKind::ConnectionAborted.into()),
        What::Records => service::answer(&shared.state(), &request, &request_id),
        What::Scripted(answer) => answer,
    };
    to_response(answer, &request_id)
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

fn to_response(answer: Scripted, request_id: &str) -> io::Result<Response<Parts>> {
    let announced = answer.body.len() + if answer.length == Length::TooLong { 1000 } else { 0 };
    let mut parts = VecDeque::from([Ok(Bytes::from(answer.body))]);
    if answer.length == Length::TooLong {
        parts.push_back(Err(io::ErrorKind::ConnectionAborted));
    }
    let body = Parts { parts, flushed: false };
    let mut response = Response::builder().status(answer.status).body(body).map_err(io::Error::other)?;
    let headers = response.headers_mut();
    headers.insert("x-request-id", HeaderValue::from_str(request_id).map_err(io::Error::other)?);
    if answer.length != Length::Unsaid {
        headers.insert(CONTENT_LENGTH, announced.into());
    }
    let mut named = Vec::new();
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        let value = HeaderValue::try_from(value).map_err(io::Error::other)?;
        // A scripted header replaces one of ours, and stands beside another scripted one.
        if named.contains(&name) {
            headers.append(name, value);
        } else {
            headers.insert(name.clone(), value);
            named.push(name);
        }
    }
    Ok(response)
}

/// A body in parts, of which an error closes the connection.
struct Parts {
    parts: VecDeque<Result<Bytes, io::ErrorKind>>,
    flushed: bool,
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
        Poll::Ready(self.parts.pop_front().map(|part| part.map(Frame::data).map_err(io::Error::from)))
    }

    fn size_hint(&self) -> SizeHint {
        // The length is said, or left unsaid, by the header.
        SizeHint::default()
    }
}
