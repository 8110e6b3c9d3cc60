//! The parts of a client that authentication needs.

use std::sync::Arc;
use std::time::SystemTime;

use super::lockout::LockoutGuard;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::HttpTransport;

/// The parts of a client's configuration that providers and IAM calls need.
pub(crate) struct ClientContext {
    pub(crate) transport: HttpTransport,
    /// The endpoint of IAM.
    pub(crate) endpoint: Option<Endpoint>,
    /// The endpoint of STS.
    pub(crate) sts_endpoint: Option<Endpoint>,
    pub(crate) region: Option<String>,
    /// The configured project ID; not one that was looked up.
    pub(crate) project_id: Option<Arc<str>>,
    /// The name of the project to look up: the configured one, or that of the region.
    pub(crate) project_name: Option<String>,
    /// The guard of the client's credentials.
    pub(crate) lockout: Arc<LockoutGuard>,
}

impl ClientContext {
    pub(crate) fn iam_endpoint(&self) -> Result<&Endpoint, Error> {
        self.endpoint.as_ref().ok_or_else(|| {
            Error::configuration(
                "the IAM endpoint is unknown, because the endpoint's host name contains no region and domain; call \
                 iam_endpoint(...), or cloud(...) and region(...), on the client builder",
            )
        })
    }

    pub(crate) fn sts_endpoint(&self) -> Result<&Endpoint, Error> {
        self.sts_endpoint.as_ref().ok_or_else(|| {
            Error::configuration(
                "the STS endpoint is unknown, because the endpoint's host name contains no region and domain; call \
                 sts_endpoint(...) on OidcFederation, or cloud(...) and region(...) on the client builder, or set \
                 HUAWEICLOUD_SDK_STS_ENDPOINT if the provider reads the environment",
            )
        })
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.transport.clock)()
    }
}
