// The references come first, so that the README's links lead to these pages instead of to files.
//! [Rotating a certificate]: guide::rotating_a_certificate
//! [Troubleshooting]: guide::troubleshooting
//! [Failures and retries]: guide::failures
//! [Prefetching]: guide::prefetching
//! [The command line]: guide::command_line
//! [Coming from the official SDKs]: guide::official_sdks
//! [Performance]: guide::performance
//! [Sources]: guide::sources
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod body;
mod builder;
mod call;
mod client;
mod constraints;
mod empty_list;
mod endpoint;
mod error;
mod failure;
mod from_env;
mod generated;
mod http;
mod http_date;
mod inspect;
mod list_request;
#[cfg(feature = "mock")]
pub mod mock;
mod operations;
mod pagination;
mod rate_limit;
mod retry;
mod retry_after;
pub mod spec;
pub mod types;

pub use auth::{
    CredentialFuture, CredentialProvider, Credentials, IamCredential, InstanceMetadata, Password, Profile, Signing,
};
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::{Error, ErrorKind};
pub use list_request::{ListRequest, Operation};
pub use operations::{ListDeviceAuthenticationTemplates, ListDeviceByDeviceCertificate};
pub use pagination::{Items, Page, Pages};
pub use reqwest;
pub use retry::RetryPolicy;

/// Guides: pages of documentation without items.
#[cfg(doc)]
pub mod guide {
    #[doc = include_str!("../docs/command-line.md")]
    pub mod command_line {}
    #[doc = include_str!("../docs/failures.md")]
    pub mod failures {}
    #[doc = include_str!("../docs/official-sdks.md")]
    pub mod official_sdks {}
    #[doc = include_str!("../docs/performance.md")]
    pub mod performance {}
    #[doc = include_str!("../docs/prefetching.md")]
    pub mod prefetching {}
    #[doc = include_str!("../docs/rotating-a-certificate.md")]
    pub mod rotating_a_certificate {}
    #[doc = include_str!("../docs/sources.md")]
    pub mod sources {}
    #[doc = include_str!("../docs/troubleshooting.md")]
    pub mod troubleshooting {}
}
