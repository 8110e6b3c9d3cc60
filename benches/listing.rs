//! What this crate costs above the network: listings, against a loop written by hand on the same HTTP client.
//!
//! Each measurement is a process of its own, and so is the server; compared are ratios within one run. It reads Linux's
//! `/proc`. `cargo bench --features mock --bench listing` prints the table of README.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a program")]

#[path = "listing/process.rs"]
mod process;
#[path = "listing/reading.rs"]
mod reading;

use process::{Cost, Server, median, run};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", devices, delay_ms] => process::serve(number(devices), number(delay_ms)),
        ["ours", endpoint, concurrency] => process::report(|| reading::ours(endpoint, number(concurrency) as u32)),
        ["by-hand", endpoint] => process::report(|| reading::by_hand(endpoint)),
        _ => table(),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn table() {
    println!("| measured | result |");
    println!("|---|---|");
    overhead();
    latency();
    memory();
    growth();
}

/// How many times as much as the loop by hand, of the processor's time, to read 2,000 pages: both in turn.
fn overhead() {
    let server = Server::start(100_000, 0);
    let rounds: Vec<(Cost, Cost)> =
        (0..25).map(|_| (run(&["ours", &server.endpoint, "1"]), run(&["by-hand", &server.endpoint]))).collect();
    assert!(rounds.iter().all(|(ours, by_hand)| ours.devices == 100_000 && by_hand.devices == 100_000));
    // Starting, which is mostly reading root certificates, costs both the same.
    let start = start();
    let ratio = median(rounds.iter().map(|(ours, by_hand)| (ours.cpu_us - start) / (by_hand.cpu_us - start)));
    let page = median(rounds.iter().map(|(ours, _)| (ours.cpu_us - start) / 2_000.0));
    println!(
        "| processor's time of 2,000 pages, against a loop written by hand | {ratio:.2} times ({page:.0} µs a page) |"
    );
}

/// The processor's time of a client that reads an empty listing, in microseconds.
fn start() -> f64 {
    let server = Server::start(0, 0);
    median((0..9).map(|_| run(&["ours", &server.endpoint, "1"]).cpu_us))
}

/// How many times faster eleven pages at once are than one, when an answer takes 20 ms.
fn latency() {
    let server = Server::start(220 * 50, 20);
    let wall = |concurrency| {
        let cost = run(&["ours", &server.endpoint, concurrency]);
        assert_eq!(cost.devices, 220 * 50);
        cost.wall_us
    };
    let (one, eleven) = (wall("1"), wall("11"));
    println!("| 220 pages at 20 ms an answer, `concurrency(11)` against 1 | {:.1} times faster |", one / eleven);
}

/// How much more memory a million devices take than ten thousand.
fn memory() {
    let peak = |devices| {
        let server = Server::start(devices, 0);
        let cost = run(&["ours", &server.endpoint, "1"]);
        assert_eq!(cost.devices, devices);
        cost.peak_kib
    };
    let (few, many) = (peak(10_000), peak(1_000_000));
    println!("| peak memory of 1,000,000 devices above that of 10,000 | {:.0} KiB |", many - few);
}

/// Time and memory a page as listings grow.
fn growth() {
    let pages = [10, 100, 1_000, 10_000];
    let start = start();
    let (mut times, mut peaks) = (Vec::new(), Vec::new());
    for pages in pages {
        let server = Server::start(pages * 50, 0);
        let costs: Vec<_> = (0..9).map(|_| run(&["ours", &server.endpoint, "1"])).collect();
        times.push(format!("{:.0}", (median(costs.iter().map(|cost| cost.cpu_us)) - start) / pages as f64));
        peaks.push(format!("{:.1}", median(costs.iter().map(|cost| cost.peak_kib)) / 1024.0));
    }
    println!("| µs of the processor a page, at 10, 100, 1,000 and 10,000 pages | {} |", times.join(", "));
    println!("| peak memory at as many, MiB | {} |", peaks.join(", "));
}
