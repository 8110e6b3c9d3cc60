#![doc = include_str!("../README.md")]
//!
//! # Further pages
//!
//! - [Rotating a certificate](_rotating_a_certificate): the main job at the terminal, step by step.
//! - [Troubleshooting](_troubleshooting): each error by its code, what it means and what to do.
//! - [From the official SDKs](_from_the_official_sdks): calls of the vendor's SDKs for Python, Go and Java, and ours.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod body;
mod builder;
mod client;
mod empty_list;
mod endpoint;
mod environment;
mod error;
mod facts;
mod failure;
mod generated;
mod inspect;
#[cfg(feature = "mock")]
pub mod mock;
mod operations;
mod pagination;
mod rate_limit;
mod request;
mod retry;
mod retry_after;
mod server_time;
pub mod spec;
mod transport;
pub mod types;

pub use auth::{
    Credential, CredentialFuture, CredentialSource, Credentials, InstanceMetadata, Password, Profile, Signing,
};
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, ErrorKind};
pub use operations::{ListDeviceAuthenticationTemplates, ListDeviceByDeviceCertificate};
pub use pagination::{Items, Page, Pages};
pub use request::{ListRequest, Operation};
pub use retry::RetryPolicy;

// Pages of the documentation alone; their names can't be in anybody's way.
#[cfg(doc)]
#[doc = include_str!("../docs/from-the-official-sdks.md")]
pub mod _from_the_official_sdks {}
#[cfg(doc)]
#[doc = include_str!("../docs/rotating-a-certificate.md")]
pub mod _rotating_a_certificate {}
#[cfg(doc)]
#[doc = include_str!("../docs/troubleshooting.md")]
pub mod _troubleshooting {}
