//! The soak: a long listing of a service that fails now and then, while records come and go. Every record that is there
//! throughout is read exactly once, and memory stays flat.
//!
//! Its length and its seed are read from the variables `IOTDA_SOAK_RECORDS` and `IOTDA_SOAK_SEED`; CONTRIBUTING.md has the
//! command for a million records.

#![cfg(feature = "mock")]
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, thread};

use allocation_counter::measure;
use futures::TryStreamExt;
use huaweicloud_iotda::mock::{MockResponse, MockServer, sample_device};
use huaweicloud_iotda::types::Marker;
use huaweicloud_iotda::{Items, RetryPolicy, types::DeviceSimple};
use support::elsewhere::{runtime, serve_elsewhere};
use support::{CERTIFICATE, without_roots};

const LIMIT: usize = 50;
/// The run is looked at in so many parts.
const PARTS: usize = 100;
/// How many answers of a hundred are faulty.
const FAULTY: f64 = 5.0;
/// Every tenth record may be removed while the listing is read; the others stay.
const REMOVABLE: usize = 10;

fn number(variable: &str, otherwise: usize) -> usize {
    env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// Faults of a service that is otherwise well.
fn fault(random: &mut fastrand::Rng) -> MockResponse {
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

/// Adds and removes records while the listing is read: at its top, and in its middle above and below the reader.
struct Churn {
    server: Arc<MockServer>,
    removable: Vec<Marker>,
    next: usize,
    random: fastrand::Rng,
}

impl Churn {
    fn turn(&mut self) {
        if !self.removable.is_empty() {
            let record = self.removable.swap_remove(self.random.usize(..self.removable.len()));
            self.server.remove_device(CERTIFICATE, &record);
            // An old device switches to this certificate: its record lies where one was removed.
            if self.random.bool() {
                let device = self.new_device();
                self.server.insert_device(CERTIFICATE, &record, device);
            }
        }
        let device = self.new_device();
        self.server.add_device(CERTIFICATE, device);
    }

    fn new_device(&mut self) -> DeviceSimple {
        self.next += 1;
        sample_device(self.next)
    }
}

#[test]
fn every_record_that_is_there_throughout_is_read_exactly_once() {
    let records = number("IOTDA_SOAK_RECORDS", 20_000);
    let seed = number("IOTDA_SOAK_SEED", 1) as u64;
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = serve_elsewhere(move |server| {
        let all = server.add_sample_devices(CERTIFICATE, records);
        let removable: Vec<_> = all.into_iter().skip(REMOVABLE - 1).step_by(REMOVABLE).collect();
        let mut random = fastrand::Rng::with_seed(seed);
        // More than there will be requests.
        for _ in 0..records / LIMIT * 5 / 4 + 100 {
            let faulty = random.f64() * 100.0 < FAULTY;
            server.enqueue(if faulty { fault(&mut random) } else { MockResponse::pass_through() });
        }
        sender.send(removable).expect("the test waits for it");
    });
    let server = Arc::new(server);
    let removable = receiver.recv().expect("what may be removed");
    let may_go = removable.len();
    let mut churn =
        Churn { server: server.clone(), removable, next: records, random: fastrand::Rng::with_seed(seed + 1) };
    let (pages_read, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let churning = thread::spawn({
        let (pages_read, done) = (pages_read.clone(), done.clone());
        move || {
            let mut turns = 0;
            while !done.load(Ordering::Acquire) {
                while turns < pages_read.load(Ordering::Acquire) * may_go / (records / LIMIT).max(1) {
                    churn.turn();
                    turns += 1;
                }
                thread::park();
            }
            turns
        }
    });

    let retry = RetryPolicy::default().max_attempts(20).initial_backoff(Duration::from_millis(1));
    let client = without_roots(server.builder()).retry_policy(retry).build().unwrap();
    let runtime = runtime();
    let mut devices = client.list_device_by_device_certificate(CERTIFICATE).items();
    // How often each was read; those that were added while it was read have higher numbers.
    let mut read = vec![0_u8; 3 * records];
    let mut ended = false;
    let (mut kept, mut peaks) = (0, Vec::with_capacity(1_000));
    while !ended {
        let memory = measure(|| {
            ended = runtime.block_on(read_some(&mut devices, &mut read, records / PARTS));
        });
        peaks.push(kept + memory.bytes_max as i64);
        kept += memory.bytes_current;
        pages_read.fetch_add(records / PARTS / LIMIT, Ordering::Release);
        churning.thread().unpark();
    }
    done.store(true, Ordering::Release);
    churning.thread().unpark();
    let turns = churning.join().expect("the churn");

    let stays = |number: usize| number <= records && !number.is_multiple_of(REMOVABLE);
    for (number, times) in read.iter().enumerate().skip(1) {
        let right = if stays(number) { *times == 1 } else { *times <= 1 };
        assert!(right, "device {number} was read {times} times");
    }
    let requests = server.requests().len();
    let most = |parts: &[i64]| parts.iter().copied().max().unwrap_or_default();
    let (first, rest) = (most(&peaks[..PARTS / 10]), most(&peaks[PARTS / 10..]));
    println!(
        "{records} records, {requests} requests, {turns} changes meanwhile; at most {first} bytes in the first tenth, \
         {rest} after it"
    );
    assert!(requests > records / LIMIT * 102 / 100, "{requests} requests: were there no faults?");
    assert!(turns > records / REMOVABLE / 2, "{turns} changes only");
    assert!(rest <= first * 5 / 4, "memory grew from {first} to {rest} bytes: {peaks:?}");
}

/// Reads so many devices and counts each; says whether the listing is at its end.
async fn read_some(devices: &mut Items<DeviceSimple>, read: &mut [u8], count: usize) -> bool {
    for _ in 0..count {
        let Some(device) = devices.try_next().await.expect("every fault passes") else { return true };
        let name = device.device_name.expect("a name");
        let number: usize = name.trim_start_matches("sample-device-").parse().expect("a number");
        read[number] += 1;
    }
    false
}
