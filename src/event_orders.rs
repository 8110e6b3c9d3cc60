//! Explores each order of the events of concurrent callers.
//!
//! The callers share a state that each poll changes under a lock. So an order of polls, drops and other events is an order in
//! which threads can change it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

/// All sequences of choices of one length.
pub(crate) struct Orders {
    length: usize,
    /// The choices of the current sequence, each with the number of options.
    choices: Vec<(usize, usize)>,
    next: usize,
    started: bool,
}

impl Orders {
    pub(crate) fn new(length: usize) -> Self {
        Self { length, choices: Vec::new(), next: 0, started: false }
    }

    /// Begins the next sequence. Returns `false` after the last one.
    pub(crate) fn begin(&mut self) -> bool {
        self.next = 0;
        if !std::mem::replace(&mut self.started, true) {
            return true;
        }
        while let Some((choice, options)) = self.choices.pop() {
            if choice + 1 < options {
                self.choices.push((choice + 1, options));
                return true;
            }
        }
        false
    }

    /// Chooses one of the options; `None` at the end of the sequence, or if there is no option.
    pub(crate) fn choose<T>(&mut self, mut options: Vec<T>) -> Option<T> {
        if self.next == self.length || options.is_empty() {
            return None;
        }
        if self.next == self.choices.len() {
            self.choices.push((0, options.len()));
        }
        let (choice, _) = self.choices[self.next];
        self.next += 1;
        Some(options.swap_remove(choice))
    }
}

/// A caller, which may be polled, or dropped before its end.
pub(crate) struct Caller<'a> {
    future: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    woken: Arc<WakeFlag>,
}

struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Caller<'a> {
    pub(crate) fn new(future: impl Future<Output = ()> + 'a) -> Self {
        Self { future: Some(Box::pin(future)), woken: Arc::new(WakeFlag(AtomicBool::new(true))) }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.future.is_some()
    }

    pub(crate) fn poll(&mut self) {
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = self.woken.clone().into();
        if self.future.as_mut().is_some_and(|future| future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready())
        {
            self.future = None;
        }
    }

    /// Polls it like a runtime: only if it was woken.
    pub(crate) fn poll_if_woken(&mut self) {
        if self.woken.0.load(Ordering::Relaxed) {
            self.poll();
        }
    }

    pub(crate) fn cancel(&mut self) {
        self.future = None;
    }
}
