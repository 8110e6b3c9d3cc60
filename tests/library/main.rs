//! Tests of the public API over real HTTP, and of the OpenAPI document.
//!
//! Tests that need no server also run without the feature `mock`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "mock")]
mod access_keys;
#[cfg(feature = "mock")]
mod clock_skew;
mod compatibility;
#[cfg(feature = "mock")]
mod completeness;
#[cfg(feature = "mock")]
mod connection_pool;
#[cfg(feature = "mock")]
mod contract;
#[cfg(feature = "mock")]
mod credential_providers;
#[cfg(feature = "mock")]
mod debug;
#[cfg(feature = "mock")]
mod ergonomics;
#[cfg(feature = "mock")]
mod errors;
#[cfg(feature = "mock")]
mod failover;
#[cfg(feature = "mock")]
mod faults;
#[cfg(feature = "mock")]
mod foreign_pages;
#[cfg(feature = "mock")]
mod hostile;
#[cfg(feature = "mock")]
mod iam_endpoint;
#[cfg(feature = "mock")]
mod identity_provider;
#[cfg(feature = "mock")]
mod input;
#[cfg(feature = "mock")]
mod inspect;
mod json_schemas;
#[cfg(feature = "mock")]
mod key_in_doubt;
#[cfg(feature = "mock")]
mod lenient;
#[cfg(feature = "mock")]
mod lifecycle;
#[cfg(feature = "mock")]
mod lockout;
#[cfg(feature = "mock")]
mod logging;
#[cfg(feature = "mock")]
mod login;
#[cfg(all(feature = "mock", any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
mod mixed_schemes;
#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "mock")]
mod mock_browser;
#[cfg(feature = "mock")]
mod mock_control;
#[cfg(feature = "mock")]
mod mock_control_bounds;
#[cfg(feature = "mock")]
mod mock_faults;
#[cfg(feature = "mock")]
mod mock_hosts;
#[cfg(feature = "mock")]
mod mock_limits;
#[cfg(feature = "mock")]
mod mock_log;
#[cfg(feature = "mock")]
mod oidc_federation;
mod openapi_schema;
mod pages;
#[cfg(feature = "mock")]
mod pagination;
#[cfg(feature = "mock")]
mod pagination_property;
#[cfg(feature = "mock")]
mod pod_identity;
#[cfg(feature = "mock")]
mod prefetch;
mod profiles;
#[cfg(feature = "mock")]
mod provider_failures;
mod quotations;
#[cfg(feature = "mock")]
mod rate_limit;
#[cfg(feature = "mock")]
mod refresh;
#[cfg(feature = "mock")]
mod rejected_login;
#[cfg(feature = "mock")]
mod retry;
#[cfg(feature = "mock")]
mod runtimes;
#[cfg(feature = "schemars")]
mod schemars;
#[cfg(all(target_os = "linux", target_endian = "little", feature = "mock"))]
mod secret_memory;
#[cfg(feature = "mock")]
mod setting_checks;
mod source_facts;
mod spec;
#[cfg(feature = "mock")]
mod timeouts;
#[cfg(all(feature = "mock", any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
mod tls;
// The page quotes an error of an https endpoint.
#[cfg(all(unix, feature = "mock", any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
mod troubleshooting;
#[cfg(all(feature = "mock", any(feature = "rustls", feature = "rustls-ring", feature = "native-tls")))]
mod tunnel;
mod values;
#[cfg(feature = "mock")]
mod wire;
