//! Credentials, credential providers, and request authentication.
//!
//! Invariants: `Debug`, errors and logs never show a secret, and the environment, files and the network are read only
//! if the caller named them.

pub(crate) mod cache;
pub(crate) mod clock_skew;
pub(crate) mod context;
pub(crate) mod credential;
pub(crate) mod credentials;
pub(crate) mod exchange;
pub(crate) mod iam;
pub(crate) mod id_token;
pub(crate) mod lockout;
pub(crate) mod lockout_key;
#[cfg(test)]
mod lockout_orders;
pub(crate) mod provider;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod signer;
pub(crate) mod signing;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod signing_vectors;
pub(crate) mod single_flight;
pub(crate) mod temporary_key;
pub(crate) mod token_source;
