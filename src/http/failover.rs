//! Failover: the endpoint in use, and those to use if no connection to it can be made.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::HttpTransport;
use crate::endpoint::Endpoint;
use crate::error::attempt::AttemptError;
use crate::log;

/// One or more endpoints of the service.
pub(crate) struct Endpoints {
    list: Vec<Endpoint>,
    /// The index of the endpoint in use.
    current: AtomicUsize,
}

impl Endpoints {
    /// `list` contains at least one endpoint.
    pub(crate) fn new(list: Vec<Endpoint>) -> Self {
        Self { list, current: AtomicUsize::new(0) }
    }

    /// Returns the endpoint in use.
    pub(crate) fn current(&self) -> &Endpoint {
        &self.list[self.current.load(Ordering::Relaxed)]
    }

    /// Makes an exchange with the endpoint in use; if no connection can be made, with the next ones, each at most once. The
    /// one that a connection can be made to stays in use.
    pub(crate) async fn exchange<'a, T, F>(
        &'a self,
        transport: &HttpTransport,
        exchange: impl Fn(&'a Endpoint) -> F,
    ) -> Result<T, AttemptError>
    where
        F: Future<Output = Result<T, AttemptError>>,
    {
        let first = self.current.load(Ordering::Relaxed);
        let mut index = first;
        loop {
            let endpoint = &self.list[index];
            let result = transport.exchange(endpoint, exchange(endpoint)).await;
            if !result.as_ref().is_err_and(|failed| failed.error.is_unreachable()) {
                // A late response of an endpoint that was given up meanwhile changes nothing.
                let _ = self.current.compare_exchange(first, index, Ordering::Relaxed, Ordering::Relaxed);
                return result;
            }
            index = (index + 1) % self.list.len();
            if index == first {
                return result;
            }
            log::endpoint_changed(endpoint, &self.list[index]);
        }
    }
}
