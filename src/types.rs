//! The data that goes over the wire: requests' values, which are checked, and answers' records, which are
//! read leniently.
//!
//! The records and bodies are generated from the document (`openapi/iotda.yaml`); the values whose rules a
//! generated type would not keep are written by hand. Everything serialises both ways and, with feature
//! `schemars`, implements `schemars::JsonSchema` with the document's own schema.
//!
//! Every field of an answer's record is an `Option`: none is documented as always there, and one that is null or missing fails
//! nothing. The bodies as a whole ([`DeviceList`], [`AuthenticationTemplateList`], [`ListDeviceRequest`], [`ErrorBody`]) are for
//! those who answer in the service's place, in a test say: a [`Client`](crate::Client) hands out records and
//! [pages](crate::Page). Structs are `#[non_exhaustive]`, for the service may add fields: make one by `default()` and set its fields.
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

/// An authentication template, without its content: a record of
/// [`list_device_authentication_templates`](crate::Client::list_device_authentication_templates).
///
/// Source: the vendor's page on querying the template list, table AuthenticationTemplateSimple.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_templates(1);
/// # let client = server.client()?;
/// let page = client.list_device_authentication_templates().send().await?;
/// let template = &page.items[0];
/// assert_eq!(template.template_name.as_deref(), Some("sample-template-1"));
/// let created = template.create_time.as_ref().ok_or("a time")?;
/// assert_eq!(created.as_str(), "20231031T070547Z");
/// # Ok(())
/// # }
/// ```
pub use crate::generated::types::AuthenticationTemplateSimple;
/// A device that uses a certificate: a record of
/// [`list_device_by_device_certificate`](crate::Client::list_device_by_device_certificate).
///
/// Source: the vendor's page on the devices of a certificate, table DeviceSimple.
///
/// ```
/// # #[cfg(not(feature = "mock"))]
/// # fn main() {}
/// # #[cfg(feature = "mock")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = huaweicloud_iotda::mock::MockServer::start().await?;
/// # server.add_sample_devices("my-certificate", 10);
/// # let client = server.client()?;
/// let page = client.list_device_by_device_certificate("my-certificate").send().await?;
/// let device = &page.items[0];
/// assert_eq!(device.device_name.as_deref(), Some("sample-device-10"));
/// assert_ne!(device.gateway_id, device.device_id); // it is connected by a gateway
/// # Ok(())
/// # }
/// ```
pub use crate::generated::types::DeviceSimple;
pub use crate::generated::types::{AuthenticationTemplateList, DeviceList, ErrorBody, ListDeviceRequest, PageInfo};
pub use paging::{Marker, PageLimit, PageOffset, StartMarker};
pub(crate) use records::{object, records};
pub use template::{TemplateName, TemplateStatus};
pub use timestamp::Timestamp;

/// A request's field is a value or left out, never null; schemars takes every `Option` for nullable.
#[cfg(feature = "schemars")]
pub(crate) fn refuse_null(schema: &mut schemars::Schema) {
    let properties = schema.get_mut("properties").and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let alternatives = property.get_mut("anyOf").and_then(|alternatives| alternatives.as_array_mut());
        if let Some(alternatives) = alternatives {
            alternatives.retain(|alternative| alternative.get("type") != Some(&"null".into()));
        }
    }
}
