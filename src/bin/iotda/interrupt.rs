//! Ctrl-C: the run ends immediately and prints how to resume.

use std::future::poll_fn;
use std::io::{self, IsTerminal};
use std::task::Poll;
use std::time::Duration;

use crate::exit::Exit;
use crate::progress::Progress;
use crate::status_line::eprint_lines;

/// Time to wait after Ctrl-C for a page that is being printed.
const PRINT_TIMEOUT_MS: u32 = 200;

/// Installs the Ctrl-C handler, which ends the process even if the rest of it is blocked.
pub(crate) async fn handle_ctrl_c(progress: Progress) {
    let mut signal = Box::pin(tokio::signal::ctrl_c());
    // The first poll installs the handler. If the future is ready then, the installation failed.
    if poll_fn(|context| Poll::Ready(signal.as_mut().poll(context).is_ready())).await {
        return;
    }
    tokio::spawn(async move {
        if signal.await.is_ok() {
            exit_interrupted(&progress).await;
        }
    });
}

async fn exit_interrupted(progress: &Progress) {
    // A page that is being printed is completed, so that resuming prints no record twice. A reader that does not read is not
    // waited for.
    for _ in 0..PRINT_TIMEOUT_MS {
        if progress.stop() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    if io::stderr().is_terminal() {
        // Erases the terminal's ^C. The progress bar is not used here, because a blocked thread may have locked it.
        let _ = console::Term::stderr().clear_line();
    }
    let mut lines = vec!["interrupted".to_owned()];
    lines.extend(progress.unfinished());
    eprint_lines(&lines);
    std::process::exit(Exit::Interrupted as i32);
}
