//! Helpers that the test binaries share.

#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test binary uses a part")]

#[cfg(feature = "mock")]
pub mod clock;
pub mod document;
pub mod example;
#[cfg(feature = "mock")]
pub mod faults;
#[cfg(feature = "mock")]
pub mod keys;
pub mod manual_time;
#[cfg(feature = "cli")]
pub mod program;
#[cfg(feature = "mock")]
pub mod raw;
#[cfg(feature = "mock")]
mod server;
#[cfg(feature = "mock")]
pub mod server_thread;
pub mod sources;
pub mod tls;
pub mod token_file;

#[cfg(feature = "mock")]
pub use server::{
    CERTIFICATE, ReplaceableProvider, client_builder, collect_until_error, no_backoff, request_bodies,
    sample_device_names, server_env, server_with_devices, total, without_ports, without_root_certificates,
};
