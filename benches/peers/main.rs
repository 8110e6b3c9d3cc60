//! The server and the Rust programs of the comparison with the vendor's SDKs; `benches/peers/run` builds and runs them.
//!
//! | arguments | program |
//! |---|---|
//! | `serve CERTIFICATES DEVICES LATENCY_MS JITTER_MS` | a server; prints its endpoint, and serves until standard input ends |
//! | `crate ENDPOINT CERTIFICATE CONCURRENCY` | lists the devices of a certificate with this crate |
//! | `crate-many ENDPOINT WORKERS CERTIFICATE...` | lists the devices of many certificates with this crate |
//! | `crate-first-page ENDPOINT CERTIFICATE` | requests one page with this crate |
//! | `by-hand ENDPOINT CERTIFICATE` | a hand-written loop |
//!
//! The clients print the number of devices.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

mod by_hand;
mod ours;
mod server;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", certificates, devices, latency_ms, jitter_ms] => {
            let [certificates, devices, latency_ms, jitter_ms] =
                [certificates, devices, latency_ms, jitter_ms].map(number);
            server::serve(certificates, devices, latency_ms as u64, jitter_ms as u64);
        }
        ["crate", endpoint, certificate, concurrency] => {
            println!("{}", ours::list(endpoint, certificate, number(concurrency) as u32));
        }
        ["crate-many", endpoint, workers, ref certificates @ ..] => {
            println!("{}", ours::list_many(endpoint, number(workers), certificates));
        }
        ["crate-first-page", endpoint, certificate] => println!("{}", ours::first_page(endpoint, certificate)),
        ["by-hand", endpoint, certificate] => println!("{}", by_hand::list(endpoint, certificate)),
        _ => println!("Run it with benches/peers/run."),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}
