#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
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
#[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
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
