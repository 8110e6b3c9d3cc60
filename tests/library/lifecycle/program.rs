//! A random program of actions, and its invariants.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use huaweicloud_iotda::mock::MockResponse;
use huaweicloud_iotda::{Error, ErrorKind};
use serde_json::json;
use tokio::runtime::Builder;

use super::call::{Call, random_call};
use super::mock_bounds;
use super::provider::{FAILS, SLOT, WORKS, slot};
use super::queue::Queue;
use super::rejections::Rejections;
use super::world::{ATTEMPT_TIMEOUT, Login, World};
use crate::support::manual_time::ManualRuntime;

const ACTIONS: usize = 50;
/// The number of polls without an end after which a call hangs.
const MAX_POLLS: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

pub(super) struct Program {
    random: fastrand::Rng,
    world: World,
    calls: Vec<Call>,
    /// The time slot in which a call has succeeded: its credential is valid to the end of the slot.
    proven_slot: Option<u32>,
    /// The number of requests after which the server does not fail.
    faulty_requests: usize,
    rejections: Rejections,
    /// The time by which the clock was advanced.
    advanced: Duration,
}

impl Program {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let world = World::new(&mut random);
        Self {
            random,
            world,
            calls: Vec::new(),
            proven_slot: None,
            faulty_requests: 0,
            rejections: Rejections::default(),
            advanced: Duration::ZERO,
        }
    }

    pub(super) fn run(&mut self) {
        for _ in 0..ACTIONS {
            match self.random.u8(..32) {
                0..=5 => self.start(),
                6..=11 => self.poll(),
                12..=16 => {
                    self.start();
                    self.complete_newest();
                }
                17 | 18 => self.complete(),
                19 | 20 => self.drop_call(),
                21 => self.drop_runtime(),
                22 | 23 => self.advance_clock(),
                24 => self.fail_request(),
                25 | 26 => self.pause(),
                27 => self.queue(),
                28 => self.disturb(),
                _ => self.change_credentials(),
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
        let (future, width) = random_call(&self.world.client, &mut self.random);
        // If a runtime is not driven, its login is abandoned, although IAM may have rejected it.
        let runtimes = if self.world.login == Login::WrongPassword { 1 } else { 2 };
        let runtime = self.random.usize(..runtimes);
        let slot = slot(self.world.clock.read());
        let is_healthy = self.is_healthy();
        let proves = is_healthy && !self.calls.iter().any(|call| call.may_invalidate);
        let must_succeed = proves && self.proven_slot == Some(slot);
        self.rejections.call_started(width);
        let changes = self.rejections.changes;
        self.calls.push(Call {
            runtime,
            future,
            width,
            proves,
            must_succeed,
            may_invalidate: !is_healthy,
            slot,
            changes,
        });
    }

    /// Returns `true` if the server received all requests that fail.
    fn is_healthy(&self) -> bool {
        self.world.server.request_count() >= self.faulty_requests
    }

    fn take_call(&mut self) -> Option<Call> {
        (!self.calls.is_empty()).then(|| self.calls.swap_remove(self.random.usize(..self.calls.len())))
    }

    fn poll(&mut self) {
        let Some(mut call) = self.take_call() else { return };
        let times = self.random.usize(1..200);
        let result = self.world.runtimes[call.runtime].block_on(call.poll(times));
        match result {
            Some(result) => self.check_result(result, &call),
            None => self.calls.push(call),
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
        let (world, started) = (&self.world, self.world.time.now());
        let result = world.runtimes[call.runtime].block_on(call.complete(&world.time, world.permit_interval));
        let elapsed = world.time.now() - started;
        if !call.must_succeed && !elapsed.is_zero() {
            // The attempts of calls that were not polled may time out.
            self.calls.iter_mut().for_each(|call| call.must_succeed = false);
        }
        if elapsed >= ATTEMPT_TIMEOUT {
            self.lose_requests(self.in_flight() + call.width);
        }
        self.check_result(result.expect("a call hangs"), &call);
    }

    fn check_result(&mut self, result: Result<(), Error>, call: &Call) {
        self.proven_slot = self.proven_slot.filter(|_| !call.may_invalidate);
        let is_unauthorized = match result {
            Ok(()) => {
                // It may have obtained its credential in the previous slot.
                if call.proves && call.slot == slot(self.world.clock.read()) {
                    self.proven_slot = Some(call.slot);
                }
                false
            }
            Err(error) => {
                assert!(!call.must_succeed, "{error}");
                self.world.assert_no_secret(&error);
                self.rejections.lost(usize::from(error.kind() == ErrorKind::Timeout));
                error.is_unauthorized()
            }
        };
        if call.proves || is_unauthorized {
            self.rejections.call_ended(call.changes);
        }
    }

    fn drop_call(&mut self) {
        if let Some(call) = self.take_call() {
            self.forget(&call);
        }
    }

    /// A call is dropped: the result of its last request may be lost. Then another call sends two, one with the corrected
    /// time.
    fn forget(&mut self, call: &Call) {
        self.proven_slot = self.proven_slot.filter(|_| !call.may_invalidate);
        if self.world.login == Login::AccessKey {
            self.rejections.lost(2);
        }
    }

    fn drop_runtime(&mut self) {
        let dropped = self.random.usize(..2);
        let (calls, others) = self.calls.drain(..).partition(|call| call.runtime == dropped);
        self.calls = others;
        let calls: Vec<Call> = calls;
        calls.iter().for_each(|call| self.forget(call));
        let old = std::mem::replace(&mut self.world.runtimes[dropped], ManualRuntime::new(&self.world.time));
        if self.random.bool() {
            drop(calls);
            drop(old);
        } else {
            drop(old);
            drop(calls);
        }
        self.rejections.lost(1);
    }

    /// Advances the clock, so that a credential is refreshed or expires.
    fn advance_clock(&mut self) {
        let by = [Duration::from_secs(1), MINUTE / 2, 2 * MINUTE, 4 * MINUTE, SLOT][self.random.usize(..5)];
        self.world.advance_clock(by);
        self.advanced += by;
        self.doubt_calls();
        if self.world.login == Login::AccessKey {
            // Signatures in flight may be too old.
            self.rejections.lost(self.in_flight());
        }
    }

    /// The calls in flight may fail, and a key may be rejected because of them.
    fn doubt_calls(&mut self) {
        for call in &mut self.calls {
            call.must_succeed = false;
            call.may_invalidate |= self.world.login == Login::AccessKey;
        }
    }

    /// Returns the maximum number of requests in flight.
    fn in_flight(&self) -> usize {
        self.calls.iter().map(|call| call.width).sum()
    }

    fn fail_request(&mut self) {
        let rejection = json!({"error_code": "IOTDA.000002", "error_msg": "Authentication failed."});
        self.world.server.enqueue(match self.random.u8(..4) {
            0 => MockResponse::new(401).json(&rejection),
            1 => MockResponse::new(503).json(&json!({"error_msg": self.world.secret()})),
            2 => MockResponse::disconnect(),
            _ => {
                self.rejections.lost(1);
                MockResponse::pass_through().delay(HOUR)
            }
        });
        self.faulty_requests = self.faulty_requests.max(self.world.server.request_count()) + 1;
        self.proven_slot = None;
        for call in &mut self.calls {
            (call.must_succeed, call.proves, call.may_invalidate) = (false, false, true);
        }
    }

    /// Time passes, but nothing is polled. It fails no call, and counts toward no timeout.
    fn pause(&mut self) {
        let pause = [Duration::from_secs(13), 2 * MINUTE, 10 * MINUTE][self.random.usize(..3)];
        self.world.time.advance(pause);
        self.lose_requests(self.in_flight());
    }

    /// Requests in flight time out and are sent again, although the server may have rejected them. A permit may expire.
    fn lose_requests(&mut self, in_flight: usize) {
        if self.world.login == Login::AccessKey {
            self.rejections.lost(in_flight + 2);
        }
    }

    fn queue(&mut self) {
        let runtime = &self.world.runtimes[self.random.usize(..2)];
        let (time, random) = (&self.world.time, self.random.fork());
        runtime.block_on(async { Queue::new(time, random).check_order().await });
    }

    fn disturb(&mut self) {
        match self.random.u8(..3) {
            0 => mock_bounds::send_large_body(&self.world.server),
            1 => mock_bounds::send_half_of_head(&self.world.server),
            _ => self.use_incomplete_runtime(),
        }
    }

    /// A call without timers fails with a text that names the reason, and the client stays usable.
    fn use_incomplete_runtime(&mut self) {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let mut call = self.new_call(0, false);
        match catch_unwind(AssertUnwindSafe(|| runtime.block_on(call.poll(MAX_POLLS)))) {
            Ok(result) => drop(result.expect("a call without timers hangs").expect_err("it succeeds")),
            Err(panic) => {
                let text = panic_text(&*panic);
                assert!(text.contains("enable_time"), "{text}");
            }
        }
        self.world.time.advance_to_real_time();
        self.rejections.lost(1);
    }

    fn change_credentials(&mut self) {
        match self.world.login {
            Login::Provider => self.world.provider.set_behavior(self.random.u8(..=FAILS)),
            Login::AccessKey => self.change_server(),
            Login::Password | Login::WrongPassword => self.fail_request(),
        }
    }

    /// Steps the clock of the server, or replaces the secret of the key.
    fn change_server(&mut self) {
        let change = self.random.u8(..3);
        if change != 0 {
            self.world.replace_secret();
        }
        if change != 1 {
            self.world.step_server_clock(20 * MINUTE * self.random.u32(..3));
        }
        self.rejections.server_changed(self.in_flight());
        self.proven_slot = None;
        self.calls.iter_mut().for_each(|call| call.proves = false);
        self.doubt_calls();
    }

    fn check(&self) {
        let (world, rejected) = (&self.world, self.world.server.rejected_count());
        assert_eq!(world.provider.overlaps(), 0, "two queries at the same time");
        mock_bounds::check_recorded_requests(&world.server);
        let allowed = match world.login {
            Login::Provider | Login::Password => 0,
            Login::WrongPassword => self.rejections.logins(self.advanced),
            Login::AccessKey => self.rejections.keys(self.advanced),
        };
        assert!(rejected <= allowed, "{rejected} rejected requests, but at most {allowed} are necessary");
    }

    /// Whatever happened, the client works on both runtimes if the server and the provider work.
    fn end(&mut self) {
        self.world.provider.set_behavior(WORKS);
        self.world.restore();
        for runtime in [0, 1] {
            // Each call consumes a failure that was not received yet, but only after the lockout if that rejects a login.
            while !self.is_healthy() {
                self.world.advance_clock(HOUR);
                let _ = self.end_with(runtime, false);
            }
            self.world.advance_clock(HOUR);
            // Requests that another runtime started and does not poll reach their timeout.
            self.world.time.advance(10 * ATTEMPT_TIMEOUT);
            let result = self.end_with(runtime, true);
            match self.world.login {
                Login::WrongPassword => assert!(result.unwrap_err().is_unauthorized()),
                _ => result.unwrap(),
            }
        }
    }

    fn new_call(&mut self, runtime: usize, must_succeed: bool) -> Call {
        let (future, width) = random_call(&self.world.client, &mut self.random);
        let (proves, may_invalidate, slot, changes) = (false, false, 0, 0);
        Call { runtime, future, width, proves, must_succeed, may_invalidate, slot, changes }
    }

    fn end_with(&mut self, runtime: usize, must_succeed: bool) -> Result<(), Error> {
        let mut call = self.new_call(runtime, must_succeed);
        let completed = call.complete(&self.world.time, self.world.permit_interval);
        self.world.runtimes[runtime].block_on(completed).expect("the last call hangs")
    }
}

/// Returns the message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default()
}
