//! The state that all commands share.

use crate::output::Destination;
use crate::progress::Progress;
use crate::status_line::StatusLine;

pub(crate) struct Context {
    pub(crate) output: Destination,
    pub(crate) status_line: StatusLine,
    pub(crate) progress: Progress,
    /// The instance ID of the client.
    pub(crate) instance_id: Option<String>,
}
