//! The text of an error: one line for logs and users, and its parts for `{:#?}`.

use std::error::Error as _;
use std::fmt;

use super::Error;
use super::body::one_line;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{}: ", operation.id)?;
        }
        if let Some(status) = self.0.status {
            // The text of a status that the HTTP library does not know is a placeholder.
            let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
            write!(f, "HTTP {}{reason}: ", status.as_u16())?;
        }
        if let Some(code) = &self.0.text.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.0.text.message)?;
        if let Some(request_id) = &self.0.text.request_id {
            write!(f, " [request ID {request_id}]")?;
        }
        if self.0.attempts > 1 {
            write!(f, " (after {} attempts in {:.1?})", self.0.attempts, self.0.elapsed)?;
        }
        // A message that is a sentence has its period already.
        let period = if self.0.text.message.ends_with(['.', '!', '?', '。']) { "" } else { "." };
        match self.help() {
            Some(help) => write!(f, "{period} {help}"),
            None => Ok(()),
        }
    }
}

/// Formats the text and its causes, because a `main` that returns an error prints `Debug`. `{:#?}` formats each field.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            let mut text = self.to_string();
            for cause in std::iter::successors(self.source(), |&cause| cause.source()) {
                let cause = one_line(cause.to_string());
                // Some messages contain their cause already.
                if !text.contains(&cause) {
                    text = format!("{text}; caused by: {cause}");
                }
            }
            return f.write_str(&text);
        }
        let parts = &self.0;
        f.debug_struct("Error")
            .field("kind", &parts.kind)
            .field("operation", &self.operation())
            .field("status", &self.status())
            .field("code", &parts.text.code)
            .field("message", &parts.text.message)
            .field("request_id", &parts.text.request_id)
            .field("host", &parts.host)
            .field("attempts", &parts.attempts)
            .field("elapsed", &parts.elapsed)
            .field("source", &parts.source)
            .finish()
    }
}
