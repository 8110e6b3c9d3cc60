//! The retries that all clones of a client may make: an outage must not multiply the load of the service.

use std::sync::atomic::{AtomicU32, Ordering};

/// The number of retries of a client without a success.
pub(crate) const MAX_RETRIES: u32 = 100;
/// The cost of a retry, in units of what a success returns.
const RETRY_COST: u32 = 5;
const CAPACITY: u32 = MAX_RETRIES * RETRY_COST;

/// A budget that retries use up and successes refill.
pub(crate) struct RetryBudget(AtomicU32);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(CAPACITY))
    }
}

impl RetryBudget {
    /// Takes the cost of one retry; returns `false` if the budget is used up.
    pub(crate) fn take(&self) -> bool {
        let take = |units: u32| units.checked_sub(RETRY_COST);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Refills the budget after a success: the cost of its last retry, or one unit.
    pub(crate) fn refill(&self, attempts: u32) {
        let units = if attempts > 1 { RETRY_COST } else { 1 };
        let add = |current: u32| (current < CAPACITY).then(|| CAPACITY.min(current + units));
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_use_up_the_budget_and_successes_refill_it() {
        let budget = RetryBudget::default();
        assert_eq!((0..1_000).filter(|_| budget.take()).count(), MAX_RETRIES as usize);
        budget.refill(2);
        assert!(budget.take());
        assert!(!budget.take());
        (0..RETRY_COST).for_each(|_| budget.refill(1));
        assert!(budget.take());
        assert!(!budget.take());
    }

    #[test]
    fn budget_never_exceeds_its_capacity() {
        let budget = RetryBudget::default();
        (0..10_000).for_each(|_| budget.refill(2));
        assert_eq!((0..1_000).filter(|_| budget.take()).count(), MAX_RETRIES as usize);
    }
}
