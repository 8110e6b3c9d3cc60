//! Random programs of calls, drops, pauses, clock steps, failures of the server and of the provider, on two runtimes.
//!
//! The environment variables `IOTDA_LIFECYCLE_SEEDS` and `IOTDA_LIFECYCLE_SEED` set the number of programs and the first
//! seed.

use std::env;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use huaweicloud_iotda::{Client, CredentialFuture, CredentialProvider, Credentials, Error, ErrorKind, IamCredential};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::clock::Clock;
use crate::support::server_thread::{runtime, server_on_thread};
use crate::support::{CERTIFICATE, no_backoff, sample_device_names, total, without_root_certificates};

const DEFAULT_SEEDS: u64 = 24;
const ACTIONS: usize = 40;
const DEVICES: usize = 120;
const HOUR: u64 = 3600;
/// Each credential expires at the end of such a time slot, and is refreshed in the second half of what remains of it.
const SLOT_SECONDS: u64 = 600;
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(500);
/// Two attempts, each with the time to obtain the project and the credential.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// The behavior of the provider's next queries.
const WORKS: u8 = 0;
const HANGS: u8 = 1;
const PANICS: u8 = 2;
const FAILS: u8 = 3;

/// A provider that checks that its queries do not overlap.
#[derive(Clone)]
struct Provider {
    clock: Clock,
    behavior: Arc<AtomicU8>,
    /// Every second query is not ready when it is first polled.
    waits: Arc<AtomicBool>,
    /// The start of each query that has not ended.
    active: Arc<Mutex<Vec<Instant>>>,
    overlaps: Arc<Mutex<usize>>,
}

/// Ends a query when it is dropped.
struct Query(Provider, Instant);

impl Query {
    fn start(provider: &Provider) -> Self {
        let now = Instant::now();
        let mut active = provider.active.lock().unwrap();
        // A query that was abandoned at its time limit may still exist, because nothing drives its runtime.
        if active.iter().any(|start| now - *start < ATTEMPT_TIMEOUT / 2) {
            *provider.overlaps.lock().unwrap() += 1;
        }
        active.push(now);
        Self(provider.clone(), now)
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.0.active.lock().unwrap().retain(|start| *start != self.1);
    }
}

impl CredentialProvider for Provider {
    fn credential(&self) -> CredentialFuture<'_> {
        let query = Query::start(self);
        let waits = self.waits.fetch_xor(true, Ordering::Relaxed);
        Box::pin(async move {
            if waits {
                tokio::task::yield_now().await;
            }
            let Query(provider, _) = &query;
            match provider.behavior.load(Ordering::Relaxed) {
                WORKS => {
                    let expiry = UNIX_EPOCH + Duration::from_secs((slot(provider.clock.read()) + 1) * SLOT_SECONDS);
                    Ok(Some(IamCredential::token(MockServer::TOKEN).expires_at(expiry)))
                }
                HANGS => std::future::pending().await,
                PANICS => panic!("a test panic"),
                _ => Err("a test failure".into()),
            }
        })
    }
}

/// The number of the time slot.
fn slot(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs() / SLOT_SECONDS
}

type CallFuture = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

struct Call {
    runtime: usize,
    future: CallFuture,
    /// It must succeed: a valid credential is cached, and the server does not fail.
    must_succeed: bool,
    /// It may have received a failure of the server that invalidates the credential later.
    may_invalidate: bool,
    /// The time slot in which it started.
    slot: u64,
}

struct Program {
    seed: u64,
    random: fastrand::Rng,
    server: MockServer,
    clock: Clock,
    provider: Provider,
    client: Client,
    runtimes: [Runtime; 2],
    calls: Vec<Call>,
    /// The time slot in which a call has succeeded: its credential is valid to the end of the slot.
    proven_slot: Option<u64>,
    /// The number of requests after which the server does not fail.
    faulty_requests: usize,
    /// The password of the client, if it logs in: correct or wrong.
    password: Option<bool>,
    /// The number of logins whose result may be lost.
    lost_logins: usize,
    /// The time by which the clock was advanced.
    advanced: Duration,
}

impl Program {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let server = server_on_thread(|server| {
            server.add_certificate(CERTIFICATE);
            server.add_sample_devices(CERTIFICATE, DEVICES);
            server.add_user("account", "user", "password");
            server.add_project(MockServer::PROJECT_ID, "cn-north-4");
        });
        let clock = Clock::now();
        let behavior = Arc::new(AtomicU8::new(WORKS));
        let provider = Provider {
            clock: clock.clone(),
            behavior,
            waits: Arc::default(),
            active: Arc::default(),
            overlaps: Arc::default(),
        };
        let password = [None, None, Some(true), Some(false)][random.usize(..4)];
        let credentials = match password {
            None => Credentials::from_provider(provider.clone()),
            Some(true) => Credentials::password("account", "user", "password"),
            Some(false) => Credentials::password("account", "user", "wrong"),
        };
        let builder = if random.bool() {
            Client::builder().endpoint(server.endpoint()).iam_endpoint(server.endpoint()).region("cn-north-4")
        } else {
            server.builder()
        };
        let builder = builder.credentials(credentials).clock(clock.time_source());
        let builder = builder.attempt_timeout(ATTEMPT_TIMEOUT).retry_policy(no_backoff(2));
        let builder = without_root_certificates(builder);
        Self {
            seed,
            random,
            server,
            client: builder.build().unwrap(),
            clock,
            provider,
            runtimes: [runtime(), runtime()],
            calls: Vec::new(),
            proven_slot: None,
            faulty_requests: 0,
            password,
            lost_logins: 0,
            advanced: Duration::ZERO,
        }
    }

    fn run(&mut self) {
        for _ in 0..ACTIONS {
            match self.random.u8(..20) {
                0..=3 => self.start(),
                4..=8 => self.poll(),
                9 | 10 => {
                    self.start();
                    self.complete_newest();
                }
                11 => self.complete(),
                12 | 13 => self.drop_call(),
                14 => self.drop_runtime(),
                15 | 16 => self.advance_clock(),
                17 => self.fail_request(),
                _ => self.provider.behavior.store(self.random.u8(..=FAILS), Ordering::Relaxed),
            }
            self.check();
        }
        while !self.calls.is_empty() {
            self.complete();
        }
        self.check();
        self.end();
    }

    fn start(&mut self) {
        let (client, lists) = (self.client.clone(), self.random.bool());
        let future: CallFuture = Box::pin(async move {
            if !lists {
                return total(&client).await.map(|count| assert_eq!(count, DEVICES as u64));
            }
            let items = client.list_device_by_device_certificate(CERTIFICATE).concurrency(3).items();
            let devices = items.map(|device| device.map(|device| device.device_name.unwrap())).collect::<Vec<_>>();
            let names = devices.await.into_iter().collect::<Result<Vec<_>, _>>()?;
            assert_eq!(names, sample_device_names((1..=DEVICES).rev()));
            Ok(())
        });
        let is_healthy = self.server.request_count() >= self.faulty_requests;
        let is_proven = self.proven_slot.is_some_and(|proven| proven == slot(self.clock.read()));
        let must_succeed = is_healthy && is_proven && !self.calls.iter().any(|call| call.may_invalidate);
        let may_invalidate = !is_healthy;
        // If a runtime is not driven, its login is abandoned, although IAM may have rejected it.
        let runtimes = if self.password == Some(false) { 1 } else { 2 };
        let (runtime, slot) = (self.random.usize(..runtimes), slot(self.clock.read()));
        self.calls.push(Call { runtime, future, must_succeed, may_invalidate, slot });
    }

    fn take_call(&mut self) -> Option<Call> {
        (!self.calls.is_empty()).then(|| self.calls.swap_remove(self.random.usize(..self.calls.len())))
    }

    fn poll(&mut self) {
        let Some(mut call) = self.take_call() else { return };
        let steps = self.random.usize(1..200);
        let result = self.runtimes[call.runtime].block_on(async {
            for _ in 0..steps {
                if let std::task::Poll::Ready(result) = futures::poll!(call.future.as_mut()) {
                    return Some(result);
                }
                tokio::task::yield_now().await;
            }
            None
        });
        match result {
            Some(result) => self.check_result(result, &call),
            // The attempt of a call that is not polled may time out.
            None => self.calls.push(Call { must_succeed: false, ..call }),
        }
    }

    fn complete(&mut self) {
        if let Some(call) = self.take_call() {
            self.calls.push(call);
            self.complete_newest();
        }
    }

    fn complete_newest(&mut self) {
        let Some(mut call) = self.calls.pop() else { return };
        let runtime = &self.runtimes[call.runtime];
        let result = runtime.block_on(async { tokio::time::timeout(CALL_LIMIT, call.future.as_mut()).await });
        let result = result.unwrap_or_else(|_| panic!("seed {}: a call hangs", self.seed));
        self.check_result(result, &call);
    }

    fn check_result(&mut self, result: Result<(), Error>, call: &Call) {
        match result {
            Ok(()) if call.slot == slot(self.clock.read()) => self.proven_slot = Some(call.slot),
            // It may have obtained its credential in the previous slot.
            Ok(()) => {}
            Err(error) => {
                assert!(!call.must_succeed, "seed {}: {error}", self.seed);
                self.lost_logins += usize::from(error.kind() == ErrorKind::Timeout);
            }
        }
    }

    fn drop_call(&mut self) {
        drop(self.take_call());
    }

    fn drop_runtime(&mut self) {
        let dropped = self.random.usize(..2);
        let (calls, others) = self.calls.drain(..).partition(|call| call.runtime == dropped);
        self.calls = others;
        let calls: Vec<Call> = calls;
        let old = std::mem::replace(&mut self.runtimes[dropped], runtime());
        if self.random.bool() {
            drop(calls);
            drop(old);
        } else {
            drop(old);
            drop(calls);
        }
        self.lost_logins += 1;
    }

    /// Advances the clock, so that a credential is refreshed or expires.
    fn advance_clock(&mut self) {
        let by = Duration::from_secs([1, 31, 100, 250, SLOT_SECONDS][self.random.usize(..5)]);
        self.clock.advance(by);
        self.advanced += by;
        for call in &mut self.calls {
            call.must_succeed = false;
        }
    }

    fn fail_request(&mut self) {
        let rejection = json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."});
        self.server.enqueue(match self.random.u8(..4) {
            0 => MockResponse::new(401).json(&rejection),
            1 => MockResponse::new(503),
            2 => MockResponse::disconnect(),
            _ => {
                self.lost_logins += 1;
                MockResponse::pass_through().delay(Duration::from_secs(HOUR))
            }
        });
        self.faulty_requests = self.faulty_requests.max(self.server.request_count()) + 1;
        self.proven_slot = None;
        for call in &mut self.calls {
            (call.must_succeed, call.may_invalidate) = (false, true);
        }
    }

    fn check(&self) {
        let (seed, rejected) = (self.seed, self.server.rejected_count());
        assert_eq!(*self.provider.overlaps.lock().unwrap(), 0, "seed {seed}: two queries at the same time");
        if self.password == Some(false) {
            let lockouts_over = (self.advanced.as_secs() / (15 * 60)) as usize;
            assert!(rejected <= 1 + lockouts_over + self.lost_logins, "seed {seed}: {rejected} rejected logins");
        } else {
            assert_eq!(rejected, 0, "seed {seed}");
        }
    }

    /// Whatever happened, the client works on both runtimes if the server and the provider work.
    fn end(&mut self) {
        self.provider.behavior.store(WORKS, Ordering::Relaxed);
        for runtime in [0, 1] {
            let work = async {
                // Each call consumes a failure that was not received yet, but only after 15 minutes if that rejects a login.
                loop {
                    let is_healthy = self.server.request_count() >= self.faulty_requests;
                    self.clock.advance(Duration::from_secs(HOUR));
                    if is_healthy {
                        break;
                    }
                    let _ = total(&self.client).await;
                }
                total(&self.client).await
            };
            let result = self.runtimes[runtime].block_on(async { tokio::time::timeout(3 * CALL_LIMIT, work).await });
            let result = result.unwrap_or_else(|_| panic!("seed {}: the last call hangs", self.seed));
            match self.password {
                Some(false) => assert!(result.unwrap_err().is_unauthorized(), "seed {}", self.seed),
                _ => assert_eq!(result.map_err(|error| error.to_string()), Ok(DEVICES as u64), "seed {}", self.seed),
            }
        }
    }
}

fn env_number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

#[test]
fn random_programs_neither_panic_nor_hang_nor_lose_records() {
    let first = env_number("IOTDA_LIFECYCLE_SEED", 0);
    for seed in first..first + env_number("IOTDA_LIFECYCLE_SEEDS", DEFAULT_SEEDS) {
        Program::new(seed).run();
    }
}
