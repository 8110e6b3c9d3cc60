//! What decoding a page and signing a request take, without any network.
//!
//! `cargo bench --features mock --bench compute` times them; `benches/instructions` counts their instructions, which are the
//! same on every run: for it, the program does one of them so many times.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a program")]

#[allow(dead_code, reason = "what the client alone needs")]
#[path = "../src/auth/signer.rs"]
mod signer;

use std::hint::black_box;
use std::time::Instant;

use huaweicloud_iotda::mock::sample_device;
use huaweicloud_iotda::types::DeviceList;
use serde::Deserialize;
use signer::{Parts, Scheme};

/// The same fields as the generated types, as somebody would write them by hand.
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

/// A page of 50 devices, as the service writes it.
fn page() -> Vec<u8> {
    let devices: Vec<_> = (1..=50).map(sample_device).collect();
    let page = serde_json::json!({"count": 12_345, "marker": "66178add3b98944277731d0a"});
    serde_json::json!({"devices": devices, "page": page}).to_string().into_bytes()
}

fn decode(page: &[u8]) {
    black_box(serde_json::from_slice::<DeviceList>(black_box(page)).expect("a page"));
}

fn decode_plain(page: &[u8]) {
    black_box(serde_json::from_slice::<PlainList>(black_box(page)).expect("a page"));
}

/// A request for a page of devices, by the derived kind of signature, which takes longer than the standard one.
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
    let page = page();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["decode", times] => repeat(times, || decode(&page)),
        ["sign", times] => repeat(times, sign),
        _ => table(&page),
    }
}

fn repeat(times: &str, work: impl Fn()) {
    (0..times.parse().expect("a number")).for_each(|_| work());
}

fn table(page: &[u8]) {
    let mut rounds: Vec<(f64, f64)> =
        (0..51).map(|_| (micros(|| decode(page)), micros(|| decode_plain(page)))).collect();
    rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, plain) = rounds[rounds.len() / 2];
    let mut signing: Vec<_> = (0..51).map(|_| micros(sign)).collect();
    signing.sort_by(f64::total_cmp);
    println!("| measured | result |");
    println!("|---|---|");
    println!("| decoding a page of 50 devices, against plain structs | {:.2} times ({ours:.0} µs) |", ours / plain);
    println!("| signing a request | {:.1} µs |", signing[signing.len() / 2]);
}

/// How long one of two hundred takes.
fn micros(work: impl Fn()) -> f64 {
    let started = Instant::now();
    (0..200).for_each(|_| work());
    started.elapsed().as_secs_f64() * 1e6 / 200.0
}
