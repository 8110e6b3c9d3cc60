//! The examples, each run as a program.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "mock")]
mod environment;
mod from_rust;
#[cfg(feature = "mock")]
mod output;
#[cfg(feature = "mock")]
mod quickstart;
#[cfg(feature = "mock")]
mod service;
