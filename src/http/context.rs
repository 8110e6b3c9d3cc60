//! The context of an exchange: it is dropped on the tokio runtime that it was started on.
//!
//! If a request in flight is dropped, hyper may return its connection to the pool and spawn the task that closes idle
//! connections. Outside of a runtime, this would panic.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// A future that is dropped in the context of the runtime that it was created on. It is boxed, because it is large and each
/// future around it would move it.
pub(crate) struct InContext<F> {
    /// `None` when it is dropped.
    future: Option<Pin<Box<F>>>,
    /// `None` if it was created outside of a runtime. Then its first poll panics.
    runtime: Option<Handle>,
}

impl<F: Future> InContext<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future: Some(Box::pin(future)), runtime: Handle::try_current().ok() }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match &mut self.future {
            Some(future) => future.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for InContext<F> {
    fn drop(&mut self) {
        let _context = self.runtime.as_ref().map(Handle::enter);
        drop(self.future.take());
    }
}
