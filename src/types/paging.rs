//! The three values that say which page: limit, offset, marker.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::constraints::{PAGE_LIMIT, PAGE_MARKER, PAGE_OFFSET};
use crate::error::Error;

/// A whole number that keeps a rule of the document.
macro_rules! bounded_integer {
    ($(#[$documentation:meta])* $name:ident, $field:literal, $rule:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl $name {
            /// The smallest value.
            pub const MIN: Self = Self($rule.minimum);
            /// The largest value.
            pub const MAX: Self = Self($rule.maximum);

            /// The number itself.
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl Default for $name {
            /// What the service takes when the value is not sent.
            fn default() -> Self {
                Self($rule.default)
            }
        }

        impl TryFrom<u32> for $name {
            type Error = Error;

            /// # Errors
            ///
            /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the number is out of bounds.
            fn try_from(value: u32) -> Result<Self, Error> {
                $rule.check($field, value).map(Self).map_err(Error::invalid_input)
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> u32 {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "integer",
                    "format": "int32",
                    "minimum": $rule.minimum,
                    "maximum": $rule.maximum,
                    "default": $rule.default,
                })
            }
        }
    };
}

bounded_integer! {
    /// How many records a page holds at most: 1 to 50, 10 by default.
    ///
    /// In a [`ListRequest`](crate::ListRequest) a plain number does.
    ///
    /// ```
    /// use huaweicloud_iotda::types::PageLimit;
    ///
    /// assert_eq!((PageLimit::MIN.get(), PageLimit::MAX.get()), (1, 50));
    /// assert_eq!(PageLimit::default().get(), 10);
    /// assert!(PageLimit::try_from(51).is_err());
    /// ```
    ///
    /// Source: both pages of the vendor's API reference, parameter `limit`.
    PageLimit, "limit", PAGE_LIMIT
}

bounded_integer! {
    /// How many records to skip, counted from the marker: 0 to 500, 0 by default.
    ///
    /// At 50 records a page it reaches pages 1 to 11; further on only a marker leads. In a
    /// [`ListRequest`](crate::ListRequest) a plain number does.
    ///
    /// ```
    /// use huaweicloud_iotda::types::PageOffset;
    ///
    /// assert_eq!((PageOffset::default().get(), PageOffset::MAX.get()), (0, 500));
    /// assert!(PageOffset::try_from(501).is_err());
    /// ```
    ///
    /// Source: both pages of the vendor's API reference, parameter `offset`.
    PageOffset, "offset", PAGE_OFFSET
}

/// Where a listing goes on: the id of the last record of a page, 24 hexadecimal characters.
///
/// Records come in descending order of their ids; a marker asks for those with smaller ids. Only an answer
/// can give one ([`Page::next_marker`](crate::Page::next_marker)): a device's record id is none of its fields. Treat it as
/// opaque, store it as text, and give it back to
/// [`marker`](crate::ListRequest::marker) to go on where a run ended.
///
/// The default is the service's own: 24 times `f`, before the newest record.
///
/// Source: both pages of the vendor's API reference, parameter `marker`.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt;
/// use huaweicloud_iotda::types::Marker;
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 12);
/// # let client = server.client()?;
///
/// let devices = client.list_device_by_device_certificate("my-certificate");
/// let page = devices.clone().limit(10).send().await?;
/// let stored = page.next_marker.ok_or("there is more")?.to_string(); // 24 hexadecimal characters
///
/// let marker: Marker = stored.parse()?;
/// let rest: Vec<_> = devices.marker(marker).items().try_collect().await?;
/// assert_eq!(rest.len(), 2);
/// assert!("66178add".parse::<Marker>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker([u8; MARKER_CHARS]);

/// All markers are of one length.
const MARKER_CHARS: usize = PAGE_MARKER.maximum;
const _: () = assert!(PAGE_MARKER.minimum == MARKER_CHARS && PAGE_MARKER.default.len() == MARKER_CHARS);

impl Marker {
    /// The marker's text, as the service gave it.
    pub fn as_str(&self) -> &str {
        // Hexadecimal characters are text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether this record comes after the other one in a listing: smaller as a number, in any letter case.
    pub(crate) fn comes_after(&self, other: &Self) -> bool {
        self.0.map(|digit| digit.to_ascii_lowercase()) < other.0.map(|digit| digit.to_ascii_lowercase())
    }
}

impl Default for Marker {
    fn default() -> Self {
        let mut digits = [0; MARKER_CHARS];
        digits.copy_from_slice(PAGE_MARKER.default.as_bytes());
        Self(digits)
    }
}

impl TryFrom<String> for Marker {
    type Error = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the text is not 24 hexadecimal characters.
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl FromStr for Marker {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the text is not 24 hexadecimal characters.
    fn from_str(text: &str) -> Result<Self, Error> {
        PAGE_MARKER.check("marker", text).map_err(Error::invalid_input)?;
        let mut digits = [0; MARKER_CHARS];
        digits.copy_from_slice(text.as_bytes());
        Ok(Self(digits))
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> String {
        marker.as_str().to_owned()
    }
}

impl From<&Marker> for String {
    fn from(marker: &Marker) -> String {
        marker.as_str().to_owned()
    }
}

impl AsRef<str> for Marker {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Marker").field(&self.as_str()).finish()
    }
}

/// The start of a listing: after a [`Marker`], or at the newest record. The argument of
/// [`ListRequest::marker`](crate::ListRequest::marker).
///
/// It is converted from a [`Marker`], from its text, or from an `Option` of either; `None` is the newest record, and so is the
/// default. Text is checked when the request is sent.
///
/// ```
/// use huaweicloud_iotda::types::{Marker, StartMarker};
///
/// let marker: Marker = "66178add3b98944277000000".parse()?;
/// assert_eq!(StartMarker::from(Some(marker)), StartMarker::from("66178add3b98944277000000"));
/// assert_eq!(StartMarker::from(None::<Marker>), StartMarker::default());
/// # Ok::<(), huaweicloud_iotda::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StartMarker(Option<String>);

impl StartMarker {
    pub(crate) fn text(&self) -> Option<String> {
        self.0.clone()
    }
}

macro_rules! start_marker_from {
    ($($text:ty),*) => {$(
        impl From<$text> for StartMarker {
            fn from(marker: $text) -> Self {
                Self(Some(marker.into()))
            }
        }

        impl From<Option<$text>> for StartMarker {
            fn from(marker: Option<$text>) -> Self {
                Self(marker.map(Into::into))
            }
        }
    )*};
}

start_marker_from!(Marker, &Marker, String, &String, &str);

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Marker {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Marker".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "minLength": PAGE_MARKER.minimum,
            "maxLength": PAGE_MARKER.maximum,
            "pattern": PAGE_MARKER.pattern,
            "default": PAGE_MARKER.default,
        })
    }
}
