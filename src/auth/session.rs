//! What a client keeps of its credential: the one in use, whether the key was accepted, and how far the clock is off.
//!
//! The rules it keeps: a credential is renewed before its end and by one caller for all; one that is refused is replaced
//! once, by its value; a signed request that is refused for a clock that is off is sent once more by the service's time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};

use super::Credentials;
use super::authentication::{Authentication, Refusal, Signing};
use super::credential::Credential;
use super::flight::Flight;
use super::guard::Guard;
use super::iam::Iam;
use crate::error::Error;
use crate::failure::Link;

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How long before its end a credential is renewed: a token, and temporary keys.
const TOKEN_MARGIN: Duration = Duration::from_secs(5 * 60);
const KEY_MARGIN: Duration = Duration::from_secs(10 * 60);

/// The service takes a difference of 15 minutes; one of more than five is told and mended.
const SKEW: TimeDelta = TimeDelta::minutes(5);

pub(crate) struct Session {
    iam: Iam,
    credentials: Credentials,
    signing: Signing,
    clock: Clock,
    cached: Flight<Cached>,
    project: Flight<Arc<str>>,
    guard: Guard,
    /// The service's time minus ours, when it was seen to be off.
    skew: Mutex<TimeDelta>,
}

#[derive(Clone)]
struct Cached {
    credential: Credential,
    fetched_at: SystemTime,
}

impl Cached {
    fn is_fresh(&self, now: SystemTime) -> bool {
        let Some(end) = self.credential.expires_at else { return true };
        let margin = if self.credential.is_access_key() { KEY_MARGIN } else { TOKEN_MARGIN };
        // One that lives shorter than its margin is good for half its life.
        let half = end.duration_since(self.fetched_at).unwrap_or_default() / 2;
        now + margin.min(half) < end
    }

    fn is_alive(&self, now: SystemTime) -> bool {
        self.credential.expires_at.is_none_or(|end| now < end)
    }
}

impl Session {
    pub(crate) fn new(iam: Iam, credentials: Credentials, signing: Signing, clock: Clock) -> Self {
        Self {
            iam,
            credentials,
            signing,
            clock,
            cached: Flight::default(),
            project: Flight::default(),
            guard: Guard::default(),
            skew: Mutex::new(TimeDelta::zero()),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn link(&self) -> &Link {
        &self.iam.link
    }

    pub(crate) fn given_project_id(&self) -> Option<&str> {
        self.iam.project_id.as_deref()
    }

    /// The project's id: as it was set, or looked up at IAM once.
    pub(crate) async fn project_id(&self) -> Result<Arc<str>, Error> {
        match &self.iam.project_id {
            Some(id) => Ok(id.clone()),
            None => {
                let look_up = |authentication| self.iam.look_up_project(authentication);
                self.project.get(|_| true, || async { Ok(self.exchange(look_up).await?.into()) }).await
            }
        }
    }

    fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// Runs an exchange with the credential; when that is refused and another one can be had, once more with that.
    pub(crate) async fn exchange<T, F>(&self, exchange: impl Fn(Authentication) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let credential = self.credential().await?;
        match self.exchange_with(&credential, &exchange).await {
            Err(error) if error.is_unauthorized() => {
                self.cached.forget(|cached| cached.credential == credential);
                let fresh = self.credential().await?;
                if fresh == credential {
                    return Err(error);
                }
                self.exchange_with(&fresh, &exchange).await
            }
            result => result,
        }
    }

    /// The credential in use, or a new one when there is none or its end is near.
    async fn credential(&self) -> Result<Credential, Error> {
        let now = self.now();
        let fetch = || async {
            let credential = self.credentials.resolve(&self.iam).await?;
            credential.check()?;
            Ok(Cached { credential, fetched_at: now })
        };
        match self.cached.get(|cached| cached.is_fresh(now), fetch).await {
            Ok(cached) => Ok(cached.credential),
            // It can't be renewed for the moment, but is still good.
            Err(error) => match self.cached.peek().filter(|cached| error.is_retryable() && cached.is_alive(now)) {
                Some(cached) => Ok(cached.credential),
                None => Err(error),
            },
        }
    }

    async fn exchange_with<T, F>(
        &self,
        credential: &Credential,
        exchange: impl Fn(Authentication) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let turn = self.guard.enter(credential, || self.now()).await?;
        let mut result = exchange(self.authentication(credential)).await;
        if let Some(skew) = result.as_ref().err().and_then(|refusal| self.skew_seen(credential, refusal)) {
            *self.skew() = skew;
            result = exchange(self.authentication(credential)).await.map_err(|refusal| name_skew(refusal, skew));
        }
        let result = result.map_err(|refusal| refusal.error);
        turn.report(&result, self.now());
        result
    }

    fn authentication(&self, credential: &Credential) -> Authentication {
        let time = (DateTime::<Utc>::from(self.now()) + *self.skew()).into();
        Authentication { credential: credential.clone(), signing: self.signing.clone(), time }
    }

    /// How far the clock is off, if that may be why a signed request was refused.
    fn skew_seen(&self, credential: &Credential, refusal: &Refusal) -> Option<TimeDelta> {
        let server_time =
            refusal.server_time.filter(|_| credential.is_access_key() && refusal.error.is_unauthorized())?;
        let skew = DateTime::<Utc>::from(server_time) - DateTime::<Utc>::from(self.now());
        // What it was signed with, not what the clock says: a mended clock is no cause any more.
        let left = skew - *self.skew();
        (left.abs() > SKEW).then_some(skew)
    }

    fn skew(&self) -> MutexGuard<'_, TimeDelta> {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name_skew(refusal: Refusal, skew: TimeDelta) -> Refusal {
    let minutes = (skew.num_seconds().abs() + 30) / 60;
    let where_to = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
    let note = format!(
        "this machine's clock is {minutes} minutes {where_to} the service's; signing by the service's time was tried too"
    );
    Refusal { error: refusal.error.with_note(&note), ..refusal }
}
