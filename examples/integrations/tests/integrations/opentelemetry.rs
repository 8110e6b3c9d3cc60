//! The example `opentelemetry`, with a collector that decodes what it exports.

use std::collections::BTreeMap;
use std::process::Output;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::Uri;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, metric::Data};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message;
use tokio::net::TcpListener;

use crate::program::{CERTIFICATE, command, mock_server};

/// The requests that a collector received: path and body.
type Received = Arc<Mutex<Vec<(String, Bytes)>>>;

/// Starts a collector, and returns its endpoint.
async fn start_collector(received: Received) -> String {
    let receive = async |State(received): State<Received>, uri: Uri, body: Bytes| {
        received.lock().expect("the lock").push((uri.path().to_owned(), body));
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    let endpoint = format!("http://{}", listener.local_addr().expect("a local address"));
    let router = Router::new().fallback(receive).with_state(received);
    tokio::spawn(async { axum::serve(listener, router).await });
    endpoint
}

/// The result of a run: the output, and everything that the collector received.
struct Run {
    output: Output,
    spans: Vec<Span>,
    metrics: Vec<Metric>,
    received: Vec<(String, Bytes)>,
}

async fn run(server: &MockServer) -> Run {
    let received = Received::default();
    let mut command = command(env!("CARGO_BIN_EXE_opentelemetry"), server);
    command.arg(CERTIFICATE).env("OTEL_EXPORTER_OTLP_ENDPOINT", start_collector(received.clone()).await);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("the example starts");
    let received = received.lock().expect("the lock").clone();
    let bodies = |path| received.iter().filter(move |(received, _)| received == path).map(|(_, body)| body.clone());
    let traces = bodies("/v1/traces").map(|body| ExportTraceServiceRequest::decode(body).expect("traces"));
    let spans = traces.flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
    let metrics = bodies("/v1/metrics").map(|body| ExportMetricsServiceRequest::decode(body).expect("metrics"));
    let metrics = metrics.flat_map(|request| request.resource_metrics).flat_map(|resource| resource.scope_metrics);
    Run {
        output,
        spans: spans.flat_map(|scope| scope.spans).collect(),
        metrics: metrics.flat_map(|scope| scope.metrics).collect(),
        received: received.clone(),
    }
}

/// The attributes of a span or a data point, formatted.
fn attributes(attributes: &[KeyValue]) -> BTreeMap<&str, String> {
    let text = |value: &KeyValue| match value.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => format!("{text:?}"),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.as_str(), text(attribute))).collect()
}

/// The data points of the only metric, by status.
fn data_points(metrics: &[Metric]) -> BTreeMap<String, &HistogramDataPoint> {
    let [metric] = metrics else { panic!("{metrics:?}") };
    assert_eq!((metric.name.as_str(), metric.unit.as_str()), ("http.client.request.duration", "s"));
    let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
    let points = histogram.data_points.iter();
    points.map(|point| (attributes(&point.attributes)["http.response.status_code"].clone(), point)).collect()
}

/// A server whose gateway fails once.
async fn server_with_one_failure() -> MockServer {
    let server = mock_server().await;
    server.enqueue(MockResponse::new(503).header("Retry-After", "0"));
    server
}

#[tokio::test]
async fn each_attempt_is_a_client_span_in_the_span_of_its_call() {
    let server = server_with_one_failure().await;
    let Run { output, spans, .. } = run(&server).await;
    assert!(output.status.success(), "{output:?}");
    let call = spans.iter().find(|span| span.name == "iotda.call").expect("a call");
    assert_eq!(attributes(&call.attributes)["iotda.operation"], "\"ListDeviceByDeviceCertificate\"");
    let attempts: Vec<_> = spans.iter().filter(|span| span.name == "iotda.attempt").collect();
    let [failed, succeeded] = attempts.as_slice() else { panic!("{spans:?}") };
    for (attempt, status) in [(failed, "503"), (succeeded, "200")] {
        assert_eq!((&attempt.parent_span_id, &attempt.trace_id), (&call.span_id, &call.trace_id));
        assert_eq!(attempt.kind, SpanKind::Client as i32);
        let attributes = attributes(&attempt.attributes);
        assert_eq!(attributes["http.request.method"], "\"POST\"");
        assert_eq!(attributes["server.address"], "\"127.0.0.1\"");
        assert_eq!(attributes["http.response.status_code"], status);
        assert!(attempt.start_time_unix_nano < attempt.end_time_unix_nano);
    }
    let status = |span: &Span| span.status.as_ref().map_or(StatusCode::Unset as i32, |status| status.code);
    assert_eq!((status(failed), status(succeeded)), (StatusCode::Error as i32, StatusCode::Unset as i32));
    assert_eq!(attributes(&failed.attributes)["error.type"], "\"503\"");
    assert_eq!(attributes(&failed.attributes).get("http.request.resend_count"), None);
    assert_eq!(attributes(&succeeded.attributes)["http.request.resend_count"], "1");
}

#[tokio::test]
async fn histogram_counts_the_attempts_by_status() {
    let server = server_with_one_failure().await;
    let Run { output, metrics, .. } = run(&server).await;
    assert!(output.status.success(), "{output:?}");
    let points = data_points(&metrics);
    assert_eq!(points.keys().map(String::as_str).collect::<Vec<_>>(), ["200", "503"]);
    for point in points.values() {
        assert_eq!(point.count, 1);
        assert_eq!(point.explicit_bounds.len(), 14);
        assert_eq!(attributes(&point.attributes)["server.address"], "\"127.0.0.1\"");
        assert_eq!(attributes(&point.attributes)["http.request.method"], "\"POST\"");
    }
    assert_eq!(attributes(&points["503"].attributes)["error.type"], "\"503\"");
    assert_eq!(attributes(&points["200"].attributes).get("error.type"), None);
}

#[tokio::test]
async fn span_of_the_call_contains_the_source_of_the_credential() {
    let server = mock_server().await;
    let Run { spans, .. } = run(&server).await;
    let mut events = spans.iter().flat_map(|span| &span.events);
    let event = events.find(|event| event.name == "credential obtained").expect("an event");
    assert_eq!(attributes(&event.attributes)["iotda.credential.source"], "\"HW_AUTH_TOKEN\"");
}

#[tokio::test]
async fn spans_of_a_failed_run_are_exported_without_ids_and_secrets() {
    let server = mock_server().await;
    server.enqueue(MockResponse::new(403));
    let Run { output, spans, received, .. } = run(&server).await;
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(spans.iter().filter(|span| span.name == "iotda.attempt").count(), 1);
    assert!(received.iter().any(|(path, _)| path == "/v1/traces"), "{received:?}");
    assert!(received.iter().any(|(path, _)| path == "/v1/metrics"), "{received:?}");
    for (path, body) in received {
        let body = String::from_utf8_lossy(&body);
        for value in [CERTIFICATE, MockServer::PROJECT_ID, MockServer::TOKEN] {
            assert!(!body.contains(value), "{path} contains {value}: {body}");
        }
    }
}
