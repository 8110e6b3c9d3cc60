//! `iotda`, run as a process like a user runs it: output, exit statuses and error texts.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod certificate_ids;
#[cfg(any(feature = "rustls", feature = "rustls-ring"))]
mod certificates;
mod completeness;
mod concurrency;
mod doctor;
mod exit_status;
#[cfg(unix)]
mod guide;
mod help;
mod output;
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod proxy;
mod server;
mod setting_checks;
mod settings;
mod streaming;
#[cfg(unix)]
mod terminal;
