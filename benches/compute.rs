//! Benchmarks of decoding a page and of signing a request, without a network.
//!
//! `cargo bench --features mock --bench compute` measures the time. `benches/instructions` counts the instructions,
//! which are the same on every run; it passes the name of the operation and the number of repetitions.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

#[allow(dead_code, reason = "used only by the client")]
#[path = "../src/auth/signer.rs"]
mod signer;

use std::hint::black_box;
use std::time::Instant;

use huaweicloud_iotda::mock::sample_device;
use huaweicloud_iotda::types::DeviceList;
use serde::Deserialize;
use signer::{Parts, Scheme};

/// Hand-written structs with the same fields as the generated types.
#[derive(Deserialize)]
#[allow(dead_code, reason = "they are decoded, not read")]
struct PlainList {
    devices: Option<Vec<PlainDevice>>,
    page: Option<PlainPage>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are decoded, not read")]
struct PlainDevice {
    app_id: Option<String>,
    device_id: Option<String>,
    node_id: Option<String>,
    gateway_id: Option<String>,
    device_name: Option<String>,
    product_id: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are decoded, not read")]
struct PlainPage {
    count: Option<i64>,
    marker: Option<String>,
}

/// Returns the JSON of a page of 50 devices, in the format of the service.
fn page_json() -> Vec<u8> {
    let devices: Vec<_> = (1..=50).map(sample_device).collect();
    let page = serde_json::json!({"count": 12_345, "marker": "66178add3b98944277731d0a"});
    serde_json::json!({"devices": devices, "page": page}).to_string().into_bytes()
}

/// Decodes a page like `src/http/decode.rs`.
fn decode(page: &[u8]) {
    let text = str::from_utf8(black_box(page)).expect("text");
    black_box(serde_json::from_str::<DeviceList>(text).expect("a page"));
}

fn decode_plain(page: &[u8]) {
    black_box(serde_json::from_slice::<PlainList>(black_box(page)).expect("a page"));
}

/// Signs a request for a page of devices with the derived signing algorithm, which is slower than the standard one.
fn sign() {
    let date = "20260101T000000Z";
    let body = br#"{"limit":50,"marker":"66178add3b98944277731d0a"}"#;
    let headers = [
        ("host", "9bc34xxxxx.st1.iotda-app.cn-north-4.myhuaweicloud.com"),
        ("content-type", "application/json"),
        ("x-project-id", "0123456789abcdef0123456789abcdef"),
        ("x-sdk-date", date),
    ];
    let parts = Parts {
        method: "POST",
        path: "/v5/iot/0123456789abcdef0123456789abcdef/device-certificates/61c970ce2d63eb6ee655dbf0/list-device",
        query: Vec::new(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body,
    };
    let scheme = Scheme::Derived { region: "cn-north-4", service: signer::SERVICE };
    let (canonical, signed_headers) = signer::canonical_request(black_box(&parts));
    let key = scheme.signing_key("ACCESSKEYOFTWENTYONE", "a-secret-key-of-forty-characters-or-so", date);
    let signature = signer::signature(&key, &scheme.string_to_sign(date, &canonical));
    black_box(scheme.authorization("ACCESSKEYOFTWENTYONE", date, &signed_headers, &signature));
}

fn main() {
    let page = page_json();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["decode", times] => repeat(times, || decode(&page)),
        ["sign", times] => repeat(times, sign),
        _ => print_table(&page),
    }
}

fn repeat(times: &str, operation: impl Fn()) {
    (0..times.parse().expect("a number")).for_each(|_| operation());
}

fn print_table(page: &[u8]) {
    let mut rounds: Vec<(f64, f64)> =
        (0..51).map(|_| (mean_micros(|| decode(page)), mean_micros(|| decode_plain(page)))).collect();
    rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, plain) = rounds[rounds.len() / 2];
    let mut signing: Vec<_> = (0..51).map(|_| mean_micros(sign)).collect();
    signing.sort_by(f64::total_cmp);
    println!("# compute");
    println!("| measurement | result |");
    println!("|---|---|");
    println!(
        "| decoding a page of 50 devices, compared with `serde_json::from_slice` into plain structs | {:.2} times ({ours:.0} \
         µs) |",
        ours / plain
    );
    println!("| signing a request | {:.1} µs |", signing[signing.len() / 2]);
}

/// Returns the mean time of the operation in microseconds.
fn mean_micros(operation: impl Fn()) -> f64 {
    const REPETITIONS: u32 = 200;
    let started = Instant::now();
    (0..REPETITIONS).for_each(|_| operation());
    started.elapsed().as_secs_f64() * 1e6 / f64::from(REPETITIONS)
}
