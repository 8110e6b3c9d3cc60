//! Ctrl-C, SIGTERM and SIGHUP: the output is completed, and standard error shows how to resume. Then the process ends.

use std::io::{self, IsTerminal, StderrLock};
use std::thread;
use std::time::Duration;

use crate::output::Stdout;
use crate::progress::Progress;
use crate::stderr::eprint_lines;

#[cfg(unix)]
mod unix;

/// Time to wait for a page that is being printed.
const PRINT_TIMEOUT: Duration = Duration::from_millis(200);

/// Installs the handlers, which end the process even if the rest of it is blocked. SIGTERM is the normal end of a server.
pub(crate) async fn handle_signals(progress: &Progress, stdout: &Stdout, is_server: bool) {
    #[cfg(not(unix))]
    let _ = is_server;
    #[cfg(unix)]
    for signal in unix::SIGNALS {
        if let Some(mut stream) = unix::listen(signal) {
            let (progress, stdout) = (progress.clone(), stdout.clone());
            tokio::spawn(async move {
                if stream.recv().await.is_some() {
                    if is_server && signal.is_sigterm() {
                        std::process::exit(0);
                    }
                    let _stderr = interrupt(signal.text, &progress, stdout).await;
                    unix::end_process(signal);
                }
            });
        }
    }
    #[cfg(not(unix))]
    handle_ctrl_c(progress.clone(), stdout.clone()).await;
}

#[cfg(not(unix))]
async fn handle_ctrl_c(progress: Progress, stdout: Stdout) {
    let mut signal = Box::pin(tokio::signal::ctrl_c());
    // The first poll installs the handler. If the future is ready then, the installation failed.
    if std::future::poll_fn(|context| std::task::Poll::Ready(signal.as_mut().poll(context).is_ready())).await {
        return;
    }
    tokio::spawn(async move {
        if signal.await.is_ok() {
            let _stderr = interrupt("interrupted", &progress, stdout).await;
            std::process::exit(130);
        }
    });
}

/// Completes the output and prints how to resume. While the returned lock exists, the progress bar cannot be drawn again.
async fn interrupt(text: &str, progress: &Progress, stdout: Stdout) -> StderrLock<'static> {
    // A page that is being printed is completed, so that resuming prints no record twice. A reader that does not read is not
    // waited for.
    let closed = tokio::task::spawn_blocking(move || {
        while !stdout.close() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let _ = tokio::time::timeout(PRINT_TIMEOUT, closed).await;
    let stderr = io::stderr().lock();
    if stderr.is_terminal() {
        // Erases the terminal's ^C. The progress bar is not used here, because a blocked thread may have locked it.
        let _ = console::Term::stderr().clear_line();
    }
    let mut lines = vec![text.to_owned()];
    lines.extend(progress.unfinished());
    eprint_lines(&lines);
    stderr
}
