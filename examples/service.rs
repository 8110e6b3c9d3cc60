//! An HTTP service: `GET /certificates/{id}/devices` streams the devices of a certificate as JSON lines.
//!
//! ```sh
//! cargo run --example service --features mock -- --demo 127.0.0.1:8080      # with an embedded server
//! cargo run --example service --features mock -- 127.0.0.1:8080             # configured by environment variables
//! curl --fail http://127.0.0.1:8080/certificates/61c970ce2d63eb6ee655dbf0/devices
//! ```
//!
//! A failure before the first device is an HTTP status. A later one closes the connection, which HTTP/1.1 clients report as
//! an error. Pages are requested at the speed of the reader; if it disconnects, the requests are canceled.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::process::ExitCode;
use std::{env, io};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::{StreamExt, TryStreamExt, stream};
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, ErrorKind};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(error) = run().await {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--demo"), Some(address)) => {
            let server = MockServer::start().await?;
            server.add_sample_devices("61c970ce2d63eb6ee655dbf0", 120);
            serve(&address, server.client()?).await
        }
        (Some(address), None) => serve(address, Client::from_env()?).await,
        _ => Err("usage: service [--demo] ADDRESS, for example 127.0.0.1:8080".into()),
    }
}

/// Serves all requests with one client, so that they share its connections, credentials and limits.
async fn serve(address: &str, client: Client) -> Result<(), Box<dyn Error>> {
    let router = Router::new().route("/certificates/{id}/devices", get(devices)).with_state(client);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, router).with_graceful_shutdown(async { drop(interrupt().await) });
    tokio::select! {
        result = server.into_future() => Ok(result?),
        // The first signal waits for responses in progress. The second one stops, because a reader may never finish.
        result = async { interrupt().await?; interrupt().await } => {
            Err(result.map_or_else(Box::from, |()| "interrupted: some responses are incomplete".into()))
        }
    }
}

/// Waits for Ctrl-C, or for SIGTERM, which Kubernetes sends to a pod that it stops.
async fn interrupt() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! { result = tokio::signal::ctrl_c() => result, _ = terminate.recv() => Ok(()) }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn devices(version: Version, State(client): State<Client>, Path(id): Path<String>) -> Response {
    // In HTTP/1.0, the end of the connection is the end of the body, so a truncated list would look complete. nginx
    // uses HTTP/1.0 for upstream servers by default; set `proxy_http_version 1.1`.
    if version < Version::HTTP_11 {
        return (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.1 is required").into_response();
    }
    let mut devices = client.list_device_by_device_certificate(id).items();
    // The status is sent before the body, so wait for the first record or error.
    let first = match devices.try_next().await {
        Ok(first) => first,
        Err(error) => return failure(&error),
    };
    let devices = stream::iter(first.map(Ok)).chain(devices);
    let lines = devices.map(|device| Ok::<_, Box<dyn Error + Send + Sync>>(serde_json::to_string(&device?)? + "\n"));
    let lines = lines.inspect_err(|error| eprintln!("response aborted: {error}"));
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// The response to a failure before the first record.
fn failure(error: &huaweicloud_iotda::Error) -> Response {
    eprintln!("{error}");
    let status = match error.kind() {
        ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        // Any other 404 means that the configuration of this service is wrong.
        _ if error.code() == Some("IOTDA.015500") => StatusCode::NOT_FOUND,
        _ if error.is_throttled() => StatusCode::TOO_MANY_REQUESTS,
        _ if error.is_timeout() || error.status() == Some(504) => StatusCode::GATEWAY_TIMEOUT,
        _ if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        // The credentials or configuration of this service, or an unexpected response: not an error of the caller.
        _ => StatusCode::BAD_GATEWAY,
    };
    let retry_after = error.retry_after().map(|delay| [(RETRY_AFTER, delay.as_secs_f64().ceil().to_string())]);
    let body = match status {
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS => {
            json!({"code": error.code(), "message": error.message(), "request_id": error.request_id()})
        }
        // The details may reveal the account or network of this service, so they are only logged.
        _ => json!({"message": "the devices cannot be listed now", "request_id": error.request_id()}),
    };
    (status, retry_after, Json(body)).into_response()
}
