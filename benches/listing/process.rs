//! Runs the server and the measurements in separate processes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use huaweicloud_iotda::mock::MockServer;

use crate::reading::CERTIFICATE;

/// A server in a separate process, which is killed when the value is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint: String,
}

impl Server {
    pub(crate) fn start(devices: usize) -> Self {
        let command = ["serve", &devices.to_string()];
        let mut process = current_program(&command).stdin(Stdio::piped()).spawn().expect("a process");
        let mut endpoint = String::new();
        let output = process.stdout.as_mut().expect("standard output");
        BufReader::new(output).read_line(&mut endpoint).expect("an endpoint");
        Self { process, endpoint: endpoint.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("a running process");
        self.process.wait().expect("an exit status");
    }
}

/// Serves this number of devices until standard input ends.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn serve(devices: usize) {
    let server = MockServer::start().await.expect("a port on 127.0.0.1");
    server.add_certificate(CERTIFICATE);
    server.add_sample_devices(CERTIFICATE, devices);
    println!("{}", server.endpoint());
    let input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    input.await.expect("a thread").expect("standard input");
}

/// The result of a measurement.
pub(crate) struct Measurement {
    pub(crate) devices: usize,
    pub(crate) cpu_us: f64,
    pub(crate) peak_kib: f64,
}

/// Runs a measurement in a separate process.
pub(crate) fn run(arguments: &[&str]) -> Measurement {
    let output = current_program(arguments).output().expect("a process");
    let text = String::from_utf8(output.stdout).expect("text");
    let numbers: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let [devices, cpu_us, peak_kib] = numbers[..] else {
        panic!("{arguments:?} printed {text:?}: {}", String::from_utf8_lossy(&output.stderr))
    };
    Measurement { devices: devices as usize, cpu_us, peak_kib }
}

/// Runs a function and prints the CPU time and peak memory of this process.
pub(crate) fn report(measured: impl FnOnce() -> usize) {
    let devices = measured();
    // The first number is the CPU time in nanoseconds. The process has one thread.
    let schedule = fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let cpu_ns: f64 = schedule.split(' ').next().and_then(|text| text.parse().ok()).expect("a number");
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kib = peak.trim().trim_end_matches(" kB");
    println!("{devices} {} {peak_kib}", cpu_ns / 1_000.0);
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn current_program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.args(arguments).stdout(Stdio::piped());
    command
}
