//! The examples, each run as a program.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "mock")]
mod environment;
mod from_rust;
mod length;
#[cfg(feature = "mock")]
mod metrics_exporter;
#[cfg(feature = "mock")]
mod output;
#[cfg(feature = "mock")]
mod quickstart;
#[cfg(feature = "mock")]
mod revocation_check;
#[cfg(feature = "mock")]
mod service;
#[cfg(feature = "mock")]
mod web_service;
