//! An axum service that serves its OpenAPI document, which aide generates. Its responses contain types of this crate, with
//! their documentation.
//!
//! ```sh
//! cargo run --manifest-path examples/integrations/Cargo.toml --bin aide -- 127.0.0.1:8080
//! curl http://127.0.0.1:8080/openapi.json
//! ```
//!
//! Environment variables configure the client, see `Client::from_env`. Feature `schemars` of this crate implements
//! `JsonSchema` of schemars 1, which aide uses from version 0.16.

use std::error::Error;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::openapi::{Info, OpenApi};
use aide::transform::TransformOperation;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use huaweicloud_iotda::types::{DeviceSimple, PageLimit};
use huaweicloud_iotda::{Client, ErrorKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: aide ADDRESS, for example 127.0.0.1:8080")?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router(Client::from_env()?)).await?)
}

fn router(client: Client) -> Router {
    // Put each type into `components`, and refer to it.
    aide::generate::extract_schemas(true);
    let info = Info { title: "Inventory".to_owned(), version: "1.0.0".to_owned(), ..Info::default() };
    let mut document = OpenApi { info, ..OpenApi::default() };
    let router = ApiRouter::new()
        .api_route("/certificates/{certificate_id}/impact", get_with(impact, describe_impact))
        .with_state(client)
        .finish_api(&mut document);
    router.route("/openapi.json", get(async || Json(document)))
}

/// The path parameter.
#[derive(Deserialize, JsonSchema)]
struct Certificate {
    certificate_id: String,
}

/// The query parameter.
#[derive(Deserialize, JsonSchema)]
struct Sample {
    /// The maximum number of devices in the response.
    #[serde(default)]
    limit: PageLimit,
}

/// The devices that are cut off if a certificate is disabled.
#[derive(Serialize, JsonSchema)]
struct Impact {
    certificate_id: String,
    /// The number of devices.
    total: Option<u64>,
    /// The newest of them.
    newest: Vec<DeviceSimple>,
}

/// A failure.
#[derive(Serialize, JsonSchema)]
struct Problem {
    message: String,
    /// The request ID, for Huawei Cloud support.
    request_id: Option<String>,
}

async fn impact(
    State(client): State<Client>,
    Path(Certificate { certificate_id }): Path<Certificate>,
    Query(Sample { limit }): Query<Sample>,
) -> Result<Json<Impact>, (StatusCode, Json<Problem>)> {
    let request = client.list_device_by_device_certificate(&*certificate_id);
    let page = request.limit(limit.get()).send().await.map_err(problem)?;
    Ok(Json(Impact { certificate_id, total: page.total, newest: page.items }))
}

fn describe_impact(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation
        .id("getImpact")
        .description("Returns the number of devices that use a certificate, and the newest of them.")
        .response::<200, Json<Impact>>()
        .response_with::<400, (), _>(|response| response.description("A parameter is invalid."))
        .response_with::<404, Json<Problem>, _>(|response| response.description("The certificate does not exist."))
        .response_with::<502, Json<Problem>, _>(|response| response.description("IoTDA returned an error."))
}

fn problem(error: huaweicloud_iotda::Error) -> (StatusCode, Json<Problem>) {
    eprintln!("{error}");
    let request_id = error.request_id().map(str::to_owned);
    let (status, message) = match error.kind() {
        ErrorKind::InvalidInput => (StatusCode::BAD_REQUEST, error.message()),
        _ if error.code() == Some("IOTDA.015500") => (StatusCode::NOT_FOUND, error.message()),
        // The details may reveal the account or network of this service, so they are only logged.
        _ => (StatusCode::BAD_GATEWAY, "the devices cannot be listed now"),
    };
    (status, Json(Problem { message: message.to_owned(), request_id }))
}
