//! The log of the received requests, with a bound.

use std::collections::VecDeque;

use super::recording::RecordedRequest;

const DEFAULT_MAX_REQUESTS: usize = 10_000;
/// The maximum size of all recorded requests.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most recent requests, and the number of all of them.
pub(super) struct RequestLog {
    recent: VecDeque<RecordedRequest>,
    /// The size of the recent requests.
    bytes: usize,
    max_requests: usize,
    count: usize,
}

impl Default for RequestLog {
    fn default() -> Self {
        Self { recent: VecDeque::new(), bytes: 0, max_requests: DEFAULT_MAX_REQUESTS, count: 0 }
    }
}

impl RequestLog {
    pub(super) fn record(&mut self, request: RecordedRequest) {
        self.count += 1;
        self.bytes += size(&request);
        self.recent.push_back(request);
        self.remove_oldest();
    }

    pub(super) fn set_max_requests(&mut self, max_requests: usize) {
        self.max_requests = max_requests;
        self.remove_oldest();
    }

    pub(super) fn recent(&self) -> Vec<RecordedRequest> {
        self.recent.iter().cloned().collect()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn clear(&mut self) {
        *self = Self { max_requests: self.max_requests, ..Self::default() };
    }

    fn remove_oldest(&mut self) {
        while self.recent.len() > self.max_requests || self.bytes > MAX_BYTES {
            let Some(oldest) = self.recent.pop_front() else { return };
            self.bytes -= size(&oldest);
        }
    }
}

fn size(request: &RecordedRequest) -> usize {
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    request.method.len() + request.target.len() + headers + request.body.len()
}
