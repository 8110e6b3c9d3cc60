//! The workload identities of the server: agencies, identity providers, and the tokens of pods.

use std::time::{Duration, SystemTime};

use base64::Engine;
use serde_json::json;

use super::server::MockServer;
use crate::auth::id_token::BASE64;

impl MockServer {
    /// Lets STS issue temporary access keys of this agency for ID tokens with this audience (OIDC federation).
    ///
    /// STS rejects an ID token that is not a JSON Web Token, has expired by the [server's time](Self::set_time), or has
    /// another audience. It does not check the token's signature, issuer and subject. If the agency is added again, the new
    /// audience replaces the old one.
    ///
    /// Connect a client with [`OidcFederation::sts_endpoint`](crate::OidcFederation::sts_endpoint):
    ///
    /// ```
    /// # huaweicloud_iotda::mock::__doc_test(async {
    /// use std::time::{Duration, SystemTime};
    ///
    /// use huaweicloud_iotda::OidcFederation;
    /// use huaweicloud_iotda::mock::MockServer;
    ///
    /// let server = MockServer::start().await?;
    /// server.add_oidc_agency("provider-urn", "agency-urn", "my-audience");
    /// let id_token = MockServer::id_token("my-audience", SystemTime::now() + Duration::from_secs(600));
    ///
    /// let federation = OidcFederation::with_token("provider-urn", "agency-urn", id_token);
    /// let client = server.builder().credentials(federation.sts_endpoint(server.endpoint())).build()?;
    /// client.list_device_authentication_templates().await?;
    /// assert_eq!(server.issued_key_count(), 1);
    /// # Ok(())
    /// # });
    /// ```
    pub fn add_oidc_agency(
        &self,
        provider_urn: impl Into<String>,
        agency_urn: impl Into<String>,
        audience: impl Into<String>,
    ) {
        let urns = (provider_urn.into(), agency_urn.into());
        self.state().identity.workloads.agencies.insert(urns, audience.into());
    }

    /// Lets users with ID tokens of this audience log in at IAM (see [`IdentityProvider`](crate::IdentityProvider)).
    ///
    /// ID tokens are checked like those of [`add_oidc_agency`](Self::add_oidc_agency).
    pub fn add_identity_provider(&self, idp_id: impl Into<String>, audience: impl Into<String>) {
        self.state().identity.workloads.identity_providers.insert(idp_id.into(), audience.into());
    }

    /// Accepts this authorization token at [`pod_identity_uri`](Self::pod_identity_uri).
    pub fn add_pod_token(&self, token: impl Into<String>) {
        self.state().identity.workloads.pod_tokens.insert(token.into());
    }

    /// Rejects this authorization token of a pod from now on, and returns true if it was accepted before.
    pub fn remove_pod_token(&self, token: &str) -> bool {
        self.state().identity.workloads.pod_tokens.remove(token)
    }

    /// Returns the URI of the pod identity agent, for [`PodIdentity`](crate::PodIdentity) or the variable
    /// `HC_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn pod_identity_uri(&self) -> String {
        format!("{}/pod-identity/credentials", self.endpoint())
    }

    /// Creates an ID token with this audience and expiry. It is a JSON Web Token with an invalid signature.
    pub fn id_token(audience: &str, expires_at: SystemTime) -> String {
        let expiry = expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = json!({"iss": "https://mock.invalid", "sub": "mock", "aud": audience, "exp": expiry});
        let encode = |text: String| BASE64.encode(text);
        let header = json!({"alg": "none", "typ": "JWT"});
        [encode(header.to_string()), encode(claims.to_string()), encode("mock".to_owned())].join(".")
    }

    /// Sets the lifetime of the keys that STS, IAM and the pod identity agent issue from now on. Default: the requested
    /// one, or one hour.
    ///
    /// The server rejects a key after its expiry, by the [server's time](Self::set_time).
    pub fn set_issued_key_lifetime(&self, lifetime: Duration) {
        self.state().identity.workloads.key_lifetime = Some(lifetime);
    }

    /// Returns the number of temporary access keys that STS, IAM and the pod identity agent issued.
    pub fn issued_key_count(&self) -> usize {
        self.state().identity.workloads.issued_keys
    }
}
