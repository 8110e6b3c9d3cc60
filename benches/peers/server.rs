//! The server: the mock, with a latency for each response.

use std::io::Read;
use std::time::Duration;

use fastrand::Rng;
use huaweicloud_iotda::mock::{Faults, MockResponse, MockServer};

/// More requests than a program sends to a server with jitter.
const JITTERED_REQUESTS: usize = 5_000;

/// Serves until standard input ends. The certificates are named `certificate-1` and so on, and have this number of devices
/// each. Each response is delayed by the latency, with jitter by an exponentially distributed time in addition, whose mean
/// is the jitter.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn serve(certificates: usize, devices: usize, latency_ms: u64, jitter_ms: u64) {
    let server = MockServer::start().await.expect("a port on 127.0.0.1");
    let variable = |name| std::env::var(name).expect("an access key");
    server.add_access_key(variable("HUAWEICLOUD_SDK_AK"), variable("HUAWEICLOUD_SDK_SK"));
    server.set_max_recorded_requests(0);
    for number in 1..=certificates {
        server.add_sample_devices(format!("certificate-{number}"), devices);
    }
    let latency = Duration::from_millis(latency_ms);
    if jitter_ms == 0 {
        server.set_faults(Faults::default().latency(latency));
    } else {
        let mut random = Rng::with_seed(7);
        for _ in 0..JITTERED_REQUESTS {
            let jitter = Duration::from_millis(jitter_ms).mul_f64(-(1.0 - random.f64()).ln());
            server.enqueue(MockResponse::pass_through().delay(latency + jitter));
        }
    }
    println!("{}", server.endpoint());
    let input = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    input.await.expect("a thread").expect("standard input");
}
