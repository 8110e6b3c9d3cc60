//! Callers that wait for the rate limit: first come, first served. Canceled callers leave the queue.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{Client, Error};

use crate::support::manual_time::ManualTime;
use crate::support::server_thread::server_on_thread;
use crate::support::without_root_certificates;

const RATE: u32 = 20;
const CALLERS: usize = 12;
/// The number of polls after which the queue hangs if no caller was served.
const MAX_POLLS: usize = 200_000;

type CallFuture = Pin<Box<dyn Future<Output = Result<u64, Error>>>>;

pub(super) struct Queue<'a> {
    server: MockServer,
    time: &'a ManualTime,
    client: Client,
    random: fastrand::Rng,
    /// The callers that wait, in the order of arrival.
    waiting: Vec<(String, CallFuture)>,
    /// The calls that were sent; `None` after their end.
    served: Vec<Option<CallFuture>>,
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
            // None of them has a permit.
            if self.waiting.len() > 1 && self.random.u8(..3) == 0 {
                drop(self.waiting.remove(self.random.usize(..self.waiting.len())));
            }
            for _ in 0..self.random.usize(..4).min(CALLERS - self.arrived) {
                self.arrive().await;
            }
            if !self.waiting.is_empty() {
                self.serve_first().await;
            }
            self.time.advance(Duration::from_secs(1) / RATE);
            self.time.catch_up().await;
        }
    }

    /// Lets a caller arrive: it is polled for the first time. Each caller asks for another certificate, so that their requests
    /// differ.
    async fn arrive(&mut self) {
        let certificate = format!("{:024x}", self.arrived);
        let request = self.client.list_device_by_device_certificate(certificate.clone());
        let mut call: CallFuture = Box::pin(request.total());
        assert!(futures::poll!(&mut call).is_pending());
        self.waiting.push((certificate, call));
        self.arrived += 1;
    }

    /// Polls all callers until the server receives a request, which must be that of the first caller.
    async fn serve_first(&mut self) {
        for _ in 0..MAX_POLLS {
            if self.server.request_count() > self.served.len() {
                break;
            }
            self.poll_all().await;
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        assert_eq!(self.server.request_count(), self.served.len() + 1, "no caller is served");
        let (certificate, call) = self.waiting.remove(0);
        let served = self.server.requests().pop().unwrap().target;
        assert!(served.contains(&certificate), "{served} is served before {certificate}");
        self.served.push(Some(call));
    }

    /// Polls all callers, those that wait in random order.
    async fn poll_all(&mut self) {
        let mut order: Vec<_> = self.waiting.iter_mut().map(|(_, call)| call).collect();
        self.random.shuffle(&mut order);
        for call in order {
            let _ = futures::poll!(call);
        }
        for call in &mut self.served {
            if let Some(pending) = call
                && let Poll::Ready(_) = futures::poll!(pending)
            {
                *call = None;
            }
        }
    }
}
