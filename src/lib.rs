// These references come first, so that the links in README.md lead to the pages of the documentation, not to files.
//! [Rotating a certificate]: guide::rotating_a_certificate
//! [Troubleshooting]: guide::troubleshooting
//! [Failures and retries]: guide::failures
//! [Prefetching]: guide::prefetching
//! [The command line]: guide::command_line
//! [Coming from the official SDKs]: guide::official_sdks
//! [Credentials]: guide::credentials
//! [Performance]: guide::performance
//! [Sources]: guide::sources
#![doc = include_str!("../docs/images/summary.md")]
//!
#![doc = include_str!("../README.md")]
//! # Contents
//!
//! Guides:
//!
//! - [`guide::rotating_a_certificate`]: find the devices that use a certificate before you disable it.
//! - [`guide::credentials`]: which credential to use where, what is sent, and what it needs in IAM.
//! - [`guide::command_line`]: commands, output formats, exit statuses and settings of `iotda`.
//! - [`guide::troubleshooting`]: every error code, its causes, and what to do.
//! - [`guide::failures`]: all failures, and the retry rules.
//! - [`guide::prefetching`]: how `concurrency(n)` works, its guarantees and assumptions.
//! - [`guide::logging`]: the events and spans, their fields, and what to alert on.
//! - [`guide::synchronous_code`]: calls without `async`.
//! - [`guide::official_sdks`]: a comparison with the Python, Go and Java SDKs, and the equivalent calls.
//! - [`guide::performance`]: measurements, and how to list faster.
//! - [`guide::sources`]: the documentation and programs that the facts about the service come from.
//!
//! Main items:
//!
//! - [`Client`]: a client for one endpoint and project; it creates the requests.
//! - [`ClientBuilder`]: its configuration: endpoint, credentials, timeouts, proxy.
//! - [`Credentials`]: tokens, passwords, access keys, and providers for them.
//! - [`ListRequest`]: a request for one page, all pages, all records or the total count.
//! - [`Error`]: the only error type.
//! - [`RetryPolicy`]: attempts and backoff.
#![cfg_attr(feature = "mock", doc = "- [`mock`]: an in-memory IoTDA over HTTP, for tests.")]
//! - [`types`]: the data types of requests and responses.
//! - [`spec`]: the text of the OpenAPI document.
#![cfg_attr(docsrs, feature(doc_cfg))]

// First, because rustdoc lists the methods of `Client` in the order of modules.
mod operations;

mod auth;
mod calendar;
mod client;
mod constraints;
mod endpoint;
mod error;
#[cfg(test)]
mod event_orders;
mod generated;
mod hidden;
mod http;
mod list_request;
mod lock;
mod log;
#[cfg(feature = "mock")]
pub mod mock;
mod operation;
mod pagination;
mod quotes;
mod settings;
pub mod spec;
pub mod types;
mod variables;

pub use auth::credential::IamCredential;
pub use auth::credentials::Credentials;
pub use auth::provider::identity_provider::IdentityProvider;
pub use auth::provider::instance_metadata::InstanceMetadata;
pub use auth::provider::oidc_federation::OidcFederation;
pub use auth::provider::password::Password;
pub use auth::provider::pod_identity::PodIdentity;
pub use auth::provider::profile::Profile;
pub use auth::provider::{CredentialFuture, CredentialProvider};
pub use auth::signing::Signing;
pub use client::Client;
pub use client::builder::ClientBuilder;
pub use error::report::ErrorReport;
pub use error::{Error, ErrorKind};
pub use http::proxy::Route;
pub use http::retry::RetryPolicy;
pub use list_request::ListRequest;
pub use operation::Operation;
pub use operations::{ListDeviceAuthenticationTemplates, ListDeviceByDeviceCertificate};
pub use pagination::items::Items;
pub use pagination::page::Page;
pub use pagination::pages::Pages;
pub use pagination::summary::ListingSummary;
pub use reqwest;

/// The guides: documentation pages without items.
#[cfg(doc)]
pub mod guide {
    /// [Credentials]: crate::guide::credentials
    /// [Logging]: crate::guide::logging
    /// [Prefetching]: crate::guide::prefetching
    /// [Rotating a certificate]: crate::guide::rotating_a_certificate
    /// [The mock server]: crate::guide::mock
    /// [Troubleshooting]: crate::guide::troubleshooting
    ///
    #[doc = include_str!("../docs/command-line.md")]
    pub mod command_line {}
    /// [Troubleshooting]: crate::guide::troubleshooting
    ///
    #[doc = include_str!("../docs/credentials.md")]
    pub mod credentials {}
    /// [Troubleshooting]: crate::guide::troubleshooting
    ///
    #[doc = include_str!("../docs/failures.md")]
    pub mod failures {}
    #[doc = include_str!("../docs/logging.md")]
    pub mod logging {}
    /// [Starting the mock server in tests]: crate::guide::mock_fixtures
    ///
    #[doc = include_str!("../docs/mock.md")]
    pub mod mock {}
    /// [The mock server]: crate::guide::mock
    ///
    #[doc = include_str!("../docs/mock-fixtures.md")]
    pub mod mock_fixtures {}
    /// [Synchronous code]: crate::guide::synchronous_code
    /// [Troubleshooting]: crate::guide::troubleshooting
    ///
    #[doc = include_str!("../docs/official-sdks.md")]
    pub mod official_sdks {}
    /// [Prefetching]: crate::guide::prefetching
    ///
    #[doc = include_str!("../docs/performance.md")]
    pub mod performance {}
    /// [Performance]: crate::guide::performance
    ///
    #[doc = include_str!("../docs/prefetching.md")]
    pub mod prefetching {}
    /// [The command line]: crate::guide::command_line
    #[doc = include_str!("../docs/images/summary.md")]
    ///
    #[doc = include_str!("../docs/rotating-a-certificate.md")]
    pub mod rotating_a_certificate {}
    #[doc = include_str!("../docs/sources.md")]
    pub mod sources {}
    #[doc = include_str!("../docs/synchronous-code.md")]
    pub mod synchronous_code {}
    /// [Failures and retries]: crate::guide::failures
    /// [Sources]: crate::guide::sources
    ///
    #[doc = include_str!("../docs/troubleshooting.md")]
    pub mod troubleshooting {}
}
