//! The three paging parameters: limit, offset and marker.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::constraints::{PAGE_LIMIT, PAGE_MARKER, PAGE_OFFSET};
use crate::error::Error;

/// An integer within the bounds of the OpenAPI document.
macro_rules! bounded_integer {
    ($(#[$documentation:meta])* $name:ident, $field:literal, $bounds:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl $name {
            /// The smallest value.
            pub const MIN: Self = Self($bounds.minimum);
            /// The largest value.
            pub const MAX: Self = Self($bounds.maximum);

            /// Returns the number.
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl Default for $name {
            /// Returns the value that the service uses if none is sent.
            fn default() -> Self {
                Self($bounds.default)
            }
        }

        impl TryFrom<u32> for $name {
            type Error = Error;

            /// # Errors
            ///
            /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the number is out of bounds.
            fn try_from(value: u32) -> Result<Self, Error> {
                $bounds.check($field, value).map(Self).map_err(Error::invalid_input)
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
                    "minimum": $bounds.minimum,
                    "maximum": $bounds.maximum,
                    "default": $bounds.default,
                })
            }
        }
    };
}

bounded_integer! {
    /// The maximum number of records per page: 1 to 50. Default: 10.
    ///
    /// [`ListRequest::limit`](crate::ListRequest::limit) accepts a plain number.
    ///
    /// ```
    /// use huaweicloud_iotda::types::PageLimit;
    ///
    /// assert_eq!(PageLimit::MIN.get(), 1);
    /// assert_eq!(PageLimit::MAX.get(), 50);
    /// assert_eq!(PageLimit::default().get(), 10);
    /// assert!(PageLimit::try_from(51).is_err());
    /// ```
    ///
    /// Source: [API reference, both operations, parameter `limit`](crate::guide::sources).
    PageLimit, "limit", PAGE_LIMIT
}

bounded_integer! {
    /// The number of records to skip after the marker: 0 to 500. Default: 0.
    ///
    /// At 50 records per page, it reaches pages 1 to 11; later pages need a marker.
    /// [`ListRequest::offset`](crate::ListRequest::offset) accepts a plain number.
    ///
    /// ```
    /// use huaweicloud_iotda::types::PageOffset;
    ///
    /// assert_eq!(PageOffset::default().get(), 0);
    /// assert_eq!(PageOffset::MAX.get(), 500);
    /// assert!(PageOffset::try_from(501).is_err());
    /// ```
    ///
    /// Source: [API reference, both operations, parameter `offset`](crate::guide::sources).
    PageOffset, "offset", PAGE_OFFSET
}

/// A position in a listing: the ID of the last record of a page, 24 hexadecimal characters.
///
/// ```no_run
/// use huaweicloud_iotda::types::Marker;
///
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
/// let devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0");
///
/// let page = devices.clone().await?;
/// if let Some(marker) = page.next_marker {
///     let stored = marker.to_string();
///     // In a later run:
///     let marker: Marker = stored.parse()?;
///     let next_page = devices.marker(marker).await?;
///     println!("{} more devices", next_page.items.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Records are listed in descending order of their IDs; a marker selects the records with smaller IDs. Only a response
/// provides a marker ([`Page::next_marker`](crate::Page::next_marker)): the record ID
/// is not a field of a record (`device_id` and `template_id` are other IDs). Treat a
/// marker as opaque, store it as text, and pass it to [`ListRequest::marker`](crate::ListRequest::marker) to resume a
/// listing.
///
/// Default: the service's default, `f` repeated 24 times, which precedes the newest record.
///
/// Source: [API reference, both operations, parameter `marker`](crate::guide::sources).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker([u8; MARKER_CHARS]);

/// The length of every marker.
const MARKER_CHARS: usize = PAGE_MARKER.maximum;
const _: () = assert!(PAGE_MARKER.minimum == MARKER_CHARS && PAGE_MARKER.default.len() == MARKER_CHARS);

impl Marker {
    /// Returns the marker's text exactly as it was received.
    pub fn as_str(&self) -> &str {
        // The characters are hexadecimal, so they are valid UTF-8.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns `true` if this record follows the other one in a listing: its number is smaller, ignoring letter case.
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
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the text is not 24 hexadecimal characters.
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl FromStr for Marker {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the text is not 24 hexadecimal characters.
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
/// It is converted from a [`Marker`], from its text, or from an `Option` of either. `None` and the default are the
/// newest record. Text is checked when the request is sent.
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
