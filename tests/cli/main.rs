//! `iotda`, run as a process like a user runs it: output, exit statuses and error texts.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod activity;
mod certificate_ids;
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod certificates;
mod completeness;
mod concurrency;
mod credentials;
mod demo;
mod diff;
mod doctor;
mod exit_status;
#[cfg(unix)]
mod guide;
mod help;
mod hidden_characters;
mod installed_files;
mod mock;
mod mock_data;
mod mock_identities;
mod mock_options;
mod mock_shell;
mod out;
mod output;
#[cfg(unix)]
mod picture;
#[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
mod proxy;
mod select;
mod setting_checks;
mod settings;
#[cfg(unix)]
mod signals;
mod spec;
mod spreadsheet;
mod streaming;
mod summary;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod terminal_formats;
mod throttling;
mod wait;
