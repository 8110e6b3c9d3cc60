//! The service's time format.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::constraints::quoted;
use crate::error::Error;

/// A UTC time in the service's format, for example `20151212T121212Z`.
///
/// It keeps the text unchecked, so that a malformed time does not fail a page. [`to_system_time`](Self::to_system_time)
/// parses it.
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
/// With feature `schemars`, it implements `schemars::JsonSchema`.
///
/// Source: [API reference, "Query the Device Authentication Template List", fields `create_time` and
/// `update_time`](crate::guide::sources).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(description = "A UTC time as the service writes it: 20151212T121212Z."))]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the text exactly as it was received.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the time, with a precision of one second. The types of other time libraries convert from `SystemTime`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the text is not a time in the documented format, or
    /// is out of the range of this platform's `SystemTime`.
    pub fn to_system_time(&self) -> Result<SystemTime, Error> {
        let time = calendar::parse_basic(&self.0).and_then(|seconds| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            // On some platforms, `SystemTime` cannot represent the year 0.
            if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
        });
        time.ok_or_else(|| {
            Error::invalid_input(format!(
                "timestamp is {}, but must have the format yyyyMMdd'T'HHmmss'Z', for example 20151212T121212Z",
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
