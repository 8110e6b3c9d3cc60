//! The session of a client: the exchange of an attempt with its credential, its permit and its clock correction.
//!
//! Invariants: a rejected credential is replaced at most once per call, if its provider returns a different one. A signed
//! request that is rejected because of clock skew is sent again once per call, signed with the service's time, and only
//! with a permit for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::cache::CredentialCache;
use super::clock_skew::{self, ClockSkew};
use super::context::ClientContext;
use super::credential::IamCredential;
use super::credentials::Credentials;
use super::lockout_key::LockoutKey;
use super::signing::{Authentication, Signing};
use super::single_flight::{Fetch, SingleFlight};
use crate::error::Error;
use crate::error::attempt::AttemptError;
use crate::http::HttpTransport;

pub(crate) struct Session {
    pub(crate) context: Arc<ClientContext>,
    pub(crate) credentials: Credentials,
    pub(crate) signing: Arc<Signing>,
    cache: CredentialCache,
    project: SingleFlight<Arc<str>>,
    clock_skew: ClockSkew,
}

/// The recoveries that a call makes at most once, over all of its attempts.
#[derive(Default)]
pub(crate) struct CallRecovery {
    credential_refreshed: AtomicBool,
    clock_corrected: AtomicBool,
}

impl Session {
    pub(crate) fn new(context: ClientContext, credentials: Credentials, signing: Signing) -> Self {
        let context = Arc::new(context);
        Self {
            cache: CredentialCache::new(credentials.clone(), context.clone()),
            project: SingleFlight::new("project lookup", context.transport.clock.clone()),
            clock_skew: ClockSkew::default(),
            context,
            credentials,
            signing: Arc::new(signing),
        }
    }

    pub(crate) fn transport(&self) -> &HttpTransport {
        &self.context.transport
    }

    /// Returns the project ID: the configured one, or the result of an IAM lookup, which is cached.
    pub(crate) async fn project_id(self: &Arc<Self>) -> Result<Arc<str>, Error> {
        if let Some(id) = &self.context.project_id {
            return Ok(id.clone());
        }
        let look_up = || {
            let session = self.clone();
            let future = Box::pin(async move {
                let look_up = |authentication| session.context.look_up_project(authentication);
                Ok(session.exchange(&CallRecovery::default(), look_up).await?.into())
            });
            // The lookup obtains a credential, and sends up to two requests.
            let credential_limit = self.credentials.provider.time_limit(&self.context);
            let time_limit = credential_limit.saturating_add(self.permit_timeout());
            Fetch { time_limit, future }
        };
        self.project.get(|_| true, look_up).await
    }

    /// Makes an attempt with the credential. If the credential is rejected and the provider returns a different one, makes
    /// another attempt with that, once per call.
    pub(crate) async fn exchange<T, F>(
        &self,
        recovery: &CallRecovery,
        attempt: impl Fn(Authentication) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, AttemptError>>,
    {
        let credential = self.cache.get().await?;
        let error = match self.exchange_with(&credential, recovery, &attempt).await {
            Err(error) if error.may_reject_credential() => error,
            result => return result,
        };
        self.cache.invalidate(&credential);
        if recovery.credential_refreshed.swap(true, Ordering::Relaxed) {
            return Err(error);
        }
        let fresh = self.cache.get().await?;
        if fresh == credential {
            return Err(error);
        }
        self.exchange_with(&fresh, recovery, &attempt).await
    }

    async fn exchange_with<T, F>(
        &self,
        credential: &IamCredential,
        recovery: &CallRecovery,
        attempt: impl Fn(Authentication) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, AttemptError>>,
    {
        let (lockout, clock) = (&self.context.lockout, &self.transport().clock);
        let mut permit = lockout.permit(LockoutKey::of(credential), clock, self.permit_timeout());
        let pace = || self.transport().pace.acquire();
        permit.acquire(pace).await?;
        let authentication = self.authentication(credential);
        let signed_at = authentication.time;
        let mut result = attempt(authentication).await;
        let now = self.context.now();
        let detected = result.as_ref().err().and_then(|failed| clock_skew::detect(credential, failed, signed_at, now));
        if let Some(detected) = detected
            && !recovery.clock_corrected.swap(true, Ordering::Relaxed)
            && permit.acquire(pace).await.is_ok()
        {
            let previous = self.clock_skew.replace(detected.local);
            result = attempt(self.authentication(credential)).await.map_err(|failed| detected.at_signing.note(failed));
            if result.as_ref().is_err_and(|failed| failed.error.may_reject_credential()) {
                self.clock_skew.replace(previous);
            }
        }
        permit.report(&result);
        result.map_err(|failed| failed.error)
    }

    /// The maximum time that a permit is in use: two attempts.
    fn permit_timeout(&self) -> Duration {
        self.transport().timeouts.attempt.saturating_mul(2)
    }

    fn authentication(&self, credential: &IamCredential) -> Authentication {
        let time = self.clock_skew.correct(self.context.now());
        Authentication { credential: credential.clone(), signing: self.signing.clone(), time }
    }
}
