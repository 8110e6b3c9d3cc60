//! Explores each order of the requests, responses and cancellations of callers with one access key, which the service
//! rejects from some event on, whatever the signing time.

use std::cell::RefCell;
use std::future::{poll_fn, ready};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;

use super::clock_skew::Clock;
use super::credential::IamCredential;
use super::lockout::LockoutGuard;
use super::lockout_key::LockoutKey;
use crate::error::Error;
use crate::error::attempt::AttemptError;
use crate::error::body::ErrorText;
use crate::event_orders::{Caller, Orders};

const CALLERS: usize = 3;
const EVENTS: usize = 9;
const PERMIT_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
enum Event {
    Arrive,
    Poll(usize),
    Respond(usize),
    Cancel(usize),
    RejectKey,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Request {
    None,
    InFlight { accepted: bool },
    Responded { accepted: bool },
}

struct Service {
    rejects: bool,
    requests: [Request; CALLERS],
    rejected: usize,
    /// The requests in flight at the first rejection that a caller received.
    in_flight_at_rejection: Option<usize>,
}

impl Service {
    fn receive(&mut self, caller: usize) {
        self.rejected += usize::from(self.rejects);
        self.requests[caller] = Request::InFlight { accepted: !self.rejects };
    }

    fn is_in_flight(&self, caller: usize) -> bool {
        matches!(self.requests[caller], Request::InFlight { .. })
    }

    /// Returns the response if there is one.
    fn response(&mut self, caller: usize) -> Option<bool> {
        let Request::Responded { accepted } = self.requests[caller] else { return None };
        if !accepted && self.in_flight_at_rejection.is_none() {
            self.in_flight_at_rejection =
                Some(self.requests.iter().filter(|request| **request != Request::None).count());
        }
        self.requests[caller] = Request::None;
        Some(accepted)
    }
}

/// Sends a request, and once more if it is rejected, as if the signing time were the reason.
async fn call(guard: &LockoutGuard, clock: &Clock, service: &RefCell<Service>, caller: usize) {
    let key = LockoutKey::of(&IamCredential::access_key("AK", "SK"));
    let mut permit = guard.permit(key, clock, PERMIT_TIMEOUT);
    let mut is_corrected = false;
    loop {
        if permit.acquire(|| ready(())).await.is_err() {
            return;
        }
        service.borrow_mut().receive(caller);
        let accepted = poll_fn(|_| service.borrow_mut().response(caller).map_or(Poll::Pending, Poll::Ready)).await;
        if accepted || is_corrected {
            let rejection = || Error::service(StatusCode::UNAUTHORIZED, ErrorText::default());
            permit.report(&if accepted { Ok(()) } else { Err(AttemptError::from(rejection())) });
            return;
        }
        is_corrected = true;
    }
}

struct Run<'a> {
    service: &'a RefCell<Service>,
    callers: Vec<Caller<'a>>,
    /// The requests whose result the client does not know, because they were canceled.
    canceled: usize,
}

impl<'a> Run<'a> {
    fn events(&self) -> Vec<Event> {
        let service = self.service.borrow();
        let active = (0..self.callers.len()).filter(|caller| self.callers[*caller].is_active());
        let of_callers = active.flat_map(|caller| {
            let event = if service.is_in_flight(caller) { Event::Respond(caller) } else { Event::Poll(caller) };
            [event, Event::Cancel(caller)]
        });
        let arrival = (self.callers.len() < CALLERS).then_some(Event::Arrive);
        let rejection = (!service.rejects).then_some(Event::RejectKey);
        of_callers.chain(arrival).chain(rejection).collect()
    }

    fn run(&mut self, event: Event, guard: &'a LockoutGuard, clock: &'a Clock) {
        match event {
            Event::Arrive => {
                let caller = self.callers.len();
                self.callers.push(Caller::new(call(guard, clock, self.service, caller)));
                self.callers[caller].poll();
            }
            Event::Poll(caller) => self.callers[caller].poll(),
            Event::Respond(caller) => self.respond(caller),
            Event::Cancel(caller) => {
                self.canceled += usize::from(self.service.borrow().requests[caller] != Request::None);
                self.callers[caller].cancel();
                self.service.borrow_mut().requests[caller] = Request::None;
            }
            Event::RejectKey => self.service.borrow_mut().rejects = true,
        }
    }

    /// The response arrives. The caller receives it when it is polled.
    fn respond(&mut self, caller: usize) {
        let mut service = self.service.borrow_mut();
        if let Request::InFlight { accepted } = service.requests[caller] {
            service.requests[caller] = Request::Responded { accepted };
        }
    }

    /// If all requests receive a response, and all callers are polled when they are woken, all end.
    fn complete(&mut self) {
        for _ in 0..4 * CALLERS {
            for caller in (0..self.callers.len()).rev() {
                self.respond(caller);
                if matches!(self.service.borrow().requests[caller], Request::Responded { .. }) {
                    self.callers[caller].poll();
                } else {
                    self.callers[caller].poll_if_woken();
                }
            }
        }
        assert!(!self.callers.iter().any(Caller::is_active), "a caller waits forever");
    }
}

#[tokio::test(start_paused = true)]
async fn rejections_are_those_in_flight_and_one_more_whatever_the_order_of_events() {
    let now = SystemTime::now();
    let clock: Clock = std::sync::Arc::new(move || now);
    let mut orders = Orders::new(EVENTS);
    while orders.begin() {
        let requests = [Request::None; CALLERS];
        let service = RefCell::new(Service { rejects: false, requests, rejected: 0, in_flight_at_rejection: None });
        let guard = LockoutGuard::default();
        let mut run = Run { service: &service, callers: Vec::new(), canceled: 0 };
        let mut events = Vec::new();
        while let Some(event) = orders.choose(run.events()) {
            run.run(event, &guard, &clock);
            events.push(event);
        }
        run.complete();
        let (rejected, canceled) = (service.borrow().rejected, run.canceled);
        let in_flight = service.borrow().in_flight_at_rejection.unwrap_or_default();
        // After a cancellation, one more caller sends a request, and a corrected one.
        let allowed = in_flight + 1 + 2 * canceled;
        assert!(rejected <= allowed, "{rejected} rejected, at most {allowed} are necessary: {events:?}");
    }
}
