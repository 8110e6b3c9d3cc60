//! The signals that end a run.

use std::io::{self, IsTerminal};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::emulate_default_handler;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal as stream_of};

#[derive(Clone, Copy)]
pub(super) struct Signal {
    number: i32,
    /// The first line on standard error.
    pub(super) text: &'static str,
}

impl Signal {
    pub(super) fn is_sigterm(self) -> bool {
        self.number == SIGTERM
    }
}

/// Ctrl-C sends the first one.
pub(super) const SIGNALS: [Signal; 3] = [
    Signal { number: SIGINT, text: "interrupted" },
    Signal { number: SIGHUP, text: "interrupted by SIGHUP" },
    Signal { number: SIGTERM, text: "interrupted by SIGTERM" },
];

/// Installs the handler; `None` if the caller of this process ignores the signal, for example nohup.
pub(super) fn listen(signal: Signal) -> Option<Stream> {
    if is_ignored(signal) { None } else { stream_of(SignalKind::from_raw(signal.number)).ok() }
}

fn is_ignored(signal: Signal) -> bool {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
            mask >> (signal.number - 1) & 1 == 1
        }
        // Not Linux. nohup redirects all streams, if they are terminals.
        Err(_) => {
            let is_on_terminal = io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal();
            signal.number == SIGHUP && !is_on_terminal
        }
    }
}

/// Ends the process: with exit status 130 after Ctrl-C, otherwise with the signal, which shells report as 128 and its number.
pub(super) fn end_process(signal: Signal) -> ! {
    if signal.number != SIGINT {
        let _ = emulate_default_handler(signal.number);
    }
    std::process::exit(128 + signal.number)
}
