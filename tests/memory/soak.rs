//! Soak test: reads a long listing from a server that sometimes fails, while records are added and removed. Every
//! record that is not removed is read exactly once, and memory usage stays constant.
//!
//! The environment variables `IOTDA_SOAK_RECORDS` and `IOTDA_SOAK_SEED` set the number of records and the random seed.
//! `.ci/full` runs the test with a million records.

#![allow(clippy::print_stdout, reason = "reports the memory")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, thread};

use allocation_counter::measure;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use huaweicloud_iotda::{Items, RetryPolicy};

use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, without_root_certificates};

const RECORDS_PER_PAGE: usize = 50;
/// Memory is measured in this number of parts of the run.
const PARTS: usize = 100;
const FAULT_PERCENT: f64 = 5.0;
/// Every tenth record can be removed during the run; the others stay.
const REMOVABLE_INTERVAL: usize = 10;

fn env_number(variable: &str, default: usize) -> usize {
    env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

/// Returns a random transient fault.
fn random_fault(random: &mut fastrand::Rng) -> MockResponse {
    let page = serde_json::json!({"devices": [], "page": {"count": 0}});
    match random.u8(0..10) {
        0 => MockResponse::disconnect(),
        1 => MockResponse::disconnect().with_reset(),
        2 => MockResponse::new(200).json(&page).truncate_body(),
        3 => MockResponse::new(200).json(&page).truncate_body().with_reset(),
        4 => MockResponse::new(500),
        5 => MockResponse::new(502).header("Content-Type", "text/html").body("<html>Bad Gateway</html>"),
        6 => MockResponse::new(503).header("Retry-After", "0"),
        7 => MockResponse::new(504),
        8 => MockResponse::new(429).json(&serde_json::json!({"error_code": "APIGW.0308", "error_msg": "Later."})),
        _ => MockResponse::new(403).json(&serde_json::json!({"error_code": "IOTDA.021101", "error_msg": "Later."})),
    }
}

/// Changes the listing while it is read: adds records at its start, and removes or replaces records in its middle,
/// before and after the position of the reader.
struct Churn {
    server: Arc<MockServer>,
    removable: Vec<Marker>,
    last_number: usize,
    random: fastrand::Rng,
}

impl Churn {
    fn change(&mut self) {
        if !self.removable.is_empty() {
            let record = self.removable.swap_remove(self.random.usize(..self.removable.len()));
            self.server.remove_device(CERTIFICATE, &record);
            // An old device switches to this certificate: its record replaces a removed one.
            if self.random.bool() {
                let device = self.new_device();
                self.server.insert_device(CERTIFICATE, &record, device);
            }
        }
        let device = self.new_device();
        self.server.add_device(CERTIFICATE, device);
    }

    fn new_device(&mut self) -> DeviceSimple {
        self.last_number += 1;
        sample_device(self.last_number)
    }
}

#[test]
fn records_that_stay_are_read_exactly_once_in_constant_memory() {
    let records = env_number("IOTDA_SOAK_RECORDS", 20_000);
    let seed = env_number("IOTDA_SOAK_SEED", 1) as u64;
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = server_on_thread(move |server| {
        let all = server.add_sample_devices(CERTIFICATE, records);
        let removable: Vec<_> = all.into_iter().skip(REMOVABLE_INTERVAL - 1).step_by(REMOVABLE_INTERVAL).collect();
        let mut random = fastrand::Rng::with_seed(seed);
        // More responses than requests.
        for _ in 0..records / RECORDS_PER_PAGE * 5 / 4 + 100 {
            let faulty = random.f64() * 100.0 < FAULT_PERCENT;
            server.enqueue(if faulty { random_fault(&mut random) } else { MockResponse::pass_through() });
        }
        sender.send(removable).expect("the test waits for the records");
    });
    let server = Arc::new(server);
    let removable = receiver.recv().expect("the removable records");
    let removable_count = removable.len();
    let mut churn =
        Churn { server: server.clone(), removable, last_number: records, random: fastrand::Rng::with_seed(seed + 1) };
    let (pages_read, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let churn_thread = thread::spawn({
        let (pages_read, done) = (pages_read.clone(), done.clone());
        move || {
            let mut changes = 0;
            while !done.load(Ordering::Acquire) {
                while changes
                    < pages_read.load(Ordering::Acquire) * removable_count / (records / RECORDS_PER_PAGE).max(1)
                {
                    churn.change();
                    changes += 1;
                }
                thread::park();
            }
            changes
        }
    });

    let retry = RetryPolicy::default().max_attempts(20).initial_backoff(Duration::from_millis(1));
    let client = without_root_certificates(server.builder()).retry_policy(retry).build().unwrap();
    let runtime = runtime();
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    // The number of times that each device was read. Devices that are added during the run have higher numbers.
    let mut times_read = vec![0_u8; 3 * records];
    let mut ended = false;
    let (mut allocated, mut peaks) = (0, Vec::with_capacity(1_000));
    while !ended {
        let memory = measure(|| {
            ended = runtime.block_on(read_some(&mut devices, &mut times_read, records / PARTS));
        });
        peaks.push(allocated + memory.bytes_max as i64);
        allocated += memory.bytes_current;
        pages_read.fetch_add(records / PARTS / RECORDS_PER_PAGE, Ordering::Release);
        churn_thread.thread().unpark();
    }
    done.store(true, Ordering::Release);
    churn_thread.thread().unpark();
    let changes = churn_thread.join().expect("no panic");

    let stays = |number: usize| number <= records && !number.is_multiple_of(REMOVABLE_INTERVAL);
    for (number, times) in times_read.iter().enumerate().skip(1) {
        let correct = if stays(number) { *times == 1 } else { *times <= 1 };
        assert!(correct, "device {number} was read {times} times");
    }
    let requests = server.request_count();
    let maximum = |parts: &[i64]| parts.iter().copied().max().unwrap_or_default();
    let (first, rest) = (maximum(&peaks[..PARTS / 10]), maximum(&peaks[PARTS / 10..]));
    println!(
        "{records} records, {requests} requests, {changes} changes; memory peak {first} bytes in the first \
         tenth of the run, {rest} bytes after it"
    );
    assert!(requests > records / RECORDS_PER_PAGE * 102 / 100, "{requests} requests: too few faults");
    assert!(changes > records / REMOVABLE_INTERVAL / 2, "only {changes} changes");
    assert!(rest <= first * 5 / 4, "memory grew from {first} to {rest} bytes: {peaks:?}");
}

/// Reads up to `count` devices and counts each. Returns true at the end of the listing.
async fn read_some(devices: &mut Items<DeviceSimple>, times_read: &mut [u8], count: usize) -> bool {
    for _ in 0..count {
        let Some(device) = devices.try_next().await.expect("all faults are transient") else { return true };
        let name = device.device_name.expect("a device name");
        let number: usize = name.trim_start_matches("sample-device-").parse().expect("a number");
        times_read[number] += 1;
    }
    false
}
