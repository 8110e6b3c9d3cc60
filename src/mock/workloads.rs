//! The state of the workload identities: OIDC federation (STS), identity providers (IAM) and pod identity (CCE).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Workloads {
    /// The audiences of the agencies, by provider URN and agency URN.
    pub(super) agencies: HashMap<(String, String), String>,
    /// The audiences of the identity providers, by their IDs.
    pub(super) identity_providers: HashMap<String, String>,
    /// The authorization tokens of pods.
    pub(super) pod_tokens: HashSet<String>,
    /// The unscoped tokens that IAM issued.
    pub(super) unscoped_tokens: HashSet<String>,
    /// The lifetime of issued keys, instead of the requested one.
    pub(super) key_lifetime: Option<Duration>,
    pub(super) issued_keys: usize,
}
