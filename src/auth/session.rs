//! The authentication state of a client: the cached credential, the project ID, the lockout guard and the clock skew.
//!
//! Invariants: a credential is refreshed before it expires, once for all concurrent callers. A rejected credential is
//! replaced at most once per call, if its provider returns a different one. A signed request that is rejected because
//! of clock skew is sent again once per call, signed with the service's time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::Credentials;
use super::authentication::{AttemptError, Authentication, Signing};
use super::credential::IamCredential;
use super::iam::ClientContext;
use super::lockout::LockoutGuard;
use super::single_flight::SingleFlight;
use crate::error::Error;
use crate::http::HttpTransport;

/// The time before the expiry of a token at which it is refreshed.
const TOKEN_REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);
/// The time before the expiry of a temporary access key at which it is refreshed.
const KEY_REFRESH_MARGIN: Duration = Duration::from_secs(10 * 60);

/// The maximum clock skew that is not corrected. The service accepts 15 minutes.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(5);

/// The pause after a failed refresh, while the cached credential is still valid.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Session {
    context: Arc<ClientContext>,
    credentials: Credentials,
    signing: Signing,
    cached: SingleFlight<Cached>,
    refresh_failed_at: Mutex<Option<SystemTime>>,
    project: SingleFlight<Arc<str>>,
    guard: LockoutGuard,
    /// The service's time minus the local time; zero until a skew is detected.
    skew: Mutex<TimeDelta>,
}

/// The recoveries that a call has used: each at most once, in all of its attempts.
#[derive(Default)]
pub(crate) struct CallRecovery {
    credential_refreshed: AtomicBool,
    clock_corrected: AtomicBool,
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

impl Session {
    pub(crate) fn new(context: ClientContext, credentials: Credentials, signing: Signing) -> Self {
        Self {
            context: Arc::new(context),
            credentials,
            signing,
            cached: SingleFlight::default(),
            refresh_failed_at: Mutex::default(),
            project: SingleFlight::default(),
            guard: LockoutGuard::default(),
            skew: Mutex::new(TimeDelta::zero()),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn transport(&self) -> &HttpTransport {
        &self.context.transport
    }

    pub(crate) fn signing(&self) -> &Signing {
        &self.signing
    }

    pub(crate) fn region(&self) -> Option<&str> {
        self.context.region.as_deref()
    }

    pub(crate) fn configured_project_id(&self) -> Option<&str> {
        self.context.project_id.as_deref()
    }

    /// Returns the configured project ID, or looks it up via IAM once.
    pub(crate) async fn project_id(self: &Arc<Self>) -> Result<Arc<str>, Error> {
        if let Some(id) = &self.context.project_id {
            return Ok(id.clone());
        }
        let look_up = || {
            let session = self.clone();
            Box::pin(async move {
                let look_up = |authentication| session.context.look_up_project(authentication);
                Ok(session.exchange(&CallRecovery::default(), look_up).await?.into())
            }) as _
        };
        self.project.get(|_| true, look_up).await
    }

    fn now(&self) -> SystemTime {
        (self.context.clock)()
    }

    /// Runs an exchange with the credential. If the credential is rejected and the provider returns a different one,
    /// runs it again with that one, at most once per call.
    pub(crate) async fn exchange<T, F>(
        &self,
        recovery: &CallRecovery,
        exchange: impl Fn(Authentication) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, AttemptError>>,
    {
        let credential = self.credential().await?;
        match self.exchange_with(&credential, recovery, &exchange).await {
            Err(error) if error.is_unauthorized() => {
                self.cached.invalidate_if(|cached| cached.credential == credential);
                if recovery.credential_refreshed.swap(true, Ordering::Relaxed) {
                    return Err(error);
                }
                let fresh = self.credential().await?;
                if fresh == credential {
                    return Err(error);
                }
                self.exchange_with(&fresh, recovery, &exchange).await
            }
            result => result,
        }
    }

    /// Returns the cached credential, or obtains one if none is cached or the cached one expires soon.
    async fn credential(&self) -> Result<IamCredential, Error> {
        let now = self.now();
        let still_valid = || self.cached.peek().filter(|cached| cached.is_valid(now)).map(|cached| cached.credential);
        let paused = |failed: SystemTime| now.duration_since(failed).is_ok_and(|since| since < REFRESH_PAUSE);
        if (*lock(&self.refresh_failed_at)).is_some_and(paused)
            && let Some(credential) = still_valid()
        {
            return Ok(credential);
        }
        let fetch = || {
            let (credentials, context) = (self.credentials.clone(), self.context.clone());
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
        match still_valid().filter(|_| !error.is_unauthorized()) {
            Some(credential) => {
                *lock(&self.refresh_failed_at) = Some(now);
                Ok(credential)
            }
            None => Err(error),
        }
    }

    async fn exchange_with<T, F>(
        &self,
        credential: &IamCredential,
        recovery: &CallRecovery,
        exchange: impl Fn(Authentication) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, AttemptError>>,
    {
        // A permit covers at most two requests; the second one corrects the clock skew.
        let permit_timeout = self.transport().attempt_timeout.saturating_mul(2);
        let permit = loop {
            let mut permit = self.guard.acquire(credential, || self.now(), permit_timeout).await?;
            self.transport().acquire().await;
            if permit.start(self.now())? {
                break permit;
            }
        };
        let authentication = self.authentication(credential);
        let signed_at = authentication.time;
        let mut result = exchange(authentication).await;
        let skew = result.as_ref().err().and_then(|failed| clock_skew_of(credential, failed, signed_at));
        if let Some(skew) = skew.filter(|_| !recovery.clock_corrected.swap(true, Ordering::Relaxed)) {
            let previous = std::mem::replace(&mut *lock(&self.skew), self.local_skew(signed_at, skew));
            self.transport().acquire().await;
            result = exchange(self.authentication(credential)).await.map_err(|failed| with_skew_note(failed, skew));
            if result.as_ref().is_err_and(|failed| failed.error.is_unauthorized()) {
                *lock(&self.skew) = previous;
            }
        }
        let result = result.map_err(|failed| failed.error);
        permit.report(&result, self.now());
        result
    }

    fn authentication(&self, credential: &IamCredential) -> Authentication {
        let (now, skew) = (self.now(), *lock(&self.skew));
        let time = DateTime::<Utc>::from(now).checked_add_signed(skew).map_or(now, SystemTime::from);
        Authentication { credential: credential.clone(), signing: self.signing.clone(), time }
    }

    /// Returns the service's time minus the local time, from the skew of a request that was signed at this time.
    fn local_skew(&self, signed_at: SystemTime, skew: TimeDelta) -> TimeDelta {
        DateTime::<Utc>::from(signed_at) + skew - DateTime::<Utc>::from(self.now())
    }
}

/// Returns the service's time minus the time of a signature, if the difference may be the reason for the rejection.
fn clock_skew_of(credential: &IamCredential, failed: &AttemptError, signed_at: SystemTime) -> Option<TimeDelta> {
    let rejected = credential.is_access_key() && failed.error.is_unauthorized();
    let server_time = DateTime::<Utc>::from(failed.server_time.filter(|_| rejected)?);
    let skew = server_time - DateTime::<Utc>::from(signed_at);
    // A year outside this range is not from a working clock.
    ((2000..=9999).contains(&server_time.year()) && skew.abs() > MAX_SKEW).then_some(skew)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_skew_note(failed: AttemptError, skew: TimeDelta) -> AttemptError {
    if !failed.error.is_unauthorized() {
        return failed;
    }
    let minutes = (skew.num_seconds().abs() + 30) / 60;
    let direction = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
    let note = format!(
        "the local clock is {minutes} minutes {direction} the service's; a request signed with the service's time was \
         rejected too"
    );
    AttemptError { error: failed.error.with_note(&note), ..failed }
}
