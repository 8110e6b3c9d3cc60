//! The login at a proxy that has a user name and a password in its variable.
//!
//! Repeated rejections lock the account, often in the directory of a company. Until the proxy accepts the password, one
//! request is sent at a time. After a rejection, none is sent for five minutes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, MutexGuard};
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::error::attempt::AttemptError;

/// The time for which a rejected password is not sent again.
const REJECTION: Duration = Duration::from_secs(5 * 60);

/// The login of all clones of a client.
pub(crate) struct ProxyLogin {
    known: Mutex<Known>,
    turn: Turn<()>,
}

enum Known {
    Unverified,
    Accepted,
    Rejected { error: Error, until: Instant },
}

impl ProxyLogin {
    pub(crate) fn new() -> Self {
        Self { known: Mutex::new(Known::Unverified), turn: Turn::default() }
    }

    /// Waits until a request may be sent. The guard must be kept until the result is learned. `patience` limits the time to
    /// wait for another request, whose caller may not poll it.
    pub(crate) async fn acquire(&self, patience: Duration) -> Result<Option<MutexGuard<'_, ()>>, Error> {
        if self.is_accepted()? {
            return Ok(None);
        }
        let turn = timeout(patience, self.turn.lock()).await.ok();
        // The result of the request before is known now.
        Ok(if self.is_accepted()? { None } else { turn })
    }

    fn is_accepted(&self) -> Result<bool, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Known::Accepted => Ok(true),
            Known::Unverified => Ok(false),
            Known::Rejected { error, until } if *until > Instant::now() => Err(error.clone()),
            Known::Rejected { .. } => {
                *known = Known::Unverified;
                Ok(false)
            }
        }
    }

    /// Learns from a result whether the proxy accepts the password.
    pub(crate) fn learn<T>(&self, result: &Result<T, AttemptError>) {
        let learned = match result.as_ref().map_err(|failed| &failed.error) {
            Err(error) if error.is_rejected_by_proxy() => {
                let note = "the password is not sent again for five minutes";
                Known::Rejected { error: error.clone().with_note(note), until: Instant::now() + REJECTION }
            }
            Err(error) if error.status().is_none() => return,
            _ => Known::Accepted,
        };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = learned;
    }
}
