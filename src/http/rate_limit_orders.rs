//! Explores each order of the arrivals, polls and cancellations of callers at the rate limit.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::rate_limit::RateLimit;
use crate::event_orders::{Caller, Orders};

const INTERVAL: Duration = Duration::from_secs(1);
const CALLERS: usize = 3;
const EVENTS: usize = 9;

#[derive(Clone, Copy)]
enum Event {
    Arrive,
    Poll(usize),
    Cancel(usize),
    Advance,
}

struct Queue<'a> {
    limit: &'a RateLimit,
    /// The numbers of the callers that were served, in order.
    served: &'a RefCell<Vec<usize>>,
    callers: Vec<Caller<'a>>,
    last_polled: Vec<Instant>,
}

impl Queue<'_> {
    fn events(&self) -> Vec<Event> {
        let active = (0..self.callers.len()).filter(|number| self.callers[*number].is_active());
        let of_callers = active.flat_map(|number| [Event::Poll(number), Event::Cancel(number)]);
        let arrival = (self.callers.len() < CALLERS).then_some(Event::Arrive);
        of_callers.chain(arrival).chain([Event::Advance]).collect()
    }

    async fn run(&mut self, event: Event) {
        match event {
            Event::Arrive => {
                let (limit, served, number) = (self.limit, self.served, self.callers.len());
                self.callers.push(Caller::new(async move {
                    limit.acquire().await;
                    served.borrow_mut().push(number);
                }));
                self.last_polled.push(Instant::now());
                self.poll(number);
            }
            Event::Poll(number) => self.poll(number),
            Event::Cancel(number) => self.callers[number].cancel(),
            Event::Advance => advance(INTERVAL).await,
        }
    }

    fn poll(&mut self, number: usize) {
        let served = self.served.borrow().len();
        self.callers[number].poll();
        self.last_polled[number] = Instant::now();
        if self.served.borrow().len() > served {
            self.check_served(number);
        }
    }

    /// A caller is served before an earlier one only if that was not polled in its turn, and in the interval after it.
    fn check_served(&self, number: usize) {
        for earlier in (0..number).filter(|earlier| self.callers[*earlier].is_active()) {
            assert!(self.last_polled[earlier].elapsed() > INTERVAL, "{number} is served before {earlier}");
        }
    }

    /// If all callers are polled when they are woken, all are served: one after another, and after the first grace period.
    async fn complete(&mut self) {
        let waiting = self.callers.iter().filter(|caller| caller.is_active()).count();
        for _ in 0..2 * waiting + 1 {
            advance(INTERVAL).await;
            self.callers.iter_mut().rev().for_each(Caller::poll_if_woken);
        }
        assert!(!self.callers.iter().any(Caller::is_active), "a caller is not served");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_are_served_in_order_whatever_the_order_of_events() {
    let mut orders = Orders::new(EVENTS);
    while orders.begin() {
        let (limit, served, started) = (RateLimit::new(INTERVAL), RefCell::default(), Instant::now());
        let mut queue = Queue { limit: &limit, served: &served, callers: Vec::new(), last_polled: Vec::new() };
        while let Some(event) = orders.choose(queue.events()) {
            queue.run(event).await;
            let permits = 1 + started.elapsed().as_secs() as usize;
            assert!(served.borrow().len() <= permits, "{:?}", served.borrow());
        }
        queue.complete().await;
    }
}
