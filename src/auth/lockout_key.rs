//! The secrets that are locked after repeated failures: an access key, the login of an IAM user, or a login at a proxy.

use std::time::Duration;

use super::credential::IamCredential;
use super::secret::Secret;
use crate::error::attempt::AttemptError;
use crate::error::{Cause, Error};

/// The time for which the service locks an access key.
const KEY_LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// The time for which a password that a proxy rejected is not sent again. The account is often in the directory of a
/// company.
const PROXY_LOCKOUT: Duration = Duration::from_secs(5 * 60);
/// The time for which IAM locks a user.
const USER_LOCKOUT: Duration = Duration::from_secs(15 * 60);
/// The maximum number of requests with an access key without a response. One more request may be in flight: it is the
/// fifth failure at most.
const MAX_REQUESTS_WITHOUT_RESPONSE: u32 = 4;

/// The secrets of the requests that count as failures together.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum LockoutKey {
    AccessKey(IamCredential),
    Login {
        iam_endpoint: String,
        user: String,
        password: Secret,
    },
    /// The user name and password in a proxy variable.
    Proxy,
}

impl LockoutKey {
    /// Returns `None` for a token, which is never locked.
    pub(crate) fn of(credential: &IamCredential) -> Option<Self> {
        credential.is_access_key().then(|| Self::AccessKey(credential.clone()))
    }

    /// Returns the time for which a rejected key is not sent again.
    pub(crate) fn lockout(&self) -> Duration {
        match self {
            Self::AccessKey(_) => KEY_LOCKOUT,
            Self::Login { .. } => USER_LOCKOUT,
            Self::Proxy => PROXY_LOCKOUT,
        }
    }

    /// Returns the number of requests without a response after which an unverified key is not sent. `None` for a login,
    /// because it continues if its call is canceled, so nearly all results are known.
    pub(crate) fn max_requests_without_response(&self) -> Option<u32> {
        match self {
            Self::AccessKey(_) => Some(MAX_REQUESTS_WITHOUT_RESPONSE),
            Self::Login { .. } | Self::Proxy => None,
        }
    }

    /// Returns `true` if the request failed because of this key.
    pub(crate) fn is_rejected(&self, failed: &AttemptError) -> bool {
        match self {
            Self::AccessKey(_) | Self::Login { .. } => failed.error.may_reject_credential(),
            Self::Proxy => failed.error.is_rejected_by_proxy(),
        }
    }

    /// Returns `true` if a request with another failure shows that the key is accepted.
    pub(crate) fn is_accepted(&self, failed: &AttemptError) -> bool {
        match self {
            // The service itself responds only after it accepted the credential. A gateway may respond before.
            Self::AccessKey(_) | Self::Login { .. } => {
                failed.decoded || failed.error.code().is_some_and(|code| code.starts_with("IOTDA."))
            }
            Self::Proxy => failed.error.status().is_some(),
        }
    }

    /// Returns the error of the calls that send no request after this rejection.
    pub(crate) fn lockout_error(&self, rejection: &Error) -> Error {
        match self {
            Self::AccessKey(_) | Self::Login { .. } => rejection.clone(),
            Self::Proxy => rejection.clone().with_note("the password is not sent again for five minutes"),
        }
    }

    /// The error after this number of requests. `cause` is the last failure, `None` if the request was canceled.
    pub(crate) fn lockout_risk(&self, cause: Option<Error>) -> Error {
        let last = cause.as_ref().map_or("canceled", Error::message);
        let error = Error::credentials(format!(
            "refusing to send: {MAX_REQUESTS_WITHOUT_RESPONSE} requests with an unverified access key received no \
             response, and each may have counted as a failure (the 6th failure locks the key for 5 minutes); last \
             failure: {last}. Retry after 5 minutes, and let the first call with this key complete: do not cancel it, \
             and raise attempt_timeout if it timed out"
        ))
        .with_cause(Cause::Refused);
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}
