//! The runtime for this crate's documentation examples.

use std::error::Error;

/// Runs the body of a documentation example.
///
/// # Panics
///
/// Panics if the example returns an error, so that its test fails.
#[doc(hidden)]
#[allow(clippy::panic, reason = "a failing example must fail its test")]
pub fn __doc_test(example: impl Future<Output = Result<(), Box<dyn Error>>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.map_err(Box::from).and_then(|runtime| runtime.block_on(example));
    if let Err(error) = result {
        panic!("the example failed: {error:?}");
    }
}
