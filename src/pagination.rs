//! Reading a listing page by page: a stream of pages or of records.

pub(crate) mod items;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod prefetch;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod schedules;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod service_model;
pub(crate) mod summary;
