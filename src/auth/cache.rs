//! The credential cache: refreshes a credential before it expires, once for all concurrent callers.
//!
//! Invariant: while the cached credential is valid, no call waits for its refresh, and a failed refresh is no error.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::context::ClientContext;
use super::credential::IamCredential;
use super::credentials::Credentials;
use super::single_flight::{Fetch, SingleFlight};
use crate::error::Error;
use crate::log;

/// A token is refreshed this long before it expires.
const TOKEN_REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);
/// An access key is refreshed this long before it expires.
const KEY_REFRESH_MARGIN: Duration = Duration::from_secs(10 * 60);
/// After a failed refresh, the next one waits this long, as long as the cached credential is valid.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct CredentialCache {
    credentials: Credentials,
    context: Arc<ClientContext>,
    cached: SingleFlight<Cached>,
}

#[derive(Clone)]
struct Cached {
    credential: IamCredential,
    fetched_at: SystemTime,
}

impl Cached {
    fn is_fresh(&self, now: SystemTime) -> bool {
        let Some(expiry) = self.credential.expires_at else { return true };
        let margin = if self.credential.is_access_key() { KEY_REFRESH_MARGIN } else { TOKEN_REFRESH_MARGIN };
        // If the lifetime is short, the credential is used for half of it.
        let half = expiry.duration_since(self.fetched_at).unwrap_or_default() / 2;
        now + margin.min(half) < expiry
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.credential.expires_at.is_none_or(|expiry| now < expiry)
    }
}

impl CredentialCache {
    pub(crate) fn new(credentials: Credentials, context: Arc<ClientContext>) -> Self {
        let cached = SingleFlight::new("credential provider", context.transport.clock.clone());
        Self { credentials, context, cached }
    }

    /// Returns the cached credential, or obtains one if there is none or it has expired. If it expires soon, a refresh
    /// is started, which runs alongside the call.
    pub(crate) async fn get(&self) -> Result<IamCredential, Error> {
        let now = self.context.now();
        let is_fresh = |cached: &Cached| cached.is_fresh(now);
        let fetch = || self.fetch(now);
        if self.valid(now).is_some_and(|cached| !is_fresh(&cached)) && !self.is_refresh_paused(now) {
            self.cached.refresh(is_fresh, fetch);
        }
        // A provider that does not wait has already replaced the credential.
        if let Some(cached) = self.valid(now) {
            return Ok(cached.credential);
        }
        Ok(self.cached.get(is_fresh, fetch).await?.credential)
    }

    /// Removes the credential, if it is the cached one.
    pub(crate) fn invalidate(&self, credential: &IamCredential) {
        self.cached.invalidate_if(|cached| cached.credential == *credential);
    }

    fn fetch(&self, now: SystemTime) -> Fetch<Cached> {
        let (credentials, context) = (self.credentials.clone(), self.context.clone());
        let time_limit = self.credentials.provider.time_limit(&context);
        let future = Box::pin(async move {
            let (credential, source) = credentials.resolve(&context).await?;
            credential.check()?;
            log::credential_obtained(&credential, source);
            Ok(Cached { credential, fetched_at: now })
        });
        Fetch { time_limit, future }
    }

    fn valid(&self, now: SystemTime) -> Option<Cached> {
        self.cached.peek().filter(|cached| cached.is_valid(now))
    }

    fn is_refresh_paused(&self, now: SystemTime) -> bool {
        let failed_at = self.cached.failed_at();
        failed_at.is_some_and(|failed_at| now.duration_since(failed_at).is_ok_and(|since| since < REFRESH_PAUSE))
    }
}
