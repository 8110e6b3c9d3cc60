//! What a client keeps of its credential: the one in use, whether the key was accepted, and how far the clock is off.
//!
//! The rules it keeps: a credential is renewed before its end and by one caller for all; one that is refused is replaced
//! once, by its value; a signed request that is refused for a clock that is off is sent once more by the service's time.

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

/// How long before its end a credential is renewed: a token, and temporary keys.
const TOKEN_REFRESH_MARGIN: Duration = Duration::from_secs(5 * 60);
const KEY_REFRESH_MARGIN: Duration = Duration::from_secs(10 * 60);

/// The service takes a difference of 15 minutes; one of more than five is told and mended.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(5);

/// How long a renewal that failed is not tried again, while the credential is still good.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Session {
    iam: Arc<ClientContext>,
    credentials: Credentials,
    signing: Signing,
    cached: SingleFlight<Cached>,
    refresh_failed_at: Mutex<Option<SystemTime>>,
    project: SingleFlight<Arc<str>>,
    guard: LockoutGuard,
    /// The service's time minus ours, when it was seen to be off.
    skew: Mutex<TimeDelta>,
}

/// What is done once in a call, however often it is tried again.
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
        let Some(end) = self.credential.expires_at else { return true };
        let margin = if self.credential.is_access_key() { KEY_REFRESH_MARGIN } else { TOKEN_REFRESH_MARGIN };
        // One that lives shorter than its margin is good for half its life.
        let half = end.duration_since(self.fetched_at).unwrap_or_default() / 2;
        now + margin.min(half) < end
    }

    fn is_alive(&self, now: SystemTime) -> bool {
        self.credential.expires_at.is_none_or(|end| now < end)
    }
}

impl Session {
    pub(crate) fn new(iam: ClientContext, credentials: Credentials, signing: Signing) -> Self {
        Self {
            iam: Arc::new(iam),
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
        &self.iam.transport
    }

    pub(crate) fn signing(&self) -> &Signing {
        &self.signing
    }

    pub(crate) fn region(&self) -> Option<&str> {
        self.iam.region.as_deref()
    }

    pub(crate) fn configured_project_id(&self) -> Option<&str> {
        self.iam.project_id.as_deref()
    }

    /// The project's id: as it was set, or looked up at IAM once.
    pub(crate) async fn project_id(self: &Arc<Self>) -> Result<Arc<str>, Error> {
        if let Some(id) = &self.iam.project_id {
            return Ok(id.clone());
        }
        let look_up = || {
            let session = self.clone();
            Box::pin(async move {
                let look_up = |authentication| session.iam.look_up_project(authentication);
                Ok(session.exchange(&CallRecovery::default(), look_up).await?.into())
            }) as _
        };
        self.project.get(|_| true, look_up).await
    }

    fn now(&self) -> SystemTime {
        (self.iam.clock)()
    }

    /// Runs an exchange with the credential; when that is refused and another one can be had, once more with that, once
    /// in a call.
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

    /// The credential in use, or a new one when there is none or its end is near.
    async fn credential(&self) -> Result<IamCredential, Error> {
        let now = self.now();
        let good = || self.cached.peek().filter(|cached| cached.is_alive(now)).map(|cached| cached.credential);
        let paused = |failed: SystemTime| now.duration_since(failed).is_ok_and(|since| since < REFRESH_PAUSE);
        if (*lock(&self.refresh_failed_at)).is_some_and(paused)
            && let Some(credential) = good()
        {
            return Ok(credential);
        }
        let fetch = || {
            let (credentials, iam) = (self.credentials.clone(), self.iam.clone());
            Box::pin(async move {
                let credential = credentials.resolve(&iam).await?;
                credential.check()?;
                Ok(Cached { credential, fetched_at: now })
            }) as _
        };
        let error = match self.cached.get(|cached| cached.is_fresh(now), fetch).await {
            Ok(cached) => return Ok(cached.credential),
            Err(error) => error,
        };
        // It can't be renewed for the moment, but is still good. A refused login will not get better by itself.
        match good().filter(|_| !error.is_unauthorized()) {
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
        // Two attempts at most, the second by the service's time.
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
        let off = result.as_ref().err().and_then(|refusal| clock_skew_of(credential, refusal, signed_at));
        if let Some(off) = off.filter(|_| !recovery.clock_corrected.swap(true, Ordering::Relaxed)) {
            let before = std::mem::replace(&mut *lock(&self.skew), self.skew_to(signed_at, off));
            self.transport().acquire().await;
            result = exchange(self.authentication(credential)).await.map_err(|refusal| with_skew_note(refusal, off));
            if result.as_ref().is_err_and(|refusal| refusal.error.is_unauthorized()) {
                *lock(&self.skew) = before;
            }
        }
        let result = result.map_err(|refusal| refusal.error);
        permit.report(&result, self.now());
        result
    }

    fn authentication(&self, credential: &IamCredential) -> Authentication {
        let (now, skew) = (self.now(), *lock(&self.skew));
        let time = DateTime::<Utc>::from(now).checked_add_signed(skew).map_or(now, SystemTime::from);
        Authentication { credential: credential.clone(), signing: self.signing.clone(), time }
    }

    /// The service's time minus ours, after a request that was signed at this time was off by so much.
    fn skew_to(&self, signed_at: SystemTime, off: TimeDelta) -> TimeDelta {
        DateTime::<Utc>::from(signed_at) + off - DateTime::<Utc>::from(self.now())
    }
}

/// How far the time that a request was signed with is from the service's, if that may be why it was refused.
fn clock_skew_of(credential: &IamCredential, refusal: &AttemptError, signed_at: SystemTime) -> Option<TimeDelta> {
    let refused = credential.is_access_key() && refusal.error.is_unauthorized();
    let server_time = DateTime::<Utc>::from(refusal.server_time.filter(|_| refused)?);
    // A time far from any that people sign at is no clock's.
    let off = server_time - DateTime::<Utc>::from(signed_at);
    ((2000..=9999).contains(&server_time.year()) && off.abs() > MAX_SKEW).then_some(off)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_skew_note(refusal: AttemptError, skew: TimeDelta) -> AttemptError {
    if !refusal.error.is_unauthorized() {
        return refusal;
    }
    let minutes = (skew.num_seconds().abs() + 30) / 60;
    let where_to = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
    let note = format!(
        "this machine's clock is {minutes} minutes {where_to} the service's; signing by the service's time was tried too"
    );
    AttemptError { error: refusal.error.with_note(&note), ..refusal }
}
