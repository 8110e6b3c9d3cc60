//! `iotda`, run as a process like a user runs it: output, exit statuses and error texts.

#![cfg(feature = "cli")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

#[path = "cli/concurrency.rs"]
mod concurrency;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/exit_status.rs"]
mod exit_status;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/server.rs"]
mod server;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/streaming.rs"]
mod streaming;
#[cfg(unix)]
#[path = "cli/terminal.rs"]
mod terminal;
