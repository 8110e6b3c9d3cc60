//! The state that all commands share.

use crate::output::Format;
use crate::progress::Progress;
use crate::status_line::StatusLine;

pub(crate) struct Context {
    pub(crate) format: Format,
    pub(crate) status_line: StatusLine,
    pub(crate) progress: Progress,
}
