//! A service of one's own in front of IoTDA: `GET /certificates/{id}/devices` streams a certificate's devices as JSON lines.
//!
//! ```sh
//! cargo run --example service --features mock -- --demo 127.0.0.1:8080      # with an embedded server's devices
//! cargo run --example service --features mock -- 127.0.0.1:8080             # with those of the environment's service
//! curl --fail http://127.0.0.1:8080/certificates/61c970ce2d63eb6ee655dbf0/devices
//! ```
//!
//! Nothing is cut off silently: what fails before the first device is a status, what fails later breaks the connection
//! off, which HTTP clients report from HTTP/1.1 on. Pages are asked for as fast as the reader takes them; one that goes away cancels them.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::process::ExitCode;
use std::{env, future};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Client, ErrorKind};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--demo", address] => {
            let server = MockServer::start().await?;
            server.add_sample_devices("61c970ce2d63eb6ee655dbf0", 120);
            serve(address, server.client()?).await
        }
        [address] => serve(address, Client::from_env()?).await,
        _ => Err("the argument is an address to listen on, 127.0.0.1:8080 say; --demo may come before it".into()),
    }
}

/// All requests share one client, with its connections, its credential and its limits.
async fn serve(address: &str, client: Client) -> Result<(), Box<dyn Error>> {
    let router = Router::new().route("/certificates/{id}/devices", get(devices)).with_state(client);
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, router).with_graceful_shutdown(interrupted());
    tokio::select! {
        ended = server.into_future() => Ok(ended?),
        // Answers under way are finished, unless Ctrl-C is pressed again: a reader may take for ever.
        () = async { interrupted().await; interrupted().await } => Err("interrupted before the last answer was out".into()),
    }
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("Ctrl-C is not heard: {error}");
        future::pending().await
    }
}

async fn devices(version: Version, State(client): State<Client>, Path(id): Path<String>) -> Result<Response, Failure> {
    // HTTP/1.0 takes the connection's end for the body's: a list that is broken off would seem whole. nginx speaks it to
    // its upstreams unless `proxy_http_version 1.1` is set.
    if version < Version::HTTP_11 {
        let body = Json(json!({"message": "HTTP/1.1 is needed"}));
        return Ok((StatusCode::HTTP_VERSION_NOT_SUPPORTED, body).into_response());
    }
    let mut devices = client.list_device_by_device_certificate(id).items();
    // The status is sent before the body: only the first record tells whether there will be one.
    let first = devices.try_next().await?;
    let lines = stream::iter(first.map(Ok)).chain(devices).map(|device| line(&device?));
    let lines = lines.inspect_err(|error| eprintln!("an answer was broken off: {error}"));
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

fn line(device: &DeviceSimple) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
    let mut line = serde_json::to_vec(device)?;
    line.push(b'\n');
    Ok(line.into())
}

/// A failure before the first record.
struct Failure(huaweicloud_iotda::Error);

impl From<huaweicloud_iotda::Error> for Failure {
    fn from(error: huaweicloud_iotda::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(error) = self;
        eprintln!("{error}");
        let status = match error.kind() {
            ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
            // Any other 404 means that this service asks at the wrong place.
            _ if error.code() == Some("IOTDA.015500") => StatusCode::NOT_FOUND,
            _ if error.is_throttled() => StatusCode::TOO_MANY_REQUESTS,
            _ if error.is_timeout() || error.status() == Some(504) => StatusCode::GATEWAY_TIMEOUT,
            _ if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            // This service's credential or settings, or an answer that is none: not the caller's fault.
            _ => StatusCode::BAD_GATEWAY,
        };
        let retry_after = error.retry_after().map(|wait| [(RETRY_AFTER, wait.as_secs_f64().ceil().to_string())]);
        let body = match status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS => {
                json!({"code": error.code(), "message": error.message(), "request_id": error.request_id()})
            }
            // What is wrong here may tell of this service's account and network: that is for the log.
            _ => json!({"message": "the devices can't be listed now", "request_id": error.request_id()}),
        };
        (status, retry_after, Json(body)).into_response()
    }
}
