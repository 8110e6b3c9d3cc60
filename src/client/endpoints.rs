//! The endpoints of a client: the one in use, and those to use if no connection to it can be made.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::endpoint::Endpoint;
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

    /// Returns `true` if there is no other endpoint.
    pub(crate) fn is_single(&self) -> bool {
        self.list.len() == 1
    }

    /// Starts a request at the endpoint in use.
    pub(crate) fn failover(&self) -> Failover<'_> {
        let index = self.current.load(Ordering::Relaxed);
        Failover { endpoints: self, first: index, index }
    }
}

/// The endpoints that one request is sent to until a connection can be made, each at most once.
pub(crate) struct Failover<'a> {
    endpoints: &'a Endpoints,
    first: usize,
    index: usize,
}

impl<'a> Failover<'a> {
    pub(crate) fn endpoint(&self) -> &'a Endpoint {
        &self.endpoints.list[self.index]
    }

    /// Returns `true` if the request is to be sent again, to the next endpoint. Otherwise, this endpoint stays in use, if
    /// a connection to it could be made.
    pub(crate) fn next(&mut self, is_unreachable: bool) -> bool {
        if !is_unreachable {
            self.endpoints.current.store(self.index, Ordering::Relaxed);
            return false;
        }
        let from = self.endpoint();
        self.index = (self.index + 1) % self.endpoints.list.len();
        let has_next = self.index != self.first;
        if has_next {
            log::endpoint_changed(from, self.endpoint());
        }
        has_next
    }
}
