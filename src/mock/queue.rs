//! The queue of responses. A response for several requests is stored once.

use std::collections::VecDeque;

use super::response::{Behavior, MockResponse};

/// The maximum number of queued responses from the control route.
const MAX_RESPONSES: usize = 100_000;
/// The maximum size of all queued responses from the control route.
const MAX_BYTES: usize = 64 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Queue {
    /// Each response with the number of requests that still get it.
    responses: VecDeque<(MockResponse, usize)>,
    count: usize,
    bytes: usize,
}

impl Queue {
    pub(super) fn push(&mut self, response: MockResponse, times: usize) {
        self.count += times;
        self.bytes += size(&response);
        self.responses.push_back((response, times));
    }

    /// Adds a response within the limits, or returns what is wrong.
    pub(super) fn try_push(&mut self, response: MockResponse, times: usize) -> Result<(), String> {
        let (count, bytes) = (self.count + times, self.bytes + size(&response));
        if count > MAX_RESPONSES {
            return Err(format!("There must be at most {MAX_RESPONSES} queued responses, not {count}."));
        }
        if bytes > MAX_BYTES {
            return Err(format!("Queued responses must have at most {MAX_BYTES} bytes in total, not {bytes}."));
        }
        self.push(response, times);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<MockResponse> {
        let (response, times) = self.responses.front_mut()?;
        self.count -= 1;
        *times -= 1;
        if *times > 0 {
            return Some(response.clone());
        }
        let (response, _) = self.responses.pop_front()?;
        self.bytes -= size(&response);
        Some(response)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Returns the size of headers and body.
fn size(response: &MockResponse) -> usize {
    let Behavior::Respond(response) = &response.behavior else { return 0 };
    let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    headers + response.body.len()
}
