//! Connection pools: one for each tokio runtime.
//!
//! A pooled connection is driven by a task of the runtime that opened it. If that runtime is alive but not driven, because
//! nothing is blocked on it, a request of another runtime on the connection is never sent.
//!
//! reqwest has one pool for each scheme and authority. The authority includes the user info, which is sent neither in the
//! request line nor in a header of HTTP/1.1. Therefore, the number of the pool is the user name of the URL. The first pool
//! has none.

use std::sync::Mutex;

use reqwest::Url;
use tokio::runtime::{Handle, Id};

use crate::lock::lock;

/// The maximum number of pools. One more runtime uses the pool of the runtime that was not used for the longest time. By
/// default, reqwest closes connections that were idle for 90 seconds.
const MAX_POOLS: usize = 256;

/// The runtimes that use a client.
pub(crate) struct RuntimePools {
    /// The most recently used runtime is the first one.
    runtimes: Mutex<Vec<(Id, Pool)>>,
    /// Runtimes have separate pools.
    separate: bool,
}

/// The number of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool(usize);

impl RuntimePools {
    pub(crate) fn new(separate: bool) -> Self {
        Self { runtimes: Mutex::default(), separate }
    }

    /// Returns the pool of the current runtime.
    pub(crate) fn current(&self) -> Pool {
        // Without a runtime, reqwest panics.
        let Some(runtime) = Handle::try_current().ok().filter(|_| self.separate) else { return Pool(0) };
        let runtime = runtime.id();
        let mut runtimes = lock(&self.runtimes);
        if let Some(index) = runtimes.iter().position(|(id, _)| *id == runtime) {
            runtimes[..=index].rotate_right(1);
        } else {
            let least_recent = if runtimes.len() < MAX_POOLS { None } else { runtimes.pop() };
            let pool = least_recent.map_or(Pool(runtimes.len()), |(_, pool)| pool);
            runtimes.insert(0, (runtime, pool));
        }
        runtimes[0].1
    }
}

impl Pool {
    /// Selects this pool for a request to this URL.
    pub(crate) fn select(self, url: &mut Url) {
        if self.0 > 0 {
            // It cannot fail, because the URL has a host.
            let _ = url.set_username(&self.0.to_string());
        }
    }
}
