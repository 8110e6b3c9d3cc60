//! Tests with an allocator that counts the allocations of each thread.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod allocations;
mod bounds;
mod soak;
