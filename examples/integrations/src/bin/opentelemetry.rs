//! Traces, and a histogram of the request durations, sent to an OpenTelemetry collector. The program counts the devices of
//! the certificates in the arguments. Environment variables configure its client, see `Client::from_env`.
//!
//! ```sh
//! export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_SERVICE_NAME=device-count
//! cargo run --manifest-path examples/integrations/Cargo.toml --bin opentelemetry -- 61c970ce2d63eb6ee655dbf0
//! ```

use std::error::Error;
use std::fmt;

use huaweicloud_iotda::Client;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> Result<(), Box<dyn Error>> {
    // Each exporter runs on a separate thread, and reads the endpoint from the variables of OpenTelemetry.
    let spans = SpanExporter::builder().with_http().build()?;
    let traces = SdkTracerProvider::builder().with_batch_exporter(spans).build();
    let metrics = MetricExporter::builder().with_http().build()?;
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(metrics).build();

    // Only this crate: the exporters themselves use tracing, too.
    let iotda = Targets::new().with_target("huaweicloud_iotda", Level::DEBUG);
    let layer = tracing_opentelemetry::layer().with_location(false).with_threads(false);
    tracing_subscriber::registry()
        .with(layer.with_tracer(traces.tracer("device-count")).with_filter(iotda.clone()))
        .with(RequestDuration::new(&metrics.meter("device-count")).with_filter(iotda))
        .init();

    let result = tokio::runtime::Runtime::new()?.block_on(count_devices());
    // Send what is still buffered, also after a failure.
    traces.shutdown()?;
    metrics.shutdown()?;
    result
}

async fn count_devices() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    for certificate_id in std::env::args().skip(1) {
        let devices = client.list_device_by_device_certificate(&*certificate_id).total().await?;
        println!("{certificate_id}: {devices} devices");
    }
    Ok(())
}

/// The histogram `http.client.request.duration` of OpenTelemetry's conventions, recorded from the events of finished
/// attempts.
struct RequestDuration(Histogram<f64>);

impl RequestDuration {
    fn new(meter: &Meter) -> Self {
        // The conventions advise these boundaries.
        let boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
        let histogram = meter.f64_histogram("http.client.request.duration").with_unit("s");
        Self(histogram.with_description("Duration of HTTP client requests.").with_boundaries(boundaries.into()).build())
    }
}

impl<S: Subscriber> Layer<S> for RequestDuration {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut attempt = Attempt::default();
        event.record(&mut attempt);
        if let Some(milliseconds) = attempt.milliseconds {
            self.0.record(milliseconds as f64 / 1000.0, &attempt.attributes);
        }
    }
}

/// The fields of an event that the histogram needs. Only the event of a finished attempt has a duration.
#[derive(Default)]
struct Attempt {
    milliseconds: Option<i64>,
    attributes: Vec<KeyValue>,
}

impl Visit for Attempt {
    fn record_i64(&mut self, field: &Field, value: i64) {
        match field.name() {
            "iotda.duration_ms" => self.milliseconds = Some(value),
            name @ ("http.response.status_code" | "server.port") => self.attributes.push(KeyValue::new(name, value)),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let name @ ("http.request.method" | "server.address" | "error.type") = field.name() {
            self.attributes.push(KeyValue::new(name, value.to_owned()));
        }
    }

    // A text that is formatted, such as `error.type`.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
