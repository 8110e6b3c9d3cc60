//! The data types of requests and responses: validated request values, and leniently decoded records.
//!
//! Records and bodies are generated from the OpenAPI document ([`spec`](crate::spec)). Values with constraints that a
//! generated type cannot enforce are written by hand. All types except [`StartMarker`], an argument type, serialize and
//! deserialize and, with feature `schemars`, implement `schemars::JsonSchema` with the schema of the OpenAPI document.
//!
//! Every field of a record is an `Option`, because no field is documented as always present. A field that is null or
//! missing is not an error, and unknown fields are ignored.
//!
//! A [`Client`](crate::Client) returns records and [pages](crate::Page). The bodies as a whole ([`DeviceList`],
//! [`AuthenticationTemplateList`], [`ListDeviceRequest`], [`ErrorBody`]) are for code that implements the service, such
//! as a test server. Structs are `#[non_exhaustive]`, because the service may add fields: create one with `default()`
//! and set its fields.
//!
//! ```
//! use huaweicloud_iotda::types::DeviceSimple;
//!
//! let json = r#"{"device_id": "d-1", "node_id": null, "new": 1}"#;
//! let device: DeviceSimple = serde_json::from_str(json)?;
//! assert_eq!(device.device_id.as_deref(), Some("d-1"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod paging;
mod records;
mod template;
mod timestamp;

/// A record of [`list_device_authentication_templates`](crate::Client::list_device_authentication_templates).
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
///
/// let mut templates = client.list_device_authentication_templates().items();
/// while let Some(template) = templates.try_next().await? {
///     println!("{:?}, created {:?}", template.template_name, template.create_time);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: [API reference, "Query the Device Authentication Template List", structure
/// `AuthenticationTemplateSimple`](crate::guide::sources).
pub use crate::generated::types::AuthenticationTemplateSimple;
/// A record of [`list_device_by_device_certificate`](crate::Client::list_device_by_device_certificate).
///
/// ```no_run
/// # async fn example() -> Result<(), huaweicloud_iotda::Error> {
/// let client = huaweicloud_iotda::Client::from_env()?;
///
/// let mut devices = client.list_device_by_device_certificate("61c970ce2d63eb6ee655dbf0").items();
/// while let Some(device) = devices.try_next().await? {
///     if device.gateway_id != device.device_id {
///         println!("{:?} is connected through gateway {:?}", device.device_name, device.gateway_id);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Source: [API reference, "Query the List of Devices that Use a Specified Device Certificate", structure
/// `DeviceSimple`](crate::guide::sources).
pub use crate::generated::types::DeviceSimple;
/// A request body; the request itself is a [`ListRequest`](crate::ListRequest).
///
pub use crate::generated::types::ListDeviceRequest;
/// The paging object in a response body; a page of records is a [`Page`](crate::Page).
///
pub use crate::generated::types::PageInfo;
pub use crate::generated::types::{AuthenticationTemplateList, DeviceList, ErrorBody};
pub use paging::{Marker, PageLimit, PageOffset, StartMarker};
pub(crate) use records::{count, object, records};
pub use template::{TemplateName, TemplateStatus};
pub use timestamp::Timestamp;

/// Removes `null` from a request's JSON schema. A request's field is set or omitted, but schemars makes every `Option`
/// nullable.
#[cfg(feature = "schemars")]
pub(crate) fn reject_null(schema: &mut schemars::Schema) {
    let properties = schema.get_mut("properties").and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let alternatives = property.get_mut("anyOf").and_then(|alternatives| alternatives.as_array_mut());
        if let Some(alternatives) = alternatives {
            alternatives.retain(|alternative| alternative.get("type") != Some(&"null".into()));
        }
    }
}
