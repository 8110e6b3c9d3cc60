//! A Prometheus exporter: `GET /metrics` returns the number of devices of each certificate in the arguments. Environment
//! variables configure its client, see `Client::from_env`.
//!
//! ```sh
//! cargo run --example metrics_exporter -- 127.0.0.1:9464 61c970ce2d63eb6ee655dbf0
//! curl http://127.0.0.1:9464/metrics
//! ```
//!
//! Each scrape sends one request for each certificate. If a count fails, the series of that certificate has a gap, instead of
//! an old or a wrong value, and `iotda_certificate_success` is 0: alert on it.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use futures::{StreamExt, stream};
use huaweicloud_iotda::Client;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Certificates that are counted at the same time.
const MAX_CONCURRENT: usize = 8;
/// Less than the scrape timeout of Prometheus, which is 10 seconds by default. Retries would take up to two minutes.
const COUNT_TIMEOUT: Duration = Duration::from_secs(8);

struct Exporter {
    client: Client,
    certificates: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: metrics_exporter ADDRESS CERTIFICATE_ID...")?;
    // One client for all scrapes, so that they share its connections, credentials and limits.
    let exporter = Exporter { client: Client::from_env()?, certificates: arguments.collect() };
    let router = Router::new().route("/metrics", get(metrics)).with_state(Arc::new(exporter));
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("{address}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

async fn metrics(State(exporter): State<Arc<Exporter>>) -> impl IntoResponse {
    let counts = exporter.certificates.iter().map(|certificate| count_devices(&exporter.client, certificate));
    let counts: Vec<_> = stream::iter(counts.collect::<Vec<_>>()).buffered(MAX_CONCURRENT).collect().await;
    let results = exporter.certificates.iter().zip(counts);
    let devices = results.clone().filter_map(|(certificate, count)| Some((certificate, count?)));
    let success = results.map(|(certificate, count)| (certificate, u64::from(count.is_some())));
    let text = gauge("iotda_certificate_devices", "Devices that use the certificate.", devices)
        + &gauge("iotda_certificate_success", "1 if the devices of the certificate could be counted.", success);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Returns the service's count of the devices that use a certificate, or `None` after a failure, which is logged.
async fn count_devices(client: &Client, certificate: &str) -> Option<u64> {
    let total = client.list_device_by_device_certificate(certificate).total();
    match timeout(COUNT_TIMEOUT, total).await {
        Ok(Ok(total)) => return Some(total),
        Ok(Err(error)) => eprintln!("{certificate}: {error}"),
        Err(_) => eprintln!("{certificate}: not counted within {COUNT_TIMEOUT:?}"),
    }
    None
}

/// Formats a gauge with one sample for each certificate, in the text format of Prometheus.
fn gauge<'a>(name: &str, help: &str, samples: impl Iterator<Item = (&'a String, u64)>) -> String {
    let samples = samples.map(|(certificate, value)| {
        let label = certificate.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        format!("{name}{{certificate=\"{label}\"}} {value}\n")
    });
    format!("# HELP {name} {help}\n# TYPE {name} gauge\n") + &samples.collect::<String>()
}
