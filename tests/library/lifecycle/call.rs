//! A call of a program, which is polled, completed or dropped.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{poll_fn, try_join_all};
use futures::stream::FuturesUnordered;
use huaweicloud_iotda::{Client, Error};

use super::world::{ATTEMPT_TIMEOUT, DEVICES};
use crate::support::manual_time::ManualTime;
use crate::support::{CERTIFICATE, sample_device_names, total};

/// The maximum time of a call: two attempts, each with the time to obtain the project and the credential, and the time to
/// wait for permits of calls that are not polled.
const TIME_LIMIT: Duration = ATTEMPT_TIMEOUT.saturating_mul(20);
/// The number of polls without an end after which the time advances. Before, the server may respond.
const POLLS: usize = 100;
/// The number of rounds of polls after which a call hangs, although it must succeed. It ends a test that would otherwise hang.
const MAX_ROUNDS: usize = 20_000;
/// A larger step would look like a pause of the caller.
const STEP: Duration = Duration::from_millis(900);
/// The calls of a storm.
const STORM: usize = 30;

pub(super) type CallFuture = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

pub(super) struct Call {
    pub(super) runtime: usize,
    pub(super) future: CallFuture,
    /// The maximum number of its requests in flight.
    pub(super) width: usize,
    /// Its success proves that the credential works: since it started, nothing happened that invalidates it.
    pub(super) proves: bool,
    /// It must succeed: a valid credential is cached, and the server does not fail.
    pub(super) must_succeed: bool,
    /// It may have received a failure of the server that invalidates the credential later.
    pub(super) may_invalidate: bool,
    /// The time slot in which it started.
    pub(super) slot: u32,
    /// The number of changes of the server before it started.
    pub(super) changes: usize,
}

/// Starts a random call; returns it with its maximum number of requests in flight.
pub(super) fn random_call(client: &Client, random: &mut fastrand::Rng) -> (CallFuture, usize) {
    let client = client.clone();
    match random.u8(..6) {
        0..=2 => (Box::pin(async move { count(&client).await }), 1),
        3 => (Box::pin(list(client, 1)), 1),
        4 => (Box::pin(list(client, 3)), 3),
        _ => {
            let storm = async move { try_join_all((0..STORM).map(|_| count(&client))).await.map(drop) };
            (Box::pin(storm), STORM)
        }
    }
}

async fn count(client: &Client) -> Result<(), Error> {
    total(client).await.map(|count| assert_eq!(count, DEVICES as u64))
}

/// Reads a listing. Each poll drops the pending future of the next record, like `select!`.
async fn list(client: Client, concurrency: u32) -> Result<(), Error> {
    let mut items = client.list_device_by_device_certificate(CERTIFICATE).concurrency(concurrency).items();
    let mut names = Vec::new();
    while let Some(device) = poll_fn(|context| Pin::new(&mut items.next()).poll(context)).await {
        names.push(device?.device_name.unwrap());
    }
    assert_eq!(names, sample_device_names((1..=DEVICES).rev()));
    Ok(())
}

impl Call {
    /// Polls it this number of times, or until it ends.
    pub(super) async fn poll(&mut self, times: usize) -> Option<Result<(), Error>> {
        for _ in 0..times {
            if let Poll::Ready(result) = futures::poll!(self.future.as_mut()) {
                return Some(result);
            }
            tokio::task::yield_now().await;
        }
        None
    }

    /// Polls it, whenever it is woken, until it ends. If the server does not respond, the time advances in steps of a
    /// permit, or in larger ones if it need not succeed. Returns `None` if it hangs.
    pub(super) async fn complete(
        &mut self,
        time: &ManualTime,
        permit_interval: Option<Duration>,
    ) -> Option<Result<(), Error>> {
        let step = if self.must_succeed { permit_interval } else { Some(STEP) };
        let started = time.now();
        let mut woken = FuturesUnordered::from_iter([self.future.as_mut()]);
        for _ in 0..MAX_ROUNDS {
            if time.now() - started > TIME_LIMIT {
                break;
            }
            for _ in 0..POLLS {
                if let Poll::Ready(result) = futures::poll!(woken.next()) {
                    return result;
                }
                tokio::task::yield_now().await;
                std::thread::yield_now();
            }
            if let Some(step) = step {
                time.advance(step);
                time.catch_up().await;
            }
        }
        None
    }
}
