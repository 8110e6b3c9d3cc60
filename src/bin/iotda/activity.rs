//! The activity of the client: lines on standard error (`-v`, `-vv`, `RUST_LOG`), and retries for the progress bar. The
//! source are the events that docs/logging.md lists.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};

mod event;
mod lines;
mod retry_layer;

pub(crate) use lines::Lines;

use crate::retries::Retries;
use lines::{LIBRARY, LineLayer};
use retry_layer::RetryLayer;

/// The variable with a filter of events, such as `huaweicloud_iotda=debug`.
const VARIABLE: &str = "RUST_LOG";

/// Starts to observe the client. Returns the writer of the lines, if any are requested. The progress bar of a
/// terminal needs the retries, and so does a command that sets `needs_retries`.
pub(crate) fn observe(verbosity: u8, retries: &Retries, needs_retries: bool) -> Result<Option<Lines>, String> {
    let filter = filter(verbosity).map_err(|error| format!("{VARIABLE} is ignored, because it is invalid: {error}"));
    let (filter, warning) = filter.map_or_else(|warning| (None, Some(warning)), |filter| (filter, None));
    let lines = filter.is_some().then(Lines::start);
    let shown = lines.clone().map(LineLayer).with_filter(filter.unwrap_or_default());
    let observed = (needs_retries || io::stderr().is_terminal()).then(|| RetryLayer(retries.clone()));
    let observed = observed.with_filter(Targets::new().with_target(LIBRARY, Level::DEBUG));
    // Fails only if this is called twice.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(shown).with(observed));
    warning.map_or(Ok(lines), Err)
}

/// Returns the events to show. The option takes precedence over the variable.
fn filter(verbosity: u8) -> Result<Option<Targets>, ParseError> {
    let level = match verbosity {
        0 => {
            let variable = std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty());
            return variable.map(|filter| filter.parse()).transpose();
        }
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    Ok(Some(Targets::new().with_target(LIBRARY, level)))
}
