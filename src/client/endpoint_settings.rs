//! The settings that determine a client's endpoints, and the endpoints that follow from them.

use crate::auth::signing::Signing;
use crate::endpoint::{Endpoint, default_domain};
use crate::error::Error;

#[derive(Default)]
pub(super) struct EndpointSettings {
    pub(super) endpoint: Option<String>,
    pub(super) region: Option<String>,
    pub(super) cloud: Option<String>,
    pub(super) iam_endpoint: Option<String>,
    pub(super) allow_http: bool,
}

pub(super) struct ResolvedEndpoints {
    /// At least one endpoint.
    pub(super) service: Vec<Endpoint>,
    pub(super) iam: Option<Endpoint>,
    pub(super) sts: Option<Endpoint>,
    /// The region that was set, or the one of the first host name.
    pub(super) region: Option<String>,
}

impl EndpointSettings {
    /// Returns the endpoints that were set. The others follow from the region, and from the domain of the host name or of
    /// the cloud that was set.
    ///
    /// `sts_endpoint` is the endpoint that the credentials set, after its name in errors.
    pub(super) fn resolve(&self, sts_endpoint: Option<(&str, String)>) -> Result<ResolvedEndpoints, Error> {
        let service = match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => Endpoint::parse_list(endpoint, self.allow_http)?,
            (None, Some(region)) => {
                let domain = self.cloud.as_deref().unwrap_or_else(|| default_domain(region));
                vec![Endpoint::of_region("iotda", region, domain)?]
            }
            (None, None) => return Err(missing("endpoint", "endpoint(...) or region(...)")),
        };
        let region = self.region.as_deref().or(service[0].region());
        let domain = service[0].domain().or(self.cloud.as_deref());
        // It is unknown without a region or a domain, or if this build has no TLS for it.
        let derived = |name| Endpoint::of_region(name, region?, domain?).ok();
        let iam = match &self.iam_endpoint {
            Some(endpoint) => Some(Endpoint::parse_iam(endpoint, self.allow_http)?),
            None => derived("iam"),
        };
        let sts = match sts_endpoint {
            Some((name, endpoint)) => Some(Endpoint::parse(name, &endpoint, self.allow_http)?),
            None => derived("sts"),
        };
        let region = region.map(str::to_owned);
        Ok(ResolvedEndpoints { service, iam, sts, region })
    }
}

impl ResolvedEndpoints {
    pub(super) fn all(&self) -> impl Iterator<Item = &Endpoint> {
        self.service.iter().chain(&self.iam).chain(&self.sts)
    }

    /// Returns the signing algorithm that all hosts of the service require.
    pub(super) fn signing(&self) -> Result<Signing, Error> {
        let signing = Signing::of(&self.service[0]);
        if self.service.iter().all(|endpoint| Signing::of(endpoint) == signing) {
            return Ok(signing);
        }
        let hosts = self.service.iter().map(|endpoint| endpoint.host.as_str()).collect::<Vec<_>>().join(", ");
        Err(Error::configuration(format!(
            "endpoint is a list of hosts that require different signing algorithms ({hosts}); list only endpoints of one \
             region and kind, or set the algorithm with signing(...)"
        )))
    }
}

pub(super) fn missing(setting: &str, setter: &str) -> Error {
    Error::configuration(format!("the client has no {setting}; call {setter} before build()"))
}
