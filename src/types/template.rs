//! The name and the status of an authentication template.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::constraints::{TEMPLATE_NAME, TEMPLATE_STATUS_ACTIVE, TEMPLATE_STATUS_INACTIVE};
use crate::error::Error;

/// The name of an authentication template: 1 to 128 letters, digits, `_` and `-`.
///
/// [`ListRequest::template_name`](crate::ListRequest::template_name) accepts plain text.
///
/// ```
/// use huaweicloud_iotda::types::TemplateName;
///
/// let name: TemplateName = "myTemplate".parse()?;
/// assert_eq!(name.as_str(), "myTemplate");
/// assert!("my template".parse::<TemplateName>().is_err());
/// # Ok::<(), huaweicloud_iotda::Error>(())
/// ```
///
/// Source: [API reference, "Query the Device Authentication Template List", parameter
/// `template_name`](crate::guide::sources).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

impl TemplateName {
    /// Returns the name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TemplateName {
    type Error = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the text is empty, too long, or contains
    /// any other character.
    fn try_from(text: String) -> Result<Self, Error> {
        TEMPLATE_NAME.check("template_name", &text).map_err(Error::invalid_input)?;
        Ok(Self(text))
    }
}

impl FromStr for TemplateName {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the text is empty, too long, or contains
    /// any other character.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<TemplateName> for String {
    fn from(name: TemplateName) -> String {
        name.0
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for TemplateName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TemplateName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "minLength": TEMPLATE_NAME.minimum,
            "maxLength": TEMPLATE_NAME.maximum,
            "pattern": TEMPLATE_NAME.pattern,
        })
    }
}

/// The status of an authentication template. At most one template of a user is active.
///
/// A status that this version does not know is kept as [`Other`](Self::Other); it is not an error.
///
/// ```no_run
/// use huaweicloud_iotda::types::TemplateStatus;
///
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
///
/// let mut templates = client.list_device_authentication_templates().items();
/// while let Some(template) = templates.try_next().await? {
///     if template.status == Some(TemplateStatus::Active) {
///         println!("active: {:?}", template.template_name);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: [API reference, "Query the Device Authentication Template List", structure
/// `AuthenticationTemplateSimple`](crate::guide::sources).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum TemplateStatus {
    /// `ACTIVE`: the template is enabled.
    Active,
    /// `INACTIVE`: the template is disabled.
    Inactive,
    /// Any other status, unchanged.
    Other(String),
}

impl TemplateStatus {
    /// Returns the status as the service writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => TEMPLATE_STATUS_ACTIVE,
            Self::Inactive => TEMPLATE_STATUS_INACTIVE,
            Self::Other(text) => text,
        }
    }
}

impl From<String> for TemplateStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            TEMPLATE_STATUS_ACTIVE => Self::Active,
            TEMPLATE_STATUS_INACTIVE => Self::Inactive,
            _ => Self::Other(text),
        }
    }
}

impl From<TemplateStatus> for String {
    fn from(status: TemplateStatus) -> String {
        match status {
            TemplateStatus::Other(text) => text,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for TemplateStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for TemplateStatus {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TemplateStatus".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "x-extensible-enum": [TEMPLATE_STATUS_ACTIVE, TEMPLATE_STATUS_INACTIVE],
        })
    }
}
