//! Callers that wait for the rate limit: first come, first served. Canceled callers leave the queue.

use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, Error};

use crate::support::manual_time::ManualTime;
use crate::support::server_thread::server_on_thread;
use crate::support::without_root_certificates;

const RATE: u32 = 20;
const CALLERS: usize = 12;
/// Ends a test that would otherwise hang.
const HANGS: Duration = Duration::from_secs(20);

type CallFuture = Pin<Box<dyn Future<Output = Result<u64, Error>>>>;

pub(super) struct Queue<'a> {
    server: MockServer,
    time: &'a ManualTime,
    client: Client,
    random: fastrand::Rng,
    /// The callers that wait, in the order of arrival.
    waiting: Vec<(String, CallFuture)>,
    served: Vec<CallFuture>,
    arrived: usize,
}

impl<'a> Queue<'a> {
    pub(super) fn new(time: &'a ManualTime, random: fastrand::Rng) -> Self {
        let server = server_on_thread(|_| ());
        let client = without_root_certificates(server.builder()).rate_limit(RATE).build().unwrap();
        Self { server, time, client, random, waiting: Vec::new(), served: Vec::new(), arrived: 0 }
    }

    /// Lets callers arrive and cancels some of them, while one permit after another is issued.
    pub(super) async fn check_order(mut self) {
        while self.arrived < CALLERS || !self.waiting.is_empty() {
            for _ in 0..self.random.usize(..4).min(CALLERS - self.arrived) {
                self.arrive();
            }
            if self.waiting.len() > 1 && self.random.u8(..3) == 0 {
                drop(self.waiting.remove(self.random.usize(..self.waiting.len())));
            }
            if !self.waiting.is_empty() {
                self.serve_first().await;
            }
            self.time.advance(Duration::from_secs(1) / RATE);
            self.time.catch_up().await;
        }
    }

    /// Each caller asks for another certificate, so that the server can tell them apart.
    fn arrive(&mut self) {
        let certificate = format!("{:024x}", self.arrived);
        let request = self.client.list_device_by_device_certificate(certificate.clone());
        self.waiting.push((certificate, Box::pin(request.total())));
        self.arrived += 1;
    }

    /// Polls all callers until the server receives a request, which must be that of the first caller.
    async fn serve_first(&mut self) {
        let (before, started) = (self.server.request_count(), Instant::now());
        // They arrive in order, but may be polled in any order later.
        for (_, call) in &mut self.waiting {
            let _ = futures::poll!(call);
        }
        while self.server.request_count() == before {
            assert!(started.elapsed() < HANGS, "no caller is served");
            self.poll_all().await;
            tokio::task::yield_now().await;
        }
        let (certificate, call) = self.waiting.remove(0);
        let served = self.server.requests().pop().unwrap().target;
        assert!(served.contains(&certificate), "{served} is served before {certificate}");
        self.served.push(call);
    }

    async fn poll_all(&mut self) {
        let mut order: Vec<_> = self.waiting.iter_mut().map(|(_, call)| call).collect();
        self.random.shuffle(&mut order);
        for call in order {
            let _ = futures::poll!(call);
        }
        let mut pending = Vec::new();
        for mut call in self.served.drain(..) {
            if let Poll::Pending = futures::poll!(&mut call) {
                pending.push(call);
            }
        }
        self.served = pending;
    }
}
