//! The credential cache: refreshes a credential before it expires, once for all concurrent callers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::context::ClientContext;
use super::credential::IamCredential;
use super::credentials::Credentials;
use super::single_flight::SingleFlight;
use crate::error::Error;

/// A token is refreshed this long before it expires.
const TOKEN_REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);
/// An access key is refreshed this long before it expires.
const KEY_REFRESH_MARGIN: Duration = Duration::from_secs(10 * 60);
/// After a failed refresh, the next one waits this long, as long as the cached credential is valid.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct CredentialCache {
    cached: SingleFlight<Cached>,
    refresh_failed_at: Mutex<Option<SystemTime>>,
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
    /// Returns the cached credential, or obtains one if there is none or it expires soon.
    pub(crate) async fn get(
        &self,
        credentials: &Credentials,
        context: &Arc<ClientContext>,
    ) -> Result<IamCredential, Error> {
        let now = context.now();
        if let Some(credential) = self.still_valid(now).filter(|_| self.is_refresh_paused(now)) {
            return Ok(credential);
        }
        let fetch = || {
            let (credentials, context) = (credentials.clone(), context.clone());
            Box::pin(async move {
                let credential = credentials.resolve(&context).await?;
                credential.check()?;
                Ok(Cached { credential, fetched_at: now })
            }) as _
        };
        let error = match self.cached.get(|cached| cached.is_fresh(now), fetch).await {
            Ok(cached) => return Ok(cached.credential),
            Err(error) => error,
        };
        // The refresh failed, but the cached credential is still valid. A rejected login is reported, because it is
        // permanent.
        match self.still_valid(now).filter(|_| !error.may_reject_credential()) {
            Some(credential) => {
                *self.refresh_failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                Ok(credential)
            }
            None => Err(error),
        }
    }

    /// Removes the credential, if it is the cached one.
    pub(crate) fn invalidate(&self, credential: &IamCredential) {
        self.cached.invalidate_if(|cached| cached.credential == *credential);
    }

    fn still_valid(&self, now: SystemTime) -> Option<IamCredential> {
        self.cached.peek().filter(|cached| cached.is_valid(now)).map(|cached| cached.credential)
    }

    fn is_refresh_paused(&self, now: SystemTime) -> bool {
        let failed_at = *self.refresh_failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|failed_at| now.duration_since(failed_at).is_ok_and(|since| since < REFRESH_PAUSE))
    }
}
