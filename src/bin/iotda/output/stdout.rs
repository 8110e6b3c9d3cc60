//! Standard output, shared with the handler of signals, which completes the output.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, IsTerminal, StdoutLock, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

#[derive(Clone, Debug, Default)]
pub(crate) struct Stdout {
    /// The text that completes the output. Locked while something is written, and permanently after a signal.
    closing: Arc<Mutex<Vec<u8>>>,
}

impl Stdout {
    /// Writes a text, then runs `written`, before a signal can end the run. `closing` completes the output after this text.
    pub(super) fn write(
        &self,
        closing: Vec<u8>,
        write: impl FnOnce() -> io::Result<()>,
        written: impl FnOnce(),
    ) -> io::Result<()> {
        let mut current = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        write()?;
        *current = closing;
        written();
        Ok(())
    }

    /// Completes the output and prevents further writing; returns false if a text is being written.
    pub(crate) fn close(&self) -> bool {
        let closing = match self.closing.try_lock() {
            Ok(closing) => closing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if io::stdout().is_terminal() && !closing.is_empty() {
            // Erases the progress bar, and the terminal's ^C.
            let _ = console::Term::stdout().clear_line();
        }
        // The process ends; a failure can't be reported.
        let _ = write(&closing);
        std::mem::forget(closing);
        true
    }
}

/// Writes to standard output and flushes it.
pub(crate) fn write(text: &[u8]) -> io::Result<()> {
    let stdout = io::stdout().lock();
    let mut out = unbuffered(&stdout)?;
    out.write_all(text)?;
    out.flush()
}

/// The standard library ignores that standard output is not open for writing; a file reports it.
#[cfg(unix)]
fn unbuffered(stdout: &StdoutLock<'_>) -> io::Result<File> {
    stdout.as_fd().try_clone_to_owned().map(File::from)
}

/// The standard library converts text for a Windows console.
#[cfg(not(unix))]
fn unbuffered(_: &StdoutLock<'_>) -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

#[cfg(test)]
mod tests {
    use super::Stdout;

    #[test]
    fn close_waits_for_the_text_being_written_and_prevents_further_writing() {
        let stdout = Stdout::default();
        let write = || {
            assert!(!stdout.close(), "a text is being written");
            Ok(())
        };
        assert!(stdout.write(Vec::new(), write, || assert!(!stdout.close(), "its marker is not recorded")).is_ok());
        assert!(stdout.close());
        assert!(stdout.closing.try_lock().is_err(), "the lock is never released");
    }
}
