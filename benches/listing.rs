//! Benchmarks of listings, compared with a hand-written loop on the same HTTP client.
//!
//! Each measurement and the server run in separate processes. The results are ratios within one run. It reads `/proc`,
//! so it needs Linux. `cargo bench --features mock --bench listing` prints the table of `docs/performance.md`.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

#[path = "listing/process.rs"]
mod process;
#[path = "listing/reading.rs"]
mod reading;

use process::{Measurement, Server, median, run};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", devices] => process::serve(number(devices)),
        ["crate", endpoint] => process::report(|| reading::with_crate(endpoint)),
        ["by-hand", endpoint] => process::report(|| reading::by_hand(endpoint)),
        _ => print_table(),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn print_table() {
    println!("# listing");
    println!("| measurement | result |");
    println!("|---|---|");
    overhead();
    memory();
    growth();
}

/// Prints the ratio of the CPU time for 2,000 pages to that of the hand-written loop. Both run alternately.
fn overhead() {
    let server = Server::start(100_000);
    let rounds: Vec<(Measurement, Measurement)> =
        (0..25).map(|_| (run(&["crate", &server.endpoint]), run(&["by-hand", &server.endpoint]))).collect();
    assert!(rounds.iter().all(|(ours, by_hand)| ours.devices == 100_000 && by_hand.devices == 100_000));
    // The startup takes about the same time in both.
    let startup = startup_cpu_us();
    let ratio = median(rounds.iter().map(|(ours, by_hand)| (ours.cpu_us - startup) / (by_hand.cpu_us - startup)));
    let page = median(rounds.iter().map(|(ours, _)| (ours.cpu_us - startup) / 2_000.0));
    println!(
        "| CPU time for 2,000 pages with a token, compared with a hand-written loop on the same HTTP client | {ratio:.2} \
         times ({page:.0} µs per page) |"
    );
}

/// Returns the CPU time of a process that reads an empty listing, in microseconds.
fn startup_cpu_us() -> f64 {
    let server = Server::start(0);
    median((0..9).map(|_| run(&["crate", &server.endpoint]).cpu_us))
}

/// Prints the difference of the peak memory between a million and ten thousand devices.
fn memory() {
    let peak = |devices| {
        let server = Server::start(devices);
        let result = run(&["crate", &server.endpoint]);
        assert_eq!(result.devices, devices);
        result.peak_kib
    };
    let (few, many) = (peak(10_000), peak(1_000_000));
    println!("| peak memory for 1,000,000 devices, minus that for 10,000 devices | {:.0} KiB |", many - few);
}

/// Prints the CPU time per page and the peak memory of listings of increasing length.
fn growth() {
    let pages = [10, 100, 1_000, 10_000];
    let startup = startup_cpu_us();
    let (mut times, mut peaks) = (Vec::new(), Vec::new());
    for pages in pages {
        let server = Server::start(pages * 50);
        let results: Vec<_> = (0..9).map(|_| run(&["crate", &server.endpoint])).collect();
        times.push(format!("{:.0}", (median(results.iter().map(|result| result.cpu_us)) - startup) / pages as f64));
        peaks.push(format!("{:.1}", median(results.iter().map(|result| result.peak_kib)) / 1024.0));
    }
    println!("| CPU time per page for 10, 100, 1,000 and 10,000 pages, µs | {} |", times.join(", "));
    println!("| peak memory for 10, 100, 1,000 and 10,000 pages, MiB | {} |", peaks.join(", "));
}
