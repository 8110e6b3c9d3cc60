//! The service's form of a time.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::constraints::quoted;
use crate::error::Error;

/// The document's form, yyyyMMdd'T'HHmmss'Z'.
const FORM: &str = "%Y%m%dT%H%M%SZ";

/// A UTC time as the service writes it, for example `20151212T121212Z`.
///
/// It keeps the text whatever it is, so that an odd one does not fail a page; [`to_system_time`](Self::to_system_time) reads it.
///
/// Source: the vendor's page on querying the template list, fields `create_time` and `update_time`.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use huaweicloud_iotda::types::Timestamp;
///
/// let time = Timestamp::from("20151212T121212Z");
/// assert_eq!(time.to_system_time()?, UNIX_EPOCH + Duration::from_secs(1_449_922_332));
/// assert!(Timestamp::from("yesterday").to_system_time().is_err());
/// # Ok::<(), huaweicloud_iotda::Error>(())
/// ```
///
/// With feature `schemars` it implements `schemars::JsonSchema`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(description = "A UTC time as the service writes it: 20151212T121212Z."))]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as the service wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, to the second. `SystemTime` converts into every time library's own type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the text is not a time in the documented form, or
    /// lies before what this system's clock can hold.
    pub fn to_system_time(&self) -> Result<SystemTime, Error> {
        let parsed = NaiveDateTime::parse_from_str(&self.0, FORM).ok();
        let seconds = parsed.map(|time| time.and_utc().timestamp());
        // chrono also takes signs, fields of other widths and a second 60: only the documented form gives its own text again.
        let text_of = |seconds| DateTime::from_timestamp(seconds, 0).map(|time| time.format(FORM).to_string());
        let exact = seconds.filter(|&seconds| text_of(seconds).as_ref() == Some(&self.0));
        let time = exact.and_then(|seconds| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            // Not every system's clock goes back to the year 0.
            if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
        });
        time.ok_or_else(|| {
            Error::invalid_input(format!(
                "timestamp is {}, but must be a time in the form yyyyMMdd'T'HHmmss'Z', as 20151212T121212Z",
                quoted(&self.0)
            ))
        })
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
